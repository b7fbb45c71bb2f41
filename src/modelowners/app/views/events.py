"""Events: an incident's log as a page lists it, one line an event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.app.chronicle import say_event
from modelowners.app.phrases import clean, say_instant
from modelowners.app.views.moments import Moment, moment
from modelowners.core.ids import canonical_json
from modelowners.core.time import format_instant, parse_instant
from modelowners.incidents.events import Event, EventKind

STATES: Mapping[str, str] = {
    EventKind.INCIDENT_OPENED: "open",
    EventKind.ACKED: "acknowledged",
    EventKind.MITIGATED: "mitigated",
    EventKind.RESOLVED: "resolved",
    EventKind.REOPENED: "open again",
    EventKind.CLOSED: "closed",
    EventKind.MERGED: "merged",
    EventKind.UNMERGED: "open again",
    EventKind.DISMISSED: "dismissed",
}
"""What the incident is from such an event on."""

NOTICES = frozenset(
    {EventKind.NOTIFIED, EventKind.NOTIFY_FAILED, EventKind.ESCALATED, EventKind.SEEN}
)
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")
LATE = timedelta(minutes=5)
MAX_DETAILS = 16
MAX_LETTERS = 300


@dataclass(frozen=True, slots=True)
class Detail:
    """A name and what it is, both text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """
    One event.

    Parameters
    ----------
    n : int
        Its place in the log, from 1.
    at : Moment
        When it happened.
    who : str
        A person, or ``program``.
    text : str
        What happened.
    state : str
        What the incident is from here on; empty where that did not change.
    notice : bool
        Whether it is about telling somebody.
    late : str
        When it was recorded, where that was much later.
    details : tuple of Detail
        All it says.
    """

    n: int
    at: Moment
    who: str
    text: str
    state: str
    notice: bool
    late: str
    details: tuple[Detail, ...]


def list_events(events: Sequence[Event], now: datetime) -> tuple[LogLine, ...]:
    """
    List an incident's log, the newest first.

    Parameters
    ----------
    events : sequence of Event
        In order.
    now : datetime
        UTC.
    """
    return tuple(_line(event, now) for event in reversed(events))


def _line(event: Event, now: datetime) -> LogLine:
    late = event.person is not None and event.recorded_at - event.occurred_at >= LATE
    return LogLine(
        n=event.n,
        at=moment(event.occurred_at, now),
        who=clean(event.person or "program"),
        text=_INSTANT.sub(_as_said, say_event(event)),
        state=STATES.get(event.kind, ""),
        notice=event.kind in NOTICES,
        late=moment(event.recorded_at, now).exact if late else "",
        details=tuple(_details(event)),
    )


def _as_said(found: re.Match[str]) -> str:
    return say_instant(parse_instant(found[0]))


def _details(event: Event) -> Iterator[Detail]:
    yield Detail("event", event.id)
    yield Detail("kind", event.kind)
    yield Detail("recorded", format_instant(event.recorded_at))
    yield Detail("through", clean(event.source))
    for name in sorted(event.body)[:MAX_DETAILS]:
        value = event.body[name]
        told = value if isinstance(value, str) else canonical_json(value).decode()
        told = clean(told)
        short = told if len(told) <= MAX_LETTERS else f"{told[:MAX_LETTERS]}…"
        yield Detail(clean(name), short)
