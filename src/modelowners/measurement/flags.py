"""Flags: what in the record itself can mislead, said above the figures."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from modelowners.core.time import HOUR
from modelowners.measurement.cohorts import Cohort
from modelowners.measurement.survival import kaplan_meier, quantile
from modelowners.measurement.timelines import OURS, SHORTEST, FixedBy, Timeline


class Code(enum.StrEnum):
    """What can mislead."""

    LENGTH_BIASED = "length_biased"
    """The log holds only what ended late: long incidents are over-represented."""

    CLOSED_ONLY = "closed_only"
    """No incident is open: a record of finished work hides what lasts."""

    AUTO_CLOSED = "auto_closed"
    """A timer closes tickets: their closing says nothing about work."""

    FIXED_IN_THE_MINUTE_OPENED = "fixed_in_the_minute_opened"
    """Written down afterwards: their time to fix was not observed."""

    FIX_TIME_FROM_STATE_CHANGE = "fix_time_from_state_change"
    """Nobody stated when they were fixed: it is inferred from their states."""

    SEVERITY_RELABELLED = "severity_relabelled"
    """Severity was changed on the way: a filter by severity selects by outcome."""

    OWNER_AFTER_TROUBLE = "owner_after_trouble"
    """Owners were named after bad incidents: better times would follow anyway."""

    IMPORTED_TIMES = "imported_times"
    """Times were typed by people into another tool."""


MANY, SOME = 0.20, 0.05
_BIASED, _BIASED_COUNT = 0.02, 10
_CLOSED_ONLY = 200
_LATE = 0.9


@dataclass(frozen=True, slots=True)
class Flag:
    """
    A warning, and how much of the record it concerns.

    Parameters
    ----------
    code : Code
        What can mislead.
    share : float or None
        Of incidents, fixed ones or closings, 0 to 1; None where it is all.
    """

    code: Code
    share: float | None


def raise_flags(
    cohort: Cohort, *, after_trouble: float | None = None
) -> tuple[Flag, ...]:
    """
    Look for what can mislead in a cohort's record.

    Parameters
    ----------
    cohort : Cohort
        Of a question.
    after_trouble : float, optional
        Share of owners that were named right after a bad incident.

    Returns
    -------
    tuple of Flag
        In the order of `Code`.
    """
    fixed = [one for one in cohort.timelines if one.fixed is not None]
    shares = {
        Code.LENGTH_BIASED: _length_biased(cohort, fixed),
        Code.CLOSED_ONLY: _closed_only(cohort, fixed),
        Code.AUTO_CLOSED: _above(MANY, _closed_at_one_age(fixed)),
        Code.FIXED_IN_THE_MINUTE_OPENED: _above(
            SOME,
            _share(one.fixed - one.opened < SHORTEST for one in fixed if one.fixed),
        ),
        Code.FIX_TIME_FROM_STATE_CHANGE: _above(
            SOME, _share(one.fixed_by is FixedBy.STATE_CHANGE for one in fixed)
        ),
        Code.SEVERITY_RELABELLED: _above(
            SOME, _share(one.relabelled for one in cohort.timelines)
        ),
        Code.OWNER_AFTER_TROUBLE: _above(AFTER_TROUBLE, after_trouble),
        Code.IMPORTED_TIMES: _above(
            0.0, _share(one.source != OURS for one in cohort.timelines)
        ),
    }
    found = ((code, shares[code]) for code in Code)
    return tuple(Flag(code, share) for code, share in found if share is not None)


AFTER_TROUBLE = 0.15
"""Share of owners named after trouble, beyond which nothing is compared."""


def closing_ages(timelines: Sequence[Timeline]) -> Iterator[int]:
    """
    Give the age of each closing in whole hours since a stated fix.

    Parameters
    ----------
    timelines : sequence of Timeline
        Those not closed, or without a stated fix, have none.
    """
    for one in timelines:
        stated = one.fixed_by is FixedBy.STATED
        if stated and one.closed is not None and one.fixed is not None:
            yield (one.closed - one.fixed) // HOUR


def _closed_at_one_age(fixed: Sequence[Timeline]) -> float | None:
    ages = Counter(closing_ages(fixed))
    later = [count for age, count in ages.items() if age >= 1]
    return max(later, default=0) / ages.total() if ages else None


def _length_biased(cohort: Cohort, fixed: Sequence[Timeline]) -> float | None:
    """Tell the share opened before the first fix, where that is a sign of a cut."""
    if not fixed:
        return None
    first = min(one.fixed for one in fixed if one.fixed is not None)
    before = sum(one.opened < first for one in cohort.timelines)
    gap = (first - cohort.timelines[0].opened) / HOUR
    late = quantile(kaplan_meier(cohort.hours, cohort.fixed), _LATE)
    share = before / len(cohort.timelines)
    enough = before >= _BIASED_COUNT and share > _BIASED
    return share if enough and late is not None and gap > late else None


def _closed_only(cohort: Cohort, fixed: Sequence[Timeline]) -> float | None:
    n = len(cohort.timelines)
    return 1.0 if n >= _CLOSED_ONLY and len(fixed) == n else None


def _share(found: Iterator[bool]) -> float | None:
    values = np.fromiter(found, bool)
    return float(values.mean()) if values.size else None


def _above(limit: float, share: float | None) -> float | None:
    return share if share is not None and share > limit else None
