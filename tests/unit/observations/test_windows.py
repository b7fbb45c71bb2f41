"""Which windows of a log are complete, labelled, and what they compare with."""

import itertools
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, EPOCH, HOUR, TimeWindow, parse_instant
from modelowners.observations.logs import Labels, PredictionLog
from modelowners.observations.questions import LogShape
from modelowners.observations.windows import (
    complete_windows,
    last_labelled,
    reference_for,
)


def log_of(**details: object) -> PredictionLog:
    return PredictionLog(
        asset=asset_id("model:eta"),
        root=Path(),
        source=("a.csv",),
        columns={},
        **details,  # type: ignore[arg-type]  # each test gives what it is about
    )


def shape_of(first: datetime | None, last: datetime | None) -> LogShape:
    return LogShape(columns={}, rows=1, first=first, last=last, files=("a.csv",))


moments = st.integers(0, 200_000).map(
    lambda minutes: EPOCH + timedelta(minutes=minutes)
)


@given(moments, moments, moments)
def test_complete_windows_are_contiguous_and_over(
    a: datetime, b: datetime, now: datetime
) -> None:
    first, last = min(a, b), max(a, b)
    found = complete_windows(log_of(), shape_of(first, last), as_of=now)
    assert all(x.end == y.start for x, y in itertools.pairwise(found))
    assert all(w.end <= now and w.length == DAY for w in found)
    assert not found or first in found[0]


def test_the_delivery_lag_holds_a_window_open() -> None:
    shape = shape_of(parse_instant("2026-06-01"), parse_instant("2026-06-03T01:00"))
    now = parse_instant("2026-06-03T01:00")
    assert len(complete_windows(log_of(), shape, as_of=now)) == 2
    late = log_of(delivery_lag=2 * HOUR)
    assert len(complete_windows(late, shape, as_of=now)) == 1


def test_an_empty_log_has_no_windows() -> None:
    assert complete_windows(log_of(), shape_of(None, None)) == ()


def test_labels_are_due_after_their_delay() -> None:
    june = TimeWindow.parse("2026-06-01/2026-06-11").split(DAY)
    log = log_of(labels=Labels(actual="y", delay=3 * DAY))
    assert last_labelled(log, june) == june[6]
    assert last_labelled(log, june, as_of=parse_instant("2026-06-05")) == june[0]
    assert last_labelled(log, june, as_of=parse_instant("2026-06-03")) is None
    assert last_labelled(log_of(), june) is None


def test_a_declared_reference_wins() -> None:
    day = TimeWindow.parse("2026-06-29")
    declared = TimeWindow.parse("2026-01-01/2026-02-01")
    assert reference_for(log_of(reference=declared), day) == declared
    assert reference_for(log_of(), day).length == 28 * DAY
    assert reference_for(log_of(), day).end == day.start
