"""
The ledger: every change of every asset, in one order, from whatever told of it.

A change enters once, however often its source is read; nothing is altered
afterwards, and a correction is a new entry that supersedes the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelowners.core.time import Clock, TimeWindow
from modelowners.ledger.changes import Change
from modelowners.ledger.ports import ChangeSource
from modelowners.ledger.watermarks import Captured

if TYPE_CHECKING:
    # The repository loads SQLAlchemy; nouns of the ledger must stay light.
    from modelowners.ledger.repository import Ledger

__all__ = ["capture", "record"]


def capture(source: ChangeSource, *, ledger: Ledger, clock: Clock) -> Captured:
    """
    Read what a source knows since the last look, and keep it.

    Each batch and the cursor behind it are committed together: whatever stops
    the program, the next look goes on where this one ended and doubles nothing.

    Parameters
    ----------
    source : ChangeSource
        Where to read.
    ledger : Ledger
        Where to keep.
    clock : Clock
        Tells when it was recorded.

    Returns
    -------
    Captured
        How much was read and new, and what the source could not tell.
    """
    cursor = ledger.cursor(source.connector, source.instance)
    read = added = malformed = 0
    notes: dict[str, None] = {}
    gap: TimeWindow | None = None
    while True:
        now = clock.now()
        batch = source.read(cursor, now=now)
        notes |= dict.fromkeys(batch.notes)
        added += ledger.advance(
            source.connector, source.instance, batch=batch, looked_at=now
        )
        read, cursor = read + len(batch.changes), batch.cursor
        malformed, gap = max(malformed, batch.malformed), gap or batch.gap
        if batch.last:
            return Captured(
                connector=source.connector,
                instance=source.instance,
                read=read,
                added=added,
                floor=batch.floor,
                notes=tuple(notes),
                gap=gap,
                malformed=malformed,
            )


def record(change: Change, *, ledger: Ledger) -> bool:
    """
    Keep one change that a person or a pipeline states.

    Parameters
    ----------
    change : Change
        With the stater's own key, so that stating it again adds nothing.
    ledger : Ledger
        Where to keep.

    Returns
    -------
    bool
        Whether it was new.
    """
    return ledger.append([change]) == 1
