"""What the catalog needs from outside: who changed which paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """
    One commit that changed some of the paths asked for.

    Parameters
    ----------
    email, name : str
        Its author, after the repository's ``.mailmap``.
    at : datetime
        When it was written, UTC.
    files : int
        Files it changed in all, inside those paths or not.
    """

    email: str
    name: str
    at: datetime
    files: int


class AuthorshipSource(Protocol):
    """Knows who changed what in a repository."""

    def touches(self, paths: Sequence[str] = ()) -> tuple[Touch, ...]:
        """Give the commits that changed any of the paths (none: all), newest first."""
        ...
