"""Audit: the log alone says what should have been told, and what was."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import NOON, World, cause, read_catalog

from modelowners.app.loop import turn
from modelowners.core.ids import IncidentId
from modelowners.incidents.audit import UNDER_WAY, overdue, rerouted, resent
from modelowners.incidents.entries import implied
from modelowners.incidents.events import Event
from modelowners.incidents.notices import CONSOLE, Address
from modelowners.incidents.ports import Hope, NotSent

INC = IncidentId("INC-1")
LATER = NOON + UNDER_WAY


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    return world


def log(world: World) -> tuple[Event, ...]:
    turn(world, as_of=NOON)
    return world.incidents.history(INC)


def test_what_was_told_is_not_overdue(world: World) -> None:
    events = log(world)
    assert sum(len(implied(event)) for event in events) == 4
    assert overdue(events, at=LATER) == ()


def test_without_its_acceptance_a_message_is_overdue(world: World) -> None:
    events = [event for event in log(world) if event.kind != "notified"]
    assert overdue(events, at=LATER - timedelta(seconds=1)) == ()
    found = overdue(events, at=LATER)
    assert [(str(o.word.address), o.word.tell.kind.value) for o in found] == [
        ("email:ana@acme.example", "note"),
        ("file:risk.jsonl", "note"),
        ("email:cy@acme.example", "page"),
        ("file:feeds.jsonl", "page"),
    ]
    assert {one.since for one in found} == {NOON}


def test_each_acceptance_settles_its_own_message(world: World) -> None:
    events = log(world)
    told = [event for event in events if event.kind == "notified"]
    for lost in told:
        rest = [event for event in events if event is not lost]
        (one,) = overdue(rest, at=LATER)
        assert str(one.word.address) == f"{lost.body['sink']}:{lost.body['target']}"


def test_a_refusal_that_another_channel_made_good_is_told(world: World) -> None:
    address = Address("email", "ana@acme.example")
    world.sink.failures = [NotSent(address, "no such box", hope=Hope.NONE)]
    events = log(world)
    assert "notify.failed" in [event.kind for event in events]
    assert overdue(events, at=LATER) == ()


def test_a_refusal_alone_is_not_told(world: World) -> None:
    address = Address("email", "ana@acme.example")
    world.sink.failures = [NotSent(address, "no such box", hope=Hope.NONE)] * 2
    events = log(world)
    first = next(event.id for event in events if implied(event))
    silent = [
        event
        for event in events
        if event.kind != "notified" or event.body["event"] != first
    ]
    assert len(overdue(silent, at=LATER)) == 2


def test_a_lost_message_is_written_as_it_was(world: World) -> None:
    events = log(world)
    sent = {
        (message.id, message.address): message.notice for message in world.sink.taken
    }
    bare = [event for event in events if event.kind != "notified"]
    for one in overdue(bare, at=LATER):
        again = resent(one, at=LATER)
        assert again.repeat, "it may have been read"
        assert again.due_at == LATER
        before = sent[again.message.id, again.address]
        assert again.notice.title == before.title
        assert again.notice.lines[0] == before.lines[0]


def test_another_channel_carries_what_waits_too_long(world: World) -> None:
    bare = [event for event in log(world) if event.kind != "notified"]
    one = overdue(bare, at=LATER)[2]
    assert rerouted(one, [one.word.address], at=LATER) is None
    made = rerouted(one, [one.word.address, Address(CONSOLE)], at=LATER)
    assert made is not None
    assert made.address == Address(CONSOLE)
    assert made.notice.lines[0] == (
        "email:cy@acme.example has not taken this since 2026-06-10 12:00 UTC"
    )
    assert made.notice.person == "cy"
