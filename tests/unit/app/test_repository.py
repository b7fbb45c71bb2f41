from __future__ import annotations

from collections.abc import Iterator

import pytest

from modelowners.app.repository import Leases, Revisions
from modelowners.app.revisions import Revision
from modelowners.core.time import DAY, HOUR, parse_instant
from modelowners.store.database import Database

START = parse_instant("2026-06-01")


@pytest.fixture
def database() -> Iterator[Database]:
    with Database.open(":memory:") as found:
        yield found


def revision(name: str, *, day: int, seen: int | None = None) -> Revision:
    recorded = START + (day if seen is None else seen) * DAY
    return Revision(f"sha256:{name}", name * 40, START + day * DAY, recorded)


def test_the_same_content_is_kept_once(database: Database) -> None:
    revisions = Revisions(database)
    assert revisions.newest() is None
    assert revisions.record(revision("a", day=0), body={"owns": {}}) is True
    assert revisions.record(revision("a", day=3), body={"owns": {}}) is False
    assert revisions.newest() == revision("a", day=0)


def test_which_was_in_force_when(database: Database) -> None:
    revisions = Revisions(database)
    for name, day in (("a", 0), ("b", 5), ("c", 9)):
        revisions.record(revision(name, day=day), body={})
    found = {day: revisions.at(START + day * DAY) for day in (-1, 0, 4, 5, 8, 9, 99)}
    told = {day: one.digest[-1] if one else None for day, one in found.items()}
    assert told == {-1: None, 0: "a", 4: "a", 5: "b", 8: "b", 9: "c", 99: "c"}


def test_content_that_comes_back_is_new_again(database: Database) -> None:
    revisions = Revisions(database)
    for name, day in (("a", 0), ("b", 5), ("a", 9)):
        assert revisions.record(revision(name, day=day), body={})
    found = revisions.at(START + 10 * DAY)
    assert found is not None
    assert found.digest == "sha256:a"


def test_an_older_commit_is_in_force_since_it_was_seen(database: Database) -> None:
    """The file was reset to an older commit: that does not change the past."""
    revisions = Revisions(database)
    revisions.record(revision("b", day=5), body={})
    revisions.record(revision("a", day=0, seen=7), body={})
    told = {day: revisions.at(START + day * DAY) for day in (3, 6, 7)}
    assert told[3] is None
    assert told[6] is not None
    assert told[6].digest == "sha256:b"
    assert told[7] is not None
    assert told[7].digest == "sha256:a"


def test_one_holder_at_a_time(database: Database) -> None:
    leases = Leases(database)

    def take(holder: str, hour: int, name: str = "loop") -> bool:
        now = START + hour * HOUR
        return leases.take(name, holder=holder, now=now, until=now + 2 * HOUR)

    assert take("a", 0)
    assert not take("b", 1)
    assert take("b", 1, name="other")
    assert take("a", 1)  # prolonged until 3
    assert not take("b", 2)
    assert take("b", 3)
    assert not take("a", 4)
    leases.give_back("loop", holder="a")  # not its own any more
    assert not take("a", 4)
    leases.give_back("loop", holder="b")
    assert take("a", 4)
    leases.give_back("never taken", holder="a")
