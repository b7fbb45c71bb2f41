"""Durations: where the hours went, divided without rest."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from modelowners.core.time import HOUR
from modelowners.measurement.cohorts import Cohort
from modelowners.measurement.timelines import Hold, Step, Timeline


class Part(enum.StrEnum):
    """With whom an hour was spent; the first that fits."""

    NOBODY = "nobody"
    """No person was told yet; for imports: no team was named."""

    ANOTHER_TEAM = "another_team"
    """A team had it that could not fix it."""

    UNANSWERED = "unanswered"
    """The right team had it and nobody had taken it on."""

    DIAGNOSING = "diagnosing"
    """Somebody of the right team was on it; no fix had been started."""

    WAITING_APPROVAL = "waiting_approval"
    """A fix waited for somebody's consent."""

    FIXING = "fixing"
    """A fix was under way."""

    RIGHT_TEAM = "right_team"
    """The right team had it; what it did meanwhile is not known."""

    STILL_OPEN = "still_open"
    """Not fixed yet, so nobody knows whose it is."""

    NOT_RECORDED = "not_recorded"
    """Fixed, and no team was ever named, or not when."""


WITH_RIGHT_TEAM = (
    Part.UNANSWERED,
    Part.DIAGNOSING,
    Part.WAITING_APPROVAL,
    Part.FIXING,
    Part.RIGHT_TEAM,
)
"""The parts in which the right team had it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """
    How much time routing can have cost, at least and at most.

    Parameters
    ----------
    split_h : float
        Hours of the incidents whose right team is known.
    first_touch, final_arrival : float or None
        Share of them before the right team first had it, and before it kept it.
    """

    split_h: float
    first_touch: float | None
    final_arrival: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undetected:
    """
    Hours between the beginning of a trouble and its detection.

    Parameters
    ----------
    low, high : float or None
        Their sum over incidents whose beginning is known as an interval.
    incidents : int
        How many these are.
    """

    low: float | None
    high: float | None
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """
    Where the hours of the mature incidents went.

    Parameters
    ----------
    total_h : float
        Sum of all hours, each incident's cut at the cap.
    parts : mapping of Part to float or None
        Shares, which add to 1; None where nothing is mature.
    bounds : Bounds
        What of it routing can have cost.
    undetected_h : Undetected
        Not part of the total.
    reasons : mapping of str to str
        Why a figure is withheld.
    """

    total_h: float
    parts: Mapping[Part, float | None]
    bounds: Bounds
    undetected_h: Undetected
    reasons: Mapping[str, str] = field(default_factory=dict)


def split(
    timeline: Timeline, *, as_of: datetime, cap: timedelta
) -> Mapping[Part, timedelta]:
    """
    Divide a timeline's time, cut at the cap, among the parts.

    Parameters
    ----------
    timeline : Timeline
        As known at `as_of`.
    as_of : datetime
        UTC.
    cap : timedelta
        Above 0.

    Returns
    -------
    mapping of Part to timedelta
        Exact: they add to the whole, to the microsecond.

    Examples
    --------
    >>> from modelowners.core.time import parse_instant
    >>> june = parse_instant("2026-06-01")
    >>> holds = (Hold("desk", june), Hold("feeds", june + 2 * HOUR))
    >>> one = Timeline(
    ...     id="1", source="x", opened=june, holds=holds, fixed=june + 5 * HOUR
    ... )
    >>> parts = split(one, as_of=june + 9 * HOUR, cap=14 * 24 * HOUR)
    >>> {part.value: time / HOUR for part, time in parts.items()}
    {'another_team': 2.0, 'right_team': 3.0}
    """
    end = min(timeline.end(as_of), timeline.opened + cap)
    whole = end - timeline.opened
    if timeline.fixed is None:
        return {Part.STILL_OPEN: whole}
    if timeline.right_team is None or not timeline.timed:
        return {Part.NOT_RECORDED: whole}
    found: dict[Part, timedelta] = {}
    for start, stop, hold in _held(timeline, end):
        for a, b in _pieces(timeline, hold, start, stop):
            part = _part(timeline, hold, a)
            found[part] = found.get(part, timedelta()) + (b - a)
    return found


def share_out(cohort: Cohort) -> Hours:
    """
    Divide the hours of a cohort's mature incidents.

    Parameters
    ----------
    cohort : Cohort
        Of a question.

    Returns
    -------
    Hours
        Shares that add to 1, and bounds for what routing cost.
    """
    as_of, cap = cohort.asked.as_of, cohort.asked.cap
    pairs = zip(cohort.timelines, cohort.mature, strict=True)
    mature = [one for one, ripe in pairs if ripe]
    sums = dict.fromkeys(Part, timedelta())
    for one in mature:
        for part, time in split(one, as_of=as_of, cap=cap).items():
            sums[part] += time
    total = sum(sums.values(), timedelta())
    reasons = {}
    if not mature:
        days = f"{cap / timedelta(days=1):g} d"
        reasons["parts"] = f"no incident was opened {days} or longer ago"
    bounds, undetected = _bounds(cohort), _undetected(mature)
    if bounds.first_touch is None:
        reasons["bounds"] = "no mature incident is fixed by a team that is known"
    if not undetected.incidents:
        reasons["undetected_h"] = "of no mature incident the beginning is known"
    return Hours(
        total_h=total / HOUR,
        parts={part: time / total if mature else None for part, time in sums.items()},
        bounds=bounds,
        undetected_h=undetected,
        reasons=reasons,
    )


def _bounds(cohort: Cohort) -> Bounds:
    as_of, cap = cohort.asked.as_of, cohort.asked.cap
    whole = touch = arrival = timedelta()
    for one in cohort.routed:
        first, last = one.first_touch(), one.final_arrival()
        if first is None or last is None:
            continue
        length = min(one.end(as_of) - one.opened, cap)
        whole += length
        touch += min(first - one.opened, length)
        arrival += min(last - one.opened, length)
    return Bounds(
        split_h=whole / HOUR,
        first_touch=touch / whole if whole else None,
        final_arrival=arrival / whole if whole else None,
    )


def _undetected(mature: list[Timeline]) -> Undetected:
    known = [(one.opened, one.began) for one in mature if one.began is not None]
    none = timedelta()
    low = sum((max(opened - began.high, none) for opened, began in known), none)
    high = sum((max(opened - began.low, none) for opened, began in known), none)
    return Undetected(
        low=low / HOUR if known else None,
        high=high / HOUR if known else None,
        incidents=len(known),
    )


def _held(
    timeline: Timeline, end: datetime
) -> Iterator[tuple[datetime, datetime, Hold]]:
    """Give each hold's part of the time until `end`; together they are the whole."""
    holds = timeline.holds
    starts = [timeline.opened, *(hold.start for hold in holds[1:]), end]
    for hold, start, stop in zip(holds, starts[:-1], starts[1:], strict=True):
        a, b = min(start, end), min(stop, end)
        if a < b:
            yield a, b, hold


def _pieces(
    timeline: Timeline, hold: Hold, start: datetime, stop: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Cut a hold where its part may change: imports know nothing of that."""
    if not timeline.steps:
        yield start, stop
        return
    cuts = {start, stop}
    for at in (hold.answered, _told(timeline), *timeline.steps.values()):
        if at is not None and start < at < stop:
            cuts.add(at)
    ordered = sorted(cuts)
    yield from pairwise(ordered)


def _told(timeline: Timeline) -> datetime | None:
    """Give when a person first knew, where our own log tells it."""
    steps = timeline.steps
    known = [steps[one] for one in (Step.NOTIFIED, Step.ACKED) if one in steps]
    return min(known, default=None)


def _part(timeline: Timeline, hold: Hold, at: datetime) -> Part:
    """Tell where the piece that begins at an instant belongs."""
    told = _told(timeline)
    if hold.team is None or (timeline.steps and (told is None or at < told)):
        return Part.NOBODY
    if hold.team != timeline.right_team:
        return Part.ANOTHER_TEAM
    if hold.answered is None:
        fixing = timeline.steps.get(Step.FIX_STARTED)
        return Part.FIXING if fixing is not None and at >= fixing else Part.RIGHT_TEAM
    return Part.UNANSWERED if at < hold.answered else _at_work(timeline, at)


def _at_work(timeline: Timeline, at: datetime) -> Part:
    """Tell what the right team did once it had taken it on."""
    steps = timeline.steps
    asked, granted = Step.APPROVAL_REQUESTED, Step.APPROVAL_GRANTED
    started = steps.get(Step.FIX_STARTED)
    if asked in steps and steps[asked] <= at < steps.get(granted, started or at):
        return Part.WAITING_APPROVAL
    if started is None:
        return Part.RIGHT_TEAM
    return Part.FIXING if at >= started else Part.DIAGNOSING
