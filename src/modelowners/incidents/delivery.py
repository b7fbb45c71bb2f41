"""Delivery: carries what the outbox holds to the sinks, one message at a time."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from modelowners.core.time import Clock
from modelowners.incidents.events import Draft, Event, EventKind
from modelowners.incidents.notices import CONSOLE, Address
from modelowners.incidents.outbox import (
    Delivery,
    DeliveryState,
    accepted,
    failed,
)
from modelowners.incidents.ports import Hope, Notifier, NotSent

logger = logging.getLogger(__name__)

SLOW = timedelta(seconds=5)
"""A try that took so long and failed: its address is left alone for the run."""


class Outbox(Protocol):
    """Where deliveries wait; `repository.Incidents` is one."""

    def claim(self, at: datetime, *, limit: int = ...) -> tuple[Delivery, ...]:
        """Lease what is due, and behind nothing else of its incident and address."""
        ...

    def settle(
        self,
        delivery: Delivery,
        draft: Draft | None,
        *,
        at: datetime,
        instead: Delivery | None = None,
    ) -> None:
        """Write how a try ended."""
        ...

    def deliveries(self, event: Event | Delivery) -> tuple[Delivery, ...]:
        """Give the siblings of a delivery."""
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """
    What one run of `deliver` did.

    `accepted` deliveries were taken by their sinks; `failed` ones wait for
    another try or another channel, with the reason of the last.
    """

    accepted: tuple[Delivery, ...] = ()
    failed: tuple[Delivery, ...] = ()

    def joined(self, later: Delivered) -> Delivered:
        """Add what a later run did."""
        tried = {(one.event, one.address) for one in (*later.accepted, *later.failed)}
        waiting = [one for one in self.failed if (one.event, one.address) not in tried]
        return Delivered((*self.accepted, *later.accepted), (*waiting, *later.failed))


def deliver(
    outbox: Outbox, notifiers: Mapping[str, Notifier], *, clock: Clock
) -> Delivered:
    """
    Send everything that is due, once, in the order it came in.

    Of one incident nothing overtakes: while a message to an address waits, later
    ones to the same address wait behind it. An address that hangs costs one
    `SLOW` try a run, and holds up no other.

    Parameters
    ----------
    outbox : Outbox
        Where deliveries wait.
    notifiers : mapping of str to Notifier
        Sinks by name; ``console`` is always among them.
    clock : Clock
        Tells when a try was made.

    Returns
    -------
    Delivered
        What was taken and what was not.
    """
    taken: list[Delivery] = []
    lost: list[Delivery] = []
    hanging: set[Address] = set()
    # One at a time: a crash leaves at most one message that may have been sent.
    while claimed := outbox.claim(clock.now(), limit=1):
        for delivery in claimed:
            address, begun = delivery.address, clock.now()
            if address in hanging:
                _put_off(outbox, delivery, clock.now())
                continue
            after = _try(outbox, notifiers, delivery, clock)
            if after.state is DeliveryState.ACCEPTED:
                taken.append(after)
                continue
            lost.append(after)
            if clock.now() - begun >= SLOW:
                hanging.add(address)
    return Delivered(tuple(taken), tuple(lost))


def _try(
    outbox: Outbox, notifiers: Mapping[str, Notifier], delivery: Delivery, clock: Clock
) -> Delivery:
    """Send one message and write how it went, before the next is looked at."""
    address = delivery.address
    sink = notifiers.get(address.sink)
    if sink is None:
        missing = NotSent(address, "this sink is not set up", hope=Hope.NONE)
        return _not_sent(outbox, delivery, missing, clock.now())
    try:
        receipt = sink.send(delivery.message)
    except NotSent as error:
        return _not_sent(outbox, delivery, error, clock.now())
    except Exception as error:
        # The guard around one connector: the others go on, nothing is lost.
        logger.debug(EventKind.NOTIFY_FAILED.value, exc_info=True)
        fault = NotSent(address, f"{type(error).__name__}: {error}", hope=Hope.UNSURE)
        return _not_sent(outbox, delivery, fault, clock.now())
    after = accepted(delivery, receipt)
    body = {
        "event": delivery.event,
        "sink": address.sink,
        "target": address.target,
        "person": delivery.notice.person,
        "kind": delivery.notice.kind.value,
        "ref": receipt.ref,
        "repeat": delivery.repeat,
    }
    draft = Draft(
        kind=EventKind.NOTIFIED,
        occurred_at=clock.now(),
        body=body,
        key=f"notified:{delivery.message.id}",
    )
    outbox.settle(after, draft, at=clock.now())
    return after


def _not_sent(
    outbox: Outbox, delivery: Delivery, error: NotSent, at: datetime
) -> Delivery:
    address = delivery.address
    after = failed(delivery, error, at=at, last=address.sink == CONSOLE)
    if after.state is not DeliveryState.DEAD:
        outbox.settle(after, None, at=at)
        return after
    body = {
        "event": delivery.event,
        "sink": address.sink,
        "target": address.target,
        "person": delivery.notice.person,
        "reason": error.why,
    }
    draft = Draft(
        kind=EventKind.NOTIFY_FAILED,
        occurred_at=at,
        body=body,
        key=f"failed:{delivery.message.id}",
    )
    outbox.settle(after, draft, at=at, instead=_instead(outbox, delivery, at))
    return after


def _instead(outbox: Outbox, delivery: Delivery, at: datetime) -> Delivery | None:
    """Give the console as next channel, unless this event has another one left."""
    for sibling in outbox.deliveries(delivery):
        other = sibling.address != delivery.address
        if other and sibling.state is not DeliveryState.DEAD:
            return None
    lines = (*delivery.notice.lines, f"{delivery.address} could not be reached")
    return Delivery(
        event=delivery.event,
        address=Address(CONSOLE),
        notice=replace(delivery.notice, lines=lines),
        due_at=at,
    )


def _put_off(outbox: Outbox, delivery: Delivery, at: datetime) -> None:
    """Give a delivery back untried, for the next run."""
    waiting = replace(
        delivery,
        state=DeliveryState.PENDING,
        leased_until=None,
        due_at=at + SLOW,
    )
    outbox.settle(waiting, None, at=at)
