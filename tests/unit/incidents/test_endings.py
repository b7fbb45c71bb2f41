"""Endings: over, none, or another's; in order, with reasons, and back again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
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

from modelowners.app.desk import answering
from modelowners.app.loop import turn
from modelowners.core.ids import IncidentId
from modelowners.incidents import (
    dismiss,
    merge,
    mitigate,
    resolve,
    take_up,
    unmerge,
)
from modelowners.incidents.acts import Actor
from modelowners.incidents.entries import Entry
from modelowners.incidents.incident import CloseReason, DismissReason, Incident, State
from modelowners.incidents.policy import Relation
from modelowners.incidents.refusals import NotNow, NotYours, OutOfOrder
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


@pytest.mark.parametrize("reason", list(CloseReason))
def test_resolving_says_why(incident: Incident, reason: CloseReason) -> None:
    (entry,) = resolve(incident, CY, reason=reason, text="done")
    assert entry.draft.body["reason"] == reason.value
    assert entry.tells[0].holder == FEEDS


def test_resolved_before_mitigated_is_refused(incident: Incident) -> None:
    late = replace(
        incident,
        state=State.MITIGATED,
        times=replace(incident.times, mitigated=NOON + timedelta(hours=1)),
    )
    with pytest.raises(OutOfOrder, match=r"resolved.*mitigated is"):
        resolve(late, CY, reason=CloseReason.FIXED)


def test_mitigating_is_not_verifying(incident: Incident) -> None:
    (entry,) = mitigate(incident, CY, text="rolled back by hand")
    assert entry.draft.body["verified"] is False
    assert entry.draft.body["why"] == "rolled back by hand"
    assert entry.tells == (), "the holder did it"
    with pytest.raises(NotYours, match="its model or its cause"):
        mitigate(incident, BO)


def test_nothing_ends_before_it_began(incident: Incident) -> None:
    held = replace(incident.tenure, start=NOON - timedelta(days=30))
    long_held = replace(incident, tenures=(held,))
    early = replace(CY, at=NOON - timedelta(days=20))
    for end in (mitigate, partial(resolve, reason=CloseReason.FIXED)):
        with pytest.raises(OutOfOrder, match="began is"):
            end(long_held, early)


def test_a_recovery_may_be_told_again_later(incident: Incident) -> None:
    times = replace(incident.times, mitigated=NOON + timedelta(hours=1))
    again = replace(incident, times=times)
    assert mitigate(again, CY), "a second mitigation replaces the first"


@pytest.mark.parametrize("reason", list(DismissReason))
def test_dismissing_says_why_and_tells_the_holder(
    incident: Incident, reason: DismissReason
) -> None:
    ana = replace(BO, person="ana", relations={Relation.MEMBER, Relation.ASSET_ROLE})
    (entry,) = dismiss(incident, ana, reason=reason, text="t")
    assert entry.draft.body["reason"] == reason.value
    assert [tell.holder for tell in entry.tells] == [FEEDS]
    with pytest.raises(NotYours):
        dismiss(incident, BO, reason=reason)


def test_anyone_may_take_it_up_again(incident: Incident) -> None:
    over = replace(incident, state=State.RESOLVED)
    (entry,) = take_up(over, BO, text="it is back")
    assert entry.draft.body["why"] == "it is back"
    with pytest.raises(NotNow, match="open"):
        take_up(incident, BO)


def test_merging_names_the_one_that_goes_on(incident: Incident) -> None:
    other = replace(incident, id=IncidentId("INC-2"))
    (entry,) = merge(incident, BO, into=other)
    assert entry.draft.body["into"] == "INC-2"
    assert "which cy (feeds) holds" in entry.tells[0].why


def test_merging_in_circles_is_refused(incident: Incident) -> None:
    other = replace(incident, id=IncidentId("INC-2"))
    for wrong, why in (
        (incident, "with itself"),
        (replace(other, state=State.MERGED), "which is merged"),
        (replace(other, state=State.CLOSED), "which is closed"),
        (replace(other, absorbed_into=incident.id), "which it explains"),
    ):
        with pytest.raises(NotNow, match=why):
            merge(incident, BO, into=wrong)


def test_unmerging_gives_back_what_it_was(world: World, incident: Incident) -> None:
    whose = answering(world.catalog, MODEL, NOON)
    merged = replace(incident, state=State.MERGED, merged_into=IncidentId("INC-2"))
    assert kinds(unmerge(merged, BO, ownership=whose)) == ["unmerged"]
    absorbed = replace(incident, absorbed_into=IncidentId("INC-2"))
    entries = unmerge(absorbed, BO, ownership=whose)
    assert kinds(entries) == ["released", "route.decided"]
    assert entries[1].draft.body["to"] == {"team": "risk", "person": "ana"}
    with pytest.raises(NotNow):
        unmerge(incident, BO, ownership=whose)
