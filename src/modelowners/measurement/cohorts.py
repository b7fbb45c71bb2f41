"""A cohort: the timelines a report speaks of, as they stood when it looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from modelowners.core.time import DAY, HOUR
from modelowners.measurement.survival import Flags, Floats
from modelowners.measurement.timelines import Timeline

CAP = 14 * DAY
"""Beyond it hours no longer count: one forgotten ticket must not outweigh a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    What a report is asked.

    Parameters
    ----------
    as_of : datetime
        UTC; nothing later is known.
    since : datetime or None
        UTC; only what was opened from then on.
    cap : timedelta
        Each timeline's hours are cut there, above 0.
    teams, without : frozenset of str
        Only, or not, those whose right team (holder, while open) is one of these.
    severities : frozenset of str
        Only these; empty for all.
    seed : int
        Of the bootstrap and the permutations.
    """

    as_of: datetime
    since: datetime | None = None
    cap: timedelta = CAP
    teams: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    seed: int = 7

    @property
    def cap_h(self) -> float:
        """The cap in hours."""
        return self.cap / HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """
    The timelines of a question.

    Parameters
    ----------
    asked : Question
        Which.
    timelines : tuple of Timeline
        As known then, by opening, without those merged or dismissed.
    hours : array, shape (n,)
        Time to the fix, or so far; at least 1/60.
    fixed, mature : array of bool, shape (n,)
        Whether each is fixed, and was opened a whole cap ago.
    routed : tuple of Timeline
        Those mature and fixed whose right team is known.
    fates : mapping of str to int
        How many were merged and dismissed.
    """

    asked: Question
    timelines: tuple[Timeline, ...]
    hours: Floats
    fixed: Flags
    mature: Flags
    routed: tuple[Timeline, ...]
    fates: Mapping[str, int]

    def spent(self, timelines: Iterable[Timeline]) -> Floats:
        """Give the hours of some of them, shape (n,)."""
        return np.array([one.hours(self.asked.as_of) for one in timelines], float)


def choose(timelines: Iterable[Timeline], asked: Question) -> Cohort:
    """
    Choose the timelines a question is about.

    Parameters
    ----------
    timelines : iterable of Timeline
        From any source.
    asked : Question
        What is asked.

    Returns
    -------
    Cohort
        In an order that does not depend on that of `timelines`.
    """
    wanted = _wanted(asked)
    found = (one.known(asked.as_of) for one in timelines if one.opened < asked.as_of)
    chosen = sorted(
        filter(wanted, found), key=lambda one: (one.opened, one.source, one.id)
    )
    fates = Counter(one.fate for one in chosen if one.fate is not None)
    timed = tuple(one for one in chosen if one.fate is None)
    ripe = asked.as_of - asked.cap
    done = (one for one in timed if one.opened <= ripe and one.fixed is not None)
    return Cohort(
        asked=asked,
        timelines=timed,
        hours=np.array([one.hours(asked.as_of) for one in timed], float),
        fixed=np.array([one.fixed is not None for one in timed], bool),
        mature=np.array([one.opened <= ripe for one in timed], bool),
        routed=tuple(one for one in done if one.right_team is not None),
        fates={fate: fates[fate] for fate in ("merged", "dismissed")},
    )


def _wanted(asked: Question) -> Callable[[Timeline], bool]:
    def wanted(one: Timeline) -> bool:
        if asked.since is not None and one.opened < asked.since:
            return False
        if asked.severities and one.severity not in asked.severities:
            return False
        if not asked.teams and not asked.without:
            return True
        team = one.right_team or (one.holder if one.fixed is None else None)
        if team is None:
            return False
        return team not in asked.without and (not asked.teams or team in asked.teams)

    return wanted
