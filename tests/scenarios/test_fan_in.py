"""One upstream fault breaks many models: one page, and quiet notes for the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    FLEET,
    NOON,
    ONSET,
    WEATHER,
    WINDOW,
    World,
    cause,
    diagnosis,
    finding,
    read_catalog,
)

from modelowners.app.handling import perform
from modelowners.app.loop import turn
from modelowners.app.scenes import Request
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY, TimeWindow
from modelowners.incidents.incident import Act, Incident, State

MANY = tuple(asset_id(f"model:m{number:02}") for number in range(1, 13))
OWN = asset_id("model:n-own-cause")

OWNERSHIP = """\
version: 1
people:
  ana: {email: ana@acme.example, manager: eli}
  cy: {email: cy@acme.example, manager: eli}
  eli: {email: eli@acme.example}
  fay: {email: fay@acme.example}
teams:
  feeds: {lead: cy, members: [cy]}
  fleet: {lead: fay, members: [fay]}
  {TEAMS}
owns:
  dataset:weather: {owner: feeds}
  dataset:fleet: {owner: fleet}
  {MODELS}
"""


def ownership() -> str:
    """Give each model a team of its own, so that every note is somebody else's."""
    names = [name.partition(":")[2] for name in (*MANY, OWN)]
    teams = [f"t-{name}: {{lead: ana, members: [ana]}}" for name in names]
    models = [
        f"model:{name}: {{owner: t-{name}, tier: 2, "
        "needs: [dataset:weather, dataset:fleet], predictions: {source: x.csv}}"
        for name in names
    ]
    text = OWNERSHIP.replace("{TEAMS}", "\n  ".join(teams))
    return text.replace("{MODELS}", "\n  ".join(models))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(read_catalog(tmp_path, ownership()))


def break_(world: World, models: Iterable[AssetId], window: TimeWindow) -> None:
    for model in models:
        found = diagnosis(cause(0.9), window=window, model=model)
        world.answers[model] = (found, (finding(asset=model),))


def mend(world: World, models: Iterable[AssetId], window: TimeWindow) -> None:
    for model in models:
        world.answers[model] = (diagnosis(sick=False, window=window, model=model), ())


def look(world: World, after: timedelta = timedelta(0)) -> None:
    world.clock.advance(after)
    report = turn(world, as_of=world.clock.now())
    assert [one.error for one in report.looks if one.error] == []


def of(world: World, model: AssetId) -> Incident:
    return world.incidents.of(model)[-1]


def told(world: World, kind: str) -> list[tuple[str, str]]:
    """Each message of a kind: incident and team."""
    return [
        (m.notice.incident, m.notice.to)
        for m in world.sink.taken
        if m.notice.kind.value == kind
    ]


def test_one_page_and_twelve_quiet_notes(world: World) -> None:
    break_(world, MANY, WINDOW)
    look(world)
    assert len(world.incidents.within()) == 12
    assert told(world, "page") == [("INC-1", "cy (feeds)")]
    notes = told(world, "note")
    assert len(notes) == 12
    assert {to for _, to in notes} == {f"ana (t-m{n:02})" for n in range(1, 13)}
    parent = of(world, MANY[0])
    for model in MANY[1:]:
        child = of(world, model)
        assert child.absorbed_into == parent.id
        assert not child.paging
        assert child.holder.person == "ana"


def test_the_thirteenth_has_its_own_cause_and_pages(world: World) -> None:
    break_(world, MANY, WINDOW)
    stray = cause(0.9, team="fleet", person="fay", asset=FLEET)
    own = diagnosis(stray, model=OWN)
    world.answers[OWN] = (own, (finding(asset=OWN),))
    look(world)
    assert set(told(world, "page")) == {
        ("INC-1", "cy (feeds)"),
        ("INC-13", "fay (fleet)"),
    }
    assert of(world, OWN).absorbed_into is None


def test_a_turn_repeated_adds_nothing(world: World) -> None:
    break_(world, MANY, WINDOW)
    look(world)
    before = [world.incidents.history(one.id) for one in world.incidents.within()]
    look(world)
    look(world)
    after = [world.incidents.history(one.id) for one in world.incidents.within()]
    assert after == before
    assert world.incidents.rebuild() == ()


def test_one_still_unwell_is_released_ten_minutes_after(world: World) -> None:
    break_(world, MANY, WINDOW)
    look(world)
    later = TimeWindow(WINDOW.start, WINDOW.end + DAY)
    mend(world, MANY, later)
    last = MANY[-1]
    break_(world, [last], later)
    world.sink.taken.clear()
    look(world, DAY)
    assert of(world, MANY[0]).state is State.RESOLVED
    assert {of(world, model).state for model in MANY[1:-1]} == {State.RESOLVED}
    assert of(world, last).absorbed_into == "INC-1", "not yet: it may follow"
    assert told(world, "page") == []
    look(world, timedelta(minutes=9))
    assert told(world, "page") == []
    look(world, timedelta(minutes=1))
    released = of(world, last)
    assert released.absorbed_into is None
    assert str(released.holder) == "cy (feeds)", "its own diagnosis routes it"
    assert told(world, "page") == [(released.id, "cy (feeds)")]


def test_a_false_alarm_explains_nothing(world: World) -> None:
    break_(world, MANY[:2], WINDOW)
    look(world)
    request = Request(incident="INC-1", actor="cy")
    perform(world, request, Act.DISMISS, {"reason": "false-alarm"})
    world.sink.taken.clear()
    look(world, timedelta(minutes=5))
    assert of(world, MANY[0]).state is State.DISMISSED
    assert of(world, MANY[1]).absorbed_into is None
    assert told(world, "page") == [("INC-2", "cy (feeds)")]


def test_a_person_may_take_one_out(world: World) -> None:
    break_(world, MANY[:2], WINDOW)
    look(world)
    request = Request(incident="INC-2", actor="ana")
    found = perform(world, request, Act.UNMERGE, {"text": "ours is another"})
    assert found.absorbed_into is None
    assert found.paging
    world.sink.taken.clear()
    look(world, timedelta(minutes=5))
    assert of(world, MANY[1]).absorbed_into is None, "what a person said stays"


def test_a_later_confirmation_absorbs_what_stood_alone(world: World) -> None:
    for model in MANY[:2]:
        unsure = diagnosis(cause(0.4), model=model)
        world.answers[model] = (unsure, (finding(asset=model),))
    look(world)
    assert of(world, MANY[1]).absorbed_into is None
    request = Request(incident="INC-1", actor="ana")
    perform(world, request, Act.CONFIRM_CAUSE, {"cause": 1})
    look(world, timedelta(minutes=5))
    child = of(world, MANY[1])
    assert child.absorbed_into == "INC-1"
    assert not child.paging


def test_an_onset_elsewhere_in_time_is_another_trouble(world: World) -> None:
    break_(world, MANY[:1], WINDOW)
    look(world)
    shifted = diagnosis(model=MANY[1])
    assert shifted.symptom is not None
    far = type(ONSET)(ONSET.at + 9 * DAY, ONSET.low + 9 * DAY, ONSET.high + 9 * DAY)
    moved = replace(shifted, symptom=replace(shifted.symptom, onset=far))
    world.answers[MANY[1]] = (moved, (finding(asset=MANY[1]),))
    look(world)
    assert of(world, MANY[1]).absorbed_into is None


def test_what_is_not_downstream_is_not_explained(tmp_path: Path) -> None:
    text = ownership().replace("needs: [dataset:weather, dataset:fleet], ", "", 2)
    world = World(read_catalog(tmp_path, text))
    # The first two need nothing: the first one's cause cannot explain the second.
    break_(world, MANY[:2], WINDOW)
    look(world)
    assert of(world, MANY[1]).absorbed_into is None
    assert of(world, MANY[0]).proposed["asset"] == WEATHER
    assert world.clock.now() == NOON
