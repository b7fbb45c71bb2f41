"""Tracking: what goes on is no news, what returns is, what grows worse comes back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    FLEET,
    LATER,
    MODEL,
    NOON,
    OWNERSHIP,
    WINDOW,
    World,
    cause,
    diagnosis,
    finding,
    read_catalog,
)

from modelowners.app.handling import perform
from modelowners.app.loop import TurnReport, turn
from modelowners.app.scenes import Request
from modelowners.core.time import DAY, HOUR, TimeWindow
from modelowners.detection.findings import FindingClass, Harm, HarmState
from modelowners.incidents.events import EventKind
from modelowners.incidents.incident import Act, Incident, State

MINUTES = timedelta(minutes=5)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world


def look(world: World, after: timedelta = MINUTES) -> TurnReport:
    world.clock.advance(after)
    return turn(world, as_of=world.clock.now())


def do(world: World, act: Act, **arguments: object) -> Incident:
    world.clock.advance(MINUTES)
    return perform(world, Request(incident="1", actor="cy"), act, arguments)


def only(world: World) -> Incident:
    (found,) = world.incidents.within()
    return found


@pytest.mark.parametrize(
    ("act", "arguments"),
    [
        (Act.DISMISS, {"reason": "expected"}),
        (Act.RESOLVE, {"reason": "fixed"}),
        (Act.RESOLVE, {"reason": "wont-fix"}),
    ],
)
def test_the_same_window_is_no_news_after_an_end(
    world: World, act: Act, arguments: dict[str, object]
) -> None:
    ended = do(world, act, **arguments)
    world.sink.taken.clear()
    look(world)
    assert only(world) == ended
    assert world.sink.taken == []


@pytest.mark.parametrize(
    ("act", "arguments"),
    [(Act.DISMISS, {"reason": "expected"}), (Act.RESOLVE, {"reason": "wont-fix"})],
)
def test_what_nobody_will_mend_stays_quiet_until_it_was_well(
    world: World, act: Act, arguments: dict[str, object]
) -> None:
    ended = do(world, act, **arguments)
    world.make_sick(cause(0.9), window=LATER)
    look(world, DAY)
    assert only(world).state is ended.state
    well = TimeWindow(LATER.start, LATER.end + DAY)
    world.make_well(well)
    look(world, DAY)
    assert not only(world).sick
    world.make_sick(cause(0.9), window=TimeWindow(LATER.start, well.end + DAY))
    look(world, DAY)
    first, second = world.incidents.within()
    assert second.state is State.OPEN
    expected = first.id if ended.state is State.RESOLVED else None
    assert second.recurrence_of == expected


def test_a_newer_window_shows_that_it_was_not_fixed(world: World) -> None:
    do(world, Act.RESOLVE, reason="fixed")
    world.make_sick(cause(0.9), window=LATER)
    look(world, DAY)
    assert [one.state for one in world.incidents.within()] == [
        State.RESOLVED,
        State.OPEN,
    ]


def test_soon_after_it_is_reopened(world: World) -> None:
    do(world, Act.RESOLVE, reason="fixed")
    world.make_sick(cause(0.9), window=LATER)
    look(world)
    assert only(world).state is State.OPEN
    assert len(only(world).times.reopened) == 1


def test_what_grows_worse_is_not_dismissed_any_more(tmp_path: Path) -> None:
    world = World(read_catalog(tmp_path))
    broken = finding(
        kind=FindingClass.DATA,
        subject="null_share",
        columns=("temp",),
        harm=Harm(HarmState.UNKNOWN),
    )
    world.answers[MODEL] = (diagnosis(cause(0.9), state="none shown"), (broken,))
    turn(world, as_of=NOON)
    do(world, Act.DISMISS, reason="expected")
    world.answers[MODEL] = (diagnosis(cause(0.9), window=LATER), (broken, finding()))
    look(world, DAY)
    found = only(world)
    assert found.state is State.OPEN
    assert found.pages
    assert found.dismissed is None


def test_what_was_mitigated_by_hand_is_seen_for_a_while(world: World) -> None:
    do(world, Act.MITIGATE, text="rolled back")
    world.make_sick(cause(0.9), window=LATER)
    look(world, DAY)
    assert only(world).state is State.MITIGATED
    well = TimeWindow(LATER.start, LATER.end + DAY)
    world.make_well(well)
    look(world, DAY)
    assert only(world).state is State.MITIGATED, "nobody said it was fixed"
    world.make_sick(cause(0.9), window=TimeWindow(LATER.start, well.end + DAY))
    look(world, DAY)
    assert only(world).state is State.OPEN


def test_a_fix_that_works_is_verified_and_resolved(world: World) -> None:
    do(world, Act.ACK)
    world.happen((EventKind.FIX_STARTED, {"plan": "p"}))
    world.happen((EventKind.FIX_FINISHED, {"plan": "p"}))
    world.make_well(TimeWindow(WINDOW.start, NOON + DAY))
    look(world, DAY)
    found = only(world)
    assert found.state is State.RESOLVED
    assert found.close_reason == "fixed"
    assert found.times.verified == found.times.resolved == world.clock.now()
    assert found.times.mitigated is None, "a skipped state stays unknown"


def test_a_merged_incident_is_quiet_while_the_other_goes_on(tmp_path: Path) -> None:
    more = OWNERSHIP + "  model:fare: {owner: risk, predictions: {source: x}}\n"
    world = World(read_catalog(tmp_path, more))
    fare = world.catalog.models()[1]
    world.make_sick(cause(0.9))
    stray = cause(0.9, team="fleet", person="fay", asset=FLEET)
    world.answers[fare] = (diagnosis(stray, model=fare), (finding(asset=fare),))
    turn(world, as_of=NOON)
    name = world.incidents.of(fare)[0].id
    perform(world, Request(incident=name, actor="ana"), Act.MERGE, {"into": "INC-1"})
    world.sink.taken.clear()
    look(world)
    assert len(world.incidents.within()) == 2
    assert world.sink.taken == []
    # Once the other is over, what goes on is a trouble of its own again.
    perform(world, Request(incident="1", actor="cy"), Act.RESOLVE, {})
    look(world, HOUR)
    assert len(world.incidents.of(fare)) == 2
    assert world.incidents.of(fare)[1].state is State.OPEN


def test_what_a_person_routed_is_only_proposed_elsewhere(world: World) -> None:
    do(world, Act.ASSIGN, to="risk", reason="load")
    stray = cause(0.9, team="fleet", person="fay", asset=FLEET)
    world.make_sick(stray, window=LATER)
    look(world, HOUR)
    assert only(world).holder.team == "risk"
    told = [m for m in world.sink.taken if "now points to" in m.notice.lines[0]]
    assert {m.notice.person for m in told} == {"ana"}
