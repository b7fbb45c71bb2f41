from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from modelowners.core.ids import AssetId
from modelowners.core.time import parse_instant
from modelowners.ledger.changes import Change, ChangeKind, Source
from modelowners.ledger.repository import Ledger
from modelowners.store.database import Database


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Database.open(":memory:") as database:
        yield Ledger(database)


@pytest.fixture
def make_change() -> Callable[..., Change]:
    """Make a deploy of model:eta by its key; any field may be another."""

    def make(key: str, **fields: object) -> Change:
        known: dict[str, object] = {
            "kind": ChangeKind.DEPLOY,
            "asset": AssetId("model:eta"),
            "what": f"deploy {key}",
            "source": Source("record", "local", key),
            "recorded_at": parse_instant("2026-06-10"),
        }
        return Change(**(known | fields))  # type: ignore[arg-type]  # by name

    return make
