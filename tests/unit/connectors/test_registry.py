from __future__ import annotations

import logging
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent

import pytest

from modelowners.connectors.registry import GROUP, Connectors, UnknownConnector
from modelowners.core.facets import Node


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connectors:
    """Two strangers: one that works, one that is broken."""
    (tmp_path / "stranger_good.py").write_text("seen = []\n")
    (tmp_path / "stranger_bad.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return Connectors(
        (
            point("good", "stranger_good"),
            point("bad", "stranger_bad"),
            point("absent", "stranger_absent"),
            point("thing", "stranger_good:seen"),
        )
    )


def test_ours_are_installed() -> None:
    assert {"git", "console", "email", "file"} <= set(Connectors().names())


def test_names_import_nothing() -> None:
    code = dedent("""
        import sys
        from modelowners.connectors.registry import Connectors
        Connectors().names()
        print([m for m in sys.modules if m.startswith("modelowners.connectors.")])
    """)
    told = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert told.strip() == "['modelowners.connectors.registry']"


def test_a_working_one_is_loaded_once(plugins: Connectors) -> None:
    found = plugins.load("good")
    assert found is not None
    assert found.__name__ == "stranger_good"
    assert plugins.load("good") is found


@pytest.mark.parametrize("name", ["bad", "absent", "thing"])
def test_a_broken_one_is_one_warning(
    plugins: Connectors, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert plugins.load(name) is None
        assert plugins.load(name) is None
    (warning,) = caplog.messages
    assert f'connector "{name}"' in warning
    assert "left out" in warning
    assert plugins.load("good") is not None


def test_an_unknown_one_names_the_nearest(plugins: Connectors) -> None:
    with pytest.raises(UnknownConnector, match='did you mean "good"'):
        plugins.load("goood")


def test_a_stranger_does_not_replace_ours(plugins: Connectors) -> None:
    both = Connectors(
        (point("git", "stranger_good"), point("git", "modelowners.connectors.git"))
    )
    found = both.load("git")
    assert found is not None
    assert found.__name__ == "modelowners.connectors.git"


def node(value: object) -> Node:
    children = {k: node(v) for k, v in value.items()} if isinstance(value, dict) else {}
    return Node(children or str(value), "modelowners.yaml", 9, 3, key=(9, 1))


def test_only_connectors_that_are_named_look_at_their_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stranger_strict.py").write_text(
        "def check_section(node):\n    raise node.refuse('not like this')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    strict = Connectors(
        (point("strict", "stranger_strict"), point("absent", "stranger_absent"))
    )
    assert strict.refused_sections(node({"absent": "y"})) == ()
    (refused,) = strict.refused_sections(node({"strict": "x"}))
    assert str(refused) == "modelowners.yaml:9:3 MO004 not like this."
    (unknown,) = strict.refused_sections(node({"stict": "x"}))
    assert str(unknown).startswith(
        'modelowners.yaml:9:1 MO003 unknown connector "stict"; did you mean "strict"?'
    )


def test_sinks_that_no_connector_serves_are_named_once(plugins: Connectors) -> None:
    place = node("x")
    named = [("good:a", place), ("god:a", place), ("god:b", place)]
    (refused,) = plugins.refused_sinks(named)
    assert 'no sink "god" for notify; did you mean "good"?' in str(refused)
