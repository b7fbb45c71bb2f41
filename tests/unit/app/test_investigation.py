from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.investigation import (
    SURE,
    Investigation,
    Point,
    Series,
    named_cause,
)
from modelowners.core.time import DAY, TimeWindow, parse_instant
from modelowners.diagnosis.causes import Cause, CauseKind

START = parse_instant("2026-06-01")
figures = st.floats(-1e6, 1e6) | st.just(math.nan)


def series(values: list[float], rows: list[int] | None = None) -> Series:
    points = tuple(
        Point(
            window=TimeWindow(START + i * DAY, START + (i + 1) * DAY),
            value=value,
            low=value - 1,
            high=value + 1,
            rows=rows[i] if rows else 1,
        )
        for i, value in enumerate(values)
    )
    return Series(metric="mae", points=points)


@given(st.lists(figures, min_size=1, max_size=90), st.integers(1, 40))
def test_thinning_keeps_the_span_the_rows_and_the_bounds(
    values: list[float], limit: int
) -> None:
    whole = series(values)
    thin = whole.thin(limit)
    assert len(thin.points) <= limit or thin is whole
    assert len(thin.points) <= max(limit, 1)
    assert thin.points[0].window.start == START
    assert thin.points[-1].window.end == START + len(values) * DAY
    assert sum(p.rows for p in thin.points) == len(values)
    known = [value for value in values if math.isfinite(value)]
    shown = [p.value for p in thin.points if math.isfinite(p.value)]
    assert bool(known) == bool(shown)
    if known:
        assert min(known) - 1e-6 <= min(shown) <= max(shown) <= max(known) + 1e-6
        assert min(p.low for p in thin.points if p.low == p.low) == min(known) - 1


def test_a_joined_value_is_the_mean_by_rows_and_its_interval_spans_the_parts() -> None:
    (point,) = series([1.0, 3.0], rows=[3, 1]).thin(1).points
    assert point.value == pytest.approx(1.5)
    assert (point.low, point.high) == (0.0, 4.0)


def test_windows_that_tell_no_rows_count_alike() -> None:
    (point,) = series([1.0, 3.0], rows=[0, 0]).thin(1).points
    assert point.value == 2.0


def test_a_short_series_stays_as_it_is() -> None:
    whole = series([1.0, 2.0])
    assert whole.thin(2) is whole


@pytest.mark.parametrize(
    ("probability", "kind", "named"),
    [
        (SURE, CauseKind.OFFSET, True),
        (SURE - 0.001, CauseKind.OFFSET, False),
        (0.99, CauseKind.UNKNOWN, False),
    ],
)
def test_a_cause_is_named_from_even_odds_and_never_the_unknown(
    late_arrival: Investigation,
    cause_of: Callable[..., Cause],
    probability: float,
    kind: CauseKind,
    named: bool,
) -> None:
    cause = cause_of(kind, probability=probability)
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(cause,))
    assert (named_cause(diagnosis) is cause) == named


def test_a_second_cause_never_takes_the_place_of_an_unsure_first(
    undecided: Investigation, cause_of: Callable[..., Cause]
) -> None:
    assert undecided.verdict is None
    assert not undecided.healthy


def test_a_broken_input_without_symptom_is_not_healthy(
    late_arrival: Investigation, healthy: Investigation
) -> None:
    broken = dataclasses.replace(late_arrival.diagnosis, symptom=None)
    assert not dataclasses.replace(late_arrival, diagnosis=broken).healthy
    assert healthy.healthy


def test_the_change_of_a_cause_is_looked_up_by_its_id(
    late_arrival: Investigation,
) -> None:
    sure, weak = late_arrival.diagnosis.causes
    found = late_arrival.change_of(sure)
    assert found is not None
    assert found.id == sure.change_id
    assert late_arrival.change_of(weak) is None
    unheard = dataclasses.replace(late_arrival, changes={})
    assert unheard.change_of(sure) is None
