"""Survival against two oracles: SciPy where it has one, else the definition."""

from __future__ import annotations

import itertools
import math
import warnings
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelowners.measurement.survival import (
    Floats,
    chi_square_tail,
    cumulative_incidence,
    kaplan_meier,
    log_rank,
    quantile,
    quantile_limits,
    restricted_mean,
)

SETS = 200
Sample = tuple[Floats, Floats, Floats]


def sample(seed: int) -> tuple[Floats, np.ndarray, np.ndarray, np.ndarray]:
    """Draw censored hours with ties, two groups and three strata."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 120))
    # Whole hours make ties, among fixes and between fixes and what is open.
    hours = np.ceil(rng.lognormal(1.5, 1.2, n))
    return hours, rng.random(n) < 0.7, rng.random(n) < 0.5, rng.integers(0, 3, n)


def scipy_curve(hours: Floats, fixed: np.ndarray) -> stats._survival.ECDFResult:
    return stats.ecdf(stats.CensoredData(hours[fixed], right=hours[~fixed]))


@pytest.mark.parametrize("seed", range(SETS))
def test_curve_and_limits_equal_scipys(seed: int) -> None:
    hours, fixed, _, _ = sample(seed)
    ours, theirs = kaplan_meier(hours, fixed), scipy_curve(hours, fixed)
    at = np.searchsorted(theirs.sf.quantiles, ours.times)
    assert ours.survival == pytest.approx(theirs.sf.probabilities[at], abs=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has no limits where nothing is left
        limits = theirs.sf.confidence_interval(method="log-log")
    left = ours.survival > 1e-9
    low, high = limits.low.probabilities[at], limits.high.probabilities[at]
    assert ours.low[left] == pytest.approx(low[left], abs=1e-9)
    assert ours.high[left] == pytest.approx(high[left], abs=1e-9)


@pytest.mark.parametrize("seed", range(SETS))
def test_quantiles_and_their_limits_follow_from_the_curve(seed: int) -> None:
    hours, fixed, _, _ = sample(seed)
    curve = kaplan_meier(hours, fixed)
    for share in (0.5, 0.9):
        left = dict(zip(curve.times, curve.survival, strict=True))
        reached = [t for t, s in left.items() if s <= 1 - share + 1e-12]
        assert quantile(curve, share) == (min(reached) if reached else None)
        low, high = quantile_limits(curve, share)
        middle = quantile(curve, share)
        assert low is None or middle is None or low <= middle
        assert high is None or (middle is not None and middle <= high)


@pytest.mark.parametrize("seed", range(SETS))
def test_the_restricted_mean_is_the_area_and_its_variance_the_sum(seed: int) -> None:
    hours, fixed, _, _ = sample(seed)
    mean, variance = restricted_mean(kaplan_meier(hours, fixed), 10.5)
    area, spread = area_by_hand(hours.tolist(), fixed.tolist(), 10.5)
    assert mean == pytest.approx(area, abs=1e-9)
    assert variance == pytest.approx(spread, abs=1e-9)


def area_by_hand(
    hours: Sequence[float], fixed: Sequence[bool], cap: float
) -> tuple[float, float]:
    """Add up the curve's area, and its variance, from their definitions."""
    ended = Counter(t for t, done in zip(hours, fixed, strict=True) if done)
    steps = [(0.0, 1.0)]
    for t in sorted(ended):
        risk = sum(h >= t for h in hours)
        steps.append((t, steps[-1][1] * (1 - ended[t] / risk)))

    def area(start: float) -> float:
        edges = [*steps, (cap, 0.0)]
        return sum(
            s * max(0.0, min(after, cap) - max(t, start))
            for (t, s), (after, _) in itertools.pairwise(edges)
        )

    spread = 0.0
    for t in (t for t in ended if t < cap):
        risk = sum(h >= t for h in hours)
        if risk > ended[t]:
            spread += area(t) ** 2 * ended[t] / (risk * (risk - ended[t]))
    return area(0.0), spread


@pytest.mark.parametrize("seed", range(SETS))
def test_the_log_rank_equals_scipys_and_by_strata_the_definition(seed: int) -> None:
    hours, fixed, group, strata = sample(seed)
    one, two = (
        stats.CensoredData(hours[rows & fixed], right=hours[rows & ~fixed])
        for rows in (group, ~group)
    )
    theirs = stats.logrank(one, two).statistic ** 2
    assert log_rank(hours, fixed, group) == pytest.approx(theirs, abs=1e-6)
    excess, variance = 0.0, 0.0
    for stratum in set(strata.tolist()):
        found = excess_by_hand(*(x[strata == stratum] for x in (hours, fixed, group)))
        excess, variance = excess + found[0], variance + found[1]
    by_hand = excess**2 / variance
    assert log_rank(hours, fixed, group, strata) == pytest.approx(by_hand, abs=1e-9)


def excess_by_hand(
    hours: Floats, fixed: np.ndarray, group: np.ndarray
) -> tuple[float, float]:
    excess = variance = 0.0
    for t in sorted(set(hours[fixed].tolist())):
        n, own = (hours >= t).sum(), ((hours >= t) & group).sum()
        d, seen = ((hours == t) & fixed).sum(), ((hours == t) & fixed & group).sum()
        excess += seen - d * own / n
        if n > 1:
            variance += d * own / n * (1 - own / n) * (n - d) / (n - 1)
    return float(excess), float(variance)


def test_strata_may_be_named() -> None:
    hours, fixed, group, strata = sample(1)
    named = np.array(["a", "b", "c"])[strata]
    assert log_rank(hours, fixed, group, named) == log_rank(hours, fixed, group, strata)


def test_nothing_to_compare_is_no_number() -> None:
    ones = np.ones(3)
    assert math.isnan(log_rank(ones, ones > 0, ones > 0))


def test_an_empty_tail_has_no_upper_limit() -> None:
    curve = kaplan_meier([1.0, 2.0, 3.0], [True, True, True])
    assert quantile(curve, 0.9) == 3.0
    assert quantile_limits(curve, 0.9) == (1.0, None)


def test_nobody_fixed_reaches_nothing() -> None:
    curve = kaplan_meier([1.0, 2.0], [False, False])
    assert quantile(curve, 0.5) is None
    assert restricted_mean(curve, 7.0) == (7.0, 0.0)


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from(["fixed", "wont-fix", None])),
        min_size=1,
        max_size=40,
    )
)
def test_ways_to_end_and_what_is_open_add_to_one(
    found: list[tuple[int, str | None]],
) -> None:
    hours = [float(h) for h, _ in found]
    ways = [way for _, way in found]
    at = 5.0
    shares = cumulative_incidence(hours, ways, at)
    curve = kaplan_meier(hours, [way is not None for way in ways])
    left = [s for t, s in zip(curve.times, curve.survival, strict=True) if t <= at]
    assert sum(shares.values()) + (left[-1] if left else 1.0) == pytest.approx(1)
    assert all(share >= 0 for share in shares.values())


def test_without_censoring_incidence_is_a_share() -> None:
    shares = cumulative_incidence([1, 2, 3, 4], ["a", "b", "a", "b"], 3)
    assert dict(shares) == pytest.approx({"a": 0.5, "b": 0.25})


@given(
    st.lists(st.floats(0.1, 1e4), min_size=2, max_size=30),
    st.randoms(use_true_random=False),
)
def test_order_makes_no_difference(hours: list[float], chance: object) -> None:
    fixed = [i % 3 != 0 for i in range(len(hours))]
    pairs = list(zip(hours, fixed, strict=True))
    chance.shuffle(pairs)  # type: ignore[attr-defined]  # a Random
    shuffled = kaplan_meier([h for h, _ in pairs], [f for _, f in pairs])
    plain = kaplan_meier(hours, fixed)
    assert shuffled.survival.tolist() == plain.survival.tolist()


@pytest.mark.parametrize("value", [0.0, 0.5, 3.841, 40.0])
def test_the_tail_of_chi_square(value: float) -> None:
    assert chi_square_tail(value) == pytest.approx(stats.chi2.sf(value, 1), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("n", [30, 60, 120, 200])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int) -> None:
    spread, cap, runs = 2.86, 336.0, 1_000
    rng = np.random.default_rng(n)
    middle = 8.0
    draws = middle * np.exp(rng.normal(0, spread, 2_000_000))
    mean = float(np.minimum(draws, cap).mean())
    held_median = held_mean = 0
    for _ in range(runs):
        hours = middle * np.exp(rng.normal(0, spread, n))
        # Opened over three months, looked at on their last day.
        left = rng.uniform(0, 90 * 24, n)
        curve = kaplan_meier(np.minimum(hours, left), hours <= left)
        low, high = quantile_limits(curve, 0.5)
        held_median += (low or 0) <= middle <= (high or math.inf)
        area, variance = restricted_mean(curve, cap)
        held_mean += abs(area - mean) <= 1.96 * math.sqrt(variance)
    assert 0.92 <= held_median / runs <= 0.98
    assert held_mean / runs >= 0.89
