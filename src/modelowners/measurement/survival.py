"""Survival: how long it takes, when some of it is not over yet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Interval: TypeAlias = tuple[float | None, float | None]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Curve:
    """
    A Kaplan-Meier curve: the share not yet fixed after each time.

    Parameters
    ----------
    times : array, shape (n_times,)
        Hours at which at least one was fixed, increasing, above 0.
    survival : array, shape (n_times,)
        Share not fixed just after each, 1 to 0, never rising.
    low, high : array, shape (n_times,)
        Its 95 % limits; where nothing is left they are 0 and unknown (NaN).
    fixed, at_risk : array, shape (n_times,)
        How many were fixed at each, and how many might have been.
    """

    times: Floats
    survival: Floats
    low: Floats
    high: Floats
    fixed: Floats
    at_risk: Floats


def kaplan_meier(
    hours: npt.ArrayLike, fixed: npt.ArrayLike, *, confidence: float = CONFIDENCE
) -> Curve:
    """
    Estimate the share not yet fixed, open ones counted as open.

    Parameters
    ----------
    hours : array, shape (n,)
        Time to the fix, or to now where it is open; above 0.
    fixed : array of bool, shape (n,)
        Whether it ended there.
    confidence : float
        Of the pointwise limits, 0 to 1.

    Returns
    -------
    Curve
        An open one at the very time of a fix was still at risk then.

    References
    ----------
    Kaplan and Meier, "Nonparametric estimation from incomplete observations",
    JASA 53, 1958. Limits on the scale log(-log S) with Greenwood's variance:
    Kalbfleisch and Prentice, "The statistical analysis of failure time data",
    1980.

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 2, 5], [True, True, False, True])
    >>> curve.survival.tolist()
    [0.75, 0.5, 0.0]
    """
    times, ended, at_risk = _risk_table(np.asarray(hours, float), np.asarray(fixed))
    survival = np.cumprod(1 - ended / at_risk).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(ended / (at_risk * (at_risk - ended)))
        spread = _z(confidence) * np.sqrt(greenwood) / np.abs(np.log(survival))
        low = survival ** np.exp(spread)
        high = survival ** np.exp(-spread)
    nothing_left = survival <= 0
    low[nothing_left], high[nothing_left] = 0.0, np.nan
    return Curve(times, survival, low, high, ended, at_risk)


def quantile(curve: Curve, share: float) -> float | None:
    """
    Give the time by which a share is fixed: the smallest with S <= 1 - share.

    Parameters
    ----------
    curve : Curve
        Of all of them.
    share : float
        0 to 1; a half gives the median.

    Returns
    -------
    float or None
        Hours, one of `curve.times`; None where it is not reached.

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 3, 4], [True, True, True, False])
    >>> quantile(curve, 0.5), quantile(curve, 0.9)
    (2.0, None)
    """
    return _first_below(curve.times, curve.survival, 1 - share)


def quantile_limits(curve: Curve, share: float) -> Interval:
    """
    Give the confidence limits of `quantile`: where the limits of S cross.

    Parameters
    ----------
    curve : Curve
        Its limits are taken at their confidence.
    share : float
        0 to 1.

    Returns
    -------
    tuple of float or None
        Hours; None where a limit is not reached.

    References
    ----------
    Brookmeyer and Crowley, "A confidence interval for the median survival
    time", Biometrics 38, 1982.
    """
    low = _first_below(curve.times, curve.low, 1 - share)
    return low, _first_below(curve.times, curve.high, 1 - share)


def restricted_mean(curve: Curve, cap: float) -> tuple[float, float]:
    """
    Give the mean of the time to the fix, each capped: the area under S up to the cap.

    Parameters
    ----------
    curve : Curve
        Of all of them.
    cap : float
        Hours, above 0.

    Returns
    -------
    tuple of float
        Mean in hours, 0 to `cap`, and its variance in square hours.

    Notes
    -----
    If everything under observation ends open before the cap, S is carried on
    from its last value: ask only once some were followed to the cap.

    References
    ----------
    Klein and Moeschberger, "Survival analysis", 2nd edition, 2003, section 4.5.

    Examples
    --------
    >>> mean, _ = restricted_mean(kaplan_meier([1.0, 3.0], [True, True]), 2.0)
    >>> mean
    1.5
    """
    inside = curve.times < cap
    edges = np.concatenate(([0.0], curve.times[inside], [cap]))
    heights = np.concatenate(([1.0], curve.survival[inside]))
    areas = np.diff(edges) * heights
    # What lies to the right of each time: `after[i]` begins at times[i].
    after = areas[::-1].cumsum()[::-1][1:]
    ended, at_risk = curve.fixed[inside], curve.at_risk[inside]
    left = at_risk - ended
    terms = np.zeros_like(after)
    some = left > 0
    terms[some] = after[some] ** 2 * ended[some] / (at_risk[some] * left[some])
    return float(areas.sum()), float(terms.sum())


def log_rank(
    hours: Floats, fixed: Flags, group: Flags, strata: npt.ArrayLike | None = None
) -> float:
    """
    Test whether two groups are fixed equally fast.

    Parameters
    ----------
    hours : array, shape (n,)
        As in `kaplan_meier`.
    fixed, group : array of bool, shape (n,)
        Whether each ended, and in which group it is.
    strata : array, shape (n,), optional
        Groups are compared only within a stratum.

    Returns
    -------
    float
        Chi-square with one degree of freedom, at least 0; NaN where nothing
        can be compared.

    References
    ----------
    Mantel, "Evaluation of survival data and two new rank order statistics
    arising in its consideration", Cancer Chemotherapy Reports 50, 1966.

    Examples
    --------
    >>> times = np.array([1.0, 2.0, 3.0, 4.0])
    >>> slow = np.array([False, False, True, True])
    >>> round(log_rank(times, np.ones(4, bool), slow), 3)
    2.882
    """
    parts = np.zeros(len(hours), int)
    if strata is not None:
        parts = np.unique(np.asarray(strata), return_inverse=True)[1]
    order = np.argsort(parts, kind="stable")
    cuts = np.flatnonzero(np.diff(parts[order])) + 1
    excess = variance = 0.0
    for rows in np.split(order, cuts):
        found = _excess(hours[rows], fixed[rows], group[rows])
        excess, variance = excess + found[0], variance + found[1]
    return excess**2 / variance if variance > 0 else math.nan


def chi_square_tail(value: float) -> float:
    """
    Give the chance that a chi-square with one degree of freedom exceeds a value.

    Examples
    --------
    >>> round(chi_square_tail(3.841), 3)
    0.05
    """
    return math.erfc(math.sqrt(value / 2)) if value >= 0 else math.nan


def cumulative_incidence(
    hours: npt.ArrayLike, outcome: Sequence[str | None], at: float
) -> Mapping[str, float]:
    """
    Give the share that has ended in each way by a time; ways compete.

    Parameters
    ----------
    hours : array, shape (n,)
        As in `kaplan_meier`.
    outcome : sequence of str or None, length n
        How each ended; None while it is open.
    at : float
        Hours, above 0.

    Returns
    -------
    mapping of str to float
        Per outcome, sorted; together with what is still open they add to 1.

    References
    ----------
    Aalen and Johansen, "An empirical transition matrix for non-homogeneous
    Markov chains based on censored observations", Scandinavian Journal of
    Statistics 5, 1978.

    Examples
    --------
    >>> dict(cumulative_incidence([1, 2, 3, 4], ["a", "b", "a", None], 3))
    {'a': 0.5, 'b': 0.25}
    """
    spent = np.asarray(hours, float)
    ways = np.array([way or "" for way in outcome], dtype=object)
    ended = np.array([way is not None for way in outcome], bool)
    times, count, at_risk = _risk_table(spent, ended)
    before = np.concatenate(([1.0], np.cumprod(1 - count / at_risk)[:-1]))
    found = {}
    for way in sorted({way for way in outcome if way is not None}):
        own = np.sort(spent[ended & (ways == way)])
        here = np.searchsorted(own, times, "right") - np.searchsorted(own, times)
        inside = times <= at
        found[way] = float((before * here / at_risk)[inside].sum())
    return found


def _risk_table(hours: Floats, fixed: Flags) -> tuple[Floats, Floats, Floats]:
    times, ended = np.unique(hours[fixed.astype(bool)], return_counts=True)
    at_risk = len(hours) - np.searchsorted(np.sort(hours), times)
    return times, ended.astype(float), at_risk.astype(float)


def _first_below(times: Floats, values: Floats, level: float) -> float | None:
    # A share such as 0.7 * 0.6 misses its level by the last bit.
    below = np.flatnonzero(values <= level + 1e-12)
    return float(times[below[0]]) if below.size else None


def _excess(hours: Floats, fixed: Flags, group: Flags) -> tuple[float, float]:
    """Give observed minus expected fixes of a group, and the variance of that."""
    times, ended, at_risk = _risk_table(hours, fixed)
    own, own_fixed = np.sort(hours[group]), np.sort(hours[group & fixed])
    risk = len(own) - np.searchsorted(own, times).astype(float)
    seen = np.searchsorted(own_fixed, times, "right") - np.searchsorted(
        own_fixed, times
    )
    share = risk / at_risk
    spare = np.where(at_risk > 1, (at_risk - ended) / np.maximum(at_risk - 1, 1), 0.0)
    variance = ended * share * (1 - share) * spare
    return float((seen - ended * share).sum()), float(variance.sum())


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
