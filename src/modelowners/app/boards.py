"""Boards: shows every incident wherever incidents are shown, at each turn anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from modelowners.incidents.incident import UNRESOLVED, State
from modelowners.incidents.ports import Board, NotShown

if TYPE_CHECKING:
    from modelowners.incidents.repository import Incidents

SHOWN = UNRESOLVED | {State.RESOLVED, State.MERGED, State.DISMISSED}
"""What a board is told of; it leaves out what ended long ago."""


class Works(Protocol):
    """What showing needs of the program; `app.wiring.Program` has it."""

    @property
    def boards(self) -> Sequence[Board]:
        """Where incidents are shown."""
        ...

    @property
    def incidents(self) -> Incidents:
        """Every incident."""
        ...


def show_incidents(works: Works, *, at: datetime) -> list[str]:
    """
    Tell every board how the incidents stand.

    Parameters
    ----------
    works : Works
        The parts.
    at : datetime
        UTC, the loop's clock.

    Returns
    -------
    list of str
        What a person should know: boards that do not show them now.
    """
    if not works.boards:
        return []
    incidents = works.incidents.within(SHOWN)
    notes = []
    for board in works.boards:
        try:
            board.show(incidents, at=at)
        except NotShown as error:
            notes.append(str(error))
    return notes
