"""The store gives back what it kept, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow
from modelowners.observations.records import Record
from modelowners.observations.repository import ProfileStore
from modelowners.store.database import Database

ETA, OTHER = asset_id("model:eta"), asset_id("model:other")
WEEK = TimeWindow.parse("2026-06-01/2026-06-08")
DAYS = WEEK.split(DAY)


@pytest.fixture
def store() -> Iterator[ProfileStore]:
    with Database.open(":memory:") as database:
        yield ProfileStore(lambda: database)


def record(window: TimeWindow, **details: str) -> Record:
    one = Record(
        window=window,
        part="rows",
        fingerprint="f",
        edges_version="e",
        known_until=window.end,
        body=b"\x00body",
    )
    return replace(one, **details)  # type: ignore[arg-type]  # texts only


def test_keeps_by_asset_mapping_and_span(store: ProfileStore) -> None:
    kept = [record(day) for day in DAYS]
    store.keep(ETA, "1", kept)
    found = store.find(ETA, "1", TimeWindow(DAYS[1].start, DAYS[3].start))
    assert dict(found) == {(day, "rows"): record(day) for day in DAYS[1:3]}
    assert not store.find(OTHER, "1", WEEK)
    assert not store.find(ETA, "2", WEEK)


def test_a_newer_one_replaces_that_of_any_mapping(store: ProfileStore) -> None:
    store.keep(ETA, "1", [record(DAYS[0]), record(DAYS[0], part="outcome")])
    store.keep(ETA, "2", [record(DAYS[0], fingerprint="g")])
    assert set(store.find(ETA, "1", WEEK)) == {(DAYS[0], "outcome")}
    assert store.find(ETA, "2", WEEK)[DAYS[0], "rows"].fingerprint == "g"


def test_notes_are_one_of_a_kind(store: ProfileStore) -> None:
    store.keep_note(ETA, "edges", "a", b"1")
    store.keep_note(ETA, "task", "a", b"2")
    store.keep_note(ETA, "edges", "b", b"3")
    assert store.note(ETA, "edges", "a") is None
    assert store.note(ETA, "edges", "b") == b"3"
    assert store.note(ETA, "task", "a") == b"2"
    assert store.note(OTHER, "task", "a") is None


def test_the_database_is_opened_when_first_asked() -> None:
    opened: list[Database] = []

    def open_it() -> Database:
        opened.append(Database.open(":memory:"))
        return opened[-1]

    store = ProfileStore(open_it)
    assert not opened
    store.note(ETA, "edges", "a")
    store.note(ETA, "edges", "a")
    assert len(opened) == 1
    opened[0].close()
