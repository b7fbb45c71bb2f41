"""Moments: an instant as pages show it, relative with the exact behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.core.time import format_instant

_STEPS = (
    (timedelta(days=1), "d"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "min"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """
    An instant in three forms.

    Parameters
    ----------
    iso : str
        For machines: ISO 8601, UTC.
    exact : str
        For a person: always UTC, to the minute.
    ago : str
        How far from now.
    """

    iso: str
    exact: str
    ago: str


def moment(at: datetime, now: datetime) -> Moment:
    """
    Show an instant as seen from another.

    Parameters
    ----------
    at, now : datetime
        UTC.

    Examples
    --------
    >>> from modelowners.core.time import HOUR, parse_instant
    >>> noon = parse_instant("2026-06-10T12:00Z")
    >>> moment(noon, noon + 3 * HOUR)
    Moment(iso='2026-06-10T12:00:00Z', exact='2026-06-10 12:00 UTC', ago='3 h ago')
    """
    whole = at.replace(microsecond=0)
    exact = f"{whole.isoformat(sep=' ')[:16]} UTC"
    return Moment(format_instant(whole), exact, say_distance(now - at))


def say_distance(passed: timedelta) -> str:
    """
    Say how long ago something was, or how soon it will be, in its greatest unit.

    Parameters
    ----------
    passed : timedelta
        Negative for what is still to come.

    Examples
    --------
    >>> say_distance(timedelta(days=13, hours=4)), say_distance(timedelta(seconds=3))
    ('13 d ago', 'just now')
    >>> say_distance(timedelta(hours=-2))
    'in 2 h'
    """
    length = abs(passed)
    for step, unit in _STEPS:
        if length >= step:
            count = f"{length // step} {unit}"
            return f"{count} ago" if passed > timedelta(0) else f"in {count}"
    return "just now"
