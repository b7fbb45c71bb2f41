"""Time: UTC instants, half-open windows, onsets and clocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from modelowners.core.errors import BadTime

if TYPE_CHECKING:
    from collections.abc import Iterator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
_LATEST = datetime.max.replace(tzinfo=UTC)

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": HOUR,
    "d": DAY,
    "w": timedelta(weeks=1),
}


class Clock(Protocol):
    """Tells what time it is; a virtual one makes tests and the demo exact."""

    def now(self) -> datetime:
        """Give the present instant, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the present instant, UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that reads it


@dataclass(slots=True)
class VirtualClock:
    """
    A clock that stands still until it is set.

    Examples
    --------
    >>> clock = VirtualClock(parse_instant("2026-06-01"))
    >>> clock.advance(parse_duration("90m"))
    >>> format_instant(clock.now())
    '2026-06-01T01:30:00Z'
    """

    at: datetime

    def now(self) -> datetime:
        """Give the instant it was set to, UTC."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self.at += by


class ShiftedClock:
    """
    The machine's clock, set to another instant and going on from there.

    Parameters
    ----------
    at : datetime
        UTC; what it shows first.

    Examples
    --------
    >>> clock = ShiftedClock(parse_instant("2013-11-11"))
    >>> clock.now().year
    2013
    """

    def __init__(self, at: datetime) -> None:
        self._clock = SystemClock()
        self._behind = self._clock.now() - at

    def now(self) -> datetime:
        """Give the instant it shows, UTC."""
        return self._clock.now() - self._behind


def parse_instant(text: str | date) -> datetime:
    """
    Read an ISO date or instant; without a zone it is UTC.

    Parameters
    ----------
    text : str or date
        Such as ``2026-06-01``, ``2026-06-01T12:00Z``, ``2026-06-01 12:00+02:00``.

    Returns
    -------
    datetime
        UTC.

    Raises
    ------
    BadTime
        If it is neither.

    Examples
    --------
    >>> parse_instant("2026-06-01T12:00+02:00").isoformat()
    '2026-06-01T10:00:00+00:00'
    """
    if isinstance(text, datetime):
        found = text
    else:
        try:
            found = datetime.fromisoformat(str(text).strip())
        except ValueError:
            raise BadTime(found=text, expected="an instant") from None
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise BadTime(found=text, expected="an instant of years 1 to 9999") from None


def format_instant(at: datetime) -> str:
    """
    Write an instant as ISO 8601 in UTC with ``Z``, to the second or finer.

    Examples
    --------
    >>> format_instant(parse_instant("2026-06-01"))
    '2026-06-01T00:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_duration(text: str) -> timedelta:
    """
    Read a duration such as ``15m``, ``1h``, ``30d`` or ``2w``.

    Raises
    ------
    BadTime
        If it is not a whole number and one of s, m, h, d, w.

    Examples
    --------
    >>> parse_duration("30d").days
    30
    """
    match = re.fullmatch(r"(\d{1,6})([smhdw])", text.strip())
    if match is None:
        raise BadTime(found=text, expected="a duration such as 15m, 1h or 30d")
    return int(match[1]) * _UNITS[match[2]]


def to_micros(at: datetime) -> int:
    """
    Count microseconds since 1970-01-01 UTC.

    Examples
    --------
    >>> to_micros(parse_instant("1970-01-02"))
    86400000000
    """
    return (at - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """
    Give the UTC instant that many microseconds after 1970-01-01.

    Examples
    --------
    >>> from_micros(86_400_000_000).isoformat()
    '1970-01-02T00:00:00+00:00'
    """
    return EPOCH + timedelta(microseconds=micros)


@dataclass(frozen=True, slots=True, order=True)
class TimeWindow:
    """
    A half-open UTC interval, ``start <= t < end``.

    Examples
    --------
    >>> may = TimeWindow.parse("2026-05-01/2026-06-01")
    >>> may.length.days, parse_instant("2026-06-01") in may
    (31, False)
    """

    start: datetime
    end: datetime

    @classmethod
    def parse(cls, text: str) -> TimeWindow:
        """
        Read ``start/end``, or a date or instant: the day that starts there.

        Raises
        ------
        BadTime
            If it is neither, or ends before it starts.
        """
        start, slash, end = text.partition("/")
        first = parse_instant(start)
        last = first + min(DAY, _LATEST - first)
        window = cls(first, parse_instant(end) if slash else last)
        if window.end <= window.start:
            raise BadTime(found=text, expected="a window that ends after it starts")
        return window

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def overlaps(self, other: TimeWindow) -> bool:
        """Tell whether the two share an instant."""
        return self.start < other.end and other.start < self.end

    def split(self, grain: timedelta) -> tuple[TimeWindow, ...]:
        """
        Cut into windows aligned to the epoch that lie wholly inside.

        Examples
        --------
        >>> len(TimeWindow.parse("2026-05-01T12:00/2026-05-04").split(DAY))
        2
        """
        return tuple(self._walk(grain))

    def _walk(self, grain: timedelta) -> Iterator[TimeWindow]:
        start = floor_instant(self.start + grain - MICROSECOND, grain)
        while start + grain <= self.end:
            yield TimeWindow(start, start + grain)
            start += grain

    def __str__(self) -> str:
        return f"{format_instant(self.start)}/{format_instant(self.end)}"


def floor_instant(at: datetime, grain: timedelta) -> datetime:
    """
    Round down to a multiple of the grain since 1970-01-01 UTC.

    Examples
    --------
    >>> format_instant(floor_instant(parse_instant("2026-06-01T17:30Z"), DAY))
    '2026-06-01T00:00:00Z'
    """
    return at - (at - EPOCH) % grain


@dataclass(frozen=True, slots=True, order=True)
class Onset:
    """
    When something began: ``low <= at <= high``, UTC.

    Examples
    --------
    >>> first = parse_instant("2026-06-01")
    >>> Onset(first, first, first + DAY).window.length.days
    1
    """

    at: datetime
    low: datetime
    high: datetime

    @property
    def window(self) -> TimeWindow:
        """The interval as a window; of no length where the moment is exact."""
        return TimeWindow(self.low, self.high)
