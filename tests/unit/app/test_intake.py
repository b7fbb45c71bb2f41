from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from modelowners.app.intake import take_in
from modelowners.core.errors import InputError
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, VirtualClock, parse_instant
from modelowners.ledger.changes import Change, ChangeKind, Source
from modelowners.ledger.ports import Batch
from modelowners.ledger.repository import Ledger
from modelowners.store.database import Database

NOW = parse_instant("2026-06-01")


class SourceDown(InputError):
    """The source is down; start it."""


@dataclass
class Feed:
    instance: str
    error: Exception | None = None
    connector: str = "feed"

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        del cursor
        if self.error is not None:
            raise self.error
        change = Change(
            kind=ChangeKind.NOTE,
            asset=AssetId("model:eta"),
            what="x",
            source=Source("feed", self.instance, "1"),
            recorded_at=now,
        )
        return Batch(changes=(change,), cursor="1")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Database.open(":memory:") as database:
        yield Ledger(database)


def test_one_failure_does_not_keep_the_others_out(ledger: Ledger) -> None:
    sources = [
        Feed("a"),
        Feed("down", SourceDown()),
        Feed("odd", ZeroDivisionError("by zero")),
        Feed("z"),
    ]
    intake = take_in(sources, ledger=ledger, clock=VirtualClock(NOW))
    assert [one.instance for one in intake.captured] == ["a", "z"]
    assert [(one.instance, one.why) for one in intake.unread] == [
        ("down", "The source is down; start it."),
        ("odd", "unexpected ZeroDivisionError: by zero"),
    ]
    assert len(ledger.changes()) == 2


def test_nothing_to_read(ledger: Ledger) -> None:
    intake = take_in([], ledger=ledger, clock=VirtualClock(NOW))
    assert (intake.captured, intake.unread) == ((), ())


def test_a_source_that_is_down_is_stale_since_its_last_look(ledger: Ledger) -> None:
    clock = VirtualClock(NOW)
    take_in([Feed("a")], ledger=ledger, clock=clock)
    clock.advance(DAY)
    down = Feed("a", error=SourceDown())
    found = take_in([down, Feed("b")], ledger=ledger, clock=clock)
    (unread,) = found.unread
    assert (unread.instance, unread.since) == ("a", NOW)
    assert [one.instance for one in found.captured] == ["b"]
    stale, fresh = ledger.watermarks()
    assert stale.failure is not None
    assert stale.failure.at == NOW + DAY
    assert (stale.looked_at, fresh.failure) == (NOW, None)
    take_in([Feed("a")], ledger=ledger, clock=clock)
    assert ledger.watermarks()[0].failure is None
