from __future__ import annotations

import dataclasses

import pytest

from modelowners.ledger.ports import Batch


def test_a_batch_is_the_last_unless_it_says_otherwise() -> None:
    batch = Batch(changes=(), cursor="c")
    assert (batch.last, batch.floor, batch.notes) == (True, None, ())
    assert (batch.gap, batch.malformed) == (None, 0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        batch.cursor = "d"  # type: ignore[misc]  # that is what is tested
