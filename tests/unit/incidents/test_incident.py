"""An incident: which state may follow which, and what a person can do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import NOON, World, cause, read_catalog

from modelowners.app.loop import turn
from modelowners.incidents.incident import ACTIVE, TRANSITIONS, Act, Incident, State

N, A, M, R, C, G, D = State
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
        (N, False, set(Act)),
        (A, True, set(Act) - {Act.ACK}),
        (A, False, set(Act)),  # handed over: the new holder has not heard of it
        (M, False, set(Act) - {Act.ACK}),
        (R, False, {Act.CONFIRM_CAUSE, Act.NOTE}),
        (C, False, {Act.NOTE}),
        (G, False, {Act.NOTE}),
        (D, False, {Act.NOTE}),
    ],
)
def test_available_acts(
    incident: Incident, state: State, acked: bool, acts: set[Act]
) -> None:
    tenure = replace(incident.tenure, acked_at=NOON if acked else None)
    one = replace(incident, state=state, tenures=(tenure,))
    assert set(one.available) == acts


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
