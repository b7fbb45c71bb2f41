"""The inbox: what other systems post, kept before it is answered, read by the loop."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class PostState(enum.StrEnum):
    """Where a post stands."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Post:
    """
    One body that a receiver took in.

    Parameters
    ----------
    id : int
        Its number, from 1.
    source : str
        The receiver's name.
    received_at : datetime
        UTC.
    state : PostState
        Where it stands.
    reason : str or None
        Why it cannot be read, where it cannot.
    body : bytes
        As it was sent, unpacked.
    """

    id: int
    source: str
    received_at: datetime
    state: PostState
    reason: str | None
    body: bytes
