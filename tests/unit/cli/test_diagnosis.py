from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelowners.app import debugging
from modelowners.app.contract import contract
from modelowners.app.investigation import Investigation
from modelowners.app.lines import Line, Tone, text
from modelowners.app.story import tell
from modelowners.cli import diagnosis as face
from modelowners.cli.diagnosis import STYLES, CannotWrite, write_page
from modelowners.cli.main import main
from modelowners.core.time import TimeWindow, parse_instant

FILE = """\
version: 1
people:
  ana: {email: ana@example.org}
teams:
  risk-ml: {lead: ana}
owns:
  "model:late-arrival":
    owner: risk-ml
    needs: ["dataset:weather"]
    aliases: [arrivals]
  "dataset:weather": {owner: risk-ml}
"""

Run = Callable[..., tuple[int | str | None, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a small ownership file: exit status, stdout, stderr."""
    file = tmp_path / "modelowners.yaml"
    file.write_text(FILE, encoding="utf-8")

    def go(*args: str) -> tuple[int | str | None, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["--file", str(file), *args])
        return (caught.value.code, *capsys.readouterr())

    return go


Asked = dict[str, Any]


@pytest.fixture
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Answer with the world the test names, and keep what was asked for."""
    world: Investigation = request.getfixturevalue(request.param)
    kept: Asked = {}

    def answer(_program: object, model: str, **options: object) -> Investigation:
        kept.update(options, model=model)
        return world

    monkeypatch.setattr(debugging, "debug", answer)
    return kept


def world(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("asked", [name], indirect=True)


@world("late_arrival")
def test_a_cause_is_told_and_exits_1(
    run: Run, asked: Asked, late_arrival: Investigation
) -> None:
    status, out, err = run("debug", "late-arrival")
    assert (status, err) == (1, "")
    assert out == text(tell(late_arrival))
    assert asked["model"] == "model:late-arrival"
    assert (asked["window"], asked["as_of"]) == (None, None)


@world("healthy")
def test_health_is_told_in_a_line_and_exits_0(run: Run, asked: Asked) -> None:
    status, out, err = run("debug", "late-arrival")
    assert (status, err) == (0, "")
    assert out.startswith("late-arrival: nothing is worse")


@world("undecided")
def test_an_honest_unknown_exits_1(run: Run, asked: Asked) -> None:
    status, out, _ = run("debug", "late-arrival")
    assert status == 1
    assert "the cause is not\nknown." in out


@world("late_arrival")
def test_json_is_the_contract_and_nothing_else(
    run: Run, asked: Asked, late_arrival: Investigation
) -> None:
    status, out, err = run("debug", "late-arrival", "--json")
    assert (status, err) == (1, "")
    assert json.loads(out) == contract(late_arrival)


@world("late_arrival")
def test_one_cause_is_explained(run: Run, asked: Asked) -> None:
    status, out, _ = run("debug", "late-arrival", "--explain", "1")
    assert status == 1
    assert "For\n  · signature: values fit" in out


@world("late_arrival")
@pytest.mark.parametrize("rank", ["0", "3", "x"])
def test_a_cause_that_is_not_there_exits_2(run: Run, asked: Asked, rank: str) -> None:
    status, out, err = run("debug", "late-arrival", "--explain", rank)
    assert (status, out) == (2, "")
    assert "Error" in err


@world("late_arrival")
@pytest.mark.parametrize("name", ["late-arrival", "model:late-arrival", "arrivals"])
def test_a_model_is_found_by_each_of_its_names(
    run: Run, asked: Asked, name: str
) -> None:
    assert run("debug", name)[0] == 1
    assert asked["model"] == "model:late-arrival"


@world("late_arrival")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("late-arival", 'did you mean "model:late-arrival"?'),
        ("dataset:weather", "dataset:weather is no model."),
        ("nothing:x", "the kind is one of"),
    ],
)
def test_what_is_no_model_exits_2_and_says_what_to_type(
    run: Run, asked: Asked, name: str, said: str
) -> None:
    status, out, err = run("debug", name)
    assert (status, out) == (2, "")
    assert said in err
    assert asked == {}


@world("late_arrival")
@pytest.mark.parametrize(
    ("options", "window"),
    [
        (["--at", "2026-10-12"], "2026-10-12/2026-10-13"),
        (["--at", "2026-10-01/2026-11-01"], "2026-10-01/2026-11-01"),
        (
            ["--from", "2026-10-01", "--to", "2026-10-02T12:00Z"],
            "2026-10-01/2026-10-02T12:00Z",
        ),
    ],
)
def test_a_window_may_be_said_in_each_way(
    run: Run, asked: Asked, options: list[str], window: str
) -> None:
    assert run("debug", "late-arrival", *options)[0] == 1
    assert asked["window"] == TimeWindow.parse(window)


@world("late_arrival")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--at", "2026-10-12", "--to", "2026-10-13"], "drop --from and --to"),
        (["--from", "2026-10-12"], "--from needs --to too"),
        (["--to", "2026-10-12"], "--to needs --from too"),
        (["--from", "2026-10-12", "--to", "2026-10-12"], "ends after it starts"),
        (["--at", "last week"], "Write an ISO date"),
        (["--as-of", "soon"], "Write an ISO date"),
    ],
)
def test_a_window_that_is_none_exits_2(
    run: Run, asked: Asked, options: list[str], said: str
) -> None:
    status, out, err = run("debug", "late-arrival", *options)
    assert (status, out) == (2, "")
    assert said in err
    assert asked == {}


@world("late_arrival")
def test_what_was_known_then_is_asked_for(run: Run, asked: Asked) -> None:
    run("debug", "late-arrival", "--as-of", "2026-10-20")
    assert asked["as_of"] == parse_instant("2026-10-20")


@world("late_arrival")
def test_a_page_is_written_beside_the_story(
    run: Run, asked: Asked, tmp_path: Path
) -> None:
    place = tmp_path / "page.html"
    status, out, err = run("debug", "late-arrival", "--html", str(place))
    assert status == 1
    assert out.startswith("late-arrival has been wrong more often")
    assert err == f"Wrote {place}.\n"
    assert place.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.glob("*.part")] == []


@world("late_arrival")
def test_a_page_that_cannot_be_written_exits_2(
    run: Run, asked: Asked, tmp_path: Path
) -> None:
    place = tmp_path / "nowhere" / "page.html"
    status, _, err = run("debug", "late-arrival", "--html", str(place))
    assert status == 2
    assert f"Cannot write {place}" in err


def test_an_earlier_page_survives_a_failed_one(
    late_arrival: Investigation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "page.html"
    place.write_text("earlier", encoding="utf-8")

    def full(*_args: object, **_options: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(CannotWrite, match="No space left"):
        write_page(late_arrival, place)
    assert place.read_text(encoding="utf-8") == "earlier"


def test_an_interrupted_look_tells_what_is_known_and_exits_130(
    run: Run, late_arrival: Investigation, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = dataclasses.replace(late_arrival, interrupted=True)
    monkeypatch.setattr(debugging, "debug", lambda *_, **__: stopped)
    status, out, _ = run("debug", "late-arrival")
    assert status == 130
    assert out.startswith("Stopped before the end; this is what was known.")


def test_every_tone_has_its_look() -> None:
    assert set(STYLES) == {tone.value for tone in Tone}


def test_colour_goes_to_terminals_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR")
    face.print_lines([Line("worse", Tone.BAD)])
    assert capsys.readouterr().out == "worse\n"


@pytest.mark.parametrize(
    ("refused", "shown"), [("1", "worse\n"), ("", "\x1b[31mworse\x1b[0m\n")]
)
def test_a_terminal_gets_colour_unless_refused(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
    shown: str,
) -> None:
    monkeypatch.setenv("NO_COLOR", refused)
    monkeypatch.setattr(
        "click.utils.should_strip_ansi", lambda _stream, color: color is False
    )
    face.print_lines([Line("worse", Tone.BAD)])
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(("columns", "width"), [("20", 40), ("72", 72), ("300", 100)])
def test_a_terminal_is_filled_but_not_beyond_reading(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", columns)
    assert face.line_width() == width


def test_a_pipe_gets_the_same_width_whatever_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert face.line_width() == 88
