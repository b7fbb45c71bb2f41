"""A course: one incident of our own log, step by step, with nothing imputed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from modelowners.core.time import HOUR
from modelowners.measurement.cohorts import Cohort
from modelowners.measurement.timelines import OURS, Step, Timeline

MOST = 20
"""Courses a report shows: the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime:
    """
    When a step was taken.

    Parameters
    ----------
    step : Step
        Which.
    at : datetime or None
        UTC; None where it was skipped, or is still to come.
    since_detected_h, since_previous_h : float or None
        Hours since detection, and since the step taken before it; a step may
        lie before detection where it was recorded later.
    """

    step: Step
    at: datetime | None
    since_detected_h: float | None
    since_previous_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """
    An incident's steps.

    Parameters
    ----------
    incident : str
        Such as ``INC-12``.
    model : str
        That showed the symptom.
    team : str or None
        Its right team, or who holds it.
    began_low, began_high : datetime or None
        UTC; in between the trouble itself began.
    steps : tuple of StepTime
        Every step, in the order of `Step`.
    hours : float
        To the fix, or so far.
    open : bool
        Whether it is not fixed yet.
    """

    incident: str
    model: str
    team: str | None
    began_low: datetime | None
    began_high: datetime | None
    steps: tuple[StepTime, ...]
    hours: float
    open: bool


def courses(cohort: Cohort) -> tuple[Course, ...]:
    """
    Give the courses of the newest incidents of our own log.

    Parameters
    ----------
    cohort : Cohort
        Of a question.

    Returns
    -------
    tuple of Course
        At most 20, oldest first.
    """
    ours = [one for one in cohort.timelines if one.source == OURS]
    return tuple(_course(one, cohort) for one in ours[-MOST:])


def _course(one: Timeline, cohort: Cohort) -> Course:
    return Course(
        incident=one.id,
        model=one.asset or "",
        team=one.right_team or one.holder,
        began_low=one.began.low if one.began else None,
        began_high=one.began.high if one.began else None,
        steps=tuple(_times(one)),
        hours=one.hours(cohort.asked.as_of),
        open=one.fixed is None,
    )


def _times(one: Timeline) -> Iterator[StepTime]:
    places = {step: place for place, step in enumerate(Step)}
    taken: Sequence[tuple[datetime, int, Step]] = sorted(
        (at, places[step], step) for step, at in one.steps.items()
    )
    before = {step: previous for (previous, _, _), (_, _, step) in pairwise(taken)}
    for step in Step:
        at = one.steps.get(step)
        previous = before.get(step)
        yield StepTime(
            step=step,
            at=at,
            since_detected_h=None if at is None else (at - one.opened) / HOUR,
            since_previous_h=(at - previous) / HOUR if at and previous else None,
        )
