from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from speed_worlds import JUNE, timeline

from modelowners.core.time import DAY, HOUR
from modelowners.measurement.repository import Kept, Tickets
from modelowners.measurement.timelines import Timeline
from modelowners.store.database import Database


@pytest.fixture
def tickets() -> Iterator[Tickets]:
    with Database.open(":memory:") as database:
        yield Tickets(database)


def keep(tickets: Tickets, ones: list[Timeline], digest: str = "sha256:1") -> Kept:
    return tickets.keep(ones, digest=digest, at=JUNE + DAY, notes={"rows": 3})


def ticket(name: str = "1", **fields: object) -> Timeline:
    return timeline(name, last_at=JUNE + 9 * HOUR, persons=("bo",), **fields)  # type: ignore[arg-type]  # by name


def test_what_is_kept_comes_back(tickets: Tickets) -> None:
    ones = [ticket("1"), ticket("2", teams=("a", None, "b"), moves=(1, 2), hours=None)]
    assert keep(tickets, ones) == Kept(2, 0, 0, 0)
    assert sorted(tickets.before(JUNE + DAY), key=lambda one: one.id) == ones


def test_the_same_again_changes_nothing(tickets: Tickets) -> None:
    keep(tickets, [ticket("1"), ticket("2")])
    assert keep(tickets, [ticket("2"), ticket("1")]) == Kept(0, 0, 2, 0)
    assert tickets.imports() == (("tickets", "sha256:1"),)


def test_a_newer_export_replaces_what_it_tells_differently(tickets: Tickets) -> None:
    keep(tickets, [ticket("1"), ticket("2")])
    newer = replace(ticket("1", hours=8), last_at=JUNE + 10 * HOUR)
    assert keep(tickets, [newer, ticket("2")], "sha256:2") == Kept(0, 1, 1, 0)
    found = {one.id: one for one in tickets.before(JUNE + DAY)}
    assert found["1"] == newer
    assert len(tickets.imports()) == 2


def test_an_older_export_never_overwrites_a_newer_one(tickets: Tickets) -> None:
    keep(tickets, [ticket("1")])
    older = replace(ticket("1", hours=None), last_at=JUNE + HOUR)
    assert keep(tickets, [older], "sha256:0") == Kept(0, 0, 0, 1)
    assert tickets.before(JUNE + DAY) == (ticket("1"),)


def test_only_what_was_opened_before(tickets: Tickets) -> None:
    keep(tickets, [ticket("1"), ticket("2", opened=JUNE + HOUR)])
    assert [one.id for one in tickets.before(JUNE + HOUR)] == ["1"]


def test_sources_do_not_touch_one_another(tickets: Tickets) -> None:
    keep(tickets, [ticket("1")])
    assert keep(tickets, [ticket("1", source="jira")], "sha256:2") == Kept(1, 0, 0, 0)
    assert len(tickets.before(JUNE + DAY)) == 2


def test_many_are_written_in_parts(tickets: Tickets) -> None:
    ones = [ticket(str(n)) for n in range(1_203)]
    assert keep(tickets, ones) == Kept(1_203, 0, 0, 0)
    assert keep(tickets, ones) == Kept(0, 0, 1_203, 0)


def test_nothing_is_nothing(tickets: Tickets) -> None:
    assert keep(tickets, []) == Kept(0, 0, 0, 0)
    assert tickets.imports() == ()
