from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speed_worlds import JUNE, cohort, timeline

from modelowners.core.time import HOUR
from modelowners.measurement.durations import Bounds, share_out
from modelowners.measurement.timelines import Timeline
from modelowners.measurement.whatif import backtest, imagine, saved

BOUNDS = Bounds(split_h=100, first_touch=0.2217, final_arrival=0.3503)


def halves(*, earlier: float, later: float, n: int = 30) -> list[Timeline]:
    return [
        timeline(str(i), opened=JUNE + i * HOUR, hours=earlier if i < n else later)
        for i in range(2 * n)
    ]


@pytest.mark.parametrize(
    ("target", "low", "high"),
    [(0.7, 0.0512, 0.0809), (0.9, 0.1649, 0.2605), (1.0, 0.2217, 0.3503)],
)
def test_what_is_saved_lies_between_two_bounds(
    target: float, low: float, high: float
) -> None:
    found = saved(BOUNDS, now=0.6099, target=target)
    assert found == pytest.approx((low, high), abs=5e-4)


def test_without_bounds_nothing_is_saved() -> None:
    unknown = Bounds(split_h=0, first_touch=None, final_arrival=None)
    assert saved(unknown, now=0.5, target=1) is None


def test_a_forecast_is_tried_on_the_later_half() -> None:
    found = backtest(cohort(halves(earlier=10, later=5)))
    assert found is not None
    # The median opening is the last of the earlier ones.
    assert (found.before, found.after) == (29, 31)
    assert found.forecast_h == found.no_change_h == 10
    assert found.actual_h == pytest.approx((30 * 5 + 10) / 31)
    assert found.error == pytest.approx(10 / found.actual_h - 1)


@given(st.floats(0.1, 300), st.integers(20, 40))
def test_where_nothing_changes_the_forecast_is_right(hours: float, n: int) -> None:
    found = backtest(cohort(halves(earlier=hours, later=hours, n=n + 1)))
    assert found is not None
    assert found.error == pytest.approx(0, abs=1e-9)


def test_a_team_of_few_counts_for_little() -> None:
    ones = halves(earlier=10, later=10)
    slow = timeline("slow", teams=("slow",), hours=310, opened=JUNE)
    again = timeline("again", teams=("slow",), hours=10, opened=JUNE + 59.5 * HOUR)
    found = backtest(cohort([*ones, slow, again]))
    assert found is not None
    arm = (310 + 29 * 10) / 30
    many, one = (29 * 10 + 20 * arm) / 49, (310 + 20 * arm) / 21
    assert found.forecast_h == pytest.approx((31 * many + one) / 32)
    assert found.no_change_h == arm


def test_too_few_to_try_is_too_few_to_say() -> None:
    chosen = cohort(halves(earlier=10, later=5, n=19))
    found = imagine(chosen, share_out(chosen).bounds)
    assert (found.low, found.high, found.backtest) == (None, None, None)
    assert set(found.reasons) == {"backtest", "low"}
    assert backtest(cohort([])) is None


def test_every_first_route_right_saves_between_the_bounds() -> None:
    ones = [
        timeline(
            str(i), teams=("desk", "x"), moves=(2,), hours=4, opened=JUNE + i * HOUR
        )
        for i in range(60)
    ]
    chosen = cohort(ones)
    found = imagine(chosen, share_out(chosen).bounds)
    assert (found.low, found.high) == (0.5, 0.5)
