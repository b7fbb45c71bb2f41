from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime

from incident_worlds import FLEET, MODEL, NOON, ONSET, WEATHER

from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import DAY, HOUR
from modelowners.incidents.events import Event, EventKind
from modelowners.incidents.incident import Times
from modelowners.incidents.tenures import Holder
from modelowners.measurement import read_events
from modelowners.measurement.chronology import name_of
from modelowners.measurement.timelines import OURS, FixedBy, Hold, Step, Timeline

K = EventKind
RISK, FEEDS = Holder("risk", "ana").plain(), Holder("feeds", "cy").plain()
OWNERS = {WEATHER: "feeds", FLEET: "fleet"}
Told = tuple[float, str, Mapping[str, object]]


def at(hours: float) -> datetime:
    return NOON + hours * HOUR


def log(*told: Told, who: str = "person:cy") -> list[Event]:
    """An incident of the model, held by risk from noon; then what is told."""
    opening = {"model": MODEL, "class": "quality", "severity": "sev2", "holder": RISK}
    whole: list[Told] = [(0, K.INCIDENT_OPENED, opening), *told]
    return [
        Event(
            incident=IncidentId("INC-1"),
            n=n,
            kind=str(kind),
            occurred_at=at(hours),
            recorded_at=at(hours),
            actor=who,
            source="cli",
            body=body,
            key=str(n),
        )
        for n, (hours, kind, body) in enumerate(whole, start=1)
    ]


def owner_at(asset: AssetId, when: datetime) -> str | None:
    assert when == NOON, "ownership is read as it stood at opening"
    return OWNERS.get(asset)


def read(events: list[Event], *, as_of: datetime = NOON + 90 * DAY) -> Timeline:
    found = read_events(events, as_of=as_of, owner_at=owner_at)
    assert found is not None
    return found


TO_FEEDS: Told = (2, K.ASSIGNED, {"to": FEEDS, "reason": "not-mine"})
CONFIRMED: Told = (3, K.CAUSE_CONFIRMED, {"asset": WEATHER, "kind": "offset"})
RESOLVED: Told = (5, K.RESOLVED, {"reason": "fixed"})


def test_a_whole_life() -> None:
    one = read(
        log(
            (0, K.ONSET_ESTIMATED, {"at": ONSET.at.isoformat()}),
            (0.1, K.NOTIFIED, {"person": "ana", "sink": "file"}),
            (1, K.ACKED, {}),
            TO_FEEDS,
            (2.5, K.ACKED, {}),
            CONFIRMED,
            (3.2, K.APPROVAL_REQUESTED, {}),
            (3.4, K.APPROVAL_GRANTED, {}),
            (3.5, K.FIX_STARTED, {}),
            (3.8, K.FIX_FINISHED, {}),
            (4, K.MITIGATED, {}),
            (4.5, K.VERIFIED, {}),
            RESOLVED,
            (6, K.CLOSED, {"reason": "fixed"}),
        )
    )
    assert (one.id, one.source, one.asset) == ("INC-1", OURS, MODEL)
    assert one.holds == (Hold("risk", NOON, at(1)), Hold("feeds", at(2), at(2.5)))
    assert (one.fixed, one.fixed_by, one.closed) == (at(5), FixedBy.LOG, at(6))
    assert (one.cause_team, one.right_team, one.tosses) == ("feeds", "feeds", 1)
    assert one.outcome == "fixed"
    assert {step.value: when for step, when in one.steps.items()} == {
        "detected": NOON,
        "notified": at(0.1),
        "acked": at(1),
        "cause_confirmed": at(3),
        "approval_requested": at(3.2),
        "approval_granted": at(3.4),
        "fix_started": at(3.5),
        "fix_finished": at(3.8),
        "mitigated": at(4),
        "verified": at(4.5),
        "resolved": at(5),
    }


def test_what_was_skipped_stays_unknown() -> None:
    assert set(read(log(RESOLVED)).steps) == {Step.DETECTED, Step.RESOLVED}


def test_what_was_recorded_later_is_not_known_yet() -> None:
    events = log(TO_FEEDS, RESOLVED)
    early = read(events, as_of=at(1))
    assert (early.fixed, early.holder) == (None, "risk")
    before = read_events(events, as_of=NOON - HOUR, owner_at=owner_at)
    assert before is None


def test_a_hand_off_is_no_toss() -> None:
    one = read(log((2, K.ASSIGNED, {"to": FEEDS, "reason": "needs-help"}), RESOLVED))
    assert (one.tosses, one.changes) == (0, 1)


def test_another_person_of_the_team_is_the_same_hold() -> None:
    bo = Holder("risk", "bo").plain()
    handed: Told = (2, K.ASSIGNED, {"to": bo, "reason": "shift-change"})
    one = read(log(handed, (3, K.ACKED, {}), RESOLVED))
    assert one.holds == (Hold("risk", NOON, at(3)),)


def test_the_first_route_is_what_routing_decided() -> None:
    routed: Told = (0, K.ROUTE_DECIDED, {"to": FEEDS, "rule": "owner-of-cause"})
    one = read(log(routed, CONFIRMED, RESOLVED))
    assert (one.first_named, one.kept) == ("feeds", True)


def test_the_clock_stops_at_the_last_unbroken_resolved_state() -> None:
    one = read(log(RESOLVED, (7, K.REOPENED, {}), (9, K.RESOLVED, {"reason": "fixed"})))
    assert one.fixed == at(9)
    still = read(log(RESOLVED, (7, K.REOPENED, {})))
    assert still.fixed is None


def test_what_is_handed_over_after_the_fix_changes_no_hold() -> None:
    late: Told = (8, K.ASSIGNED, {"to": FEEDS, "reason": "needs-help"})
    assert read(log(RESOLVED, late)).holder == "risk"


def test_merged_and_dismissed_are_told() -> None:
    assert read(log((1, K.DISMISSED, {"reason": "expected"}))).fate == "dismissed"
    assert read(log((1, K.MERGED, {"into": "INC-2"}))).fate == "merged"


def test_an_absorbed_child_is_its_parents_until_it_is_released() -> None:
    absorbed: Told = (1, K.ABSORBED, {"into": "INC-2"})
    assert read(log(absorbed)).fate == "merged"
    assert read(log(absorbed, (2, K.RELEASED, {}))).fate is None


def test_steps_are_named_as_the_times_of_an_incident() -> None:
    names = {field.name for field in dataclasses.fields(Times)}
    assert {step.value for step in Step} <= names


def test_a_cause_nobody_owns_leaves_the_resolver() -> None:
    cause: Told = (3, K.CAUSE_CONFIRMED, {"asset": "dataset:wild", "kind": "offset"})
    one = read(log(cause, RESOLVED))
    assert (one.cause_team, one.right_team) == (None, "risk")


def test_severity_is_the_openings() -> None:
    changed: Told = (1, K.SEVERITY_CHANGED, {"severity": "sev1"})
    one = read(log(changed, RESOLVED))
    assert (one.severity, one.relabelled) == ("sev2", True)
    assert not read(log(RESOLVED)).relabelled


def test_kinds_of_a_later_release_are_passed_over() -> None:
    assert read(log((1, "approval.delegated", {}), RESOLVED)).fixed == at(5)


def test_a_person_without_a_team_counts_by_name() -> None:
    assert name_of(Holder(None, "eli")) == "eli"
