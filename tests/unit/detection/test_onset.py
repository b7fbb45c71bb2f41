from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.core.time import DAY, HOUR, Onset, TimeWindow, parse_instant
from modelowners.detection.onset import join, locate_onset, widen

START = parse_instant("2026-06-01")
DAYS = TimeWindow(START, START + 40 * DAY).split(DAY)


@settings(max_examples=60)
@given(
    day=st.integers(5, 35),
    hour=st.integers(0, 23),
    seed=st.integers(0, 10_000),
    rise=st.floats(6, 20),
)
def test_the_interval_holds_the_true_moment(
    day: int, hour: int, seed: int, rise: float
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=40)
    values[day] += rise * (24 - hour) / 24
    values[day + 1 :] += rise
    found, index = locate_onset(values, windows=DAYS, scale=np.ones(40))
    truth = DAYS[day].start + hour * HOUR
    assert found.low - DAY <= truth <= found.high
    assert abs(index - day) <= 1


def test_intervals_cover_at_least_nine_in_ten() -> None:
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        day, hour = int(rng.integers(8, 34)), int(rng.integers(0, 24))
        values = rng.normal(size=40)
        values[day] += 5 * (24 - hour) / 24
        values[day + 1 :] += 5
        found, _ = locate_onset(values, windows=DAYS, scale=np.ones(40))
        held += found.low <= DAYS[day].start + hour * HOUR <= found.high
    assert held >= 180


def test_one_wild_day_is_not_the_onset() -> None:
    values = np.zeros(40)
    values[10] = 400.0
    values[25:] = 4.0
    found, index = locate_onset(values, windows=DAYS, scale=np.ones(40))
    assert index == 25
    assert found.low == DAYS[25].start


def test_missing_windows_are_skipped() -> None:
    values = np.zeros(40)
    values[20:] = 5.0
    values[[3, 19, 21]] = np.nan
    found, _ = locate_onset(values, windows=DAYS, scale=np.full(40, 0.1))
    assert found.low <= DAYS[20].start <= found.high


def test_nothing_known_gives_the_whole_span() -> None:
    found, index = locate_onset(np.full(40, np.nan), windows=DAYS, scale=np.ones(40))
    assert (found.low, found.high, index) == (DAYS[0].start, DAYS[-1].end, 0)


def test_no_onset_before_the_earliest_allowed() -> None:
    values = np.zeros(40)
    values[2:] = 5.0
    _, index = locate_onset(values, windows=DAYS, scale=np.ones(40), earliest=8)
    assert index >= 8


def test_a_change_at_midday_is_placed_inside_the_day() -> None:
    values = np.zeros(40)
    values[20], values[21:] = 2.5, 5.0
    found, _ = locate_onset(values, windows=DAYS, scale=np.full(40, 0.01))
    assert found.at == DAYS[20].start + 12 * HOUR


@given(shift=st.floats(-1e6, 1e6), factor=st.floats(0.01, 1000))
def test_unit_and_level_do_not_matter(shift: float, factor: float) -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=40)
    values[22:] += 8
    plain = locate_onset(values, windows=DAYS, scale=np.ones(40))
    other = locate_onset(
        factor * values + shift, windows=DAYS, scale=np.full(40, factor)
    )
    assert other[1] == plain[1]
    assert (other[0].low, other[0].high) == (plain[0].low, plain[0].high)


def test_widen_takes_the_window_before() -> None:
    onset = Onset(DAYS[5].start, DAYS[5].start, DAYS[5].end)
    assert widen(onset, windows=DAYS, index=5).low == DAYS[4].start
    assert widen(onset, windows=DAYS, index=0).low == DAYS[0].start


def test_join_keeps_what_all_agree_on() -> None:
    wide = Onset(DAYS[5].start, DAYS[3].start, DAYS[8].end)
    tight = Onset(DAYS[6].start, DAYS[6].start, DAYS[6].end)
    far = Onset(DAYS[30].start, DAYS[30].start, DAYS[33].end)
    joined = join([wide, tight, far])
    assert joined.window == DAYS[6]
    assert joined.low <= joined.at <= joined.high


@given(
    parts=st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=6
    )
)
def test_join_never_widens_the_tightest(parts: list[tuple[int, int]]) -> None:
    onsets = [
        Onset(DAYS[a].start, DAYS[a].start, DAYS[a].start + b * DAY) for a, b in parts
    ]
    joined = join(onsets)
    assert joined.low <= joined.at <= joined.high
    assert joined.high - joined.low <= min(o.high - o.low for o in onsets)
    assert joined.high - joined.low > timedelta(0) or pytest.fail("empty")
