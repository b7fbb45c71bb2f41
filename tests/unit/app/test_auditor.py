"""The auditor: a lost row comes back, a silent sink is passed by, and it is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    LATER,
    NOON,
    OWNERSHIP,
    Recorder,
    World,
    cause,
    read_catalog,
)
from sqlalchemy import text

from modelowners.app.auditor import audit_notices
from modelowners.app.handling import perform
from modelowners.app.loop import turn
from modelowners.app.scenes import Request
from modelowners.core.time import DAY, HOUR
from modelowners.incidents.incident import Act
from modelowners.incidents.notices import Address, Message
from modelowners.incidents.ports import NotSent, Receipt

MINUTE = timedelta(minutes=1)


class Deaf(Recorder):
    """A sink that cannot be reached by mail while `down`."""

    down = True

    def send(self, message: Message) -> Receipt:
        if self.down and message.address.sink == "email":
            raise NotSent(message.address, "503", after=5 * MINUTE)
        return super().send(message)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    return world


def look(world: World, after: timedelta = timedelta(0)) -> int:
    world.clock.advance(after)
    return turn(world, as_of=world.clock.now()).overdue


def test_all_told_is_all_well(world: World) -> None:
    assert look(world) == 0
    assert audit_notices(world, at=NOON + DAY).overdue == ()


def test_a_row_deleted_by_hand_is_found_within_one_turn(world: World) -> None:
    world.sink.failures = [NotSent(Address("x"), "down") for _ in range(4)]
    look(world)
    with world.database.write() as connection:
        connection.execute(text("DELETE FROM outbox WHERE target = 'cy@acme.example'"))
    world.clock.advance(2 * MINUTE)
    report = turn(world, as_of=world.clock.now())
    assert report.overdue == 1
    assert any("1 were lost" in note for note in report.notes)
    told = [m for m in world.sink.taken if m.notice.person == "cy"]
    assert {str(m.address) for m in told} == {
        "email:cy@acme.example",
        "file:feeds.jsonl",
    }
    assert look(world, MINUTE) == 0


def test_a_young_message_is_under_way(world: World) -> None:
    world.sink = Deaf()
    assert look(world) == 0
    assert look(world, timedelta(seconds=59)) == 0
    assert look(world, timedelta(seconds=1)) == 2


def test_after_five_minutes_another_channel_carries_it_once(world: World) -> None:
    world.sink = Deaf()
    look(world)
    look(world, 4 * MINUTE)
    assert not [m for m in world.sink.taken if m.address.sink != "file"]
    look(world, MINUTE)
    others = [m for m in world.sink.taken if m.address.sink != "file"]
    assert others == [], "the file carried it already: no third channel is asked"
    assert look(world, MINUTE) == 2, "what was meant for the mail is not there yet"
    world.sink.down = False
    assert look(world, 6 * MINUTE) == 0


def test_the_console_is_the_other_channel_where_there_is_none(tmp_path: Path) -> None:
    alone = OWNERSHIP.replace(', notify: ["file:feeds.jsonl"]', "")
    world = World(read_catalog(tmp_path, alone))
    world.sink = Deaf()
    world.make_sick(cause(0.9))
    look(world)
    look(world, 4 * MINUTE)
    assert [m for m in world.sink.taken if m.address.sink == "console"] == []
    look(world, MINUTE)
    (said,) = [m for m in world.sink.taken if m.address.sink == "console"]
    assert said.notice.person == "cy"
    assert said.notice.lines[0].startswith("email:cy@acme.example has not taken this")
    look(world, 5 * MINUTE)
    assert [m for m in world.sink.taken if m.address.sink == "console"] == [said]


def test_a_sink_down_for_an_hour_gets_everything_in_order(world: World) -> None:
    world.sink = Deaf()
    look(world)
    for _ in range(12):
        look(world, 5 * MINUTE)
    perform(world, Request(incident="1", actor="cy"), Act.ACK, {})
    perform(world, Request(incident="1", actor="bo"), Act.ASSIGN, {"to": "fleet"})
    world.sink.down = False
    look(world, 6 * MINUTE)
    look(world, 6 * MINUTE)
    assert world.incidents.waiting() == ()
    lanes: dict[Address, list[int]] = {}
    for message in world.sink.taken:
        if message.address.sink == "email":
            n = int(message.id.split(".")[1])
            lanes.setdefault(message.address, []).append(n)
    assert len(lanes) >= 2
    assert all(numbers == sorted(numbers) for numbers in lanes.values())
    assert all(len(set(numbers)) == len(numbers) for numbers in lanes.values())
    assert audit_notices(world, at=world.clock.now()).overdue == ()


def test_finished_incidents_are_looked_after_until_they_close(world: World) -> None:
    look(world)
    world.make_well(LATER)
    look(world, DAY)
    with world.database.write() as connection:
        connection.execute(text("DELETE FROM outbox"))
    assert look(world, HOUR) == 0, "what was accepted is known from the log"
