"""Comparison: the same team, incidents that came detoured against direct ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from modelowners.core.time import HOUR
from modelowners.measurement.cohorts import Cohort
from modelowners.measurement.survival import Flags, Floats, log_rank
from modelowners.measurement.timelines import SHORTEST, Timeline
from modelowners.measurement.verdicts import (
    MIN_PER_ARM,
    MIN_TEAMS,
    Verdict,
    beyond_chance,
    too_few,
)

DRAWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """
    How much longer detoured incidents took, as the same team sees it.

    Parameters
    ----------
    ratio : float or None
        Median over teams of (median detoured / median direct).
    ci : tuple of float, or None
        Its 95 % interval from order statistics, exact for any distribution.
    ci_bootstrap : tuple of float, or None
        The same by drawing teams with replacement, 2,000 times.
    verdict : Verdict
        What may be said.
    reason : str or None
        Why a figure is withheld.
    """

    ratio: float | None
    ci: tuple[float, float] | None
    ci_bootstrap: tuple[float, float] | None
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """
    The mean over teams, each weighed by what it knows.

    Parameters
    ----------
    ratio : float or None
        Of geometric means, detoured to direct.
    ci : tuple of float, or None
        95 %, normal on the scale of logarithms.
    between_team_variance : float or None
        How much teams truly differ, in squared logarithms, at least 0.
    """

    ratio: float | None
    ci: tuple[float, float] | None
    between_team_variance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SameTeam:
    """
    Detoured against direct incidents of the same right team.

    Parameters
    ----------
    teams : int
        Teams with at least 20 fixed incidents in each arm.
    direct, detoured : int
        Incidents of those mature and fixed, all teams.
    total : Ratio
        From opening to fix.
    after_arrival : Ratio
        From the right team's final arrival to the fix.
    pooled : Pooled
        Of the total.
    log_rank : mapping of str to float or None
        Chi-square with 1 degree of freedom: `plain`, and `by_team`, which
        compares only within a team.
    """

    teams: int
    direct: int
    detoured: int
    total: Ratio
    after_arrival: Ratio
    pooled: Pooled
    log_rank: Mapping[str, float | None] = field(default_factory=dict)


def compare(cohort: Cohort) -> SameTeam:
    """
    Compare detoured with direct incidents within each right team.

    Parameters
    ----------
    cohort : Cohort
        Of a question.

    Returns
    -------
    SameTeam
        Never more than *associated*: what is hard is also passed on more often.
    """
    # A cause may be a team's that never came to hold the incident.
    found = [one for one in cohort.routed if one.final_arrival() is not None]
    hours = cohort.spent(found)
    after = np.array([_after_arrival(one) for one in found], float)
    detoured = np.array([not one.kept for one in found], bool)
    right = np.array([one.right_team or "" for one in found], dtype=str)
    arms = [
        (rows & ~detoured, rows & detoured)
        for rows in (right == team for team in np.unique(right))
        if _enough(rows & ~detoured, rows & detoured)
    ]
    n, late = len(found), int(detoured.sum())
    lacking = None
    if len(arms) < MIN_TEAMS:
        lacking = f"{too_few(hours, min(late, n - late))}; {len(arms)} of {MIN_TEAMS}"
        lacking += f" teams have {MIN_PER_ARM} direct and {MIN_PER_ARM} detoured"
    seed = cohort.asked.seed
    return SameTeam(
        teams=len(arms),
        direct=n - late,
        detoured=late,
        total=_ratio(hours, arms, seed=seed, lacking=lacking),
        after_arrival=_ratio(after, arms, seed=seed, lacking=lacking),
        pooled=_pooled(hours, arms) if lacking is None else Pooled(**_NOTHING),
        log_rank=_log_ranks(hours, detoured, right) if lacking is None else _UNTESTED,
    )


def order_interval(values: Sequence[float] | Floats) -> tuple[float, float]:
    """
    Give the exact 95 % interval of a median from order statistics.

    Parameters
    ----------
    values : sequence of float, length n
        At least 6.

    Returns
    -------
    tuple of float
        The k-th smallest and the k-th largest, k the largest number that at
        most 2.5 % of coin tosses fall short of.

    References
    ----------
    David and Nagaraja, "Order statistics", 3rd edition, 2003, section 7.1.

    Examples
    --------
    >>> order_interval([1, 2, 3, 4, 5, 6])
    (1.0, 6.0)
    """
    ordered, n = sorted(map(float, values)), len(values)
    k, below = 0, 0.0
    while (below := below + math.comb(n, k) / 2**n) <= 0.025:  # noqa: PLR2004 - half of 5 %
        k += 1
    return ordered[k - 1], ordered[n - k]


def pool(effects: Floats, variances: Floats) -> tuple[float, float, float, Floats]:
    """
    Pool effects of teams that truly differ, and shrink each towards the mean.

    Parameters
    ----------
    effects, variances : array, shape (n_teams,)
        Each team's estimate and its variance, above 0; at least two teams.

    Returns
    -------
    tuple
        Mean, its variance, the variance between teams, and the shrunken
        effects, shape (n_teams,).

    References
    ----------
    DerSimonian and Laird, "Meta-analysis in clinical trials", Controlled
    Clinical Trials 7, 1986.

    Examples
    --------
    >>> mean, _, between, _ = pool(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
    >>> mean, between
    (1.0, 1.0)
    """
    weights = 1 / variances
    fixed = float((weights * effects).sum() / weights.sum())
    spread = float((weights * (effects - fixed) ** 2).sum())
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    between = max(0.0, (spread - (len(effects) - 1)) / scale)
    free = 1 / (variances + between)
    mean = float((free * effects).sum() / free.sum())
    if between == 0:
        return mean, float(1 / free.sum()), 0.0, np.full_like(effects, mean)
    shrunken = (effects / variances + mean / between) / (1 / variances + 1 / between)
    return mean, float(1 / free.sum()), between, shrunken


_NOTHING: Mapping[str, None] = {
    "ratio": None,
    "ci": None,
    "between_team_variance": None,
}
_UNTESTED: Mapping[str, None] = {"plain": None, "by_team": None}


def _after_arrival(one: Timeline) -> float:
    arrived = one.final_arrival()
    assert arrived is not None  # noqa: S101 - others were left out
    assert one.fixed is not None  # noqa: S101 - it is routed
    return max(one.fixed - arrived, SHORTEST) / HOUR


def _enough(direct: Flags, detoured: Flags) -> bool:
    return min(int(direct.sum()), int(detoured.sum())) >= MIN_PER_ARM


def _ratio(
    hours: Floats, arms: list[tuple[Flags, Flags]], *, seed: int, lacking: str | None
) -> Ratio:
    if lacking is not None:
        return Ratio(
            ratio=None,
            ci=None,
            ci_bootstrap=None,
            verdict=Verdict.TOO_FEW,
            reason=lacking,
        )
    logs = np.array(
        [
            math.log(_median(hours[late]) / _median(hours[direct]))
            for direct, late in arms
        ]
    )
    low, high = order_interval(logs)
    ci = math.exp(low), math.exp(high)
    draws = np.random.default_rng(seed).integers(len(logs), size=(DRAWS, len(logs)))
    drawn = np.percentile(np.median(logs[draws], axis=1), [2.5, 97.5])
    return Ratio(
        ratio=math.exp(float(np.median(logs))),
        ci=ci,
        ci_bootstrap=(math.exp(float(drawn[0])), math.exp(float(drawn[1]))),
        verdict=beyond_chance(ci),
    )


def _median(hours: Floats) -> float:
    """Give the median as Kaplan-Meier has it: an observed time, none in between."""
    return float(np.sort(hours)[(len(hours) - 1) // 2])


def _pooled(hours: Floats, arms: list[tuple[Flags, Flags]]) -> Pooled:
    logs = np.log(hours)
    effects = np.array(
        [logs[late].mean() - logs[direct].mean() for direct, late in arms]
    )
    variances = np.array(
        [
            sum(logs[arm].var(ddof=1) / arm.sum() for arm in (direct, late))
            for direct, late in arms
        ]
    )
    if not (variances > 0).all():
        return Pooled(**_NOTHING)
    mean, variance, between, _ = pool(effects, variances)
    half = 1.959963984540054 * math.sqrt(variance)
    return Pooled(
        ratio=math.exp(mean),
        ci=(math.exp(mean - half), math.exp(mean + half)),
        between_team_variance=between,
    )


def _log_ranks(
    hours: Floats, detoured: Flags, right: npt.NDArray[np.str_]
) -> dict[str, float]:
    fixed = np.ones(len(hours), bool)
    return {
        "plain": log_rank(hours, fixed, detoured),
        "by_team": log_rank(hours, fixed, detoured, right),
    }
