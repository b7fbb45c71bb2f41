"""Ports: what incidents need from outside."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from modelowners.core.errors import ModelownersError
from modelowners.incidents.incident import Incident
from modelowners.incidents.notices import Address, Message
from modelowners.incidents.signals import Signal


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sink took a message; `ref` is its own name for it, where it has one."""

    ref: str | None = None


class Hope(enum.StrEnum):
    """What may be done about a message that was not taken."""

    RETRY = "retry"
    """It did not arrive; trying again may help."""

    UNSURE = "unsure"
    """It may have arrived: try again, marked as a possible repeat."""

    NONE = "none"
    """Trying again is of no use; another channel has to carry it."""


class NotSent(ModelownersError):
    """
    {address} did not take a message: {why}.

    `hope` tells what may be done about it; `after` how long the sink asked to
    wait, where it did.
    """

    def __init__(
        self,
        address: Address,
        why: str,
        *,
        hope: Hope = Hope.RETRY,
        after: timedelta | None = None,
    ) -> None:
        super().__init__(address=address, why=why)
        self.why = why
        self.hope = hope
        self.after = after

    def __reduce__(self) -> tuple[object, ...]:
        """Keep what `__init__` needs across processes."""
        address, hope, after = self.details["address"], self.hope, self.after
        return (_not_sent, (address, self.why, hope, after))


def _not_sent(
    address: Address, why: str, hope: Hope, after: timedelta | None, /
) -> NotSent:
    return NotSent(address, why, hope=hope, after=after)


class Notifier(Protocol):
    """
    A sink: carries messages to people.

    A sink states in its docstring whether it deduplicates by `Message.id`, and
    what it does on an ambiguous timeout.
    """

    def send(self, message: Message) -> Receipt:
        """
        Hand a message over; return only once it is accepted.

        Parameters
        ----------
        message : Message
            What to carry, and where to.

        Returns
        -------
        Receipt
            Proof that it was taken.

        Raises
        ------
        NotSent
            If it was not, or nobody knows.
        """
        ...


@runtime_checkable
class Follower(Protocol):
    """
    A sink that shows where an incident stands.

    It hears of every change of state at each address that was told of the
    incident before.
    """

    @property
    def follows(self) -> bool:
        """Whether it does."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What a receiver answers.

    Parameters
    ----------
    status : int
        Of HTTP, 200 to 503.
    body : mapping
        JSON values.
    headers : mapping of str to str
        Besides the content's type and length.
    """

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


class Spool(Protocol):
    """Where receivers put what they were sent, durably, before they answer."""

    def keep(self, source: str, body: bytes, *, refused: str | None = None) -> str:
        """
        Keep a body; return only once it is on the disk.

        Parameters
        ----------
        source : str
            The receiver's name.
        body : bytes
            As it was sent.
        refused : str, optional
            Why it cannot be read: it is kept for a person to look at.

        Returns
        -------
        str
            Its number, for the sender.

        Raises
        ------
        ModelownersError
            If it cannot be kept now.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    What a body that was received says.

    Parameters
    ----------
    signals : tuple of Signal
        In the order of the body.
    notes : tuple of str
        What a person should know: alerts left out, alerts of our own.
    """

    signals: tuple[Signal, ...] = ()
    notes: tuple[str, ...] = ()


class Receiver(Protocol):
    """An outside system that posts alerts to us."""

    def accept(self, headers: Mapping[str, str], raw: bytes) -> Reply:
        """
        Take a post in: authenticate, bound, keep, and only then answer.

        Parameters
        ----------
        headers : mapping of str to str
            Of the request, by name in any case.
        raw : bytes
            Its body as sent; the server reads no more than one byte beyond the
            receiver's bound.

        Returns
        -------
        Reply
            2xx only if the body is on the disk.
        """
        ...

    def read(self, body: bytes, *, receipt: str, at: datetime) -> Reading:
        """
        Understand a body that `accept` kept.

        Parameters
        ----------
        body : bytes
            As it was kept.
        receipt : str
            Its number.
        at : datetime
            UTC; when it was received.
        """
        ...


class NotShown(ModelownersError):
    """{board} does not show our incidents: {why}."""


class Board(Protocol):
    """
    Something that shows incidents for as long as it is told of them.

    Unlike a sink it keeps nothing: it is told all of them at each turn.
    """

    def show(self, incidents: Iterable[Incident], *, at: datetime) -> int:
        """
        Show incidents as they stand.

        Parameters
        ----------
        incidents : iterable of Incident
            Those that are unresolved, and those that ended lately.
        at : datetime
            UTC; now.

        Returns
        -------
        int
            How many are shown.

        Raises
        ------
        NotShown
            If they are not; the next turn tries again.
        """
        ...
