"""Audit: what the log says should have been told, held against what was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelowners.incidents.entries import Word, implied, written
from modelowners.incidents.events import Event, EventKind
from modelowners.incidents.history import advance, fold
from modelowners.incidents.incident import Incident
from modelowners.incidents.notices import Address
from modelowners.incidents.outbox import Delivery

UNDER_WAY = timedelta(minutes=1)
"""How long a message may be under way without being overdue."""

PATIENCE = timedelta(minutes=5)
"""How long a message may be overdue before another channel carries it."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """
    A message that the log implies and no sink has accepted.

    Parameters
    ----------
    event : Event
        What it tells.
    word : Word
        Whom, and where.
    incident : Incident
        As it stood then.
    """

    event: Event
    word: Word
    incident: Incident

    @property
    def since(self) -> datetime:
        """UTC; when it should have been told."""
        return self.event.recorded_at


def overdue(
    events: Sequence[Event], *, at: datetime, patience: timedelta = UNDER_WAY
) -> tuple[Overdue, ...]:
    """
    Recompute from a log what should have been told and was not.

    The outbox is not asked: a row that was lost there is found all the same.

    Parameters
    ----------
    events : sequence of Event
        The whole log of one incident, in order.
    at : datetime
        UTC.
    patience : timedelta
        Messages younger than that are not overdue.

    Returns
    -------
    tuple of Overdue
        In order. What another channel accepted, or what a sink refused for
        good so that another channel was asked, is told.
    """
    told = _told(events)
    found: list[Overdue] = []
    now: Incident | None = None
    for event in events:
        now = fold([event]) if now is None else advance(now, event)
        for word in implied(event):
            settled = (event.id, word.address) in told
            if not settled and event.recorded_at + patience <= at:
                found.append(Overdue(event, word, now))
    return tuple(found)


def _told(events: Iterable[Event]) -> set[tuple[str, Address]]:
    """Give each event and address that is settled."""
    taken: set[tuple[str, Address]] = set()
    refused: set[tuple[str, Address]] = set()
    reached: set[str] = set()
    for event in events:
        key = _place(event.body)
        if event.kind == EventKind.NOTIFIED:
            taken.add(key)
            reached.add(key[0])
        elif event.kind == EventKind.NOTIFY_FAILED:
            refused.add(key)
    # What was refused for good is told once another channel took the same event.
    return taken | {key for key in refused if key[0] in reached}


def _place(body: Mapping[str, object]) -> tuple[str, Address]:
    address = Address(str(body.get("sink")), str(body.get("target")))
    return str(body.get("event")), address


def resent(found: Overdue, *, at: datetime) -> Delivery:
    """Write a message anew that the outbox has lost."""
    again = written(found.event, found.word, found.incident)
    return replace(again, due_at=at, repeat=True)


def rerouted(
    found: Overdue, addresses: Sequence[Address], *, at: datetime
) -> Delivery | None:
    """
    Write a message once more, for another channel.

    Parameters
    ----------
    found : Overdue
        What was not told.
    addresses : sequence of Address
        Where else its person can be reached, the best first.
    at : datetime
        UTC.

    Returns
    -------
    Delivery or None
        None where there is no other channel.
    """
    here = found.word.address
    other = next((one for one in addresses if one.sink != here.sink), None)
    if other is None:
        return None
    why = f"{here} has not taken this since {found.since:%Y-%m-%d %H:%M} UTC"
    made = written(found.event, Word(found.word.tell, other), found.incident)
    notice = replace(made.notice, lines=(why, *made.notice.lines))
    return replace(made, notice=notice, due_at=at)
