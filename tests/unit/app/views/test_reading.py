"""What a log says over time, read off its profiles."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from frame_worlds import MODEL, frame, numeric, profile
from incident_worlds import ONSET
from page_desks import DAYS, SINCE, sick_frame, sick_reading

from modelowners.app.framing import Plan
from modelowners.app.views.reading import Reading, glance_at


@pytest.fixture
def reading() -> Reading:
    return sick_reading(MODEL)


def test_the_metric_is_there_for_each_window(reading: Reading) -> None:
    assert reading.series is not None
    values = [point.value for point in reading.series.points]
    assert len(values) == DAYS
    assert max(values[:SINCE]) < min(values[SINCE:])
    assert reading.before == pytest.approx(np.mean(values[4:32]), rel=0.01)


def test_the_column_that_moved_is_the_loudest_and_moved_late(reading: Reading) -> None:
    assert reading.moved[0].column == "temp"
    trace = reading.traces[0]
    assert trace.column == "temp"
    late = [
        distance
        for span, distance in zip(trace.spans, trace.distances, strict=True)
        if span.start >= sick_frame().windows[SINCE].start
    ]
    assert min(late) > 0.9
    assert max(trace.distances[: -len(late) - 1]) < 0.2


def test_spans_lie_side_by_side_over_all_windows(reading: Reading) -> None:
    spans = reading.traces[0].spans
    windows = sick_frame().windows
    assert (spans[0].start, spans[-1].end) == (windows[0].start, windows[-1].end)
    assert all(a.end == b.start for a, b in itertools.pairwise(spans))


def test_segments_tell_before_and_after(reading: Reading) -> None:
    (one,) = reading.slices
    assert one.where == "origin=JFK"
    assert one.after > one.before


def test_labels_that_are_due_are_counted(reading: Reading) -> None:
    assert reading.rows == reading.labelled == 28 * 200
    assert reading.unlabelled == 0.0


def test_a_log_without_rows_says_nothing_of_labels() -> None:
    empty = Reading(model=MODEL, plan=reading_plan())
    assert math.isnan(empty.unlabelled)
    glance = glance_at(empty, ONSET.at)
    assert (glance.metric, glance.values) == ("", ())


def reading_plan() -> Plan:
    made = frame([profile(0, {"a": numeric(np.ones(3))})], history=1, test=1)
    return Plan(
        windows=made.windows,
        reference=made.reference,
        test=made.test,
        why="",
        labelled_until=2,
    )
