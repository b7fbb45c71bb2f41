"""Acts: what each records, whom it tells, what it refuses and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    FLEET,
    MODEL,
    NOON,
    WEATHER,
    World,
    cause,
    read_catalog,
)

from modelowners.app.loop import turn
from modelowners.incidents import (
    acknowledge,
    note,
    regrade,
    snooze,
)
from modelowners.incidents.acts import MAX_NOTE, Actor
from modelowners.incidents.entries import Entry
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.policy import Relation
from modelowners.incidents.refusals import NotNow, NotYours, OutOfOrder
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Holder

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


def test_an_act_records_who_did_it_and_by_what_right(incident: Incident) -> None:
    (entry,) = acknowledge(incident, CY)
    assert entry.draft.actor == "person:cy"
    assert entry.draft.source == "cli"
    assert entry.draft.body["relation"] == ["holder", "member"]
    assert entry.draft.body["roles"] == {WEATHER: ["accountable"]}


def test_a_second_acknowledgement_names_the_first(incident: Incident) -> None:
    held = replace(incident.tenure, acked_at=NOON, acked_by="di")
    with pytest.raises(NotNow, match="di took it on already") as caught:
        acknowledge(replace(incident, tenures=(held,)), CY)
    assert "not-mine" in str(caught.value)


@pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED, State.MERGED])
def test_a_finished_incident_is_not_acknowledged(
    incident: Incident, state: State
) -> None:
    with pytest.raises(NotNow, match=state.value):
        acknowledge(replace(incident, state=state), CY)


def test_a_long_note_is_cut(incident: Incident) -> None:
    (entry,) = note(incident, BO, "x" * 10_000)
    assert entry.draft.body["text"] == "x" * MAX_NOTE


def test_who_left_may_not_even_note(incident: Incident) -> None:
    with pytest.raises(NotYours, match="declared in the ownership file"):
        note(incident, replace(BO, relations=()), "x")


def test_an_act_before_the_tenure_is_refused(incident: Incident) -> None:
    early = replace(CY, at=NOON - timedelta(hours=1))
    with pytest.raises(OutOfOrder, match="holds it only since"):
        acknowledge(incident, early)
    assert note(incident, early, "I saw it coming"), "remarks may look back"
    assert incident.model == MODEL


def test_snoozing_ends_within_a_day(incident: Incident) -> None:
    (entry,) = snooze(incident, CY, until=NOON + timedelta(hours=24))
    assert entry.draft.body["until"] == "2026-06-11T12:00:00Z"
    for until in (NOON, NOON + timedelta(hours=24, seconds=1)):
        with pytest.raises(OutOfOrder, match="snooze until"):
            snooze(incident, CY, until=until)


def test_the_worst_does_not_rest(incident: Incident) -> None:
    worst = replace(incident, severity=Severity.SEV1)
    with pytest.raises(NotNow, match="never left in peace"):
        snooze(worst, CY, until=NOON + timedelta(hours=1))


def test_only_owners_let_it_rest_or_judge_it(incident: Incident) -> None:
    with pytest.raises(NotYours, match="who answers for its model"):
        snooze(incident, BO, until=NOON + timedelta(hours=1))
    with pytest.raises(NotYours, match="who answers for its model"):
        regrade(incident, BO, severity=Severity.SEV1, text="x")


def test_a_severity_carries_author_and_reason(incident: Incident) -> None:
    (entry,) = regrade(incident, CY, severity=Severity.SEV1, text="on the news")
    assert entry.draft.actor == "person:cy"
    assert entry.draft.body["why"] == "on the news"
    assert entry.tells == (), "the holder did it"
    ana = replace(BO, person="ana", relations={Relation.MEMBER, Relation.ASSET_ROLE})
    (entry,) = regrade(incident, ana, severity=Severity.SEV4, text="x")
    assert [tell.holder for tell in entry.tells] == [FEEDS]
    with pytest.raises(NotNow, match="sev3"):
        regrade(incident, CY, severity=incident.severity, text="x")
