"""History: what each kind of event does. Whole lives are in `test_life.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    MODEL,
    NOON,
    WEATHER,
    World,
    cause,
    check_tenures,
    read_catalog,
)

from modelowners.app.desk import record
from modelowners.app.loop import turn
from modelowners.core.ids import IncidentId
from modelowners.core.time import HOUR
from modelowners.incidents import fold
from modelowners.incidents.events import Draft, Event, EventKind
from modelowners.incidents.history import HANDLERS
from modelowners.incidents.incident import State
from modelowners.incidents.refusals import NoHistory
from modelowners.incidents.severity import Severity


@pytest.fixture
def opened(tmp_path: Path) -> tuple[Event, ...]:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world.incidents.history(IncidentId("INC-1"))


def event(name: str, n: int, /, **body: object) -> Event:
    draft = Draft(kind=name, occurred_at=NOON + timedelta(hours=n), body=body)
    return draft.recorded(IncidentId("INC-1"), n=n, at=NOON + timedelta(hours=n))


def test_a_log_begins_with_its_opening(opened: tuple[Event, ...]) -> None:
    with pytest.raises(NoHistory, match=r"found onset\.estimated"):
        fold(opened[1:])
    with pytest.raises(NoHistory, match="no event"):
        fold([])


def test_an_unknown_kind_is_kept_and_skipped(opened: tuple[Event, ...]) -> None:
    later = event("teleported", len(opened) + 1, where="mars")
    before, after = fold(opened), fold([*opened, later])
    assert after == replace(before, revision=len(opened) + 1, skipped=1)


def test_every_kind_folds_even_with_an_empty_body(opened: tuple[Event, ...]) -> None:
    for kind in EventKind:
        if kind is not EventKind.INCIDENT_OPENED:
            found = fold([*opened, event(kind.value, len(opened) + 1)])
            check_tenures(found)
            assert found.skipped == 0
    assert set(HANDLERS) < set(EventKind)


def test_skipped_states_stay_unknown(opened: tuple[Event, ...]) -> None:
    times = fold([*opened, event("resolved", 50, reason="fixed")]).times
    assert times.resolved is not None
    assert (times.acked, times.mitigated, times.verified) == (None, None, None)


def test_an_illegal_transition_leaves_the_state(opened: tuple[Event, ...]) -> None:
    assert fold([*opened, event("closed", 50)]).state is State.OPEN
    assert fold([*opened, event("reopened", 50)]).state is State.OPEN


def test_merged_and_dismissed_come_back(opened: tuple[Event, ...]) -> None:
    merged = [*opened, event("merged", 50)]
    assert fold(merged).state is State.MERGED
    assert fold([*merged, event("unmerged", 51)]).state is State.OPEN
    dismissed = [*opened, event("dismissed", 50)]
    assert fold(dismissed).state is State.DISMISSED
    assert fold([*dismissed, event("reopened", 51)]).state is State.OPEN


def test_reopening_forgets_the_recovery_and_pages_anew(
    opened: tuple[Event, ...],
) -> None:
    log = [*opened, event("acked", 50), event("mitigated", 51), event("reopened", 52)]
    found = fold(log)
    assert found.state is State.OPEN
    assert (found.times.mitigated, len(found.times.reopened)) == (None, 1)
    assert found.paging
    assert found.progress is not None
    assert found.progress.done == ()


def test_an_owner_is_engaged_from_their_first_act_not_the_confirmation(
    opened: tuple[Event, ...],
) -> None:
    ana, cy = (
        Draft(
            kind="noted",
            occurred_at=NOON + timedelta(hours=hour),
            actor=f"person:{name}",
            body={"roles": roles},
        ).recorded(IncidentId("INC-1"), n=90 + hour, at=NOON)
        for hour, name, roles in (
            (1, "ana", {MODEL: ["accountable"]}),
            (2, "cy", {WEATHER: ["responder"]}),
        )
    )
    confirmed = event("cause.confirmed", 99, asset=WEATHER, kind="offset")
    assert fold([*opened, ana, cy]).times.owner_engaged is None
    found = fold([*opened, ana, cy, confirmed])
    assert found.times.owner_engaged == NOON + timedelta(hours=2)
    rejected = fold([*opened, ana, cy, confirmed, event("cause.rejected", 100)])
    assert rejected.times.owner_engaged is None


def test_only_a_message_to_a_person_counts_as_notified(
    opened: tuple[Event, ...],
) -> None:
    bare = [one for one in opened if one.kind != "notified"]
    channel = event("notified", 50, sink="file", person=None)
    assert fold([*bare, channel]).times.notified is None
    told = event("notified", 51, sink="email", person="cy")
    assert fold([*bare, channel, told]).times.notified == told.occurred_at


def test_recording_nothing_writes_nothing(tmp_path: Path) -> None:
    world = World(read_catalog(tmp_path))
    assert record(world, None, (), at=NOON) is None
    assert world.incidents.within() == ()


def test_merging_and_dismissing_say_into_what_and_why(
    opened: tuple[Event, ...],
) -> None:
    merged = fold([*opened, event("merged", 50, into="INC-9")])
    assert merged.merged_into == "INC-9"
    assert not merged.paging
    apart = fold([*opened, event("merged", 50, into="INC-9"), event("unmerged", 51)])
    assert apart.merged_into is None
    assert apart.paging, "its plan starts again"
    assert apart.times.reopened == ()
    assert fold([*opened, event("dismissed", 50, reason="expected")]).dismissed


def test_absorbed_is_no_state_but_nobody_is_asked(opened: tuple[Event, ...]) -> None:
    absorbed = fold([*opened, event("absorbed", 50, into="INC-9")])
    assert absorbed.state is State.OPEN
    assert absorbed.absorbed_into == "INC-9"
    assert not absorbed.paging
    released = fold(
        [*opened, event("absorbed", 50, into="INC-9"), event("released", 51)]
    )
    assert released.absorbed_into is None


def test_snoozing_moves_what_is_to_come(opened: tuple[Event, ...]) -> None:
    before = fold(opened).progress
    assert before is not None
    start = event("x", 50).occurred_at
    until = start + 3 * HOUR
    log = [*opened, event("snoozed", 50, until=until.isoformat())]
    found = fold(log)
    assert found.snoozed_until == until
    assert found.progress is not None
    assert found.progress.started == before.started + 3 * HOUR
    # A second one within the first adds only what goes beyond it.
    later = until + HOUR
    twice = fold([*log, event("snoozed", 51, until=later.isoformat())])
    assert twice.progress is not None
    assert twice.progress.started == before.started + 4 * HOUR
    shorter = fold([*log, event("snoozed", 51, until=start.isoformat())])
    assert shorter.snoozed_until == until


def test_the_worst_ends_its_rest(opened: tuple[Event, ...]) -> None:
    until = (NOON + 99 * HOUR).isoformat()
    log = [*opened, event("snoozed", 50, until=until)]
    worst = fold([*log, event("severity.changed", 51, severity="sev1")])
    assert worst.snoozed_until is None
    rest = event("snoozed", 51, until=until)
    again = fold([*opened, event("severity.changed", 50, severity="sev1"), rest])
    assert again.snoozed_until is None


def test_a_persons_severity_is_not_the_programs(opened: tuple[Event, ...]) -> None:
    said = Draft(
        kind="severity.changed",
        occurred_at=NOON,
        actor="person:ana",
        body={"severity": "sev4"},
    ).recorded(IncidentId("INC-1"), n=50, at=NOON)
    found = fold([*opened, said])
    assert found.severity is Severity.SEV4
    assert found.judged is fold(opened).severity


def test_fixes_are_followed(opened: tuple[Event, ...]) -> None:
    log = [
        *opened,
        event("approval.requested", 50),
        event("approval.granted", 51),
        event("fix.planned", 52, plan="fix_1", action="alias to 3", who_may=["cy"]),
        event("fix.started", 53, plan="fix_1"),
        event("fix.failed", 54, plan="fix_1"),
        event("fix.started", 55, plan="fix_1"),
        event("fix.finished", 56, plan="fix_1"),
        event("breakglass.used", 57),
    ]
    found = fold(log)
    (fix,) = found.fixes
    assert (fix.plan, fix.action, fix.who_may) == ("fix_1", "alias to 3", ("cy",))
    assert fix.state == "finished"
    times = found.times
    assert times.approval_requested == NOON + 50 * HOUR
    assert times.approval_granted == NOON + 51 * HOUR
    assert times.fix_started == NOON + 53 * HOUR, "the first start"
    assert times.fix_finished == NOON + 56 * HOUR
    assert found.broken_glass


def test_an_illegal_time_is_not_kept(opened: tuple[Event, ...]) -> None:
    closed = [*opened, event("resolved", 50), event("closed", 51)]
    found = fold([*closed, event("mitigated", 52), event("merged", 53, into="INC-2")])
    assert found.state is State.CLOSED
    assert found.times.mitigated is None
    assert found.merged_into is None


def test_alerts_are_added_up_by_fingerprint(opened: tuple[Event, ...]) -> None:
    fires = {"source": "am", "fingerprint": "f", "title": "slow", "digest": "1"}
    started = (NOON - HOUR).isoformat()
    ended = {**fires, "ended": (NOON + HOUR).isoformat()}
    log = [
        *opened,
        event("signal.attached", 50, signal={**fires, "started": started}),
        event("signal.attached", 51, signal={**fires, "title": "slower"}),
    ]
    (alert,) = fold(log).signals
    assert (alert.count, alert.title, alert.started) == (2, "slower", NOON - HOUR)
    assert fold(log).firing
    over = fold([*log, event("signal.cleared", 52, signal=ended)])
    assert not over.firing
    assert over.cleared_at is None, "our own findings show it still"
    well = fold(
        [*log, event("signal.cleared", 52, signal=ended), event("signal.cleared", 53)]
    )
    assert well.cleared_at == NOON + 53 * HOUR
    back = fold(
        [
            *log,
            event("signal.cleared", 52),
            event("signal.attached", 53, findings=["x"]),
        ]
    )
    assert back.sick
    assert back.cleared_at is None


def test_a_lapse_asks_again_and_keeps_the_first_acknowledgement(
    opened: tuple[Event, ...],
) -> None:
    acked = event("acked", 50)
    lapsed = event(
        "escalated",
        55,
        round=1,
        started=(NOON + 55 * HOUR).isoformat(),
        step=0,
        lapsed=True,
    )
    found = fold([*opened, acked, lapsed])
    assert not found.heard
    assert found.state is State.ACKNOWLEDGED
    assert found.progress is not None
    assert (found.progress.round, found.progress.done) == (1, (0,))
    again = fold([*opened, acked, lapsed, event("acked", 56)])
    assert again.heard
    assert again.tenure.acked_at == again.times.acked == NOON + 50 * HOUR
