"""Ports: what incidents need from outside."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from modelowners.core.errors import ModelownersError
from modelowners.incidents.notices import Address, Message


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
