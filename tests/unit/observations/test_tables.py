"""The tables keep one row a window and part, and give back what they were given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from modelowners.core.time import parse_instant
from modelowners.observations.tables import edges, profiles
from modelowners.store import metadata
from modelowners.store.database import Database

START = parse_instant("2026-06-01T00:00:00.000001Z")
ROW: dict[str, Any] = {
    "asset": "model:it's; --",
    "window_start": START,
    "window_end": START + timedelta(days=1),
    "part": "rows",
    "mapping_version": "m",
    "edges_version": "e",
    "fingerprint": "f",
    "as_of": None,
    "body": bytes(range(256)),
}


@pytest.fixture
def database() -> Iterator[Database]:
    with Database.open(":memory:") as opened:
        yield opened


def test_what_is_kept_comes_back_to_the_microsecond(database: Database) -> None:
    later = ROW | {"as_of": START, "part": "outcome"}
    with database.write() as connection:
        connection.execute(insert(profiles), [ROW, later])
    with database.read() as connection:
        rows = connection.execute(select(profiles).order_by(profiles.c.part)).mappings()
        assert [dict(row) for row in rows] == [later, ROW]


@pytest.mark.parametrize("part", [c.name for c in profiles.primary_key.columns])
def test_a_second_row_of_a_key_is_refused_and_a_neighbour_is_not(
    database: Database, part: str
) -> None:
    value = ROW[part]
    other = value + timedelta(days=9) if not isinstance(value, str) else value + "x"
    with database.write() as connection:
        connection.execute(insert(profiles), [ROW, ROW | {part: other}])
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(profiles), ROW | {"body": b"other"})


@pytest.mark.parametrize("column", [c.name for c in profiles.columns if not c.nullable])
def test_only_as_of_may_be_unknown(database: Database, column: str) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(profiles), ROW | {column: None})
    assert [c.name for c in profiles.columns if c.nullable] == ["as_of"]


def test_notes_are_one_a_name(database: Database) -> None:
    note = {"asset": "model:eta", "version": "edges 1", "body": b"\0"}
    with database.write() as connection:
        connection.execute(insert(edges), [note, note | {"version": "edges 2"}])
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(edges), note)


def test_both_are_part_of_the_state(database: Database) -> None:
    assert {profiles.name, edges.name} <= set(metadata.tables)
    with database.read() as connection:
        assert connection.execute(select(profiles)).all() == []
