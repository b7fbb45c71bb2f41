"""A clock set wrong: the hours of the day rotate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from modelowners.core.evidence import Evidence
from modelowners.core.time import DAY, Onset
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.signatures import rotation
from modelowners.diagnosis.strengths import rising
from modelowners.observations.profiles import Profile
from modelowners.observations.questions import QUANTILE_LEVELS, Replacement, Side

HOURS = 24
LEAST_LEFT = 0.05
SUMMER_TIMES = ("America/New_York", "Europe/Paris")
"""Zones whose changes of the clock show in logs kept in UTC."""


def probe(case: Case) -> list[Suspect]:
    """
    Find columns of hours, or the log's own times, whose histogram rotated.

    Whole-hour rotation must explain nearly all of the change: a later schedule
    changes the histogram's form.
    """
    found = [s for site in case.inputs() if (s := _examine(case, site)) is not None]
    own = _of_the_log(case)
    return [*found, own] if own is not None else found


def _examine(case: Case, site: Site) -> Suspect | None:
    contrast, control = case.contrast(site), case.control(site)
    if contrast is None or site.column is None or not contrast.numeric:
        return None
    period = _period(contrast.before)
    if period is None or not contrast.after.n:
        return None
    if contrast.after.minimum < 0 or contrast.after.maximum > period:
        return None
    before, after = _hours(contrast.before, period), _hours(contrast.after, period)
    usual = 0.0
    if control is not None and control.before.n:
        old, new = _hours(control.before, period), _hours(control.after, period)
        usual = rotation(list(old), list(new))[2]
    steps, left, whole = rotation(list(before), list(after))
    strength = _strength(steps, left, whole, usual)
    if strength <= 0:
        return None
    return Suspect(
        kind=CauseKind.CLOCK_SHIFT,
        columns=(site.column,),
        segment=site.segment,
        onset=site.onset,
        strength=strength,
        size=site.size,
        evidence=(_sentence(site.column, steps, left, whole),),
        replacement=Replacement(
            column=site.column,
            form="rotate",
            shift=-steps * period / HOURS,
            scale=period,
        ),
        repair=f"correct the clock of {site.column} by {_signed(-steps)}",
    )


def _of_the_log(case: Case) -> Suspect | None:
    """Judge the log's own times around the symptom."""
    harmed = case.harmed
    if harmed is None:
        return None
    profiles, index = case.frame.of(), harmed.index
    days = 7 if case.frame.grain.days else 7 * 24
    sides: list[npt.NDArray[np.float64]] = []
    for low, high in (
        (index - 2 * days, index - days),
        (index - days, index),
        (index, index + days),
    ):
        chosen = profiles[max(low, 0) : max(high, 0)]
        sides.append(_total(chosen))
    steps, left, whole = rotation(list(sides[1]), list(sides[2]))
    strength = _strength(
        steps, left, whole, rotation(list(sides[0]), list(sides[1]))[2]
    )
    if steps in {1, HOURS - 1} and _clocks_change(case, harmed.onset):
        strength *= 0.2
    if strength <= 0:
        return None
    return Suspect(
        kind=CauseKind.CLOCK_SHIFT,
        onset=harmed.onset,
        strength=strength,
        size=10 * whole,
        evidence=(_sentence("the time of the rows", steps, left, whole),),
        repair=f"correct the clock by {_signed(-steps)}",
    )


def _clocks_change(case: Case, onset: Onset) -> bool:
    """Tell whether summer time begins or ends about then: people move, not clocks."""
    for name in {case.log.timezone, *SUMMER_TIMES}:
        zone = ZoneInfo(name)
        offsets = {
            (at + step).astimezone(zone).utcoffset()
            for at in (onset.low, onset.high)
            for step in (-2 * DAY, timedelta(0), 2 * DAY)
        }
        if len(offsets) > 1:
            return True
    return False


def _total(profiles: Sequence[Profile | None]) -> npt.NDArray[np.float64]:
    total = np.zeros(HOURS)
    for profile in profiles:
        if profile is not None:
            total += profile.hours
    return total


def _strength(steps: int, left: float, whole: float, usual: float) -> float:
    if steps == 0 or whole < LEAST_LEFT + 1.5 * usual:
        return 0.0
    return rising(whole, 1.5 * usual, 3 * usual + 0.15) * (
        1 - rising(left, 1.2 * usual + 0.03, 2.5 * usual + 0.2)
    )


def _hours(side: Side, period: float) -> npt.NDArray[np.float64]:
    """Give the share of the values in each hour of a cycle, shape (24,)."""
    if period == HOURS and side.distinct <= HOURS:
        counts = np.zeros(HOURS)
        for value, rows in side.values.items():
            counts[int(float(value)) % HOURS] += rows
        return counts
    bounds = np.linspace(0, period, HOURS + 1)
    levels = np.array([0.0, *QUANTILE_LEVELS, 1.0])
    values = np.array([side.minimum, *side.quantiles, side.maximum])
    # Equal quantiles are a mass at one value: the last of them counts.
    if np.isnan(values).any():
        return np.zeros(HOURS)
    keep = np.append(np.diff(values) > 0, True)
    below = np.interp(bounds, values[keep], levels[keep], left=0.0, right=1.0)
    return np.diff(below)


def _period(side: Side) -> float | None:
    """Tell over what cycle values run: hours, minutes of a day, or HHMM."""
    if side.minimum < 0 or side.whole < 1 or not len(side.quantiles):
        return None
    for period in (HOURS, HOURS * 60, HOURS * 100):
        if side.maximum <= period and side.maximum > 0.6 * period:
            return float(period)
    return None


def _sentence(what: str, steps: int, left: float, whole: float) -> Evidence:
    return Evidence(
        "signature",
        f"the hours of {what} are rotated by {_signed(steps)}; that explains "
        f"{100 * (1 - left / whole):.0f} % of the change",
        left,
        whole,
        "contrast",
    )


def _signed(steps: int) -> str:
    hours = (steps + HOURS // 2) % HOURS - HOURS // 2
    return f"{hours:+d} h"
