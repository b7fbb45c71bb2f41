from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from modelowners.core.time import DAY, TimeWindow, VirtualClock, parse_instant
from modelowners.ledger import capture, record
from modelowners.ledger.changes import Change
from modelowners.ledger.ports import Batch, ChangeSource
from modelowners.ledger.repository import Ledger
from modelowners.ledger.watermarks import Failure

START = parse_instant("2026-06-01")


@dataclass
class Feed:
    """A source that tells one change at a time, and its place as the cursor."""

    changes: list[Change]
    connector: str = "feed"
    instance: str = "test"
    floor: datetime | None = None
    fails_at: int | None = None
    asked: list[str | None] = field(default_factory=list)

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        self.asked.append(cursor)
        at = int(cursor or 0)
        if at == self.fails_at:
            raise ConnectionError
        return Batch(
            changes=tuple(self.changes[at : at + 1]),
            cursor=str(min(at + 1, len(self.changes))),
            last=at + 1 >= len(self.changes),
            floor=self.floor,
            notes=("odd",) if at == 1 else (),
        )


@pytest.fixture
def changes(make_change: Callable[..., Change]) -> list[Change]:
    return [make_change(str(n), occurred_at=START + n * DAY) for n in range(3)]


def test_all_batches_are_read(ledger: Ledger, changes: list[Change]) -> None:
    feed: ChangeSource = Feed(changes, floor=START)
    found = capture(feed, ledger=ledger, clock=VirtualClock(START))
    assert (found.connector, found.instance) == ("feed", "test")
    assert (found.read, found.added) == (3, 3)
    assert (found.floor, found.notes) == (START, ("odd",))
    assert list(ledger.changes()) == changes


def test_the_next_look_goes_on(ledger: Ledger, changes: list[Change]) -> None:
    clock = VirtualClock(START)
    capture(Feed(changes[:2]), ledger=ledger, clock=clock)
    clock.advance(DAY)
    feed = Feed(changes)
    found = capture(feed, ledger=ledger, clock=clock)
    assert feed.asked == ["2"]
    assert found.added == 1
    (mark,) = ledger.watermarks()
    assert (mark.looked_at, mark.floor, mark.notes) == (START + DAY, None, ())


def test_what_was_read_before_a_failure_stays(
    ledger: Ledger, changes: list[Change]
) -> None:
    with pytest.raises(ConnectionError):
        capture(Feed(changes, fails_at=2), ledger=ledger, clock=VirtualClock(START))
    assert list(ledger.changes()) == changes[:2]
    feed = Feed(changes)
    assert capture(feed, ledger=ledger, clock=VirtualClock(START)).added == 1
    assert feed.asked == ["2"]


def test_sources_of_one_connector_keep_their_own_place(
    ledger: Ledger, changes: list[Change]
) -> None:
    clock = VirtualClock(START)
    capture(Feed(changes[:1], instance="a"), ledger=ledger, clock=clock)
    capture(Feed(changes, instance="b"), ledger=ledger, clock=clock)
    assert [mark.instance for mark in ledger.watermarks()] == ["a", "b"]
    assert (ledger.cursor("feed", "a"), ledger.cursor("feed", "b")) == ("1", "3")
    assert ledger.cursor("feed", "c") is None


def test_recording_twice_adds_once(ledger: Ledger, changes: list[Change]) -> None:
    assert record(changes[0], ledger=ledger) is True
    assert record(changes[0], ledger=ledger) is False


def test_the_nouns_of_the_ledger_load_no_database() -> None:
    code = "import sys, modelowners.ledger.changes; print('sqlalchemy' in sys.modules)"
    told = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert told.strip() == "False"


@dataclass
class Polled:
    """A source of which one look in three comes too late, or fails."""

    connector: str = "feed"
    instance: str = "test"
    late: TimeWindow | None = None
    malformed: int = 0

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        del cursor, now
        return Batch(changes=(), cursor="c", gap=self.late, malformed=self.malformed)


def test_a_gap_is_kept_and_told_once(ledger: Ledger) -> None:
    clock = VirtualClock(START + DAY)
    late = TimeWindow(START, START + DAY)
    for _ in range(2):  # the second look repeats the first after a crash
        found = capture(Polled(late=late, malformed=2), ledger=ledger, clock=clock)
        assert (found.gap, found.malformed) == (late, 2)
    (mark,) = ledger.watermarks()
    assert mark.gaps == (late,)
    assert capture(Polled(), ledger=ledger, clock=clock).gap is None
    assert ledger.watermarks()[0].gaps == (late,)


def test_a_failure_stays_until_a_look_succeeds(ledger: Ledger) -> None:
    clock = VirtualClock(START)
    ledger.failed("feed", "test", at=START, why="down")
    ledger.failed("feed", "test", at=START + DAY, why="still down")
    (mark,) = ledger.watermarks()
    assert (mark.looked_at, mark.failure) == (None, Failure(START + DAY, "still down"))
    capture(Polled(), ledger=ledger, clock=clock)
    (mark,) = ledger.watermarks()
    assert (mark.looked_at, mark.failure) == (START, None)
    ledger.failed("feed", "test", at=START + DAY, why="down again")
    (mark,) = ledger.watermarks()
    assert mark.looked_at == START
    assert mark.failure is not None
