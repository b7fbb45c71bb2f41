"""`incident`: parsing, JSON shapes, refusals with the next command to type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from incident_worlds import NOON, World, cause, read_catalog

from modelowners.app.loop import turn
from modelowners.cli.main import main
from modelowners.store.database import Database


class Said(NamedTuple):
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands on one folder, as a person would."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def __call__(self, *args: str, who: str = "cy") -> Said:
        file = str(self.folder / "modelowners.yaml")
        with pytest.raises(SystemExit) as ended:
            main(["--file", file, "--as", who, "incident", *args])
        seen = self.capsys.readouterr()
        assert "Traceback" not in seen.err
        return Said(int(str(ended.value.code)), seen.out, seen.err)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A folder with one open incident, held by cy of feeds."""
    state = tmp_path / ".modelowners"
    state.mkdir()
    with Database.open(state / "state.db") as database:
        world = World(read_catalog(tmp_path), database=database)
        world.make_sick(cause(0.9))
        turn(world, as_of=NOON)
    return Shell(tmp_path, capsys)


BRIEF = [
    *("id", "revision", "model", "class", "state", "severity", "pages"),
    *("headline", "holder", "times", "available", "confirmed"),
    *("recurrence_of", "absorbed_into", "merged_into"),
    *("snoozed_until", "dismissed", "close_reason"),
]


def test_list_as_text_and_json(run: Shell) -> None:
    assert run("list").out.startswith("INC-1 (sev3, pages, open, with cy (feeds))")
    (found,) = json.loads(run("list", "--json").out)
    assert list(found) == BRIEF
    assert found["times"]["detected"] == "2026-06-10T12:00:00Z"
    assert found["times"]["mitigated"] is None
    assert found["available"][0] == "ack"


def test_list_leaves_out_the_finished_unless_asked(run: Shell) -> None:
    run("resolve", "INC-1")
    assert "No incident" in run("list").out
    assert "INC-1" in run("list", "--all").out
    assert "INC-1" in run("list", "--all", "--model", "eta").out
    assert run("list", "--model", "nosuch").code == 2


def test_show_as_text_and_json(run: Shell) -> None:
    assert "What to do" in run("show", "1").out
    found = json.loads(run("show", "INC-1", "--json").out)
    assert list(found)[: len(BRIEF)] == BRIEF
    assert found["packet"]["incident"] == "INC-1"
    assert found["packet"]["hash"].startswith("sha256:")
    assert [event["n"] for event in found["events"]] == list(
        range(1, found["revision"] + 1)
    )


def test_show_of_nothing_says_the_next_command(run: Shell) -> None:
    said = run("show", "INC-99")
    assert said.code == 2
    assert "incident list" in said.err


def test_the_life_of_an_incident(run: Shell) -> None:
    assert "acknowledged" in run("ack", "INC-1").out
    assert run("note", "INC-1", "looking", "into", "it").code == 0
    confirmed = json.loads(run("confirm-cause", "INC-1", "--json").out)
    assert confirmed["confirmed"]["asset"] == "dataset:weather"
    assert confirmed["times"]["owner_engaged"] is not None
    done = json.loads(run("resolve", "INC-1", "--reason", "fixed", "--json").out)
    assert done["state"] == "resolved"
    assert done["times"]["mitigated"] is None
    log = json.loads(run("show", "1", "--json").out)["events"]
    assert "looking into it" in [event["body"].get("text") for event in log]


def test_an_act_tells_at_once(run: Shell) -> None:
    said = run("assign", "INC-1", "--to", "fleet", "--reason", "load", who="bo")
    assert "with fay (fleet)" in said.out
    assert "[PAGE] INC-1 sev3" in said.err
    assert "You are asked because you answer for fleet" in said.err


def test_not_mine_needs_a_reason_and_the_holder(run: Shell) -> None:
    assert run("not-mine", "INC-1").code == 2
    said = run("not-mine", "INC-1", "--reason", "no", who="bo")
    assert said.code == 2
    assert "only its holder may; it is held by cy (feeds)" in said.err
    assert "with ana (risk)" in run("not-mine", "INC-1", "--reason", "no").out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("not-mine", "1", "--reason", "x", "--to", "fleet", "--cause", "1"),
            "drop one",
        ),
        (("confirm-cause", "1", "--asset", "model:eta"), "together with --kind"),
        (("confirm-cause", "1", "--kind", "offset"), "together with --kind"),
        (("confirm-cause", "1", "--asset", "x", "--kind", "offset"), "asset id"),
        (("confirm-cause", "1", "--cause", "7"), "has no cause 7"),
        (("assign", "1", "--to", "nobody-known"), "No team or person"),
        (("ack", "1", "--happened-at", "yesterday"), "yesterday"),
        (("ack", "1", "--happened-at", "2099-01-01"), "future"),
        (("ack", "1", "--if-revision", "1"), "someone was faster"),
        (("ack", "nosuch"), "nosuch"),
        (("note", "1"), "TEXT"),
    ],
)
def test_wrong_input_is_refused_in_a_sentence(
    run: Shell, args: tuple[str, ...], said: str
) -> None:
    found = run(*args)
    assert found.code == 2
    assert said in found.err


def test_an_unknown_person_is_refused(run: Shell) -> None:
    said = run("ack", "1", who="eve")
    assert said.code == 2
    assert 'No person "eve"' in said.err


def test_whoever_left_is_refused(run: Shell) -> None:
    assert 'may not do "ack"' in run("ack", "1", who="gus").err


def test_a_second_ack_says_who_has_it(run: Shell) -> None:
    run("ack", "1")
    assert "cy took it on already" in run("ack", "1", who="di").err


def test_the_way_out_and_back(run: Shell) -> None:
    assert "mitigated" in run("mitigate", "1", "--text", "rolled back").out
    assert "open" in run("reopen", "1").out
    assert "dismissed" in run("dismiss", "1", "--reason", "expected").out
    assert "No incident" in run("list").out
    assert "open" in run("reopen", "INC-1", "--text", "it was none").out
    found = json.loads(run("snooze", "1", "--for", "2h", "--json").out)
    assert found["snoozed_until"] is not None
    found = json.loads(run("severity", "1", "sev1", "--reason", "news", "--json").out)
    assert (found["severity"], found["snoozed_until"]) == ("sev1", None)
    assert "never left in peace" in run("snooze", "1", "--for", "2h").err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("merge", "1", "--into", "1"), "with itself"),
        (("merge", "1", "--into", "9"), 'No incident "9"'),
        (("unmerge", "1"), "unmerge is not possible"),
        (("dismiss", "1"), "--reason"),
        (("snooze", "1"), "--until when"),
        (("snooze", "1", "--for", "1h", "--until", "2099-01-01"), "--until when"),
        (("snooze", "1", "--for", "48h"), "at most 24 h later"),
        (("snooze", "1", "--for", "long"), "long"),
        (("severity", "1", "sev9", "--reason", "x"), "sev9"),
        (("severity", "1", "sev3", "--reason", "x"), "sev3"),
        (("reopen", "1"), "reopen is not possible"),
        (("postmortem", "9"), 'No incident "9"'),
        (("postmortem", "1", "--format", "html"), "html"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    run: Shell, args: tuple[str, ...], said: str
) -> None:
    found = run(*args)
    assert found.code == 2
    assert said in found.err


def test_a_request_with_a_key_is_done_once(run: Shell) -> None:
    first = json.loads(run("note", "1", "hm", "--key", "k", "--json").out)
    again = json.loads(run("note", "1", "hm", "--key", "k", "--json").out)
    assert again == first
    assert "another content" in run("note", "1", "oh", "--key", "k").err


def test_a_postmortem_as_markdown_and_json(run: Shell) -> None:
    run("ack", "1")
    run("resolve", "1", "--reason", "fixed")
    text = run("postmortem", "INC-1").out
    assert text.startswith("# INC-1: eta has been wrong")
    assert "| Ended as | fixed |" in text
    found = json.loads(run("postmortem", "1", "--format", "json").out)
    assert json.loads(run("postmortem", "1", "--json").out) == found
    assert found["overview"]["times"]["mitigated"] is None
    assert [one["person"] for one in found["responders"]] == ["cy"]
    veiled = run("postmortem", "1", "--roles").out
    assert "cy" not in veiled.replace("accuracy", "").split()
    assert "the holder (feeds)" in veiled.replace("\\", "")
