from __future__ import annotations

from modelowners.core.time import EPOCH
from modelowners.ledger.watermarks import Captured, Watermark


def test_no_floor_no_gap_and_no_notes_unless_stated() -> None:
    mark = Watermark(connector="git", instance="local", looked_at=EPOCH)
    found = Captured(connector="git", instance="local", read=2, added=1)
    assert (mark.floor, mark.notes) == (found.floor, found.notes) == (None, ())
    assert (mark.gaps, mark.failure) == ((), None)
    assert (found.gap, found.malformed) == (None, 0)
