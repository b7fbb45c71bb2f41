"""The speed report: one frozen result, and each figure it withholds with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from modelowners.measurement.cohorts import Cohort, Question, choose
from modelowners.measurement.comparison import SameTeam, compare
from modelowners.measurement.courses import Course, courses
from modelowners.measurement.durations import Hours, share_out
from modelowners.measurement.flags import Flag, raise_flags
from modelowners.measurement.ownership import Ownership, Starts, assess
from modelowners.measurement.routing import Routing, routes
from modelowners.measurement.survival import (
    Curve,
    Interval,
    cumulative_incidence,
    kaplan_meier,
    quantile,
    quantile_limits,
    restricted_mean,
)
from modelowners.measurement.timelines import Timeline
from modelowners.measurement.verdicts import MIN_MEAN, MIN_MEDIAN
from modelowners.measurement.whatif import WhatIf, imagine

WONT_FIX = frozenset({"wont-fix", "wont_fix", "won't fix"})
"""Outcomes that end an incident without a fix."""

FIXED = "fixed"
NOT_REACHED = "not reached: too many are open still"
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """
    How many incidents a report speaks of.

    Parameters
    ----------
    incidents, open : int
        Those timed, and of them not fixed yet.
    mature, mature_open : int
        Opened a whole cap ago, and of them not fixed yet.
    merged, dismissed : int
        Counted here, and timed nowhere.
    """

    incidents: int
    open: int
    mature: int
    mature_open: int
    merged: int
    dismissed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToFix:
    """
    How long fixes take, open incidents counted as open.

    Parameters
    ----------
    fixed : int
        How many are fixed.
    median_h, p90_h : float or None
        Hours by which a half, and nine tenths, are fixed.
    median_ci, p90_ci : tuple of float or None, or None
        Their 95 % limits; a limit that is not reached is None.
    rmst_h : float or None
        Mean hours lost per incident, each cut at the cap.
    rmst_ci : tuple of float, or None
        Its 95 % interval.
    outcomes : mapping of str to float
        Share that has ended in each way by the cap, where not all are fixes.
    reasons : mapping of str to str
        Why a figure is withheld.
    """

    fixed: int
    median_h: float | None
    median_ci: Interval | None
    p90_h: float | None
    p90_ci: Interval | None
    rmst_h: float | None
    rmst_ci: tuple[float, float] | None
    outcomes: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotSaid:
    """A figure that is often asked for, and why it is refused."""

    what: str
    why: str


REFUSED = (
    NotSaid("cost per toss", "long incidents collect more tosses: it runs backwards"),
    NotSaid(
        "owned/unowned ratio",
        "owners go first where trouble is worst, or where it is easiest",
    ),
    NotSaid("before/after ratio", "everything else changed meanwhile, too"),
    NotSaid("persons", "who gets the hard ones would look slow"),
    NotSaid("MTTR", "a mean of few long incidents that ignores open ones"),
)
"""What no report says; the documentation gives the measurements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """
    What a report was made from.

    Parameters
    ----------
    command : str
        Gives the same bytes again from the same records.
    seed : int
        Of the draws.
    catalog : str or None
        Digest of the ownership file.
    imports : tuple of str
        ``source digest`` of each imported file.
    """

    command: str
    seed: int
    catalog: str | None = None
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedReport:
    """
    Where the debugging hours went, said no surer than the record allows.

    Parameters
    ----------
    as_of : datetime
        UTC; nothing later is known.
    tau_h : float
        The cap in hours.
    counts : Counts
        How many.
    flags : tuple of Flag
        What can mislead.
    hours : Hours
        Where the hours went.
    time_to_fix : TimeToFix
        How long fixes take.
    routing : Routing
        How incidents found their team.
    same_team : SameTeam
        Detoured against direct incidents.
    ownership : Ownership
        The same model without and with an owner.
    what_if : WhatIf
        What better routing could save.
    courses : tuple of Course
        The newest incidents of our own log, step by step.
    not_said : tuple of NotSaid
        What is refused.
    reproduce : Origin
        What it was made from.
    """

    as_of: datetime
    tau_h: float
    counts: Counts
    flags: tuple[Flag, ...]
    hours: Hours
    time_to_fix: TimeToFix
    routing: Routing
    same_team: SameTeam
    ownership: Ownership
    what_if: WhatIf
    courses: tuple[Course, ...]
    not_said: tuple[NotSaid, ...]
    reproduce: Origin


def report(
    timelines: Iterable[Timeline],
    asked: Question,
    *,
    origin: Origin,
    starts: Starts | None = None,
) -> SpeedReport:
    """
    Measure how fast trouble is found, routed and fixed.

    Parameters
    ----------
    timelines : iterable of Timeline
        From our own log and from imports.
    asked : Question
        Which of them, and as of when.
    origin : Origin
        What they were made from.
    starts : mapping of str to datetime or None, optional
        When each model gained its owner, from `ownership.owned_since`.

    Returns
    -------
    SpeedReport
        The same timelines and question give the same figures.
    """
    cohort = choose(timelines, asked)
    hours, ownership = share_out(cohort), assess(cohort, starts)
    return SpeedReport(
        as_of=asked.as_of,
        tau_h=asked.cap_h,
        counts=_counts(cohort),
        flags=raise_flags(cohort, after_trouble=ownership.after_trouble),
        hours=hours,
        time_to_fix=time_to_fix(cohort),
        routing=routes(cohort),
        same_team=compare(cohort),
        ownership=ownership,
        what_if=imagine(cohort, hours.bounds),
        courses=courses(cohort),
        not_said=REFUSED,
        reproduce=origin,
    )


def time_to_fix(cohort: Cohort) -> TimeToFix:
    """
    Estimate how long fixes take.

    Parameters
    ----------
    cohort : Cohort
        Of a question.

    Returns
    -------
    TimeToFix
        No median below 5 fixed incidents, no mean below 20.
    """
    given_up = np.array([one.outcome in WONT_FIX for one in cohort.timelines], bool)
    done = cohort.fixed & ~given_up
    n, cap = int(done.sum()), cohort.asked.cap_h
    reasons: dict[str, str] = {}
    median = p90 = rmst = rmst_ci = None
    median_ci = p90_ci = None
    if n < MIN_MEDIAN:
        few = f"too few to say; {n} fixed, {MIN_MEDIAN} are needed"
        reasons |= dict.fromkeys(("median_h", "p90_h"), few)
    else:
        curve = kaplan_meier(cohort.hours, done)
        median, median_ci = quantile(curve, 0.5), quantile_limits(curve, 0.5)
        p90, p90_ci = quantile(curve, 0.9), quantile_limits(curve, 0.9)
        for name, value in (("median_h", median), ("p90_h", p90)):
            if value is None:
                reasons[name] = NOT_REACHED
    if n < MIN_MEAN:
        reasons["rmst_h"] = f"too few to say; {n} fixed, {MIN_MEAN} are needed"
    elif cohort.hours.max() < cap and not done[cohort.hours.argmax()]:
        reasons["rmst_h"] = "no incident was followed to the cap"
    else:
        rmst, variance = restricted_mean(curve, cap)
        half = _Z * variance**0.5
        rmst_ci = max(rmst - half, 0.0), min(rmst + half, cap)
    return TimeToFix(
        fixed=n,
        median_h=median,
        median_ci=median_ci,
        p90_h=p90,
        p90_ci=p90_ci,
        rmst_h=rmst,
        rmst_ci=rmst_ci,
        outcomes=_outcomes(cohort) if given_up.any() else {},
        reasons=reasons,
    )


def curve_of(cohort: Cohort) -> Curve | None:
    """Give the curve that `time_to_fix` reads, for drawing; None below 5 fixed."""
    given_up = np.array([one.outcome in WONT_FIX for one in cohort.timelines], bool)
    done = cohort.fixed & ~given_up
    return kaplan_meier(cohort.hours, done) if done.sum() >= MIN_MEDIAN else None


def _outcomes(cohort: Cohort) -> Mapping[str, float]:
    ways = [
        (one.outcome or FIXED) if one.fixed is not None else None
        for one in cohort.timelines
    ]
    return cumulative_incidence(cohort.hours, ways, cohort.asked.cap_h)


def _counts(cohort: Cohort) -> Counts:
    return Counts(
        incidents=len(cohort.timelines),
        open=int((~cohort.fixed).sum()),
        mature=int(cohort.mature.sum()),
        mature_open=int((cohort.mature & ~cohort.fixed).sum()),
        merged=cohort.fates["merged"],
        dismissed=cohort.fates["dismissed"],
    )
