"""Watermarks: how far each source was read, and what it could not tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from modelowners.core.time import TimeWindow


@dataclass(frozen=True, slots=True)
class Failure:
    """
    A look at a source that failed.

    Parameters
    ----------
    at : datetime
        UTC; the last one, with none that succeeded since.
    why : str
        As the connector said it.
    """

    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """
    How far a source was read.

    Parameters
    ----------
    connector, instance : str
        Which source.
    looked_at : datetime or None
        UTC; the last look that succeeded; None where none ever did.
    floor : datetime or None
        UTC; nothing earlier is known. None where the whole history was read.
    notes : tuple of str
        What a person should know about the last look.
    gaps : tuple of TimeWindow
        When nobody looked and the source keeps no history, oldest first.
    failure : Failure or None
        Why it is stale, where the last look failed.
    """

    connector: str
    instance: str
    looked_at: datetime | None
    floor: datetime | None = None
    notes: tuple[str, ...] = ()
    gaps: tuple[TimeWindow, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """
    What one look at a source brought.

    Parameters
    ----------
    connector, instance : str
        Which source.
    read : int
        Changes the source told of.
    added : int
        How many of them were new.
    floor : datetime or None
        UTC; nothing earlier is known.
    notes : tuple of str
        Oddities, for a person.
    gap : TimeWindow or None
        Since the look before, where nobody looked in between for too long.
    malformed : int
        Entries that could not be read and were left out.
    """

    connector: str
    instance: str
    read: int
    added: int
    floor: datetime | None = None
    notes: tuple[str, ...] = ()
    gap: TimeWindow | None = None
    malformed: int = 0
