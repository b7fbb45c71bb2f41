"""What the ledger needs from outside: sources that know of changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from modelowners.core.time import TimeWindow
from modelowners.ledger.changes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """
    Some changes of a source, and where to go on reading.

    Parameters
    ----------
    changes : tuple of Change
        In any order; repeating one that was given before is harmless.
    cursor : str
        The source's own note of how far it has read; opaque to the ledger.
    last : bool
        Whether there is nothing more for now.
    floor : datetime or None
        UTC; the source cannot tell of anything earlier. None where it holds
        its whole history.
    notes : tuple of str
        What a person should know: rewritten history, unreadable parts.
    gap : TimeWindow or None
        When nobody looked, for a source that keeps no history of its own: what
        came and went in between is unknown to everyone.
    malformed : int
        Entries that could not be read and were left out.
    """

    changes: tuple[Change, ...]
    cursor: str
    last: bool = True
    floor: datetime | None = None
    notes: tuple[str, ...] = ()
    gap: TimeWindow | None = None
    malformed: int = 0


class ChangeSource(Protocol):
    """One outside system, or one of several alike, that knows of changes."""

    @property
    def connector(self) -> str:
        """Name of the connector, such as ``git``."""
        ...

    @property
    def instance(self) -> str:
        """Which of several, such as a repository's name."""
        ...

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        """
        Read on from a cursor.

        Parameters
        ----------
        cursor : str or None
            Of the batch before; None at the very first look.
        now : datetime
            UTC; stands as `recorded_at` of the changes.

        Returns
        -------
        Batch
            Reading again from the same cursor gives the same changes, or more.
        """
        ...
