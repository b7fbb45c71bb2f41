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
