from __future__ import annotations

from typing import TYPE_CHECKING

from frame_worlds import START, frame, numeric, profile

from modelowners.core.time import DAY, HOUR, Onset, TimeWindow
from modelowners.detection.frames import Frame, arrange
from modelowners.observations.profiles import EVERYTHING, Partition

if TYPE_CHECKING:
    import numpy as np


def test_reference_and_test_are_told_apart(rng: np.random.Generator) -> None:
    days = [profile(d, {"x": numeric(rng.normal(size=9))}) for d in range(40)]
    found = frame(days, history=30, test=10)
    assert found.in_reference.sum() == 28
    assert found.in_test.sum() == 10
    assert found.in_history.sum() == 30
    assert not (found.in_reference & found.in_test).any()
    assert found.first_test == 30


def test_missing_windows_are_none(rng: np.random.Generator) -> None:
    days = [profile(d, {"x": numeric(rng.normal(size=9))}) for d in (0, 2)]
    windows = [TimeWindow(START + d * DAY, START + (d + 1) * DAY) for d in range(3)]
    grid = arrange(days, windows)
    assert [p is None for p in grid[EVERYTHING]] == [False, True, False]


def test_profiles_outside_the_windows_are_left_out(rng: np.random.Generator) -> None:
    far = profile(99, {"x": numeric(rng.normal(size=9))})
    assert arrange([far], [TimeWindow(START, START + DAY)]) == {}


def test_an_unknown_partition_is_all_none(rng: np.random.Generator) -> None:
    days = [profile(d, {"x": numeric(rng.normal(size=9))}) for d in range(8)]
    found = frame(days, history=6, test=2)
    assert found.of(Partition("segment", (("a", "b"),))) == (None,) * 8


def test_columns_come_in_order_and_once(rng: np.random.Generator) -> None:
    one = numeric(rng.normal(size=9))
    days = [profile(0, {"b": one, "a": one}), profile(1, {"a": one, "c": one})]
    assert frame(days, history=1, test=1).columns() == ("b", "a", "c")


def test_phases_follow_the_week_and_the_hour() -> None:
    days = tuple(TimeWindow(START + d * DAY, START + (d + 1) * DAY) for d in range(8))
    daily = Frame(days, TimeWindow(START, START + DAY), days[7], {})
    assert daily.phases().tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    hours = TimeWindow(START, START + DAY).split(HOUR)
    hourly = Frame(hours, hours[0], hours[-1], {})
    assert hourly.phases().tolist() == list(range(24))


def test_the_index_of_an_onset_is_its_window() -> None:
    days = tuple(TimeWindow(START + d * DAY, START + (d + 1) * DAY) for d in range(4))
    found = Frame(days, days[0], days[3], {})
    at = START + DAY + 5 * HOUR
    assert found.index_of(Onset(at, at, at)) == 1
    late = START + 30 * DAY
    assert found.index_of(Onset(late, late, late)) == 3
    assert found.span(1, 2) == TimeWindow(days[1].start, days[2].end)
