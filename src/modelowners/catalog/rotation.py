"""
Rotation: whose shift it is, counted on the wall clock.

Shift *k* of a segment starts at ``from + k * every`` on the wall clock of its
zone, so that ten o'clock stays ten o'clock when clocks change. Segments are
only ever appended: adding one never renames who was on call before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from modelowners.catalog.reading import Reading, span, wall_time, wall_to_utc, zone
from modelowners.core.facets import Node
from modelowners.core.time import DAY

SEGMENT_KEYS = ("from", "every", "order", "tz")
UNITS = {"d": DAY, "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """
    A rotation from some moment on, until the next segment starts.

    Parameters
    ----------
    wall : datetime
        When it starts, on the wall clock of `local`.
    every : timedelta
        Length of a shift, whole days.
    order : tuple of str
        People; shift *k* belongs to the *k*-th, counted around.
    local : tzinfo
        Whose wall clock.
    """

    wall: datetime
    every: timedelta
    order: tuple[str, ...]
    local: tzinfo

    @property
    def start(self) -> datetime:
        """When its first shift starts, UTC."""
        return self.shift_start(0)

    def shift_start(self, shift: int) -> datetime:
        """Give when a shift starts, UTC."""
        return wall_to_utc(self.wall + shift * self.every, self.local)

    def shift_at(self, at: datetime) -> int:
        """
        Give the shift that runs at an instant, from 0.

        Examples
        --------
        >>> from datetime import UTC
        >>> weekly = Segment(
        ...     wall=datetime(2026, 11, 2, 10),
        ...     every=timedelta(weeks=1),
        ...     order=("ana", "bo"),
        ...     local=UTC,
        ... )
        >>> weekly.shift_at(datetime(2026, 12, 21, 10, tzinfo=UTC))
        7
        """
        wall = at.astimezone(self.local).replace(tzinfo=None)
        shift = (wall - self.wall) // self.every
        # A clock change between the two can move the boundary past the instant.
        while self.shift_start(shift) > at:
            shift -= 1
        while self.shift_start(shift + 1) <= at:
            shift += 1
        return shift

    def holder(self, shift: int) -> str:
        """Give whose shift it is."""
        return self.order[shift % len(self.order)]


def segment_at(segments: Sequence[Segment], at: datetime) -> Segment | None:
    """Give the segment in force at an instant; None before the first."""
    for segment in reversed(segments):
        if segment.start <= at:
            return segment
    return None


def shift_starts(
    segments: Sequence[Segment], start: datetime, end: datetime
) -> Iterator[datetime]:
    """Yield when shifts start in ``start < t < end``, UTC, in order."""
    for index, segment in enumerate(segments):
        until = segments[index + 1].start if index + 1 < len(segments) else end
        shift = max(0, segment.shift_at(max(start, segment.start)))
        while (at := segment.shift_start(shift)) < min(until, end):
            if at > start:
                yield at
            shift += 1


def read_segments(
    node: Node | None, reading: Reading, local: tzinfo
) -> tuple[Segment, ...]:
    """
    Read ``oncall``: segments in order of their start.

    Parameters
    ----------
    node : Node or None
        A list of segments.
    reading : Reading
        Gathers problems.
    local : tzinfo
        The team's zone, for segments that name none.
    """
    if node is None:
        return ()
    if not isinstance(node.value, list):
        reading.add(
            node,
            "expected a list of segments",
            remedy="write - {from: 2026-11-02 10:00, every: 1w, order: [ana, bo]}; "
            "calendars kept elsewhere cannot be read",
        )
        return ()
    found: list[Segment] = []
    for entry in node.value:
        segment = _segment(entry, reading, local)
        if segment is None:
            continue
        if found and segment.start <= found[-1].start:
            reading.add(
                entry,
                "this segment does not start after the one before it",
                remedy="append segments in order of from:",
            )
            continue
        found.append(segment)
    return tuple(found)


def _segment(entry: Node, reading: Reading, local: tzinfo) -> Segment | None:
    fields = reading.fields(entry, SEGMENT_KEYS)
    missing = [key for key in SEGMENT_KEYS[:3] if key not in fields]
    if missing and isinstance(entry.value, dict):
        reading.add(entry, f"a segment without {missing[0]}:", remedy="add it")
    own = reading.read(zone, fields.get("tz"))
    wall = reading.read(wall_time, fields.get("from"))
    every = reading.read(
        lambda node: span(node, UNITS, example="1w or 3d"), fields.get("every")
    )
    order = reading.each(reading.person, fields.get("order"))
    if wall is None or every is None or not order:
        if "order" in fields and fields["order"].value == []:
            reading.add(fields["order"], "an empty order", remedy="name people")
        return None
    return Segment(wall=wall, every=every, order=order, local=own or local)
