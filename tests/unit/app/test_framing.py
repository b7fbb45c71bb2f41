from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from frame_worlds import frame, numeric, profile
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.framing import count_labelled, last_end, series_of
from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, HOUR, TimeWindow, parse_instant
from modelowners.observations.logs import Labels, PredictionLog

MAY = TimeWindow.parse("2026-05-01/2026-05-11")


@pytest.mark.parametrize(
    ("last", "grain", "end"),
    [
        ("2026-05-03T23:59", DAY, "2026-05-04"),
        ("2026-05-03T19:12", DAY, "2026-05-04"),
        ("2026-05-03T19:11", DAY, "2026-05-03"),
        ("2026-05-03T10:50", HOUR, "2026-05-03T11:00"),
    ],
)
def test_a_window_counts_once_it_is_nearly_full(
    last: str, grain: timedelta, end: str
) -> None:
    assert last_end(parse_instant(last), grain) == parse_instant(end)


@given(st.integers(0, 40), st.integers(0, 40))
def test_labels_are_due_their_delay_after_the_window(delay: int, known: int) -> None:
    log = PredictionLog(
        asset=asset_id("model:eta"),
        root=Path(),
        source=("a.csv",),
        columns={},
        labels=Labels(actual="late", delay=delay * DAY),
    )
    found = count_labelled(log, MAY.split(DAY), MAY.start + known * DAY)
    assert found == min(max(known - delay, 0), 10)


def test_a_metric_per_window_with_its_interval() -> None:
    losses = [np.array([0.2, 0.4]), None, np.array([1.0, 1.0])]
    made = frame(
        [
            profile(day, {"a": numeric(np.ones(2))}, losses=found)
            for day, found in enumerate(losses)
        ],
        history=2,
        test=1,
    )
    series = series_of(made, "log_loss")
    assert series is not None
    first, gap, last = series.points
    assert first.value == pytest.approx(0.3)
    assert first.rows == 2
    assert first.low < first.value < first.high
    assert math.isnan(gap.value)
    assert (last.value, last.low, last.high) == (1.0, 1.0, 1.0)


def test_without_labels_it_is_the_number_of_rows() -> None:
    made = frame([profile(0, {"a": numeric(np.ones(7))})], history=1, test=1)
    series = series_of(made, "log_loss")
    assert series is not None
    assert series.metric == "rows"
    assert [point.value for point in series.points] == [7.0, 0.0]
