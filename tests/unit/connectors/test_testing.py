"""The kit catches what it is for: each law has a source that breaks it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from modelowners.connectors import testing
from modelowners.connectors.testing import Nonconforming, Repository
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, parse_instant
from modelowners.ledger.changes import Change, ChangeKind, Source
from modelowners.ledger.ports import Batch
from modelowners.ledger.repository import Ledger
from modelowners.store.database import Database

FIRST = parse_instant("2026-01-01")


def make_ledger() -> Ledger:
    return Ledger(Database.open(":memory:"))


@dataclass
class Good:
    """A source that keeps every law; four changes."""

    batch_size: int
    connector: str = "good"
    instance: str = "test"
    looks: int = field(default=0)

    def one(self, n: int, now: datetime) -> Change:
        return Change(
            kind=ChangeKind.NOTE,
            asset=AssetId("model:eta"),
            what=f"note {n}",
            source=Source(self.connector, self.instance, str(n)),
            recorded_at=now,
            occurred_at=FIRST + n * DAY,
        )

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        self.looks += 1
        start = int(cursor or 0)
        end = min(start + self.batch_size, 4)
        told = tuple(self.one(n, now) for n in range(start, end))
        return Batch(changes=told, cursor=str(end), last=end == 4)


LOOKS = itertools.count()


class NewKeys(Good):
    """Gives each change a new key at each look."""

    def one(self, n: int, now: datetime) -> Change:
        made = super().one(n, now)
        return replace(made, source=replace(made.source, key=f"{n} {next(LOOKS)}"))


class Forgets(Good):
    """Loses the last change where it tells them one at a time."""

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        found = super().read(cursor, now=now)
        lost = self.batch_size == 1 and found.last
        return replace(found, changes=()) if lost else found


class Invents(Good):
    """Says that everything happened just now."""

    def one(self, n: int, now: datetime) -> Change:
        return replace(super().one(n, now), occurred_at=now)


class Counts(Good):
    """Words a change by how often it was asked."""

    def one(self, n: int, now: datetime) -> Change:
        return replace(super().one(n, now), what=f"seen at {now:%Y}")


class Skips(Good):
    """Moves its own place although nothing was committed."""

    place = 0

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        if self.batch_size == 1:
            cursor = str(min(Skips.place, 3))
            Skips.place += 1
        return super().read(cursor, now=now)


def test_a_good_source_passes() -> None:
    testing.check_change_source(Good, make_ledger)


@pytest.mark.parametrize(
    ("source", "law"),
    [
        (NewKeys, testing.replay_adds_nothing),
        (Forgets, testing.batching_makes_no_difference),
        (Invents, testing.times_come_from_the_source),
        (Counts, testing.times_come_from_the_source),
        (Skips, testing.crash_neither_loses_nor_doubles),
    ],
)
def test_a_bad_source_is_caught(
    source: type[Good],
    law: Callable[[testing.MakeSource, testing.MakeLedger], None],
) -> None:
    Skips.place = 0
    with pytest.raises(Nonconforming):
        law(source, make_ledger)


def test_too_few_changes_prove_nothing() -> None:
    class Empty(Good):
        def read(self, cursor: str | None, *, now: datetime) -> Batch:
            del cursor, now
            return Batch(changes=(), cursor="0")

    with pytest.raises(Nonconforming, match="at least three"):
        testing.replay_adds_nothing(Empty, make_ledger)


def test_a_repository_is_the_same_for_everyone(tmp_path: Path) -> None:
    made = [
        Repository(tmp_path / name).commit(
            "one", {"a/b": "1", "c": b"\0"}, at="2026-06-01T00:00Z", by="Bo <b@x>"
        )
        for name in ("first", "second")
    ]
    assert made[0] == made[1]
