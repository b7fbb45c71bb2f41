"""Fixes: what the log knows of attempts to mend it."""

from __future__ import annotations

import pytest
from incident_worlds import NOON

from modelowners.core.time import HOUR
from modelowners.incidents.events import EventKind
from modelowners.incidents.fixes import FixState, brought_on

STEPS = {
    EventKind.FIX_PLANNED: FixState.PLANNED,
    EventKind.FIX_STARTED: FixState.STARTED,
    EventKind.FIX_FINISHED: FixState.FINISHED,
    EventKind.FIX_FAILED: FixState.FAILED,
}


@pytest.mark.parametrize("kind", list(STEPS))
def test_each_kind_is_a_state(kind: EventKind) -> None:
    (fix,) = brought_on((), kind.value, {"plan": "p"}, at=NOON)
    assert (fix.state, fix.at) == (STEPS[kind], NOON)


def test_later_events_keep_what_they_do_not_repeat() -> None:
    planned = {"plan": "p", "action": "alias", "asset": "model:eta", "gates": "pass"}
    one = brought_on((), "fix.planned", {**planned, "who_may": ["cy", "di"]}, at=NOON)
    (fix,) = brought_on(one, "fix.started", {"plan": "p"}, at=NOON + HOUR)
    assert (fix.action, fix.asset, fix.gates) == ("alias", "model:eta", "pass")
    assert fix.who_may == ("cy", "di")
    assert fix.at == NOON + HOUR


def test_plans_stand_in_the_order_of_their_coming() -> None:
    found = brought_on((), "fix.planned", {"plan": "a"}, at=NOON)
    found = brought_on(found, "fix.planned", {"plan": "b"}, at=NOON)
    found = brought_on(found, "fix.failed", {"plan": "a"}, at=NOON)
    assert [(fix.plan, fix.state.value) for fix in found] == [
        ("a", "failed"),
        ("b", "planned"),
    ]


def test_an_empty_body_is_a_plan_without_a_name() -> None:
    (fix,) = brought_on((), "fix.finished", {"who_may": "cy"}, at=NOON)
    assert (fix.plan, fix.who_may) == ("", ())
