"""Hours: when a team wants notices that can wait."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from modelowners.catalog.reading import clock_time, wall_to_utc
from modelowners.core.facets import Node, describe, text
from modelowners.core.time import DAY

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_HOURS = re.compile(
    rf"({'|'.join(WEEKDAYS)})(?:-({'|'.join(WEEKDAYS)}))? +(\d\d:\d\d)-(\d\d:\d\d)"
)


@dataclass(frozen=True, slots=True)
class Hours:
    """
    Some days of the week, from one time of day to another.

    Parameters
    ----------
    days : frozenset of int
        0 (Monday) to 6.
    start, end : time
        On the wall clock, half-open.
    local : tzinfo
        Whose wall clock.
    """

    days: frozenset[int]
    start: time
    end: time
    local: tzinfo

    def next_open(self, at: datetime) -> datetime:
        """
        Give the first instant from `at` on that lies within the hours, UTC.

        Examples
        --------
        >>> from datetime import UTC
        >>> office = read_hours(Node("Mon-Fri 09:00-18:00", "f", 1, 1), UTC)
        >>> saturday = datetime(2026, 6, 6, 12, tzinfo=UTC)
        >>> office.next_open(saturday).isoformat()
        '2026-06-08T09:00:00+00:00'
        """
        day = at.astimezone(self.local).replace(tzinfo=None)
        for ahead in range(9):
            date = (day + ahead * DAY).date()
            if date.weekday() not in self.days:
                continue
            start = wall_to_utc(datetime.combine(date, self.start), self.local)
            end = wall_to_utc(datetime.combine(date, self.end), self.local)
            if at < end:
                return max(at, start)
        return at


def read_hours(node: Node, local: tzinfo) -> Hours:
    """
    Read hours such as ``Mon-Fri 09:00-18:00``.

    Raises
    ------
    BadFacet
        If it is none.
    """
    match = _HOURS.fullmatch(text(node))
    if match is None:
        raise node.refuse(
            f"expected hours such as Mon-Fri 09:00-18:00, found {describe(node)}"
        )
    first = WEEKDAYS.index(match[1])
    count = (WEEKDAYS.index(match[2] or match[1]) - first) % 7 + 1
    start, end = clock_time(match[3], node), clock_time(match[4], node)
    if end <= start:
        raise node.refuse("hours end before they start; write the earlier time first")
    days = frozenset((first + k) % 7 for k in range(count))
    return Hours(days, start, end, local)
