"""Tables: the event log only grows."""

from __future__ import annotations

from pathlib import Path

import pytest
from incident_worlds import NOON, World, cause, read_catalog
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from modelowners.app.loop import turn
from modelowners.incidents.tables import events, incidents, outbox, packets


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world


def test_events_can_be_neither_changed_nor_deleted(world: World) -> None:
    for act in (update(events).values(actor="eve"), delete(events)):
        refused = pytest.raises(IntegrityError, match="events only grows")
        with refused, world.database.write() as connection:
            connection.execute(act)
    assert world.incidents.verify().fault is None


def test_what_an_event_implies_is_unique_per_address() -> None:
    unique = [c for c in outbox.constraints if "UniqueConstraint" in type(c).__name__]
    columns = [[column.name for column in found.columns] for found in unique]  # type: ignore[attr-defined]  # a column collection
    assert columns == [["incident", "event_n", "sink", "target"]]


def test_rows_of_the_log_are_in_no_table() -> None:
    names = {table.name for table in (events, incidents, outbox, packets)}
    assert names == {"events", "incidents", "outbox", "packets"}
