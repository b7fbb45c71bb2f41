"""The auditor: asks the log, not the outbox, whether everybody was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from modelowners.app.desk import Desk
from modelowners.incidents.audit import PATIENCE, Overdue, overdue, rerouted, resent
from modelowners.incidents.incident import State
from modelowners.incidents.notices import CONSOLE, Address, address_book
from modelowners.incidents.outbox import Delivery

WATCHED = frozenset(State) - {State.CLOSED}
"""States whose messages are looked after; 72 h after the last change all are told."""


@dataclass(frozen=True, slots=True)
class Audited:
    """
    What one audit found.

    Parameters
    ----------
    overdue : tuple of Overdue
        What should have been told and was not, oldest incident first.
    lost : int
        How many of these the outbox knew nothing of; they are in it again.
    rerouted : int
        How many another channel carries now.
    """

    overdue: tuple[Overdue, ...] = ()
    lost: int = 0
    rerouted: int = 0


def audit_notices(desk: Desk, *, at: datetime) -> Audited:
    """
    Recompute what should have been told; put right what was not.

    What the outbox has lost is put back at once. What is overdue for 5 min
    goes out by another channel as well.

    Parameters
    ----------
    desk : Desk
        The parts.
    at : datetime
        UTC.

    Returns
    -------
    Audited
        Its `overdue` is what a monitor should look at.
    """
    found: list[Overdue] = []
    for incident in desk.incidents.within(WATCHED):
        found += overdue(desk.incidents.history(incident.id), at=at)
    lost = [one for one in found if not _is_known(desk, one)]
    others = [
        delivery
        for one in found
        if one.since + PATIENCE <= at
        if (delivery := _elsewhere(desk, one, at)) is not None
    ]
    put_back = desk.incidents.supply(resent(one, at=at) for one in lost)
    sent = desk.incidents.supply(others)
    return Audited(tuple(found), lost=put_back, rerouted=sent)


def _is_known(desk: Desk, found: Overdue) -> bool:
    rows = desk.incidents.deliveries(found.event)
    return found.word.address in {row.address for row in rows}


def _elsewhere(desk: Desk, found: Overdue, at: datetime) -> Delivery | None:
    book = address_book(desk.catalog.organisation, sinks=tuple(desk.notifiers))
    tell = found.word.tell
    addresses, _ = book(tell.holder, tell.person)
    return rerouted(found, (*addresses, Address(CONSOLE)), at=at)
