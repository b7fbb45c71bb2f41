"""Signals: opened, attached, cleared; nothing dropped, nothing twice, no storm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import FLEET, MODEL, NOON, OWNERSHIP, World, cause, read_catalog

from modelowners.app.handling import perform
from modelowners.app.loop import turn
from modelowners.app.scenes import Request
from modelowners.app.signals import take_signals
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import HOUR
from modelowners.incidents.alarms import STORM
from modelowners.incidents.incident import Act, Incident, State
from modelowners.incidents.severity import Severity
from modelowners.incidents.signals import Signal

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    more = "  service:alertmanager: {owner: fleet}\n"
    return World(read_catalog(tmp_path, OWNERSHIP + more))


class Sender:
    """Sends signals to a world, each delivery with a receipt of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.receipts = 0

    def __call__(
        self,
        mark: str = "a",
        *,
        ended: bool = False,
        again: bool = False,
        **more: object,
    ) -> list[str]:
        self.receipts += not again
        now = self.world.clock.now()
        known = {
            "source": "alertmanager",
            "fingerprint": mark,
            "asset": MODEL,
            "symptom_class": "errors",
            "starts_at": now,
            "ends_at": now if ended else None,
            "receipt": str(self.receipts),
        }
        signal = Signal(**{**known, **more})  # type: ignore[arg-type]  # by name
        return list(take_signals(self.world, [signal], at=now))


@pytest.fixture
def send(world: World) -> Sender:
    return Sender(world)


def look(world: World, after: timedelta = timedelta(0)) -> None:
    world.clock.advance(after)
    turn(world, as_of=world.clock.now())


def only(world: World) -> Incident:
    (found,) = world.incidents.within()
    return found


def kinds(world: World, name: str = "INC-1") -> list[str]:
    found = world.incidents.get(name)
    return [event.kind for event in world.incidents.history(found.id)]


def test_a_signal_opens_on_its_asset_and_its_owner_is_paged(
    world: World, send: Sender
) -> None:
    assert send(annotations={"summary": "5xx above 2 %"}) == ["INC-1"]
    found = only(world)
    assert found.model == MODEL
    assert found.headline == "5xx above 2 % (model:eta)"
    assert (found.severity, found.pages) == (Severity.SEV3, True)
    assert found.times.detected == found.times.received == NOON
    look(world)
    assert only(world).route["rule"] == "owner-of-symptom"
    assert ("page", "email:ana@acme.example", "ana") in world.sink.told


def test_detected_is_the_signals_own_start(world: World, send: Sender) -> None:
    send(starts_at=NOON - HOUR)
    assert only(world).times.detected == NOON - HOUR
    assert only(world).times.received == NOON


def test_a_start_in_the_future_is_our_receipt(world: World, send: Sender) -> None:
    send(starts_at=NOON + HOUR)
    assert only(world).times.detected == NOON


def test_repeats_and_changed_annotations_tell_nobody(
    world: World, send: Sender
) -> None:
    send()
    look(world)
    world.sink.taken.clear()
    send(annotations={"summary": "now 3 %"})
    send("b")
    look(world)
    assert world.sink.taken == []
    one, two = only(world).signals
    assert (one.count, two.count) == (2, 1)
    assert one.title == "now 3 %"


def test_the_same_receipt_records_nothing(world: World, send: Sender) -> None:
    send()
    before = kinds(world)
    send(again=True)
    assert kinds(world) == before


@pytest.mark.parametrize(
    ("acked", "state"), [(False, State.RESOLVED), (True, State.MITIGATED)]
)
def test_all_cleared_for_ten_minutes_ends_it(
    world: World, send: Sender, acked: bool, state: State
) -> None:
    send()
    send("b")
    look(world)
    if acked:
        perform(world, Request(incident="1", actor="ana"), Act.ACK, {})
    send(ended=True)
    look(world, 20 * MINUTE)
    assert only(world).active, "one still fires"
    send("b", ended=True)
    look(world, 9 * MINUTE)
    assert only(world).active
    look(world, MINUTE)
    assert only(world).state is state
    assert only(world).times.verified is None


def test_a_quick_return_reopens_a_late_one_recurs(world: World, send: Sender) -> None:
    send()
    look(world)
    send(ended=True)
    look(world, 10 * MINUTE)
    assert only(world).state is State.RESOLVED
    world.clock.advance(30 * MINUTE)
    assert send("b") == ["INC-1"]
    assert only(world).state is State.OPEN
    send("b", ended=True)
    look(world, 10 * MINUTE)
    world.clock.advance(31 * MINUTE)
    assert send() == ["INC-2"]
    assert world.incidents.get("2").recurrence_of == "INC-1"


def test_an_alert_that_goes_on_after_a_person_ended_it_is_no_news(
    world: World, send: Sender
) -> None:
    send()
    look(world)
    perform(world, Request(incident="1", actor="ana"), Act.RESOLVE, {})
    world.clock.advance(4 * HOUR)
    assert send() == ["INC-1"]
    assert only(world).state is State.RESOLVED
    perform(world, Request(incident="1", actor="ana"), Act.REOPEN, {})
    assert only(world).state is State.OPEN


def test_an_end_nobody_knows_the_beginning_of_opens_nothing(
    world: World, send: Sender
) -> None:
    assert send(ended=True) == []
    assert world.incidents.within() == ()


def test_what_names_no_asset_goes_to_the_senders_owner(
    world: World, send: Sender
) -> None:
    send(asset=None)
    look(world)
    assert only(world).model == "service:alertmanager"
    assert ("page", "console:", "fay") in world.sink.told


def test_what_nobody_owns_is_told_on_the_console(world: World, send: Sender) -> None:
    send(asset=asset_id("service:unheard-of"))
    look(world)
    assert str(only(world).holder) == "nobody"
    assert {target for _, target, _ in world.sink.told} == {"console:"}


def test_classes_are_incidents_of_their_own(world: World, send: Sender) -> None:
    send()
    send("b", symptom_class="latency")
    send("c", symptom_class="drift")
    assert [one.symptom_class for one in world.incidents.within()] == [
        "errors",
        "latency",
        "drift",
    ]
    assert not world.incidents.get("3").pages, "drift alone wakes nobody"


def test_a_worse_word_of_its_sender_counts(world: World, send: Sender) -> None:
    send(severity=Severity.SEV4)
    look(world)
    assert not only(world).pages, "its sender calls it an information"
    send(severity=Severity.SEV1)
    look(world)
    found = only(world)
    assert (found.severity, found.pages) == (Severity.SEV1, True)
    assert ("page", "email:ana@acme.example", "ana") in world.sink.told


def test_the_worst_waits_for_no_diagnosis(world: World, send: Sender) -> None:
    send(severity=Severity.SEV1)
    assert "route.decided" in kinds(world)
    assert "escalated" in kinds(world)


def test_a_diagnosis_of_the_same_turn_routes_it(world: World, send: Sender) -> None:
    send(symptom_class="quality")
    world.make_sick(cause(0.9))
    look(world)
    found = only(world)
    assert str(found.holder) == "cy (feeds)"
    assert found.findings
    assert kinds(world).count("route.decided") == 1


def test_a_storm_is_one_incident(world: World, send: Sender) -> None:
    assets = [AssetId(f"service:s{n:03}") for n in range(60)]
    for n, one in enumerate(assets):
        send(f"f{n}", asset=one)
    found = world.incidents.within()
    assert len(found) == STORM + 1
    storm = found[-1]
    assert storm.storm
    assert storm.model == "service:alertmanager"
    assert len(storm.signals) == 60 - STORM
    assert sum(len(one.signals) for one in found) == 60, "nothing is dropped"
    world.clock.advance(2 * MINUTE)
    send("later", asset=FLEET)
    assert len(world.incidents.within()) == STORM + 2, "the storm is over"
    world.clock.advance(10 * MINUTE)
    send("f59", asset=assets[59], ended=True)
    ends = world.incidents.get(storm.id).signals[-1]
    assert ends.ended is not None


def test_another_source_is_not_in_the_storm(world: World, send: Sender) -> None:
    for n in range(STORM):
        send(f"f{n}", asset=AssetId(f"service:s{n:03}"))
    send("x", source="pagerduty", asset=FLEET)
    assert not any(one.storm for one in world.incidents.within())


def test_a_delivery_of_many_alerts_is_grouped(world: World) -> None:
    signals = [
        Signal(
            source="alertmanager",
            fingerprint=f"f{n}",
            asset=MODEL,
            symptom_class=("errors", "latency")[n % 2],
            starts_at=NOON,
            receipt="1",
        )
        for n in range(6)
    ]
    assert take_signals(world, signals, at=NOON) == ("INC-1", "INC-2")
    assert [len(one.signals) for one in world.incidents.within()] == [3, 3]
    take_signals(world, signals, at=NOON)
    assert [one.signals[0].count for one in world.incidents.within()] == [1, 1]


def test_a_flood_in_one_delivery_is_one_storm(world: World) -> None:
    flood = [
        Signal(
            source="alertmanager",
            fingerprint=f"f{n}",
            asset=AssetId(f"service:s{n:03}"),
            symptom_class="errors",
            starts_at=NOON,
            receipt="1",
        )
        for n in range(300)
    ]
    names = take_signals(world, flood, at=NOON)
    assert len(names) == len(world.incidents.within()) == STORM + 1
    storm = world.incidents.get(names[-1])
    assert len(storm.signals) == 300 - STORM
    before = world.incidents.history(storm.id)
    assert take_signals(world, flood, at=NOON) == names
    assert world.incidents.history(storm.id) == before
    over = [replace(one, ends_at=NOON, receipt="2") for one in flood]
    take_signals(world, over, at=NOON)
    assert not any(one.firing for one in world.incidents.within())
    look(world, 10 * MINUTE)
    assert {one.state for one in world.incidents.within()} == {State.RESOLVED}
    assert world.incidents.rebuild() == ()
