"""The outbox's rows: read back as they were, supplied once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import NOON, World, cause, read_catalog
from sqlalchemy import text

from modelowners.app.loop import turn
from modelowners.core.ids import IncidentId
from modelowners.incidents.notices import Address
from modelowners.incidents.outbox import DeliveryState
from modelowners.incidents.repository.deliveries import place_of, row_of

INC = IncidentId("INC-1")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world


def test_an_events_id_is_read() -> None:
    assert place_of("INC-12.3") == (IncidentId("INC-12"), 3)


def test_a_row_is_read_back_as_it_was(world: World) -> None:
    route = next(e for e in world.incidents.history(INC) if e.kind == "route.decided")
    for one in world.incidents.deliveries(route):
        assert one.state is DeliveryState.ACCEPTED
        row = row_of(one)
        assert (row["incident"], row["event_n"]) == (INC, route.n)
        assert Address(str(row["sink"]), str(row["target"])) == one.address


def test_only_what_is_missing_is_supplied(world: World) -> None:
    route = next(e for e in world.incidents.history(INC) if e.kind == "route.decided")
    known = world.incidents.deliveries(route)
    assert world.incidents.supply(known) == 0
    with world.database.write() as connection:
        connection.execute(text("DELETE FROM outbox WHERE sink = 'email'"))
    fresh = [replace(one, state=DeliveryState.PENDING) for one in known]
    assert world.incidents.supply([*fresh, *fresh]) == 1
    assert [str(one.address) for one in world.incidents.waiting()] == [
        "email:ana@acme.example"
    ]
