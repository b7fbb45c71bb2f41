"""The ledger on a real file: killed at any point, written by many at once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from modelowners.ledger.repository import Ledger
from modelowners.store.database import Database

CHANGES = 12

PROGRAM = """
import os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import event
from modelowners.core.ids import AssetId
from modelowners.core.time import SystemClock
from modelowners.ledger import capture
from modelowners.ledger.changes import Change, ChangeKind, Source
from modelowners.ledger.ports import Batch
from modelowners.ledger.repository import Ledger
from modelowners.store.database import Database

place, name, count, point, number = sys.argv[1:]
seen = 0

def reached(where):
    global seen
    seen += where == point
    if where == point and seen == int(number):
        os.kill(os.getpid(), signal.SIGKILL)

class Feed:
    connector, instance = "feed", name

    def read(self, cursor, *, now):
        start = int(cursor or 0)
        told = tuple(
            Change(
                kind=ChangeKind.NOTE,
                asset=AssetId("model:eta"),
                what=f"{name} {n}",
                source=Source("feed", name, str(n)),
                recorded_at=now,
                occurred_at=datetime(2026, 6, 1, n, tzinfo=UTC),
            )
            for n in range(start, min(start + 3, int(count)))
        )
        reached("read")
        end = start + len(told)
        return Batch(changes=told, cursor=str(end), last=end >= int(count))

database = Database.open(place)
engine = database.engine
event.listen(engine, "before_cursor_execute", lambda *a: reached("statement"))
event.listen(engine, "after_cursor_execute", lambda *a: reached("executed"))
event.listen(engine, "commit", lambda *a: reached("commit"))
capture(Feed(), ledger=Ledger(database), clock=SystemClock())
database.close()
"""


def start(
    place: str, *, name: str = "a", point: str = "", number: int = 0
) -> list[str]:
    options = [place, name, str(CHANGES), point, str(number)]
    return [sys.executable, "-c", PROGRAM, *options]


@pytest.fixture
def state(place: str) -> str:
    """Give a database that is at the newest schema already."""
    Database.open(place).close()
    return place


@pytest.mark.parametrize(
    ("point", "number"),
    [
        ("read", 1),
        ("read", 3),
        ("commit", 1),
        ("commit", 2),
        ("statement", 4),
        ("statement", 9),
        ("executed", 7),
        ("executed", 11),
        ("executed", 16),
    ],
)
def test_killed_anywhere_a_second_run_completes_it(
    state: str, point: str, number: int
) -> None:
    killed = subprocess.run(start(state, point=point, number=number), check=False)
    assert killed.returncode == -signal.SIGKILL
    with Database.open(state) as database:
        ledger = Ledger(database)
        verdict = ledger.verify()
        assert verdict.fault is None
        assert verdict.rows % 3 == 0  # whole batches, or nothing of them
        assert int(ledger.cursor("feed", "a") or 0) == verdict.rows
        head = ledger.head()
    subprocess.run(start(state), check=True)
    with Database.open(state) as database:
        ledger = Ledger(database)
        assert [c.what for c in ledger.changes()] == [f"a {n}" for n in range(CHANGES)]
        assert ledger.verify(head=head).fault is None
        assert ledger.verify().rows == CHANGES


def test_many_processes_write_one_chain(state: str) -> None:
    names = ["a", "b", "c", "a"]  # two of them read the same source
    started = [subprocess.Popen(start(state, name=name)) for name in names]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
    with Database.open(state) as database:
        ledger = Ledger(database)
        assert ledger.verify().rows == 3 * CHANGES
        assert ledger.verify().fault is None
        told = [change.what for change in ledger.changes()]
    assert sorted(told) == sorted(f"{n} {i}" for n in "abc" for i in range(CHANGES))
