"""The demo's first files: small, real, and read by nobody but the demo's repository."""

from __future__ import annotations

import ast

from modelowners.app.demo.sources import FIRST, WEATHER_FETCH


def test_every_python_file_compiles_and_says_what_it_is() -> None:
    for path, text in FIRST.items():
        if path.endswith(".py"):
            assert ast.get_docstring(ast.parse(text)), path


def test_each_asset_of_the_catalog_has_code() -> None:
    folders = {path.rsplit("/", 1)[0] for path in FIRST if "/" in path}
    assert folders == {
        "feeds/schedule",
        "feeds/weather",
        "feeds/fleet",
        "feeds/airports",
        "models/late_arrival",
    }


def test_the_weather_feed_parses_what_the_model_reads() -> None:
    space: dict[str, object] = {}
    exec(WEATHER_FETCH, space)  # noqa: S102 - our own text, to prove that it works
    parse = space["parse"]
    assert callable(parse)
    found = parse({"temperature": 61.0, "dew_point": 50.0})
    assert found["temp"] == 61.0
    assert found["pressure"] is None


def test_what_the_demo_makes_is_not_committed() -> None:
    ignored = FIRST[".gitignore"].split()
    assert {"logs/", "outcomes/", ".modelowners/", "about.json"} <= set(ignored)
