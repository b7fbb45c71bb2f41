"""Entries: what one step records, whom it tells, and the commit both become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelowners.core.ids import IncidentId
from modelowners.core.time import format_instant
from modelowners.incidents.events import Draft, Event
from modelowners.incidents.history import advance, fold
from modelowners.incidents.incident import Incident
from modelowners.incidents.notices import Book, Notice, NoticeKind, cleaned
from modelowners.incidents.outbox import Delivery
from modelowners.incidents.packet import Packet, packet
from modelowners.incidents.refusals import OutOfOrder
from modelowners.incidents.tenures import Holder

AHEAD_OF_CLOCK = timedelta(minutes=5)
"""How far a stated time may lie after its recording: clocks differ a little."""


@dataclass(frozen=True, slots=True)
class Tell:
    """
    Somebody to be told about an entry.

    Parameters
    ----------
    holder : Holder
        Whose addresses are used.
    person : str or None
        The person it is aimed at, where not the holder's own.
    kind : NoticeKind
        Page or note.
    why : str
        Why this one is told.
    """

    holder: Holder
    person: str | None
    kind: NoticeKind
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to record, and whom it tells."""

    draft: Draft
    tells: tuple[Tell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """
    What one transaction writes: events, their notices, and the new state.

    Parameters
    ----------
    incident : IncidentId
        Which.
    expected : int
        Revision it builds on; 0 for a new incident.
    events : tuple of Event
        In order.
    deliveries : tuple of Delivery
        What they imply.
    after : Incident
        What they make of the incident.
    packet : Packet or None
        Where the step changed who holds it.
    """

    incident: IncidentId
    expected: int
    events: tuple[Event, ...]
    deliveries: tuple[Delivery, ...]
    after: Incident
    packet: Packet | None = None


def assemble(
    before: Incident | None,
    entries: Sequence[Entry],
    *,
    incident: IncidentId,
    book: Book,
    at: datetime,
) -> Commit:
    """
    Give the entries their numbers, fold them in, write the notices they imply.

    Parameters
    ----------
    before : Incident or None
        What they build on; None for a new incident.
    entries : sequence of Entry
        At least one; the opening first where the incident is new.
    incident : IncidentId
        Which.
    book : callable
        Where owners are reached.
    at : datetime
        UTC; when it is recorded.

    Returns
    -------
    Commit
        For `Incidents.commit`.

    Raises
    ------
    OutOfOrder
        If an entry claims a time more than 5 min after its recording.
    """
    revision = before.revision if before else 0
    events = tuple(
        _keyed(entry.draft, revision).recorded(incident, n=revision + place, at=at)
        for place, entry in enumerate(entries, start=1)
    )
    for event in events:
        if event.occurred_at > at + AHEAD_OF_CLOCK:
            raise OutOfOrder(
                incident=incident,
                field=event.kind,
                found=event.occurred_at.isoformat(),
                why="it lies in the future",
            )
    after = before
    for event in events:
        after = fold([event]) if after is None else advance(after, event)
    assert after is not None  # noqa: S101 - there is at least one entry
    pairs = zip(events, entries, strict=True)
    sent = [d for event, entry in pairs for d in _deliveries(event, entry, after, book)]
    moved = before is None or before.holder != after.holder
    return Commit(
        incident=incident,
        expected=revision,
        events=events,
        deliveries=tuple(sent),
        after=after,
        packet=packet(after) if moved else None,
    )


def _keyed(draft: Draft, revision: int) -> Draft:
    """
    Add the revision a fact was decided on to the key the loop gave it.

    The same step taken again on the same revision is a replay; the same fact
    coming back later (one cause, another, the first again) is news.
    """
    return replace(draft, key=f"{draft.key}@{revision}") if draft.key else draft


def _deliveries(
    event: Event, entry: Entry, after: Incident, book: Book
) -> Iterator[Delivery]:
    seen = set()
    for tell in entry.tells:
        addresses, missing = book(tell.holder, tell.person)
        notice = _notice(tell, event, after)
        if missing:
            line = f"Not told, for want of such a sink: {', '.join(missing)}"
            notice = replace(notice, lines=(*notice.lines, line))
        for address in addresses:
            if address not in seen:
                seen.add(address)
                yield Delivery(
                    event=event.id,
                    address=address,
                    notice=cleaned(notice),
                    due_at=event.recorded_at,
                )


def _notice(tell: Tell, event: Event, incident: Incident) -> Notice:
    person = tell.person or tell.holder.person
    return Notice(
        kind=tell.kind,
        incident=incident.id,
        model=incident.model,
        severity=incident.severity,
        to=str(Holder(tell.holder.team, person)),
        person=person,
        title=f"{incident.id} {incident.severity.value}: {incident.headline}",
        lines=(tell.why, *_story(incident), *_next(tell, incident)),
        at=event.occurred_at,
    )


def _story(incident: Incident) -> Iterator[str]:
    began = incident.times.began
    if began is not None:
        low, high = format_instant(began.low), format_instant(began.high)
        yield f"Began between {low} and {high}"
    causes = incident.diagnosis.get("causes")
    for cause in causes[:1] if isinstance(causes, list) else ():
        for evidence in cause.get("evidence", [])[:2]:
            yield f"- {evidence['text']}"
        yield from _guilty(cause, incident.diagnosis)


def _guilty(cause: Mapping[str, object], found: Mapping[str, object]) -> Iterator[str]:
    changes = found.get("changes")
    for change in changes if isinstance(changes, list) else ():
        if change["id"] == cause.get("change_id"):
            yield f"Change {change['id']}: {change['what']}"


def _next(tell: Tell, incident: Incident) -> Iterator[str]:
    yield f"See: modelowners incident show {incident.id}"
    if tell.kind is NoticeKind.PAGE:
        yield f"Take it: modelowners incident ack {incident.id}"
        yield f"Not yours: modelowners incident not-mine {incident.id} --reason WHY"
