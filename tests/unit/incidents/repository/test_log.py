"""The log's statements: keys, hashes, and what is appended."""

from __future__ import annotations

from pathlib import Path

import pytest
from incident_worlds import NOON, World, cause, read_catalog

from modelowners.app.loop import turn
from modelowners.core.ids import IncidentId
from modelowners.incidents.events import Draft
from modelowners.incidents.refusals import NoIncident
from modelowners.incidents.repository.log import append, cached, history

INC = IncidentId("INC-1")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world


def noted(key: str) -> Draft:
    return Draft(kind="noted", occurred_at=NOON, key=key)


def test_every_event_has_its_link(world: World) -> None:
    hashes = world.incidents.hashes(INC)
    assert list(hashes) == [event.n for event in world.incidents.history(INC)]
    assert len(set(hashes.values())) == len(hashes)
    assert hashes[max(hashes)] == world.incidents.head()


def test_a_key_leads_to_what_it_recorded(world: World) -> None:
    event = world.incidents.history(INC)[0]
    assert world.incidents.recorded(INC, event.key) == event.body
    assert world.incidents.recorded(INC, "unheard") is None
    assert world.incidents.recorded(IncidentId("INC-2"), event.key) is None


def test_appending_records_each_key_once(world: World) -> None:
    with world.database.write() as connection:
        first = append(connection, INC, [noted("a"), noted("b"), noted("a")], at=NOON)
        second = append(connection, INC, [noted("b"), noted("c")], at=NOON)
        assert second.revision == first.revision + 1
        assert cached(connection, INC) == second
        assert len(history(connection, INC)) == second.revision


def test_what_is_not_there_takes_no_event(world: World) -> None:
    with world.database.write() as connection:
        assert cached(connection, IncidentId("INC-2")) is None
        assert history(connection, IncidentId("INC-2")) == ()
        with pytest.raises(NoIncident, match="INC-2"):
            append(connection, IncidentId("INC-2"), [noted("a")], at=NOON)


def test_the_oldest_come_first_by_number(world: World) -> None:
    ids = [world.incidents.get("1")]
    assert [one.number for one in ids] == [1]
    for _ in range(11):
        world.incidents.next_id()
    assert world.incidents.next_id() == "INC-2"
