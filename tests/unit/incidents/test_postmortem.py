"""A postmortem: told from the log alone; what is unknown is null."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from incident_worlds import FLEET, GUILTY, NOON, World, cause, read_catalog

from modelowners.app.handling import perform
from modelowners.app.loop import turn
from modelowners.app.scenes import Request
from modelowners.core.ids import canonical_json, digest
from modelowners.core.time import HOUR
from modelowners.incidents.events import EventKind
from modelowners.incidents.incident import Act
from modelowners.incidents.postmortem import postmortem


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.ledger.append([GUILTY])
    world.make_sick(
        cause(0.85, change=GUILTY),
        cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2),
    )
    turn(world, as_of=NOON)
    return world


def do(world: World, who: str, act: Act, **arguments: object) -> None:
    world.clock.advance(HOUR)
    perform(world, Request(incident="1", actor=who), act, arguments)


def told(world: World) -> dict[str, object]:
    found = world.incidents.get("1")
    events = world.incidents.history(found.id)
    return postmortem(found, events, hashes=world.incidents.hashes(found.id))


def test_a_whole_life(world: World) -> None:
    do(world, "cy", Act.NOT_MINE, text="our feed is fine")
    do(world, "fay", Act.ACK)
    do(world, "fay", Act.CONFIRM_CAUSE, cause=1)
    world.happen(
        (EventKind.FIX_STARTED, {"plan": "p", "action": "units back"}),
        (EventKind.FIX_FINISHED, {"plan": "p"}),
    )
    do(world, "cy", Act.RESOLVE, reason="fixed")
    found = told(world)
    overview = found["overview"]
    assert isinstance(overview, dict)
    assert overview["cause"] == {
        "asset": "dataset:weather",
        "kind": "unit_or_scale_change",
        "confirmed": True,
    }
    assert overview["minutes"] == {
        "unseen": 3240.0,
        "untold": 0.0,
        "unanswered": 120.0,
        "to_cause": 180.0,
        "to_fix": 180.0,
        "to_end": 240.0,
    }
    (toss,) = _list(found["tosses"])
    assert (toss["from"], toss["reason"]) == ("cy (feeds)", "not-mine")
    (hand_off,) = _list(found["hand_offs"])
    assert hand_off["reason"] == "found-cause-elsewhere"
    change = found["change"]
    assert isinstance(change, dict)
    assert change["diff"] == GUILTY.diff_text
    assert [one["person"] for one in _list(found["responders"])] == ["cy", "fay"]
    fixes = _list(_dict(found["resolution"])["fixes"])
    assert [(one["action"], one["state"]) for one in fixes] == [
        ("units back", "finished")
    ]
    assert found["unknown"] == ["mitigated"]
    (action,) = _list(found["actions"])
    assert "why owner-of-cause led to cy (feeds)" in str(action["what"])
    assert (action["owner"], action["due"]) == ("cy", "2026-06-24")


def test_what_was_never_recorded_is_null(world: World) -> None:
    found = told(world)
    times = _dict(_dict(found["overview"])["times"])
    assert times["acked"] is None
    assert times["resolved"] is None
    minutes = _dict(_dict(found["overview"])["minutes"])
    assert minutes["to_end"] is None
    assert found["unknown"] == ["acked", "cause_confirmed", "mitigated", "resolved"]
    assert (found["went_well"], found["went_poorly"]) == ([], [])
    assert "confirm-cause INC-1" in str(_list(found["actions"])[0]["what"])


def test_every_line_of_the_timeline_names_its_evidence(world: World) -> None:
    do(world, "cy", Act.NOTE, text="hm")
    found = told(world)
    name = world.incidents.get("1").id
    hashes = world.incidents.hashes(name)
    lines = _list(found["timeline"])
    for line in lines:
        assert line["hash"] == hashes[int(str(line["n"]))]
        assert len(str(line["hash"])) == 64
        # What only machines read is left out.
        assert not {"implies", "dossier", "plan"} & _dict(line["body"]).keys()
    kinds = [event.kind for event in world.incidents.history(name)]
    assert found["messages"] == kinds.count("notified") > 0
    assert len(lines) == len(kinds) - kinds.count("notified")


def test_it_is_json_and_the_same_for_the_same_log(world: World) -> None:
    found = told(world)
    assert json.loads(canonical_json(found)) == found
    assert told(world) == found
    rest = {key: value for key, value in found.items() if key != "hash"}
    assert digest(rest) == found["hash"]


def _list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def _dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
