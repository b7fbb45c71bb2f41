from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from speed_worlds import JUNE, cohort, timeline

from modelowners.core.time import HOUR
from modelowners.measurement.cohorts import Cohort
from modelowners.measurement.comparison import compare, order_interval, pool
from modelowners.measurement.timelines import Timeline
from modelowners.measurement.verdicts import Verdict

PER_ARM = 20


def detoured_fleet(
    *, teams: int = 6, per_arm: int = PER_ARM, slower: float = 3.0
) -> list[Timeline]:
    """Teams whose detoured incidents take longer in all, and not once arrived."""
    found = []
    for team in range(teams):
        for n in range(per_arm):
            own, spread = f"team-{team}", 1 + 0.02 * n
            start = JUNE + (team * 100 + n) * HOUR
            direct = timeline(f"d{team}-{n}", teams=(own,), hours=spread, opened=start)
            late = timeline(
                f"l{team}-{n}",
                teams=("desk", own),
                moves=((slower - 1) * spread,),
                hours=slower * spread,
                opened=start,
            )
            found += [direct, late]
    return found


def test_within_teams_detours_cost_before_the_arrival_and_not_after() -> None:
    found = compare(cohort(detoured_fleet()))
    assert found.teams == 6
    assert found.total.ratio == pytest.approx(3)
    assert found.total.verdict is Verdict.ASSOCIATED
    assert found.after_arrival.ratio == pytest.approx(1)
    assert found.after_arrival.verdict is Verdict.NO_DIFFERENCE
    assert found.pooled.ratio == pytest.approx(3)
    assert (found.direct, found.detoured) == (120, 120)


@pytest.mark.parametrize(("teams", "per_arm"), [(5, 20), (6, 19), (0, 20)])
def test_below_six_teams_of_twenty_a_side_nothing_is_said(
    teams: int, per_arm: int
) -> None:
    found = compare(cohort(detoured_fleet(teams=teams, per_arm=per_arm)))
    for ratio in (found.total, found.after_arrival):
        assert (ratio.ratio, ratio.ci, ratio.ci_bootstrap) == (None, None, None)
        assert ratio.verdict is Verdict.TOO_FEW
        assert ratio.reason is not None
        assert ratio.reason.startswith("too few to say")
    assert found.log_rank == {"plain": None, "by_team": None}
    assert found.pooled.ratio is None


def test_a_cause_whose_team_never_held_it_is_left_out() -> None:
    never = timeline("x", teams=("desk",), cause_team="feeds")
    summary = timeline("y", teams=("desk", "feeds"), moves=(0,), timed=False)
    found = compare(cohort([never, summary, timeline("z")]))
    assert (found.direct, found.detoured) == (1, 0)


def test_the_same_seed_gives_the_same_draws() -> None:
    ones = noisy()
    first, second = (compare(cohort(ones, seed=3)).total for _ in range(2))
    assert first == second
    assert first.ratio is not None
    assert first.ci_bootstrap is not None
    assert first.ci_bootstrap[0] <= first.ratio <= first.ci_bootstrap[1]


def noisy(teams: int = 9, *, shift: float = 0.0, seed: int = 5) -> list[Timeline]:
    rng = np.random.default_rng(seed)
    found = []
    for team in range(teams):
        own = f"team-{team}"
        for n in range(2 * PER_ARM):
            hours = float(np.exp(rng.normal(shift * (n % 2), 2)))
            late = n % 2 == 1
            found.append(
                timeline(
                    f"{team}-{n}",
                    teams=("desk", own) if late else (own,),
                    moves=(0.0,) if late else (),
                    hours=hours,
                )
            )
    return found


def test_log_ranks_are_those_of_the_arms() -> None:
    chosen: Cohort = cohort(noisy())
    direct, late = (
        chosen.spent(one for one in chosen.routed if one.kept is kept)
        for kept in (True, False)
    )
    theirs = stats.logrank(direct, late).statistic ** 2
    plain = compare(chosen).log_rank["plain"]
    assert plain == pytest.approx(theirs, abs=1e-6)


@pytest.mark.slow
def test_where_detours_cost_nothing_few_samples_claim_that_they_do() -> None:
    runs = 400
    claims = sum(
        compare(cohort(noisy(seed=seed))).total.verdict is Verdict.ASSOCIATED
        for seed in range(runs)
    )
    assert claims / runs <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


@given(st.integers(6, 200))
def test_the_exact_interval_misses_the_median_in_at_most_one_of_twenty(n: int) -> None:
    low, high = order_interval(range(1, n + 1))
    k = int(low)
    assert high == n + 1 - k
    assert stats.binom.cdf(k - 1, n, 0.5) <= 0.025
    assert stats.binom.cdf(k, n, 0.5) > 0.025


def test_pooling_by_hand() -> None:
    effects, variances = np.array([0.0, 1.0, 5.0]), np.array([1.0, 2.0, 0.5])
    mean, variance, between, shrunken = pool(effects, variances)
    w = 1 / variances
    fixed = (w * effects).sum() / w.sum()
    q = (w * (effects - fixed) ** 2).sum()
    tau = (q - 2) / (w.sum() - (w**2).sum() / w.sum())
    assert between == pytest.approx(tau)
    free = 1 / (variances + tau)
    assert mean == pytest.approx((free * effects).sum() / free.sum())
    assert variance == pytest.approx(1 / free.sum())
    assert np.all(np.abs(shrunken - mean) < np.abs(effects - mean))


def test_teams_that_do_not_differ_are_all_the_mean() -> None:
    mean, _, between, shrunken = pool(np.array([1.0, 1.0]), np.array([1.0, 3.0]))
    assert (mean, between, shrunken.tolist()) == (1.0, 0.0, [1.0, 1.0])
