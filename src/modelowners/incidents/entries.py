"""Entries: what one step records, whom it tells, and the commit both become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelowners.core.ids import IncidentId
from modelowners.core.time import format_instant
from modelowners.incidents.events import Draft, Event
from modelowners.incidents.history import advance, fold
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.notices import Address, Book, Notice, NoticeKind, cleaned
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

    Each event names under ``implies`` whom it tells where, so that the log
    alone says what should have been sent.

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
    """
    revision = before.revision if before else 0
    words = [tuple(_words(entry, book)) for entry in entries]
    events = tuple(
        _implying(_keyed(entry.draft, revision), said).recorded(
            incident, n=revision + place, at=at
        )
        for place, (entry, said) in enumerate(zip(entries, words, strict=True), start=1)
    )
    _check_clock(events, at)
    after = before
    states: list[State] = []
    for event in events:
        after = fold([event]) if after is None else advance(after, event)
        states.append(after.state)
    assert after is not None  # noqa: S101 - there is at least one entry
    sent = [
        delivery
        for event, said, state in zip(events, words, states, strict=True)
        for delivery in _deliveries(event, said, replace(after, state=state))
    ]
    moved = before is None or before.holder != after.holder
    return Commit(
        incident=incident,
        expected=revision,
        events=events,
        deliveries=tuple(sent),
        after=after,
        packet=packet(after) if moved else None,
    )


def _check_clock(events: Sequence[Event], at: datetime) -> None:
    """
    Refuse what is said to have happened after its recording.

    Raises
    ------
    OutOfOrder
        If it lies more than `AHEAD_OF_CLOCK` ahead.
    """
    for event in events:
        if event.occurred_at > at + AHEAD_OF_CLOCK:
            raise OutOfOrder(
                incident=event.incident,
                field=event.kind,
                found=event.occurred_at.isoformat(),
                why="it lies in the future",
            )


def followed(
    commit: Commit, before: Incident | None, where: Sequence[Address]
) -> Commit:
    """
    Tell every change of state that a commit brings at further addresses.

    Parameters
    ----------
    commit : Commit
        From `assemble`.
    before : Incident or None
        What it builds on; a new incident is shown nowhere yet.
    where : sequence of Address
        Where the incident is shown by a sink that follows its state.

    Returns
    -------
    Commit
        With a note for each change and address that has none yet.
    """
    more: list[Delivery] = []
    now = before
    for event in commit.events if now is not None else ():
        stood, now = now, advance(now, event)  # type: ignore[arg-type]  # not None here
        if stood is None or now.state is stood.state:
            continue
        told = {one.address for one in commit.deliveries if one.event == event.id}
        by = f" by {event.person}" if event.person else ""
        why = f"It is {now.state.value} now{by}"
        tell = Tell(now.holder, None, NoticeKind.NOTE, why)
        words = [Word(tell, address) for address in where if address not in told]
        shown = replace(commit.after, state=now.state)
        more += _deliveries(event, words, shown)
    return replace(commit, deliveries=(*commit.deliveries, *more))


@dataclass(frozen=True, slots=True)
class Word:
    """Something to tell at one address; `missing` names sinks not set up."""

    tell: Tell
    address: Address
    missing: tuple[str, ...] = ()

    def plain(self) -> dict[str, object]:
        """Give it as the log keeps it."""
        return {
            "sink": self.address.sink,
            "target": self.address.target,
            "kind": self.tell.kind.value,
            "to": self.tell.holder.plain(),
            "person": self.tell.person,
            "why": self.tell.why,
        }

    @classmethod
    def read(cls, value: Mapping[str, object]) -> Word:
        """Read what `plain` wrote."""
        person = value.get("person")
        tell = Tell(
            Holder.read(value.get("to")),
            person if isinstance(person, str) else None,
            NoticeKind(str(value.get("kind"))),
            str(value.get("why")),
        )
        return cls(tell, Address(str(value.get("sink")), str(value.get("target"))))


def implied(event: Event) -> tuple[Word, ...]:
    """
    Read off the log what an event should have told, and where.

    Parameters
    ----------
    event : Event
        Any; most tell nobody.
    """
    found = event.body.get("implies")
    said = found if isinstance(found, list) else []
    return tuple(Word.read(one) for one in said if isinstance(one, Mapping))


def written(event: Event, word: Word, incident: Incident) -> Delivery:
    """
    Write the message an event implies.

    Parameters
    ----------
    event : Event
        What is told.
    word : Word
        Whom, and where.
    incident : Incident
        As it stood then.
    """
    (found,) = _deliveries(event, (word,), incident)
    return found


def _keyed(draft: Draft, revision: int) -> Draft:
    """
    Add the revision a fact was decided on to the key the loop gave it.

    The same step taken again on the same revision is a replay; the same fact
    coming back later (one cause, another, the first again) is news. A key that
    names one request for ever stays as it is.
    """
    if not draft.key or draft.once:
        return draft
    return replace(draft, key=f"{draft.key}@{revision}")


def _implying(draft: Draft, words: Sequence[Word]) -> Draft:
    """Add whom it tells; its key is derived from what happened alone."""
    if not words:
        return draft
    body = {**draft.body, "implies": [word.plain() for word in words]}
    return replace(draft, key=draft.idempotency_key, body=body)


def _words(entry: Entry, book: Book) -> Iterator[Word]:
    seen = set()
    for tell in entry.tells:
        addresses, missing = book(tell.holder, tell.person)
        for address in addresses:
            if address not in seen:
                seen.add(address)
                yield Word(tell, address, missing)


def _deliveries(
    event: Event, words: Iterable[Word], incident: Incident
) -> Iterator[Delivery]:
    for word in words:
        notice = _notice(word.tell, event, incident)
        if word.missing:
            line = f"Not told, for want of such a sink: {', '.join(word.missing)}"
            notice = replace(notice, lines=(*notice.lines, line))
        yield Delivery(
            event=event.id,
            address=word.address,
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
        tells=event.kind,
        state=incident.state,
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
