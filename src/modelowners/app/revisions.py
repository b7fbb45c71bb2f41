"""Revisions of the catalog: which content was in force from when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """
    One content of the catalog.

    Parameters
    ----------
    digest : str
        SHA-256 of its canonical content.
    commit : str or None
        Full hash of the commit that brought it, where it is committed.
    in_force_from : datetime
        UTC; when that commit landed, else when it was first seen.
    recorded_at : datetime
        UTC; when it was first seen.
    """

    digest: str
    commit: str | None
    in_force_from: datetime
    recorded_at: datetime
