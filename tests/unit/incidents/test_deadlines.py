"""Deadlines: by the clock alone, each thing once, and never before its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import NOON, OWNERSHIP, WEATHER, World, cause, read_catalog

from modelowners.app.desk import answering, due_steps
from modelowners.app.loop import turn
from modelowners.core.ids import IncidentId
from modelowners.core.time import HOUR
from modelowners.incidents import close, escalate, settle
from modelowners.incidents.deadlines import CLOSES, QUIET, lapses_at
from modelowners.incidents.entries import Entry
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.severity import Severity

SHIFTS = OWNERSHIP.replace(
    "feeds: {lead: cy, members: [cy, di], ",
    "feeds: {lead: cy, members: [cy, di], "
    "oncall: [{from: 2026-06-01T00:00, every: 7d, order: [di, cy]}], ",
)


def world_of(folder: Path, text: str = OWNERSHIP) -> World:
    world = World(read_catalog(folder, text))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_of(tmp_path)


@pytest.fixture
def incident(world: World) -> Incident:
    return world.incidents.get("1")


def kinds(entries: tuple[Entry, ...]) -> list[str]:
    return [str(entry.draft.kind) for entry in entries]


def acked(incident: Incident, hours: float = 0) -> Incident:
    at = NOON + hours * HOUR
    held = replace(incident.tenure, acked_at=at, acked_by="cy")
    return replace(incident, tenures=(held,), state=State.ACKNOWLEDGED, heard_at=at)


def test_on_call_is_a_shift_only_where_there_is_one(tmp_path: Path) -> None:
    plain = world_of(tmp_path)
    (page,) = [m for m in plain.sink.taken if m.notice.kind == "page"][:1]
    assert page.notice.lines[0] == "You are asked because you answer for feeds"
    shifts = world_of(tmp_path, SHIFTS)
    (page,) = [m for m in shifts.sink.taken if m.notice.kind == "page"][:1]
    assert page.notice.lines[0] == "You are asked as oncall of cy (feeds)"
    assert page.notice.person in {"cy", "di"}


def test_whoever_cannot_be_reached_is_skipped_with_an_event(
    world: World, incident: Incident
) -> None:
    nobody = answering(world.catalog, "team:gone", NOON)
    away = {"cy", "eli"}
    entries = escalate(incident, nobody, NOON + HOUR, away=away)
    assert kinds(entries) == ["escalated", "escalated", "plan.exhausted"]
    assert [entry.draft.body.get("person") for entry in entries[:2]] == [None, None]
    assert entries[0].draft.body["why"] == "nobody who can be reached is lead"
    assert [entry.tells for entry in entries] == [(), (), ()]


def test_snoozed_asks_nobody(world: World, incident: Incident) -> None:
    whose = answering(world.catalog, WEATHER, NOON)
    resting = replace(incident, snoozed_until=NOON + 2 * HOUR)
    assert escalate(resting, whose, NOON + HOUR) == ()
    assert kinds(escalate(resting, whose, NOON + 2 * HOUR))[0] == "escalated"


@pytest.mark.parametrize(
    ("severity", "hours"), [(Severity.SEV2, 4), (Severity.SEV1, 1)]
)
def test_an_acknowledgement_holds_so_long(
    world: World, incident: Incident, severity: Severity, hours: int
) -> None:
    held = replace(acked(incident), severity=severity)
    assert lapses_at(held) == NOON + hours * HOUR
    before = NOON + hours * HOUR - timedelta(seconds=1)
    assert due_steps(world, held, before) == ()
    (entry,) = due_steps(world, held, NOON + hours * HOUR)
    assert entry.draft.body["lapsed"] is True
    assert entry.draft.body["round"] == 1
    assert "Nothing was heard" in entry.tells[0].why


def test_a_word_of_its_holder_prolongs_it(incident: Incident) -> None:
    held = replace(acked(incident), heard_at=NOON + 3 * HOUR)
    assert lapses_at(held) == NOON + 7 * HOUR
    resting = replace(held, snoozed_until=NOON + 9 * HOUR)
    assert lapses_at(resting) == NOON + 13 * HOUR


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.MITIGATED},
        {"pages": False},
        {"progress": None},
        {"absorbed_into": IncidentId("INC-9")},
    ],
)
def test_nothing_lapses_where_nobody_would_be_asked(
    incident: Incident, change: dict[str, object]
) -> None:
    held = replace(acked(incident), **change)  # type: ignore[arg-type]  # by name
    assert lapses_at(held) is None


def test_quiet_for_ten_minutes_ends_it(incident: Incident) -> None:
    quiet = replace(incident, cleared_at=NOON, sick=False)
    assert settle(quiet, NOON + QUIET - timedelta(seconds=1)) == ()
    (entry,) = settle(quiet, NOON + QUIET)
    assert entry.draft.kind == "resolved"
    assert entry.draft.body["reason"] == "recovered-by-itself"
    times = replace(quiet.times, acked=NOON)
    (entry,) = settle(replace(quiet, times=times), NOON + QUIET)
    assert (entry.draft.kind, entry.draft.body["verified"]) == ("mitigated", False)
    assert settle(replace(quiet, state=State.MITIGATED), NOON + QUIET) == ()
    assert settle(incident, NOON + QUIET) == (), "it is seen still"


def test_what_another_explains_recovers_without_a_word(incident: Incident) -> None:
    quiet = replace(incident, cleared_at=NOON, absorbed_into=IncidentId("INC-9"))
    (entry,) = settle(quiet, NOON + QUIET)
    assert entry.tells == ()


def test_closing_waits_for_72_hours_without_change(incident: Incident) -> None:
    over = replace(
        incident, state=State.RESOLVED, changed_at=NOON, close_reason="wont-fix"
    )
    assert close(over, NOON + CLOSES - timedelta(seconds=1)) == ()
    (entry,) = close(over, NOON + CLOSES)
    assert entry.draft.body == {"reason": "wont-fix"}
