"""Handovers: who holds it next, what is recorded, whom it tells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import (
    FLEET,
    NOON,
    WEATHER,
    World,
    cause,
    read_catalog,
)

from modelowners.app.desk import answering
from modelowners.app.loop import turn
from modelowners.incidents import (
    assign,
    confirm_cause,
    refuse,
)
from modelowners.incidents.acts import Actor
from modelowners.incidents.entries import Entry
from modelowners.incidents.handovers import next_holder
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.policy import Relation
from modelowners.incidents.refusals import NobodyLeft, NotNow, NotYours
from modelowners.incidents.routing import Route, Rule
from modelowners.incidents.tenures import Holder, Reason

FEEDS = Holder("feeds", "cy")
ETA = Holder("risk", "ana")
FLEETERS = Holder("fleet", "fay")
CY = Actor(
    person="cy",
    at=NOON,
    relations={Relation.MEMBER, Relation.HOLDER},
    roles={WEATHER: ["accountable"]},
)
BO = Actor(person="bo", at=NOON, relations={Relation.MEMBER})


CAUSE = {"asset": FLEET, "kind": "rows_lost", "category": "data"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(
        cause(0.8), cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2)
    )
    turn(world, as_of=NOON)
    return world


@pytest.fixture
def incident(world: World) -> Incident:
    return world.incidents.get("INC-1")


def kinds(entries: tuple[Entry, ...]) -> list[str]:
    return [str(entry.draft.kind) for entry in entries]


def test_assigning_tells_both_sides(world: World, incident: Incident) -> None:
    ownership = answering(world.catalog, "team:fleet", NOON)
    (entry,) = assign(
        incident, BO, to=FLEETERS, reason=Reason.LOAD, ownership=ownership
    )
    assert [(t.kind.value, t.holder) for t in entry.tells] == [("note", FEEDS)]
    plan = entry.draft.body["plan"]
    assert isinstance(plan, dict)
    assert plan["of"] == "team:fleet"
    assert "refused" not in entry.draft.body


def test_without_a_plan_the_new_holder_is_paged_once(incident: Incident) -> None:
    (entry,) = assign(incident, BO, to=FLEETERS, reason=Reason.LOAD)
    assert [(t.kind.value, t.holder) for t in entry.tells] == [
        ("page", FLEETERS),
        ("note", FEEDS),
    ]


def test_a_bad_route_counts_as_refused(incident: Incident) -> None:
    (entry,) = assign(incident, BO, to=FLEETERS, reason=Reason.BAD_ROUTE)
    assert entry.draft.body["refused"] == ["team:feeds"]


def test_assigning_to_the_holder_is_refused(incident: Incident) -> None:
    with pytest.raises(NotNow, match=r"with cy \(feeds\)"):
        assign(incident, BO, to=FEEDS, reason=Reason.LOAD)


def test_only_the_holder_refuses(incident: Incident) -> None:
    route = Route(to=ETA, rule=Rule.BY_HAND)
    with pytest.raises(NotYours, match="only its holder may"):
        refuse(incident, BO, to=route, text="no")


def test_a_refusal_counts_for_team_and_person(incident: Incident) -> None:
    (entry,) = refuse(incident, CY, to=Route(to=ETA, rule=Rule.BY_HAND), text="no")
    assert entry.draft.body["refused"] == ["person:cy", "team:feeds"]
    assert entry.draft.body["text"] == "no"
    assert entry.draft.body["reason"] == "not-mine"


def test_a_confirmed_cause_cannot_be_refused_by_its_owner(incident: Incident) -> None:
    proven = replace(incident, confirmed={"asset": WEATHER, "kind": "offset"})
    with pytest.raises(NotNow, match="which is yours"):
        refuse(proven, CY, to=Route(to=ETA, rule=Rule.BY_HAND), text="no")


def test_a_refusal_goes_to_the_next_candidate(incident: Incident) -> None:
    decided = next_holder(incident, CY, symptom=ETA)
    assert (decided.to, decided.rule) == (FLEETERS, Rule.NEXT_CANDIDATE)


def test_arbiters_are_asked_only_after_two_tosses(incident: Incident) -> None:
    boss = Holder(None, "eli")
    first = next_holder(incident, CY, symptom=ETA, arbiters=[boss])
    assert first.to == FLEETERS
    tossed = replace(incident.tenure, end=NOON, reason="not-mine")
    again = replace(incident, tenures=(tossed, incident.tenure))
    assert next_holder(again, CY, symptom=ETA, arbiters=[boss]).to == boss


def test_when_everyone_refused_a_person_has_to_be_named(incident: Incident) -> None:
    all_refused = replace(incident, refused=("team:fleet", "team:risk"))
    with pytest.raises(NobodyLeft, match="--to OWNER"):
        next_holder(all_refused, CY, symptom=ETA)


def test_a_cause_elsewhere_moves_the_incident_as_a_hand_off(incident: Incident) -> None:
    entries = confirm_cause(incident, CY, cause=CAUSE, owner=FLEETERS)
    assert kinds(entries) == ["cause.confirmed", "assigned"]
    assert entries[1].draft.body["reason"] == "found-cause-elsewhere"


def test_a_cause_at_home_moves_nothing(incident: Incident) -> None:
    assert kinds(confirm_cause(incident, CY, cause=CAUSE, owner=FEEDS)) == [
        "cause.confirmed"
    ]


def test_a_cause_may_be_confirmed_after_the_end(incident: Incident) -> None:
    over = replace(incident, state=State.RESOLVED)
    assert kinds(confirm_cause(over, CY, cause=CAUSE, owner=FLEETERS)) == [
        "cause.confirmed"
    ]


def test_who_answers_for_the_cause_may_confirm_it(incident: Incident) -> None:
    fay = replace(BO, person="fay", relations={Relation.MEMBER, Relation.CAUSE_ROLE})
    assert confirm_cause(incident, fay, cause=CAUSE, owner=FLEETERS)
    with pytest.raises(NotYours, match="cause's asset"):
        confirm_cause(incident, BO, cause=CAUSE, owner=FLEETERS)
