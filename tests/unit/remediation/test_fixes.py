"""Fixes: the steps of the audit, folded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fix_worlds import BACK, CHURN, INC, RELOAD, START, order
from hypothesis import given
from hypothesis import strategies as st

from modelowners.remediation.actions import AliasMove, Command
from modelowners.remediation.fixes import (
    FOLLOWS,
    Fix,
    State,
    Step,
    StepKind,
    advance,
    fold,
    serving_since,
)

KINDS = st.sampled_from([*StepKind, "of.a.later.release"])


def step(n: int, kind: str, **body: object) -> Step:
    at = START + n * timedelta(minutes=1)
    return Step(n=n, kind=kind, at=at, actor="person:ana", body=body)


def begun(action: AliasMove | Command = BACK) -> Step:
    return Step(
        n=1,
        kind=StepKind.REQUESTED,
        at=START,
        actor="person:ana",
        body=order(action).plain(),
    )


def made(*kinds: str, action: AliasMove | Command = BACK, name: str = "FIX-1") -> Fix:
    steps = [begun(action), *(step(n, k) for n, k in enumerate(kinds, start=2))]
    return fold(name, INC, steps)


def test_a_fix_says_who_does_what_to_what() -> None:
    fix = made()
    assert (fix.id, fix.incident, fix.asset) == ("FIX-1", INC, CHURN)
    assert fix.action == BACK
    assert (fix.state, fix.actor, fix.n) == (State.REQUESTED, "person:ana", 1)
    assert fix.requested_at == START
    assert not fix.terminal
    assert fix.took_effect is fix.confirmed_at is None


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ([StepKind.ALIAS_SET], State.ALIAS_SET),
        ([StepKind.ALIAS_SET, StepKind.TAGGED], State.ALIAS_SET),
        ([StepKind.ALIAS_SET, StepKind.SERVED], State.SERVING_CONFIRMED),
        ([StepKind.ALIAS_SET, StepKind.SERVED, StepKind.RECOVERED], State.RECOVERED),
        ([StepKind.FAILED], State.FAILED),
        ([StepKind.SERVED], State.REQUESTED),
        ([StepKind.ALIAS_SET, StepKind.RECOVERED], State.ALIAS_SET),
        ([StepKind.FAILED, StepKind.ALIAS_SET], State.FAILED),
    ],
)
def test_only_what_may_follow_follows(kinds: list[str], state: State) -> None:
    assert made(*kinds).state is state


@given(st.lists(KINDS, max_size=12))
def test_every_prefix_is_a_fix_and_no_state_is_skipped(kinds: list[str]) -> None:
    fix = made()
    for n, kind in enumerate(kinds, start=2):
        before, fix = fix.state, advance(fix, step(n, kind))
        assert fix.n == n
        assert fix.state is before or fix.state in FOLLOWS[before]
        assert (fix.reason is not None) <= (fix.state is State.FAILED)
        if fix.terminal:
            assert not FOLLOWS[fix.state]
    assert fold("FIX-1", INC, fix.steps) == fix


def test_it_counts_as_served_never_before_it_is_set() -> None:
    assert State.SERVING_CONFIRMED not in FOLLOWS[State.REQUESTED]
    assert State.RECOVERED not in FOLLOWS[State.ALIAS_SET]


def test_rows_count_from_the_move_or_the_last_command_after_it() -> None:
    fix = made(StepKind.ALIAS_SET)
    assert serving_since(made(), ()) is None
    assert serving_since(fix, (fix,)) == fix.took_effect
    hooked = made(
        StepKind.ALIAS_SET, StepKind.COMMAND_STARTED, StepKind.COMMAND_FINISHED
    )
    assert serving_since(hooked, ()) == hooked.steps[-1].at
    reload = made(
        *[StepKind.COMMAND_STARTED] * 5, StepKind.RAN, action=RELOAD, name="FIX-2"
    )
    assert serving_since(fix, (fix, reload)) == reload.took_effect
    assert serving_since(reload, ()) == reload.took_effect


def test_a_command_before_the_move_says_nothing_about_serving() -> None:
    moved = fold(
        "FIX-2", INC, [begun(), *(step(n, StepKind.TAGGED) for n in range(2, 9))]
    )
    moved = advance(moved, step(9, StepKind.ALIAS_SET))
    earlier = made(StepKind.RAN, action=RELOAD)
    assert serving_since(moved, (earlier, moved)) == moved.took_effect
