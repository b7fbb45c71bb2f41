"""The repository: one transaction a step, keys, the cache and the fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import MODEL, NOON, World, cause, read_catalog
from sqlalchemy import text

from modelowners.app.loop import sight, turn
from modelowners.core.ids import IncidentId
from modelowners.incidents import assemble, open_incident
from modelowners.incidents.entries import Commit, Entry
from modelowners.incidents.events import Draft
from modelowners.incidents.notices import address_book
from modelowners.incidents.outbox import DeliveryState
from modelowners.incidents.refusals import KeyReused, NoIncident, Stale

INC = IncidentId("INC-1")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(read_catalog(tmp_path))


def opening(world: World) -> Commit:
    world.make_sick(cause(0.9))
    diagnosis, findings = world.diagnose(MODEL, as_of=NOON)
    seen = sight(world, diagnosis, findings, at=NOON)
    return made(world, *open_incident(seen))


def made(world: World, *entries: Entry) -> Commit:
    book = address_book(world.catalog.organisation, sinks=("console", "file"))
    before = world.incidents.find(INC)
    return assemble(before, entries, incident=INC, book=book, at=NOON)


def noted(body: str, key: str = "k") -> Entry:
    return Entry(Draft(kind="noted", occurred_at=NOON, body={"text": body}, key=key))


def test_events_deliveries_cache_and_packet_commit_together(world: World) -> None:
    commit = opening(world)
    assert world.incidents.commit(commit)
    assert world.incidents.history(INC) == commit.events
    assert world.incidents.get("INC-1") == commit.after
    assert [d.address for d in world.incidents.waiting()] == [
        d.address for d in commit.deliveries
    ]
    assert commit.packet is not None
    assert world.incidents.packets(INC)[0][1] == commit.packet.hash


def test_a_failure_halfway_writes_nothing(world: World) -> None:
    commit = opening(world)
    twice = replace(commit, deliveries=(*commit.deliveries, *commit.deliveries))
    with pytest.raises(Exception, match=r"(?i)unique"):
        world.incidents.commit(twice)
    assert world.incidents.within() == ()
    assert world.incidents.waiting() == ()
    assert world.incidents.history(INC) == ()


def test_the_same_commit_again_changes_nothing(world: World) -> None:
    commit = opening(world)
    world.incidents.commit(commit)
    head = world.incidents.head()
    assert not world.incidents.commit(commit)
    assert world.incidents.head() == head


def test_the_same_key_with_another_content_is_refused(world: World) -> None:
    world.incidents.commit(opening(world))
    one, two = made(world, noted("a")), made(world, noted("b"))
    world.incidents.commit(one)
    with pytest.raises(KeyReused):
        world.incidents.commit(two)


def test_who_comes_second_is_stale(world: World) -> None:
    world.incidents.commit(opening(world))
    one, two = made(world, noted("a", "k1")), made(world, noted("b", "k2"))
    world.incidents.commit(one)
    with pytest.raises(Stale, match="at revision 5, not 4"):
        world.incidents.commit(two)
    both = made(world, noted("c", "k3"))
    half = replace(both, events=(*one.events, *both.events))
    with pytest.raises(Stale):
        world.incidents.commit(half)


def test_appending_needs_no_revision_and_repeats_nothing(world: World) -> None:
    world.incidents.commit(opening(world))
    drafts = [noted("a", "k1").draft, noted("b", "k2").draft]
    first = world.incidents.append(INC, drafts, at=NOON)
    again = world.incidents.append(INC, drafts, at=NOON)
    assert first == again == world.incidents.get("1")
    with pytest.raises(NoIncident):
        world.incidents.append(IncidentId("INC-9"), drafts, at=NOON)


@pytest.mark.parametrize("name", ["INC-1", "inc-1", "1", " INC-1 "])
def test_an_incident_is_found_however_it_is_typed(world: World, name: str) -> None:
    world.incidents.commit(opening(world))
    assert world.incidents.get(name).id == INC


@pytest.mark.parametrize("name", ["INC-2", "", "x'; drop table incidents", "\x00"])
def test_any_other_name_is_refused(world: World, name: str) -> None:
    with pytest.raises(NoIncident, match="incident list"):
        world.incidents.get(name)


def test_a_spoilt_cache_is_mended_from_the_log(world: World) -> None:
    world.incidents.commit(opening(world))
    right = world.incidents.get("1")
    with world.database.write() as connection:
        spoilt = text(
            "UPDATE incidents SET state = 'closed', "
            "body = replace(body, '\"open\"', '\"closed\"')"
        )
        connection.execute(spoilt)
    assert world.incidents.get("1") != right
    assert world.incidents.rebuild() == (INC,)
    assert world.incidents.get("1") == right
    assert world.incidents.rebuild() == ()


def test_incidents_are_listed_by_state_and_model(world: World) -> None:
    world.incidents.commit(opening(world))
    assert [one.id for one in world.incidents.within({"open"})] == [INC]
    assert world.incidents.within({"closed"}) == ()
    assert [one.id for one in world.incidents.of(MODEL)] == [INC]
    assert world.incidents.next_id() == "INC-2"


def test_siblings_of_a_delivery_are_those_of_its_event(world: World) -> None:
    world.incidents.commit(opening(world))
    first = world.incidents.waiting()[0]
    event = world.incidents.history(INC)[int(first.event.rpartition(".")[2]) - 1]
    assert first in world.incidents.deliveries(first)
    assert world.incidents.deliveries(event) == world.incidents.deliveries(first)


def test_claims_are_exclusive_and_in_order(world: World) -> None:
    world.incidents.commit(opening(world))
    waiting = [delivery.message.id for delivery in world.incidents.waiting()]
    claimed = [
        delivery for _ in waiting for delivery in world.incidents.claim(NOON, limit=1)
    ]
    assert [delivery.message.id for delivery in claimed] == waiting
    assert {delivery.state for delivery in claimed} == {DeliveryState.LEASED}
    assert world.incidents.claim(NOON) == ()


def test_a_state_survives_closing_and_opening(tmp_path: Path) -> None:
    from modelowners.store.database import Database  # noqa: PLC0415

    place = tmp_path / "state.db"
    with Database.open(place) as database:
        world = World(read_catalog(tmp_path), database=database)
        world.make_sick(cause(0.9))
        turn(world, as_of=NOON)
        before = world.incidents.history(INC)
    with Database.open(place) as database:
        again = World(world.catalog, database=database)
        assert again.incidents.history(INC) == before
        assert again.incidents.rebuild() == ()
