"""Watermarks: how far each source was read, and what it could not tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """
    How far a source was read.

    Parameters
    ----------
    connector, instance : str
        Which source.
    looked_at : datetime
        UTC; the last successful look.
    floor : datetime or None
        UTC; nothing earlier is known. None where the whole history was read.
    notes : tuple of str
        What a person should know about the last look.
    """

    connector: str
    instance: str
    looked_at: datetime
    floor: datetime | None = None
    notes: tuple[str, ...] = ()


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
        Gaps and oddities, for a person.
    """

    connector: str
    instance: str
    read: int
    added: int
    floor: datetime | None = None
    notes: tuple[str, ...] = ()
