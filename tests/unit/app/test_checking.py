from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from check_worlds import MODEL, CheckWorld

from modelowners.app.checking import UnknownKind, declared, plan_checks
from modelowners.core.errors import BadFacet
from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow, parse_instant
from modelowners.observations.logs import PredictionLog
from modelowners.observations.questions import LogShape

SHAPE = LogShape(
    columns={},
    rows=9,
    first=parse_instant("2026-01-01T07:00"),
    last=parse_instant("2026-06-03T09:00"),
    files=("a.csv",),
)


def log(**more: object) -> PredictionLog:
    return PredictionLog(
        asset=asset_id("model:eta"),
        root=Path(),
        source=("a.csv",),
        columns={},
        **more,  # type: ignore[arg-type]  # fields by name
    )


def test_the_window_that_still_fills_up_is_there_but_not_complete() -> None:
    plan, complete = plan_checks(log(), SHAPE)
    assert plan.windows[-1].start == parse_instant("2026-06-03")
    assert complete == len(plan.windows) - 1
    assert plan.test == TimeWindow.parse("2026-06-02")


def test_an_instant_ends_the_windows_though_the_log_ended_before() -> None:
    plan, complete = plan_checks(log(), SHAPE, as_of=parse_instant("2026-06-07T12:00"))
    assert plan.windows[complete - 1] == TimeWindow.parse("2026-06-06")


def test_rows_may_be_late() -> None:
    late = log(delivery_lag=timedelta(hours=6))
    plan, complete = plan_checks(late, SHAPE, as_of=parse_instant("2026-06-02T05:00"))
    assert plan.windows[complete - 1] == TimeWindow.parse("2026-05-31")


@pytest.mark.parametrize(("longest", "days"), [(0, 91), (7, 91), (90, 118)])
def test_history_reaches_as_far_as_the_longest_check_needs(
    longest: int, days: int
) -> None:
    _, complete = plan_checks(log(), SHAPE, longest=longest * DAY)
    assert complete == days


def test_a_declared_reference_is_looked_at_too() -> None:
    window = TimeWindow.parse("2026-01-10/2026-01-20")
    plan, _ = plan_checks(log(reference=window), SHAPE)
    assert plan.windows[0].start == window.start
    assert (plan.reference, plan.why) == (window, "declared")


def test_a_log_silent_for_years_leaves_few_windows() -> None:
    plan, complete = plan_checks(log(), SHAPE, as_of=parse_instant("2036-01-01"))
    assert complete == 91
    assert len(plan.windows) == 92


def test_checks_come_before_claims(tmp_path: Path) -> None:
    world = CheckWorld(tmp_path)
    world.declare(
        "expect: {seasonal: weekly}\nchecks:\n  - unique: id\n  - freshness: 2h"
    )
    program = world.program()
    names = [one.name for one in declared(program, MODEL)]
    assert names == ["unique id", "freshness last row", "weekly rhythm"]
    assert [c.kind for c in declared(program, MODEL, only="claim")] == ["claim"]
    assert declared(program, MODEL, only="volume") == ()
    with pytest.raises(UnknownKind, match='did you mean "volume"'):
        declared(program, MODEL, only="volum")


def test_a_bad_check_names_its_place(tmp_path: Path) -> None:
    world = CheckWorld(tmp_path)
    world.declare("checks:\n  - {not_nul: tenure}")
    with pytest.raises(BadFacet, match=r"modelowners\.yaml:15:10 MO003"):
        declared(world.program(), MODEL)


def test_without_checks_nothing_is_read(tmp_path: Path) -> None:
    # There is no log on disk: asking for it would be refused.
    assert CheckWorld(tmp_path).check("tier: 2") == []
