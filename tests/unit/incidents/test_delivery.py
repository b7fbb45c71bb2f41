"""Delivery: accepted means delivered, whatever fails or dies on the way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import NOON, Recorder, World, cause, read_catalog

from modelowners.app.desk import record
from modelowners.app.loop import sight
from modelowners.core.ids import IncidentId
from modelowners.core.time import VirtualClock
from modelowners.incidents import deliver, open_incident
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import Draft, EventKind
from modelowners.incidents.notices import Address, Message, NoticeKind
from modelowners.incidents.outbox import LEASE, DeliveryState
from modelowners.incidents.ports import Hope, NotSent, Receipt
from modelowners.incidents.tenures import Holder

ADDRESS = Address("email", "x@acme.example")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An incident is open; its four messages wait."""
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    diagnosis, findings = world.diagnose(world.catalog.models()[0], as_of=NOON)
    seen = sight(world, diagnosis, findings, at=NOON)
    record(world, None, open_incident(seen), at=NOON)
    return world


def run(world: World, *, after: timedelta = timedelta(0)) -> tuple[int, int]:
    world.clock.advance(after)
    done = deliver(world.incidents, world.notifiers, clock=world.clock)
    return len(done.accepted), len(done.failed)


def notified(world: World) -> int:
    events = world.incidents.history(IncidentId("INC-1"))
    return sum(event.kind == "notified" for event in events)


def test_everything_due_is_sent_in_order_and_recorded(world: World) -> None:
    waiting = [delivery.message.id for delivery in world.incidents.waiting()]
    assert run(world) == (4, 0)
    assert [message.id for message in world.sink.taken] == waiting
    assert notified(world) == 4
    assert world.incidents.waiting() == ()


def test_nothing_is_sent_twice(world: World) -> None:
    run(world)
    assert run(world, after=timedelta(days=3)) == (0, 0)
    assert len(world.sink.taken) == 4


def test_a_sink_down_for_an_hour_gets_everything_afterwards(world: World) -> None:
    up = world.clock.now() + timedelta(hours=1)

    class Down(Recorder):
        def send(self, message: Message) -> Receipt:
            if world.clock.now() < up:
                raise NotSent(message.address, "503 not now")
            return super().send(message)

    world.sink = Down()
    while world.clock.now() < up + timedelta(minutes=5):
        run(world, after=timedelta(seconds=20))
    assert len(world.sink.taken) == 4
    events = [message.id.rsplit(".", 1)[0] for message in world.sink.taken]
    assert sorted(events) == sorted(events, key=lambda e: int(e.rpartition(".")[2]))
    assert notified(world) == 4


def test_an_unsure_failure_is_sent_again_marked(world: World) -> None:
    world.sink.failures = [NotSent(ADDRESS, "timed out", hope=Hope.UNSURE)]
    assert run(world) == (3, 1)
    run(world, after=timedelta(seconds=2))
    assert [message.repeat for message in world.sink.taken] == [False] * 3 + [True]


def test_a_broken_sink_does_not_stop_the_others(world: World) -> None:
    world.sink.failures = [KeyError("bug")]
    assert run(world) == (3, 1)
    (lost,) = world.incidents.waiting()
    assert lost.reason == "KeyError: 'bug'"
    assert lost.repeat, "a fault may come after sending"


def test_later_messages_do_not_overtake_on_the_same_address(world: World) -> None:
    world.sink.failures = [NotSent(ADDRESS, "no")]
    run(world)
    first = world.incidents.waiting()[0]
    body = world.incidents.history(IncidentId("INC-1"))[-1]
    assert body.kind == "notified"
    assert first.attempts == 1


def test_a_later_message_waits_as_long_as_the_one_before_it(world: World) -> None:
    """The first is asked to wait five minutes; the second must not pass meanwhile."""
    first = world.incidents.waiting()[0]
    world.sink.failures = [NotSent(first.address, "no", after=timedelta(minutes=5))]
    run(world)
    incident = world.incidents.get("INC-1")
    told = Tell(Holder("risk", "ana"), None, NoticeKind.NOTE, "later")
    body = {"text": "later"}
    noted = Draft(kind=EventKind.NOTED, occurred_at=NOON, body=body, key="later")
    record(world, incident, [Entry(noted, (told,))], at=NOON)
    lane = [one for one in world.incidents.waiting() if one.address == first.address]
    assert len(lane) == 2
    world.sink.taken.clear()
    run(world, after=timedelta(minutes=4))
    assert first.address not in {message.address for message in world.sink.taken}
    run(world, after=timedelta(minutes=1))
    sent = [m.id for m in world.sink.taken if m.address == first.address]
    assert sent == [one.message.id for one in lane]


def test_an_address_that_hangs_holds_up_no_other(world: World) -> None:
    """Each try takes ten seconds of the clock, longer than the first waits."""
    lanes = [one.address for one in world.incidents.waiting()]
    hung = lanes[0]
    tries = []

    class Hangs(Recorder):
        def send(self, message: Message) -> Receipt:
            if message.address != hung:
                return super().send(message)
            tries.append(message.id)
            world.clock.advance(timedelta(seconds=10))
            raise NotSent(message.address, "not in time", hope=Hope.UNSURE)

    world.sink = Hangs()
    assert run(world) == (3, 1)
    assert len(tries) == 1
    assert [m.address for m in world.sink.taken] == lanes[1:]
    again = world.incidents.waiting()
    assert [(one.address, one.attempts) for one in again] == [(hung, 1)]
    run(world, after=timedelta(seconds=10))
    assert len(tries) == 2


def test_what_waits_behind_an_address_that_hangs_is_not_tried(world: World) -> None:
    """Two incidents, one address: it is asked once a run, not once a message."""
    diagnosis, findings = world.diagnose(world.catalog.models()[0], as_of=NOON)
    seen = sight(world, diagnosis, findings, at=NOON)
    record(world, None, open_incident(seen), at=NOON)
    waiting = len(world.incidents.waiting())
    tries = []

    class Hangs(Recorder):
        def send(self, message: Message) -> Receipt:
            tries.append(message.address)
            world.clock.advance(timedelta(seconds=10))
            raise NotSent(message.address, "not in time", hope=Hope.UNSURE)

    world.sink = Hangs()
    for expected in (1, 2):
        run(world, after=timedelta(minutes=1))
        assert sorted(tries) == sorted(expected * list(dict.fromkeys(tries)))
    assert len(world.incidents.waiting()) == waiting
    world.sink = Recorder()
    run(world, after=timedelta(minutes=5))
    assert len(world.sink.taken) == waiting


def test_a_hopeless_channel_dies_with_an_event_and_another_takes_over(
    world: World,
) -> None:
    hopeless = {m.message.address for m in world.incidents.waiting()}

    class Picky(Recorder):
        def send(self, message: Message) -> Receipt:
            if message.address in hopeless:
                raise NotSent(message.address, "gone", hope=Hope.NONE)
            return super().send(message)

    world.sink = Picky()
    run(world)
    assert {str(message.address) for message in world.sink.taken} == {"console:"}
    kinds = [event.kind for event in world.incidents.history(IncidentId("INC-1"))]
    assert kinds.count("notify.failed") == 4


def test_the_console_never_dies(world: World) -> None:
    class Mute(Recorder):
        def send(self, message: Message) -> Receipt:
            raise NotSent(message.address, "closed", hope=Hope.NONE)

    world.sink = Mute()
    run(world)
    for _ in range(5):
        run(world, after=timedelta(minutes=6))
    left = world.incidents.waiting()
    assert {delivery.address.sink for delivery in left} == {"console"}
    assert all(delivery.state is DeliveryState.PENDING for delivery in left)


def test_a_sink_that_is_not_set_up_falls_to_the_console(world: World) -> None:
    deliver(world.incidents, {"console": world.sink}, clock=world.clock)
    assert {str(message.address) for message in world.sink.taken} == {"console:"}


def test_a_claimer_that_died_loses_its_lease(world: World) -> None:
    (claimed,) = world.incidents.claim(NOON, limit=1)
    assert run(world) == (3, 0)
    assert run(world, after=LEASE) == (1, 0)
    assert world.sink.taken[-1].id == claimed.message.id
    assert world.sink.taken[-1].repeat


def test_leases_of_the_dead_are_given_back_at_once(world: World) -> None:
    world.incidents.claim(NOON, limit=1)
    assert world.incidents.release() == 1
    assert run(world) == (4, 0)
    assert [m.repeat for m in world.sink.taken] == [True, False, False, False]


def test_a_crash_between_sending_and_marking_repeats_once(world: World) -> None:
    class Dies(Recorder):
        def send(self, message: Message) -> Receipt:
            super().send(message)
            raise KeyboardInterrupt

    world.sink = Dies()
    with pytest.raises(KeyboardInterrupt):
        run(world)
    first = world.sink.taken[0]
    world.sink = Recorder()
    world.incidents.release()
    run(world)
    assert world.sink.taken[0].id == first.id, "a sink may know it by its id"
    assert world.sink.taken[0].repeat
    assert notified(world) == 4


def test_the_clock_tells_when_it_was_accepted(world: World) -> None:
    later = VirtualClock(NOON + timedelta(minutes=3))
    deliver(world.incidents, world.notifiers, clock=later)
    assert world.incidents.get("INC-1").times.notified == later.now()
