"""Profiles of disjoint rows merge to that of their union, in any order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.observations.profiles import (
    EVERYTHING,
    MAX_TEXT_VALUES,
    Edges,
    LossSums,
    NumericProfile,
    OutcomeProfile,
    Partition,
    TextProfile,
    merge_numeric,
    merge_outcomes,
    merge_text,
)

EDGES = Edges(np.array([-1.0, 0.0, 2.5]), "v")
NUMBERS = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=12)
WORDS = st.lists(st.none() | st.sampled_from(["", "a", "B", "it's", "12"]), max_size=12)
quick = settings(max_examples=60, derandomize=True, deadline=None)


def numbers(values: list[float | None]) -> NumericProfile:
    x = np.array([v for v in values if v is not None])
    nulls = len(values) - len(x)
    if not len(x):
        return NumericProfile(nulls=nulls)
    return NumericProfile(
        n=len(x),
        nulls=nulls,
        minimum=float(x.min()),
        maximum=float(x.max()),
        mean=float(x.mean()),
        m2=float(((x - x.mean()) ** 2).sum()),
        zeros=int((x == 0).sum()),
        negatives=int((x < 0).sum()),
        whole=int((x == np.trunc(x)).sum()),
        counts=np.bincount(np.searchsorted(EDGES.values, x, side="right"), minlength=4),
    )


def words(values: Sequence[str | None]) -> TextProfile:
    known = [v for v in values if v is not None]
    return TextProfile(
        n=len(known),
        nulls=len(values) - len(known),
        empty=known.count(""),
        values=Counter(known),
        shortest=min(map(len, known), default=0),
        longest=max(map(len, known), default=0),
    )


def same(a: NumericProfile, b: NumericProfile) -> None:
    for name in ("n", "nulls", "zeros", "negatives", "whole", "rows"):
        assert getattr(a, name) == getattr(b, name)
    for name in ("minimum", "maximum"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), nan_ok=True, abs=0)
    assert a.mean == pytest.approx(b.mean, nan_ok=True, rel=1e-9, abs=1e-6)
    assert a.m2 == pytest.approx(b.m2, rel=1e-6, abs=1e-3)
    if a.n:
        assert a.counts.tolist() == b.counts.tolist()


@quick
@given(a=NUMBERS, b=NUMBERS, c=NUMBERS)
def test_numbers_merge_to_their_union(
    a: list[float | None], b: list[float | None], c: list[float | None]
) -> None:
    one, two, three = map(numbers, (a, b, c))
    whole = numbers([*a, *b, *c])
    same(merge_numeric(merge_numeric(one, two), three), whole)
    same(merge_numeric(one, merge_numeric(two, three)), whole)
    same(merge_numeric(merge_numeric(three, one), two), whole)


@quick
@given(a=WORDS, b=WORDS)
def test_texts_merge_to_their_union(a: list[str | None], b: list[str | None]) -> None:
    whole = words([*a, *b])
    for one, two in ((a, b), (b, a)):
        merged = merge_text(words(one), words(two))
        assert (merged.n, merged.nulls, merged.empty) == (
            whole.n,
            whole.nulls,
            whole.empty,
        )
        assert dict(merged.values) == dict(whole.values)
        assert (merged.shortest, merged.longest) == (whole.shortest, whole.longest)


def test_the_empty_profile_changes_nothing() -> None:
    some = numbers([1.0, None])
    assert merge_numeric(NumericProfile(), some) is some
    assert merge_numeric(some, NumericProfile()) is some
    text = words(["a", None])
    assert merge_text(TextProfile(), text) is text
    assert merge_text(text, TextProfile()) is text


def test_beyond_a_thousand_values_no_row_is_lost() -> None:
    a = words([f"a{i:04d}" for i in range(MAX_TEXT_VALUES)])
    b = words([f"b{i}" for i in range(7)] * 2)
    merged = merge_text(a, b)
    assert len(merged.values) == MAX_TEXT_VALUES
    assert {f"b{i}" for i in range(7)} <= set(merged.values), "the commoner stay"
    assert (merged.other_rows, merged.other_values) == (7, 7)
    assert sum(merged.values.values()) + merged.other_rows == merged.n


def test_distinct_values_are_not_known_of_a_union() -> None:
    assert merge_numeric(numbers([1.0]), numbers([1.0])).distinct is None
    assert merge_text(words(["a"]), words(["a"])).distinct is None


def outcome(n: int, total: float, bins: int = 2) -> OutcomeProfile:
    return OutcomeProfile(
        labelled=n,
        losses={"log_loss": LossSums(n, total, total**2)},
        score_n=np.full(bins, n),
        score_actual=np.full(bins, total),
        score_loss=np.full(bins, total),
    )


def test_outcomes_add_up() -> None:
    merged = merge_outcomes(outcome(2, 1.0), outcome(3, 0.5))
    assert merged is not None
    assert merged.labelled == 5
    assert merged.losses["log_loss"] == LossSums(5, 1.5, 1.25)
    assert merged.score_n.tolist() == [5, 5]
    assert merged.score_loss.tolist() == [1.5, 1.5]


def test_an_outcome_without_labels_or_bins_takes_nothing_away() -> None:
    some = outcome(2, 1.0)
    for nothing in (None, OutcomeProfile()):
        assert merge_outcomes(some, nothing) is some
        assert merge_outcomes(nothing, some) is some
    unbinned = merge_outcomes(some, outcome(1, 1.0, bins=0))
    assert unbinned is not None
    assert unbinned.score_n.tolist() == [2, 2]
    assert merge_outcomes(None, None) is None


def test_a_loss_of_no_rows_has_no_mean() -> None:
    assert math.isnan(LossSums().mean)
    assert math.isnan(LossSums().variance)
    assert LossSums(2, 3.0, 5.0).variance == 0.25
    assert LossSums(3, 0.3, 0.03).variance == pytest.approx(0, abs=1e-12)
    assert LossSums(3, 0.3, 0.03).variance >= 0, "rounding gives no negative one"


def test_partitions_sort_compare_and_read() -> None:
    city = Partition("segment", (("city", "it's"), ("v", "1")))
    assert str(city) == "city=it's and v=1"
    assert str(EVERYTHING) == "all"
    assert sorted([city, EVERYTHING]) == [EVERYTHING, city]
    assert len({city, Partition("segment", (("city", "it's"), ("v", "1")))}) == 1


def test_bins_are_one_more_than_edges() -> None:
    assert EDGES.n_bins == 4
    assert Edges(np.zeros(0), "v").n_bins == 1
