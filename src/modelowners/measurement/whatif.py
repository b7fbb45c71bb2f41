"""What if: accounting of what better routing could save, with its own track record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from modelowners.measurement.cohorts import Cohort
from modelowners.measurement.durations import Bounds
from modelowners.measurement.timelines import Timeline
from modelowners.measurement.verdicts import MIN_PER_ARM

WEIGHT = 20.0
"""How many incidents the general mean counts as, beside a team's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """
    The later half forecast from the earlier one.

    Parameters
    ----------
    cut : datetime
        UTC; the median opening.
    before, after : int
        Incidents on either side.
    forecast_h, no_change_h, actual_h : float
        Mean capped hours of the later half: forecast from each team's own
        direct and detoured incidents; as if nothing had changed; as it came.
    error : float
        How far the forecast was off, as a share of what came.
    """

    cut: datetime
    before: int
    after: int
    forecast_h: float
    no_change_h: float
    actual_h: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """
    What every first route right could save at least and at most.

    Parameters
    ----------
    low, high : float or None
        Share of the hours, 0 to 1.
    backtest : Backtest or None
        How well such a forecast did last time.
    reasons : mapping of str to str
        Why a figure is withheld.
    """

    low: float | None
    high: float | None
    backtest: Backtest | None
    reasons: Mapping[str, str] = field(default_factory=dict)


def imagine(cohort: Cohort, bounds: Bounds) -> WhatIf:
    """
    Say what every first route right could save: accounting, not a promise.

    Parameters
    ----------
    cohort : Cohort
        Of a question.
    bounds : Bounds
        Its hours before the right team had it, and kept it.
    """
    tried = backtest(cohort)
    reasons = {}
    if tried is None:
        reasons["backtest"] = f"fewer than {MIN_PER_ARM} incidents in a half"
    if tried is None or bounds.first_touch is None:
        low = high = None
        reasons["low"] = "no forecast without its track record"
    else:
        low, high = bounds.first_touch, bounds.final_arrival
    return WhatIf(low=low, high=high, backtest=tried, reasons=reasons)


def saved(bounds: Bounds, *, now: float, target: float) -> tuple[float, float] | None:
    """
    Give the share of hours saved if more first routes were kept.

    Parameters
    ----------
    bounds : Bounds
        What routing can have cost.
    now, target : float
        Share of first routes kept, 0 to 1; `now` below 1.

    Returns
    -------
    tuple of float, or None
        At least and at most; None where the bounds are not known.

    Examples
    --------
    >>> saved(Bounds(split_h=1, first_touch=0.2, final_arrival=0.4), now=0.5, target=1)
    (0.2, 0.4)
    """
    if bounds.first_touch is None or bounds.final_arrival is None:
        return None
    share = (target - now) / (1 - now)
    return share * bounds.first_touch, share * bounds.final_arrival


def backtest(cohort: Cohort) -> Backtest | None:
    """
    Forecast the later half of a cohort from the earlier one.

    Parameters
    ----------
    cohort : Cohort
        Its mature and fixed incidents with a known right team are used.

    Returns
    -------
    Backtest or None
        None with fewer than 20 in a half.
    """
    found = cohort.routed
    if not found:
        return None
    cut = sorted(one.opened for one in found)[(len(found) - 1) // 2]
    earlier = [one for one in found if one.opened < cut]
    later = [one for one in found if one.opened >= cut]
    if min(len(earlier), len(later)) < MIN_PER_ARM:
        return None
    cap = cohort.asked.cap_h
    spent = {
        half: np.minimum(cohort.spent(ones), cap)
        for half, ones in (("earlier", earlier), ("later", later))
    }
    expected = _expectations(earlier, spent["earlier"].tolist())
    forecast = float(np.mean([_expect(expected, one) for one in later]))
    actual = float(spent["later"].mean())
    return Backtest(
        cut=cut,
        before=len(earlier),
        after=len(later),
        forecast_h=forecast,
        no_change_h=float(spent["earlier"].mean()),
        actual_h=actual,
        error=forecast / actual - 1,
    )


_Means = Mapping[tuple[str | None, bool | None], float]


def _expectations(earlier: Sequence[Timeline], spent: Sequence[float]) -> _Means:
    """Give mean hours per arm, and per team and arm shrunk towards the arm's."""
    sums: dict[tuple[str | None, bool | None], list[float]] = {}
    for one, length in zip(earlier, spent, strict=True):
        for cell in ((None, None), (None, one.kept), (one.right_team, one.kept)):
            sums.setdefault(cell, []).append(length)
    means = {cell: sum(hours) / len(hours) for cell, hours in sums.items()}
    for (team, arm), hours in sums.items():
        if team is not None:
            total = sum(hours) + WEIGHT * means[None, arm]
            means[team, arm] = total / (len(hours) + WEIGHT)
    return means


def _expect(means: _Means, one: Timeline) -> float:
    cells = ((one.right_team, one.kept), (None, one.kept), (None, None))
    return next(means[cell] for cell in cells if cell in means)
