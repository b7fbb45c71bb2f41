"""Paging: steps due once, late or not; persons bound when they fall due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import NOON, OWNERSHIP, WEATHER, WILD, read_catalog

from modelowners.catalog import resolve
from modelowners.incidents.paging import (
    RESTS,
    Plan,
    PlanStep,
    Progress,
    bind,
    due,
    freeze,
)

MINUTE = timedelta(minutes=1)


def plan(*minutes: int) -> Plan:
    steps = [PlanStep(m * MINUTE, f"role{i}", f"p{i}") for i, m in enumerate(minutes)]
    return Plan("model:eta", tuple(steps))


def test_freezing_copies_the_steps(tmp_path: Path) -> None:
    frozen = freeze(resolve(read_catalog(tmp_path), WEATHER, NOON))
    assert frozen is not None
    assert frozen.of == WEATHER
    assert [(s.role, s.person, s.after // MINUTE) for s in frozen.steps] == [
        ("oncall", "cy", 0),
        ("lead", "cy", 15),
        ("manager", "eli", 45),
    ]
    assert Plan.read(frozen.plain()) == frozen


def test_an_unowned_asset_has_no_plan(tmp_path: Path) -> None:
    assert freeze(resolve(read_catalog(tmp_path), WILD, NOON)) is None


@pytest.mark.parametrize("junk", [None, 3, {}, {"of": "x", "steps": []}, {"steps": 3}])
def test_junk_is_no_plan(junk: object) -> None:
    assert Plan.read(junk) is None


def test_roles_are_bound_late_and_steps_never_edited_away(tmp_path: Path) -> None:
    before = resolve(read_catalog(tmp_path), WEATHER, NOON)
    frozen = freeze(before)
    assert frozen is not None
    edited = OWNERSHIP.replace(
        "{lead: cy, members: [cy, di]",
        "{lead: di, escalate: [oncall, 5m, lead], members: [di, cy]",
    )
    now = resolve(read_catalog(tmp_path, edited), WEATHER, NOON)
    assert [bind(step, now) for step in frozen.steps] == ["di", "di", "eli"]
    assert bind(frozen.steps[2], now, away={"eli"}) is None


def test_nothing_is_due_before_its_time() -> None:
    begun = Progress(plan=plan(0, 15, 45), started=NOON)
    assert due(begun, NOON - MINUTE)[1] == ()
    assert due(begun, NOON + 14 * MINUTE)[1] == (0,)
    assert due(begun, NOON + 15 * MINUTE)[1] == (0, 1)


def test_an_exhausted_plan_rests_and_starts_again() -> None:
    end = NOON + 45 * MINUTE
    spent = Progress(plan=plan(0, 15), started=NOON, done=(0, 1), exhausted_at=end)
    assert due(spent, end + RESTS - MINUTE)[1] == ()
    again, steps = due(spent, end + RESTS)
    assert (again.round, again.started, steps) == (1, end + RESTS, (0,))


@given(
    st.lists(st.integers(0, 120), min_size=1, max_size=5).map(sorted),
    st.lists(st.integers(0, 40), min_size=1, max_size=30),
)
def test_however_the_loop_ticks_each_step_is_taken_once_a_round(
    waits: list[int], ticks: list[int]
) -> None:
    progress = Progress(plan=plan(*waits), started=NOON)
    taken: list[tuple[int, int]] = []
    at = NOON
    for tick in ticks:
        at += tick * MINUTE
        progress, steps = due(progress, at)
        for step in steps:
            assert progress.started + progress.plan.steps[step].after <= at
        taken += [(progress.round, step) for step in steps]
        done = tuple(sorted({*progress.done, *steps}))
        progress = replace(progress, done=done)
        if steps and len(done) == len(waits):
            progress = replace(progress, exhausted_at=at)
    assert len(taken) == len(set(taken))
    assert taken == sorted(taken)
