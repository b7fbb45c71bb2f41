"""An incident: which state may follow which, and what a person can do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import FLEET, NOON, WEATHER, World, cause, read_catalog

from modelowners.app.loop import turn
from modelowners.core.ids import IncidentId
from modelowners.incidents.incident import ACTIVE, TRANSITIONS, Act, Incident, State
from modelowners.incidents.severity import Severity

N, A, M, R, C, G, D = State
LIVE = set(Act) - {Act.REOPEN, Act.UNMERGE}
SPECIFIED = {
    N: {A, M, R, G, D},
    A: {M, R, G, D},
    M: {R, N, G, D},
    R: {C, N, G, D},
    C: set(),
    G: {N},
    D: {N},
}


@pytest.fixture
def incident(tmp_path: Path) -> Incident:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world.incidents.get("INC-1")


@pytest.mark.parametrize("state", list(State))
def test_transitions_are_those_that_were_agreed(state: State) -> None:
    assert TRANSITIONS[state] == SPECIFIED[state]
    assert state not in TRANSITIONS[state]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("following", list(State))
def test_may_become_asks_the_table(
    incident: Incident, state: State, following: State
) -> None:
    one = replace(incident, state=state)
    assert one.may_become(following) == (following in SPECIFIED[state])


@pytest.mark.parametrize(
    ("state", "acked", "acts"),
    [
        (N, False, LIVE),
        (A, True, LIVE - {Act.ACK}),
        (A, False, LIVE),  # handed over: the new holder has not heard of it
        (M, False, LIVE - {Act.ACK, Act.MITIGATE, Act.SNOOZE} | {Act.REOPEN}),
        (R, False, {Act.CONFIRM_CAUSE, Act.REOPEN, Act.MERGE, Act.DISMISS, Act.NOTE}),
        (C, False, {Act.NOTE}),
        (G, False, {Act.UNMERGE, Act.NOTE}),
        (D, False, {Act.REOPEN, Act.NOTE}),
    ],
)
def test_available_acts(
    incident: Incident, state: State, acked: bool, acts: set[Act]
) -> None:
    tenure = replace(incident.tenure, acked_at=NOON if acked else None)
    one = replace(incident, state=state, tenures=(tenure,))
    assert set(one.available) == acts


def test_the_worst_is_never_left_in_peace(incident: Incident) -> None:
    worst = replace(incident, severity=Severity.SEV1)
    assert Act.SNOOZE not in worst.available


def test_what_another_explains_can_be_taken_out(incident: Incident) -> None:
    absorbed = replace(incident, absorbed_into=IncidentId("INC-9"))
    assert Act.UNMERGE in absorbed.available
    assert not absorbed.paging


def test_a_confirmed_cause_stays_with_its_owner(incident: Incident) -> None:
    route = {"asset": WEATHER}
    settled = replace(incident, route=route, confirmed={"asset": WEATHER})
    assert Act.NOT_MINE not in settled.available
    assert Act.NOT_MINE in replace(settled, confirmed={"asset": FLEET}).available


def test_an_acknowledgement_that_lapsed_is_none(incident: Incident) -> None:
    lapsed = replace(incident.tenure, acked_at=NOON, lapsed=True)
    one = replace(incident, tenures=(lapsed,))
    assert not one.heard
    assert Act.ACK in one.available
    assert one.paging


@pytest.mark.parametrize("state", list(State))
def test_only_active_unheard_incidents_that_page_run_their_plan(
    incident: Incident, state: State
) -> None:
    one = replace(incident, state=state)
    assert one.paging == (state in ACTIVE) == one.active
    assert not replace(one, pages=False).paging
    assert not replace(one, progress=None).paging
    heard = replace(one.tenure, acked_at=NOON)
    assert not replace(one, tenures=(heard,)).paging


def test_the_last_tenure_holds_it(incident: Incident) -> None:
    assert incident.holder == incident.tenures[-1].holder
    assert incident.tosses == 0
    tossed = replace(incident.tenure, end=NOON, reason="not-mine")
    assert replace(incident, tenures=(tossed, incident.tenure)).tosses == 1
