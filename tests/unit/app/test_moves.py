"""Moves: each act on a scene gives its entries; nothing is written by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import FLEET, NOON, World, cause, read_catalog

from modelowners.app import moves
from modelowners.app.loop import turn
from modelowners.app.relations import describe
from modelowners.app.scenes import Build, Scene
from modelowners.incidents.incident import CloseReason, DismissReason, State
from modelowners.incidents.refusals import NoIncident, OutOfOrder
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Reason


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(
        cause(0.8), cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2)
    )
    turn(world, as_of=NOON)
    return world


def kinds(world: World, build: Build, who: str = "cy") -> list[str]:
    incident = world.incidents.get("1")
    at = NOON + timedelta(minutes=1)
    scene = Scene(
        incident=incident,
        actor=describe(world.catalog, incident, who, at),
        catalog=world.catalog,
        find=world.incidents.get,
    )
    before = world.incidents.history(incident.id)
    entries = build(scene)
    assert world.incidents.history(incident.id) == before
    return [str(entry.draft.kind) for entry in entries]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (moves.acking(), ["acked"]),
        (moves.noting("x"), ["noted"]),
        (moves.assigning("fleet", Reason.LOAD), ["assigned"]),
        (moves.refusing("no", to=None, rank=None), ["assigned"]),
        (moves.refusing("no", to="eli", rank=None), ["assigned"]),
        (moves.refusing("no", to=None, rank=2), ["assigned"]),
        (moves.confirming(rank=1, asset=None, kind=None), ["cause.confirmed"]),
        (moves.mitigating("x"), ["mitigated"]),
        (moves.resolving(CloseReason.FIXED, ""), ["resolved"]),
        (moves.dismissing(DismissReason.EXPECTED, ""), ["dismissed"]),
        (moves.snoozing(length=timedelta(hours=1)), ["snoozed"]),
        (moves.snoozing(until=NOON + timedelta(hours=1)), ["snoozed"]),
        (moves.regrading(Severity.SEV1, "x"), ["severity.changed"]),
    ],
)
def test_each_move_gives_its_event(
    world: World, build: Build, expected: list[str]
) -> None:
    assert kinds(world, build) == expected


def test_merging_looks_the_other_one_up(world: World) -> None:
    with pytest.raises(NoIncident, match="INC-7"):
        kinds(world, moves.merging("INC-7", ""))


def test_a_rest_without_length_is_refused(world: World) -> None:
    with pytest.raises(OutOfOrder, match="snooze until"):
        kinds(world, moves.snoozing())


def test_the_way_back(world: World) -> None:
    incident = world.incidents.get("1")
    over = {
        State.RESOLVED: (moves.reopening("x"), ["reopened"]),
        State.MERGED: (moves.unmerging("x"), ["unmerged"]),
    }
    for state, (build, expected) in over.items():
        scene = Scene(
            incident=replace(incident, state=state),
            actor=describe(world.catalog, incident, "eli", NOON),
            catalog=world.catalog,
            find=world.incidents.get,
        )
        assert [str(entry.draft.kind) for entry in build(scene)] == expected
