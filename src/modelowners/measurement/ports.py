"""Ports: what measurement needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from modelowners.core.ids import AssetId

Cell: TypeAlias = str | datetime | None
"""A value of an export: text, a time its format already knows, or nothing."""

OwnerAt: TypeAlias = Callable[[AssetId, datetime], str | None]
"""Names who was accountable for an asset at an instant (UTC); None where nobody."""


class TicketTable(Protocol):
    """An export of another tool, read once from its first row to its last."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of its columns, in order."""
        ...

    @property
    def digest(self) -> str:
        """``sha256:`` and the digest of the file's bytes."""
        ...

    def rows(self) -> Iterator[Sequence[Cell]]:
        """
        Give each row, in the order of the file.

        Yields
        ------
        sequence of cells
            As many as there are columns; a damaged row may have more or fewer.

        Raises
        ------
        InputError
            If the file cannot be read to its end.
        """
        ...
