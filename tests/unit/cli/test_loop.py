"""`watch`: options, exit codes, one loop at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from incident_worlds import OWNERSHIP, cause, diagnosis, finding

from modelowners.app.wiring import Program
from modelowners.cli import loop as face
from modelowners.cli.main import main
from modelowners.core.errors import StateError

SICK = (diagnosis(cause(0.9)), (finding(),))
WELL = (diagnosis(sick=False), ())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "modelowners.yaml").write_text(OWNERSHIP, encoding="utf-8")
    return tmp_path


def watch(
    place: Path, capsys: pytest.CaptureFixture[str], *args: str
) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["--file", str(place / "modelowners.yaml"), "watch", *args])
    seen = capsys.readouterr()
    assert "Traceback" not in seen.err
    return int(str(ended.value.code)), seen.out, seen.err


def answer(monkeypatch: pytest.MonkeyPatch, found: object) -> None:
    """Script the diagnosis, which has its own tests."""
    monkeypatch.setattr(Program, "diagnose", lambda self, model, *, as_of: found)


def test_a_well_fleet_exits_0_with_one_line(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, WELL)
    code, out, _ = watch(place, capsys, "--once")
    assert (code, out.count("\n")) == (0, 1)


def test_a_page_exits_1_and_holds_while_it_is_open(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, SICK)
    code, out, _ = watch(place, capsys, "--once")
    assert code == 1
    assert "opened INC-1" in out
    lines = (place / "feeds.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["incident"] == "INC-1"
    code, out, _ = watch(place, capsys, "--once", "--json")
    assert code == 1
    report = json.loads(out)
    assert report["models"][0]["did"] == []
    assert report["active"] == ["INC-1"]
    assert (place / "feeds.jsonl").read_text().splitlines() == lines


def test_a_model_nobody_could_look_at_exits_2(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = watch(place, capsys, "--once")
    assert code == 2
    assert "model:eta: not looked at" in out


def test_the_json_of_a_look(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, SICK)
    _, out, _ = watch(place, capsys, "--once", "--json", "--as-of", "2026-06-10T12:00Z")
    report = json.loads(out)
    assert list(report) == [
        *(
            "as_of",
            "pages",
            "models",
            "unobserved",
            "active",
            "told",
            "overdue",
            "notes",
        ),
    ]
    assert report["as_of"] == "2026-06-10T12:00:00Z"
    assert report["models"][0]["holder"] == {"team": "feeds", "person": "cy"}
    assert {one["sink"] for one in report["told"]} == {"file"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--as-of", "2026-06-01"), "add --once"),
        (("--once", "--as-of", "2999-01-01"), "future"),
        (("--once", "--as-of", "soon"), "soon"),
        (("--interval", "often"), "often"),
    ],
)
def test_wrong_input_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    code, _, err = watch(place, capsys, *args)
    assert code == 2
    assert said in err


def test_two_loops_do_not_share_a_state(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = place / ".modelowners"
    state.mkdir()
    hold = (
        "import sys; from modelowners.store.database import Database\n"
        "with Database.open(sys.argv[1]).sole('loop'):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(state / "state.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        code, _, err = watch(place, capsys, "--once")
        other.communicate("")
    assert code == 2
    assert "another" in err
    _, _, err = watch(place, capsys, "--once")
    assert "another" not in err


def test_interruption_ends_a_watch_cleanly(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([WELL, SICK])

    def diagnose(self: Program, model: str, *, as_of: object) -> object:
        found = next(answers, None)
        if found is None:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(Program, "diagnose", diagnose)
    code, out, err = watch(place, capsys, "--interval", "0s")
    assert code == 0
    assert "Stopped" in err
    assert out.count("\n") >= 2


def test_a_state_that_fails_later_costs_one_look_and_at_first_ends_it(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = StateError(place="state", why="the connection was lost", remedy="Repeat")
    looked: list[BaseException | None] = [None, broken, None, KeyboardInterrupt()]

    def look(*_: object, **__: object) -> None:
        if (error := looked.pop(0)) is not None:
            raise error

    monkeypatch.setattr(face, "_look", look)
    code, _, err = watch(place, capsys, "--interval", "0s")
    assert (code, looked) == (0, [])
    assert "Not this time: The state at state cannot be used" in err
    looked[:] = [broken]
    code, _, err = watch(place, capsys, "--interval", "0s")
    assert code == 2
    assert "connection was lost" in err
