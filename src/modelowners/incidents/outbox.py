"""The outbox: a message's way from *to be sent* to *accepted*, whatever dies."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelowners.incidents.notices import Address, Message, Notice
from modelowners.incidents.ports import Hope, NotSent, Receipt

LEASE = timedelta(seconds=30)
"""How long a claimed row belongs to its claimer."""

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)


class DeliveryState(enum.StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    LEASED = "leased"
    ACCEPTED = "accepted"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    One row of the outbox: a notice for one address.

    Parameters
    ----------
    event : str
        Id of the event that implies it, such as ``INC-12.3``.
    address : Address
        Where to; event and address are unique together.
    notice : Notice
        What it says.
    state : DeliveryState
        Where it stands.
    due_at : datetime
        UTC; not tried before.
    attempts : int
        Tries so far, at least 0.
    leased_until : datetime or None
        UTC; while leased.
    repeat : bool
        A try may have arrived without our knowing.
    ref : str or None
        The sink's own name for it, once accepted.
    reason : str or None
        Why the last try failed.
    earlier : str or None
        The sink's own name for the last accepted message about this incident
        at this address; looked up when it is claimed.
    """

    event: str
    address: Address
    notice: Notice
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    leased_until: datetime | None = None
    repeat: bool = False
    ref: str | None = None
    reason: str | None = None
    earlier: str | None = None

    @property
    def message(self) -> Message:
        """What the sink gets; its id is the same for every try."""
        target = hashlib.sha256(str(self.address).encode()).hexdigest()[:8]
        return Message(
            id=f"{self.event}.{target}",
            address=self.address,
            notice=self.notice,
            repeat=self.repeat,
            earlier=self.earlier,
        )


def claimable(delivery: Delivery, at: datetime) -> bool:
    """
    Tell whether a delivery may be claimed: due, or its claimer is lost.

    Parameters
    ----------
    delivery : Delivery
        Any.
    at : datetime
        UTC.
    """
    if delivery.state is DeliveryState.PENDING:
        return delivery.due_at <= at
    lost = delivery.leased_until is not None and delivery.leased_until <= at
    return delivery.state is DeliveryState.LEASED and lost


def claim(delivery: Delivery, at: datetime) -> Delivery:
    """
    Lease a delivery for `LEASE`.

    Parameters
    ----------
    delivery : Delivery
        For which `claimable` holds.
    at : datetime
        UTC.

    Returns
    -------
    Delivery
        Marked as a possible repeat where an earlier claimer was lost: it may
        have died between sending and telling us.
    """
    return replace(
        delivery,
        state=DeliveryState.LEASED,
        leased_until=at + LEASE,
        repeat=delivery.repeat or delivery.state is DeliveryState.LEASED,
    )


def accepted(delivery: Delivery, receipt: Receipt) -> Delivery:
    """Mark a leased delivery as taken by its sink."""
    return replace(
        delivery,
        state=DeliveryState.ACCEPTED,
        attempts=delivery.attempts + 1,
        leased_until=None,
        ref=receipt.ref,
        reason=None,
    )


def failed(delivery: Delivery, error: NotSent, *, at: datetime, last: bool) -> Delivery:
    """
    Decide what follows a try that failed.

    Parameters
    ----------
    delivery : Delivery
        Leased.
    error : NotSent
        What the sink said.
    at : datetime
        UTC.
    last : bool
        No other channel is left for this event: it never dies, it retries.

    Returns
    -------
    Delivery
        Pending again after a wait, or dead with its reason.
    """
    attempts = delivery.attempts + 1
    if error.hope is Hope.NONE and not last:
        return replace(
            delivery,
            state=DeliveryState.DEAD,
            attempts=attempts,
            leased_until=None,
            reason=error.why,
        )
    wait = max(backoff(delivery.message.id, attempts), error.after or timedelta(0))
    return replace(
        delivery,
        state=DeliveryState.PENDING,
        attempts=attempts,
        leased_until=None,
        due_at=at + wait,
        repeat=delivery.repeat or error.hope is Hope.UNSURE,
        reason=error.why,
    )


def backoff(key: str, attempts: int) -> timedelta:
    """
    Give the wait after a failed try: 1 s doubling to 5 min, spread by 25 %.

    Parameters
    ----------
    key : str
        What the spread is derived from, so that it needs no chance.
    attempts : int
        Tries so far, at least 1.

    Returns
    -------
    timedelta
        Between 0.75 s and 5 min.

    Examples
    --------
    >>> backoff("INC-1.2", 1) < timedelta(seconds=1.01)
    True
    >>> backoff("INC-1.2", 60) <= LONGEST_WAIT
    True
    """
    doublings = 2.0 ** min(attempts - 1, 20)
    doubled = min(FIRST_WAIT * doublings, LONGEST_WAIT)
    spread = hashlib.sha256(f"{key}:{attempts}".encode()).digest()[0] / 255
    return doubled * (0.75 + 0.25 * spread)
