from __future__ import annotations

import math

import numpy as np
import pytest
from frame_worlds import frame, numeric, profile, text

from modelowners.detection.streams import (
    LEAST_SHARE,
    Statistic,
    StreamKey,
    Streams,
    reference_profile,
    streams_of,
)
from modelowners.observations.profiles import (
    EVERYTHING,
    Floats,
    NumericProfile,
    Partition,
    TextProfile,
)

SEGMENT = Partition("segment", (("origin", "JFK"),))


def row(streams: Streams, key: StreamKey) -> Floats:
    found: Floats = streams.values[streams.keys.index(key)]
    return found


def key(
    column: str | None, statistic: Statistic, value: str | None = None
) -> StreamKey:
    return StreamKey(EVERYTHING, column, statistic, value)


def test_shares_of_a_numeric_column(rng: np.random.Generator) -> None:
    days = [
        profile(d, {"x": numeric(rng.normal(size=90), nulls=10 + d)}) for d in range(9)
    ]
    streams = streams_of(frame(days, history=7, test=2))
    nulls = row(streams, key("x", Statistic.NULL_SHARE))
    assert nulls[0] == pytest.approx(10 / 100)
    assert nulls[8] == pytest.approx(18 / 108)
    median = row(streams, key("x", Statistic.MEDIAN))
    assert abs(float(np.median(median)) - 0.5) < 0.15
    assert streams.values.shape == streams.errors.shape
    assert (streams.errors > 0).all()


def test_a_column_that_is_absent_counts_as_null(rng: np.random.Generator) -> None:
    y = numeric(rng.normal(size=50))
    days = [profile(d, {"x": numeric(rng.normal(size=50)), "y": y}) for d in range(7)]
    days += [profile(7, {"y": y}), profile(8, {"y": y})]
    streams = streams_of(frame(days, history=7, test=2))
    assert (
        row(streams, key("x", Statistic.NULL_SHARE)).tolist() == [0.0] * 7 + [1.0] * 2
    )


def test_an_all_null_column_is_followed_and_breaks_nothing() -> None:
    empty = numeric(np.zeros(0), nulls=40)
    streams = streams_of(
        frame([profile(d, {"x": empty}) for d in range(9)], history=7, test=2)
    )
    assert (row(streams, key("x", Statistic.NULL_SHARE)) == 1.0).all()


def test_categories_have_a_stream_each_and_one_for_the_unseen() -> None:
    days = [profile(d, {"c": text(["a"] * 30 + ["b"] * 10)}) for d in range(7)]
    days += [profile(d, {"c": text(["a"] * 20 + ["z"] * 20)}) for d in (7, 8)]
    streams = streams_of(frame(days, history=7, test=2))
    assert row(streams, key("c", Statistic.VALUE_SHARE, "a"))[[0, 8]].tolist() == [
        0.75,
        0.5,
    ]
    assert row(streams, key("c", Statistic.UNSEEN_SHARE))[[0, 8]].tolist() == [0.0, 0.5]


def test_a_column_whose_type_changes_keeps_its_nulls() -> None:
    days = [profile(d, {"c": text(["a"] * 4)}) for d in range(7)]
    days += [profile(d, {"c": numeric(np.ones(4))}) for d in (7, 8)]
    streams = streams_of(frame(days, history=7, test=2))
    kinds = {k.statistic for k in streams.keys if k.column == "c"}
    assert kinds == {Statistic.NULL_SHARE}


def test_rows_and_duplicates(rng: np.random.Generator) -> None:
    days = [
        profile(d, {"x": numeric(rng.normal(size=90))}, duplicates=10) for d in range(9)
    ]
    streams = streams_of(frame(days, history=7, test=2))
    assert row(streams, key(None, Statistic.VOLUME))[0] == pytest.approx(math.log(90))
    assert row(streams, key(None, Statistic.DUPLICATE_SHARE))[0] == pytest.approx(0.1)
    assert row(streams, key(None, Statistic.DROPPED_SHARE))[0] == 0.0


def test_a_day_without_rows_is_unknown_not_zero(rng: np.random.Generator) -> None:
    days = [profile(d, {"x": numeric(rng.normal(size=90))}) for d in range(8)]
    streams = streams_of(frame(days, history=7, test=2))
    assert np.isnan(row(streams, key("x", Statistic.MEAN))[8])
    assert row(streams, key(None, Statistic.VOLUME))[8] < 0


def test_the_loss_is_followed_only_where_labels_are_complete(
    rng: np.random.Generator,
) -> None:
    days = [
        profile(d, {"x": numeric(rng.normal(size=90))}, losses=np.full(90, 0.5))
        for d in range(9)
    ]
    whole = frame(days, history=7, test=2)
    cut = type(whole)(
        whole.windows, whole.reference, whole.test, whole.profiles, labelled_until=8
    )
    loss = row(streams_of(cut, loss="log_loss"), key(None, Statistic.LOSS))
    assert loss[7] == 0.5
    assert np.isnan(loss[8])
    assert not any(k.statistic is Statistic.LOSS for k in streams_of(whole).keys)


def two_sided(inside: list[np.ndarray], outside: list[np.ndarray]) -> Streams:
    days = [
        profile(d, {"x": numeric(both)}, losses=both)
        for d, both in enumerate(map(np.concatenate, zip(inside, outside, strict=True)))
    ]
    days += [
        profile(d, {"x": numeric(own)}, losses=own, partition=SEGMENT)
        for d, own in enumerate(inside)
    ]
    return streams_of(frame(days, history=7, test=2), loss="log_loss")


def test_a_hard_day_cancels_in_the_gap_between_a_slice_and_the_rest(
    rng: np.random.Generator,
) -> None:
    hardness = rng.uniform(0.2, 2.0, size=9)
    inside = [np.full(30, h + 0.1) for h in hardness]
    inside[8] = inside[8] + 0.5
    streams = two_sided(inside, [np.full(70, h) for h in hardness])
    gap = row(streams, StreamKey(SEGMENT, None, Statistic.LOSS_GAP))
    assert gap == pytest.approx([0.1] * 8 + [0.6])


@pytest.mark.parametrize(("own", "rest"), [(2, 98), (70, 30)])
def test_a_slice_too_small_or_too_large_has_no_gap(own: int, rest: int) -> None:
    streams = two_sided([np.ones(own)] * 9, [np.ones(rest)] * 9)
    assert not any(k.statistic is Statistic.LOSS_GAP for k in streams.keys)


def test_a_day_on_which_a_slice_has_no_rows_has_no_gap() -> None:
    inside = [np.ones(30)] * 8 + [np.zeros(0)]
    gap = row(
        two_sided(inside, [np.ones(70)] * 9),
        StreamKey(SEGMENT, None, Statistic.LOSS_GAP),
    )
    assert np.isnan(gap[8])
    assert gap[:8] == pytest.approx([0.0] * 8)


def test_segments_carry_few_figures(rng: np.random.Generator) -> None:
    days = [profile(d, {"x": numeric(rng.normal(size=90))}) for d in range(9)]
    days += [
        profile(d, {"x": numeric(rng.normal(size=9))}, partition=SEGMENT)
        for d in range(9)
    ]
    streams = streams_of(frame(days, history=7, test=2))
    found = {k.statistic for k in streams.keys if k.partition == SEGMENT}
    assert found == {Statistic.VOLUME, Statistic.NULL_SHARE, Statistic.MEAN}


def test_least_effects_are_in_the_streams_unit(rng: np.random.Generator) -> None:
    days = [profile(d, {"x": numeric(1000 * rng.normal(size=90))}) for d in range(9)]
    streams = streams_of(frame(days, history=7, test=2))
    least = dict(zip(streams.keys, streams.least, strict=True))
    assert least[key("x", Statistic.NULL_SHARE)] == LEAST_SHARE
    assert 30 < least[key("x", Statistic.MEAN)] < 80


def test_the_reference_profile_merges_reference_days_only(
    rng: np.random.Generator,
) -> None:
    days = [profile(d, {"x": numeric(np.full(10, float(d)))}) for d in range(9)]
    whole = frame(days, history=7, test=2, reference=3)
    merged = reference_profile(whole, "x")
    assert isinstance(merged, NumericProfile)
    assert merged.rows == 30
    assert merged.mean == 5.0, "days 4, 5, 6"
    assert reference_profile(whole, "nothing") is None
    words = [profile(d, {"c": text(["a", "b"])}) for d in range(9)]
    told = reference_profile(frame(words, history=7, test=2), "c")
    assert isinstance(told, TextProfile)
    assert dict(told.values) == {"a": 7, "b": 7}
