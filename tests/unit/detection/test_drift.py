from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from frame_worlds import EDGES, frame, numeric, profile, text
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelowners.detection.drift import Drift, rank_drift
from modelowners.detection.frames import Frame
from modelowners.observations.profiles import NumericProfile, TextProfile

HISTORY, TEST = 6, 4
LEAST = 1e-4
Floats = npt.NDArray[np.float64]
Column = NumericProfile | TextProfile


def world(before: Sequence[Column | None], after: Sequence[Column | None]) -> Frame:
    """Give a frame with one column ``x``, and a steady one beside it."""
    days = []
    for day, one in enumerate((*before, *after)):
        columns: dict[str, Column] = {"steady": numeric(np.arange(5.0))}
        if one is not None:
            columns["x"] = one
        days.append(profile(day, columns, rows=50))
    return frame(days, history=len(before), test=len(after))


def drift(found: Frame) -> Drift:
    return next(d for d in rank_drift(found, ["x", "steady"]) if d.column == "x")


def binned(values: Floats) -> Floats:
    """Put each value on the number of its bin."""
    return np.searchsorted(EDGES, values, side="right").astype(np.float64)


samples = st.tuples(st.integers(0, 2**31), st.floats(-1.5, 1.5), st.floats(0.3, 2.0))


@given(samples)
def test_the_distance_is_kolmogorov_smirnov_s_on_the_bins(
    drawn: tuple[int, float, float],
) -> None:
    seed, shift, scale = drawn
    rng = np.random.default_rng(seed)
    before = [rng.normal(size=120) for _ in range(HISTORY)]
    after = [rng.normal(shift, scale, size=90) for _ in range(TEST)]
    found = drift(world([numeric(v) for v in before], [numeric(v) for v in after]))
    a, b = np.concatenate(before), np.concatenate(after)
    exact = stats.ks_2samp(binned(a), binned(b), method="asymp").statistic
    assert found.distance == pytest.approx(exact, abs=1e-12)
    # Bins lose at most what lies between two edges.
    widest = np.unique(binned(a), return_counts=True)[1].max() / len(a)
    plain = stats.ks_2samp(a, b, method="asymp").statistic
    assert found.distance <= plain + 1e-12
    assert plain - found.distance <= widest + 1e-12


@given(samples)
def test_the_index_is_the_relative_entropy_both_ways(
    drawn: tuple[int, float, float],
) -> None:
    seed, shift, scale = drawn
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=600), rng.normal(shift, scale, size=360)
    found = drift(
        world(
            [numeric(v) for v in a.reshape(6, -1)],
            [numeric(v) for v in b.reshape(4, -1)],
        )
    )
    shares = []
    for values in (a, b):
        counts = np.bincount(binned(values).astype(int), minlength=len(EDGES) + 2)
        shares.append(np.maximum(counts / counts.sum(), LEAST))
    p, q = shares
    # Empty bins count a ten-thousandth, which makes both sides a little too long.
    both = stats.entropy(p / p.sum(), q / q.sum()) + stats.entropy(
        q / q.sum(), p / p.sum()
    )
    assert found.psi == pytest.approx(both, rel=0.02, abs=0.002)


def test_the_index_of_two_bins_is_that_of_the_textbook() -> None:
    values = [["a"] * 50 + ["b"] * 50, ["a"] * 75 + ["b"] * 25]
    found = drift(world([text(values[0])], [text(values[1])]))
    assert found.distance == pytest.approx(0.25)
    wanted = 0.25 * np.log(0.75 / 0.5) - 0.25 * np.log(0.25 / 0.5)
    assert found.psi == pytest.approx(wanted)


def test_nulls_are_a_place_values_can_go() -> None:
    rng = np.random.default_rng(5)
    whole = [numeric(rng.normal(size=100)) for _ in range(HISTORY)]
    gaps = [numeric(rng.normal(size=60), nulls=40) for _ in range(TEST)]
    assert drift(world(whole, gaps)).distance == pytest.approx(0.4, abs=0.12)
    words = [text(["a", "b"] * 50)], [text(["a", "b"] * 30, nulls=40)]
    assert drift(world(*words)).distance == pytest.approx(0.4)


def test_a_column_that_a_side_lacks_or_that_changed_its_type_is_left_out() -> None:
    numbers, words = [numeric(np.arange(9.0))], [text(["a", "b"])]
    for before, after in (([None], numbers), (numbers, [None]), (numbers, words)):
        names = [d.column for d in rank_drift(world(before, after), ["x", "steady"])]
        assert names == ["steady"]


def test_the_loudest_comes_first_and_what_stood_still_has_no_drift() -> None:
    rng = np.random.default_rng(6)
    before = [numeric(rng.normal(size=80)) for _ in range(HISTORY)]
    after = [numeric(rng.normal(2.0, size=80)) for _ in range(TEST)]
    loud, still = rank_drift(world(before, after), ["steady", "x"])
    assert (loud.column, still.column) == ("x", "steady")
    assert (still.distance, still.psi) == (0.0, 0.0)
    assert loud.distance > 0.5
    assert loud.psi > 0.25
