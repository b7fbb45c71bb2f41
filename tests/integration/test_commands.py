"""The command line on both databases: the same is typed, the same is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import MODEL, NOON, OWNERSHIP, cause, diagnosis, finding

from modelowners.app.wiring import Program
from modelowners.cli.main import main
from modelowners.core.time import VirtualClock

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(
    place: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Say:
    """Give what runs a command at noon on a state in a place."""
    (tmp_path / "modelowners.yaml").write_text(OWNERSHIP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    if "://" in place:
        monkeypatch.setenv("MODELOWNERS_STATE", place)
    start = Program.start
    sick = (diagnosis(cause(0.9)), (finding(),))

    def at_noon(**options: str | None) -> Program:
        return replace(start(**options), clock=VirtualClock(NOON))

    monkeypatch.setattr(Program, "start", at_noon)
    monkeypatch.setattr(Program, "diagnose", lambda self, model, *, as_of: sick)

    def say(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return say


def test_a_story_from_a_change_to_its_owners_desk(say: Say, tmp_path: Path) -> None:
    code, out, _ = say(
        "--as", "di", "record", "config", "dataset:weather", "--what", "x"
    )
    assert (code, out[:8]) == (0, "recorded")
    code, out, _ = say("watch", "--once", "--json")
    assert code == 1
    (looked,) = json.loads(out)["models"]
    assert (looked["model"], looked["incident"]) == (MODEL, "INC-1")
    assert looked["holder"] == {"team": "feeds", "person": "cy"}
    assert (tmp_path / "feeds.jsonl").exists()
    code, _, _ = say("--as", "cy", "incident", "ack", "INC-1")
    assert code == 0
    code, out, _ = say("incident", "show", "INC-1", "--json")
    kinds = [event["kind"] for event in json.loads(out)["events"]]
    assert kinds[0] == "incident.opened"
    assert kinds.count("acked") == 1
    _, out, _ = say("changes", "--json")
    assert [change["what"] for change in json.loads(out)["changes"]] == ["x"]
    code, out, _ = say("audit", "verify", "--json")
    assert (code, json.loads(out)["sound"]) == (0, True)


def test_looking_again_adds_nothing(say: Say) -> None:
    say("watch", "--once")
    _, before, _ = say("incident", "show", "INC-1", "--json")
    say("watch", "--once")
    _, after, _ = say("incident", "show", "INC-1", "--json")
    assert before == after


def test_a_fresh_place_is_only_made_by_what_writes(say: Say, place: str) -> None:
    code, out, err = say("audit", "verify")
    assert (code, out) == (2, "")
    assert "modelowners sync" in err
    assert say("changes")[0] == 0
    code, out, _ = say("db", "upgrade", "--json")
    assert json.loads(out)["after"] == "0001"


def test_nothing_is_written_beside_a_server(
    say: Say, place: str, tmp_path: Path
) -> None:
    if "://" not in place:
        pytest.skip("a file lies in a folder")
    say("watch", "--once")
    say("sync")
    assert not (tmp_path / ".modelowners").exists()
