"""The loop, on a virtual clock, with scripted diagnoses and a real event log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    FLEET,
    GUILTY,
    LATER,
    MODEL,
    NOON,
    OWNERSHIP,
    WEATHER,
    WINDOW,
    Recorder,
    World,
    cause,
    diagnosis,
    finding,
    read_catalog,
)

from modelowners.app.handling import act
from modelowners.app.intake import Intake, Unread
from modelowners.app.loop import TurnReport, turn
from modelowners.app.moves import acking, noting, regrading, snoozing
from modelowners.app.scenes import Request
from modelowners.core.time import DAY, HOUR, TimeWindow
from modelowners.detection.findings import FindingClass, Harm, HarmState
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.notices import Address, Message
from modelowners.incidents.ports import Hope, NotSent, Receipt
from modelowners.incidents.severity import Severity

CONSOLE = Address("console")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(read_catalog(tmp_path))


def look(world: World, *, after: timedelta = timedelta(0)) -> TurnReport:
    world.clock.advance(after)
    return turn(world, as_of=world.clock.now())


def only(world: World) -> Incident:
    (found,) = world.incidents.within()
    return found


def kinds(world: World) -> list[str]:
    return [event.kind for event in world.incidents.history(only(world).id)]


def test_a_quiet_fleet_stays_quiet(world: World) -> None:
    report = look(world)
    assert report.quiet
    assert not report.pages
    assert [one.model for one in report.looks] == [MODEL]
    assert world.incidents.within() == ()
    assert world.sink.taken == []
    assert world.revisions == 1


def test_the_owner_of_the_cause_is_paged_and_the_symptoms_owner_told(
    world: World,
) -> None:
    world.make_sick(cause(0.9))
    report = look(world)
    assert report.pages
    found = only(world)
    assert str(found.holder) == "cy (feeds)"
    assert found.route["rule"] == "owner-of-cause"
    assert world.sink.told == [
        ("note", "email:ana@acme.example", "ana"),
        ("note", "file:risk.jsonl", "ana"),
        ("page", "email:cy@acme.example", "cy"),
        ("page", "file:feeds.jsonl", "cy"),
    ]


def test_opening_records_each_step_once(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    assert kinds(world)[:5] == [
        "incident.opened",
        "onset.estimated",
        "cause.proposed",
        "route.decided",
        "escalated",
    ]
    assert kinds(world)[5:] == ["notified"] * 4


def test_a_turn_repeated_adds_no_event(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    before = world.incidents.history(only(world).id)
    for _ in range(3):
        report = look(world)
    assert world.incidents.history(only(world).id) == before
    assert report.pages
    assert len(world.sink.taken) == 4


def test_steps_fall_due_on_the_loops_clock_and_only_once(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    world.sink.taken.clear()
    look(world, after=timedelta(minutes=14))
    assert world.sink.taken == []
    look(world, after=timedelta(minutes=1))
    assert {person for _, _, person in world.sink.told} == {"cy"}
    world.sink.taken.clear()
    look(world, after=timedelta(minutes=30))
    assert ("page", "email:eli@acme.example", "eli") in world.sink.told
    world.sink.taken.clear()
    look(world, after=timedelta(minutes=1))
    assert world.sink.taken == []
    assert kinds(world).count("plan.exhausted") == 1


def test_an_exhausted_plan_starts_again_after_an_hour(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    look(world, after=HOUR)
    world.sink.taken.clear()
    look(world, after=timedelta(minutes=59))
    assert world.sink.taken == []
    look(world, after=timedelta(minutes=1))
    assert world.sink.told[0] == ("page", "email:cy@acme.example", "cy")


def test_acknowledgement_stops_the_plan(world: World, tmp_path: Path) -> None:
    world.make_sick(cause(0.9))
    look(world)
    act(world, Request(incident="INC-1"), acking())
    world.sink.taken.clear()
    look(world, after=4 * HOUR - timedelta(seconds=1))
    assert world.sink.taken == []
    assert only(world).state is State.ACKNOWLEDGED


def test_an_acknowledgement_without_another_act_lapses(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    act(world, Request(incident="INC-1"), acking())
    look(world, after=3 * HOUR)
    act(world, Request(incident="INC-1"), noting("looking into it"))
    look(world, after=HOUR)
    assert kinds(world).count("escalated") == 1, "a word of the holder keeps it"
    world.sink.taken.clear()
    look(world, after=3 * HOUR)
    assert {person for _, _, person in world.sink.told} == {"cy"}
    assert "Nothing was heard" in world.sink.taken[0].notice.lines[0]
    found = only(world)
    assert found.state is State.ACKNOWLEDGED
    assert found.times.acked == NOON
    assert not found.heard
    look(world, after=15 * timedelta(minutes=1))
    assert kinds(world).count("escalated") == 3, "the plan goes on until it is taken"
    act(world, Request(incident="INC-1"), acking())
    assert only(world).heard


def test_the_worst_lapses_after_an_hour(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    act(world, Request(incident="1"), acking())
    act(world, Request(incident="1"), regrading(Severity.SEV1, "it is in the news"))
    world.sink.taken.clear()
    look(world, after=HOUR)
    assert ("page", "email:cy@acme.example", "cy") in world.sink.told


def test_snoozing_pauses_the_plan(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    act(world, Request(incident="1"), snoozing(length=2 * HOUR))
    world.sink.taken.clear()
    look(world, after=2 * HOUR)
    assert world.sink.taken == [], "the lead's 15 minutes begin when it ends"
    look(world, after=timedelta(minutes=14))
    assert world.sink.taken == []
    look(world, after=timedelta(minutes=1))
    assert {kind for kind, _, _ in world.sink.told} == {"page"}
    world.sink.taken.clear()
    act(world, Request(incident="1"), snoozing(length=24 * HOUR))
    look(world, after=24 * HOUR)
    assert world.sink.taken == []


def test_a_person_is_bound_when_the_step_falls_due(
    world: World, tmp_path: Path
) -> None:
    world.make_sick(cause(0.9))
    look(world)
    edited = OWNERSHIP.replace(
        "{lead: cy, members: [cy, di]", "{lead: di, members: [di]"
    )
    world.catalog = read_catalog(tmp_path, edited)
    world.sink.taken.clear()
    look(world, after=timedelta(minutes=15))
    assert ("page", "email:di@acme.example", "di") in world.sink.told
    progress = only(world).progress
    assert progress is not None
    assert [step.role for step in progress.plan.steps] == ["oncall", "lead", "manager"]


def test_split_evidence_goes_to_the_symptoms_owner_with_candidates_told(
    world: World,
) -> None:
    world.make_sick(
        cause(0.5), cause(0.45, team="fleet", person="fay", asset=FLEET, rank=2)
    )
    look(world)
    assert str(only(world).holder) == "ana (risk)"
    assert ("page", "email:ana@acme.example", "ana") in world.sink.told
    notes = {who for kind, _, who in world.sink.told if kind == "note"}
    assert notes == {"cy", "fay"}


def test_drift_without_harm_opens_nothing(world: World) -> None:
    drift = finding(
        kind=FindingClass.DRIFT, subject="mean", harm=Harm(HarmState.NONE_SHOWN)
    )
    world.answers[MODEL] = (diagnosis(sick=False), (drift,))
    report = look(world)
    assert report.looks[0].drifts == 1
    assert not report.pages
    assert world.incidents.within() == ()


def test_one_models_failure_does_not_stop_the_others(tmp_path: Path) -> None:
    more = OWNERSHIP + "  model:abc: {owner: risk, predictions: {source: x.csv}}\n"
    world = World(read_catalog(tmp_path, more))
    world.make_sick(cause(0.9))
    world.answers[next(m for m in world.catalog.models() if m != MODEL)] = KeyError("x")
    report = look(world)
    failed, sick = report.looks
    assert failed.error == "unexpected KeyError: 'x'"
    assert sick.incident is not None
    assert not report.quiet


def test_models_without_a_log_are_named(tmp_path: Path) -> None:
    more = OWNERSHIP + "  model:abc: {owner: risk}\n"
    assert look(World(read_catalog(tmp_path, more))).unobserved == ("model:abc",)


def test_a_better_diagnosis_reroutes_before_acknowledgement(world: World) -> None:
    world.make_sick(cause(0.4, kind=CauseKind.OFFSET))
    look(world)
    assert only(world).holder.team == "risk"
    world.sink.taken.clear()
    world.make_sick(cause(0.9), window=LATER)
    look(world, after=DAY)
    found = only(world)
    assert str(found.holder) == "cy (feeds)"
    assert found.tenures[0].reason == "found-cause-elsewhere"
    assert found.tosses == 0
    assert ("page", "email:cy@acme.example", "cy") in world.sink.told
    assert ("note", "email:ana@acme.example", "ana") in world.sink.told


def test_a_better_diagnosis_is_proposed_after_acknowledgement(
    world: World, tmp_path: Path
) -> None:
    world.make_sick(cause(0.4, kind=CauseKind.OFFSET))
    look(world)
    act(world, Request(incident="1"), acking())
    world.sink.taken.clear()
    world.make_sick(cause(0.9), window=LATER)
    look(world, after=2 * HOUR)
    found = only(world)
    assert found.holder.team == "risk"
    assert {kind for kind, _, _ in world.sink.told} == {"note"}
    proposals = [m for m in world.sink.taken if m.notice.person == "ana"]
    assert "confirm-cause INC-1" in proposals[0].notice.lines[0]


def test_wobbling_probabilities_add_no_event(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    before = kinds(world)
    world.make_sick(cause(0.87), window=LATER)
    look(world)
    assert kinds(world) == before


def test_recovery_unacknowledged_resolves(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    world.make_well(WINDOW)
    look(world)
    assert only(world).state is State.OPEN, "the same window cannot show a recovery"
    world.make_well(LATER)
    report = look(world, after=DAY)
    found = only(world)
    assert found.state is State.RESOLVED
    assert found.close_reason == "recovered-by-itself"
    assert found.times.mitigated is None
    assert not report.pages
    assert look(world, after=2 * DAY).looks[0].incident is None


def test_recovery_acknowledged_is_mitigated_and_not_verified(
    world: World, tmp_path: Path
) -> None:
    world.make_sick(cause(0.9))
    look(world)
    act(world, Request(incident="INC-1"), acking())
    world.make_well(LATER)
    look(world, after=DAY)
    found = only(world)
    assert found.state is State.MITIGATED
    assert found.times.mitigated == world.clock.now()
    assert found.times.verified is None
    assert found.times.resolved is None


def test_a_finding_that_is_over_counts_as_recovery(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    over = finding(ends=TimeWindow(WINDOW.end - DAY, WINDOW.end))
    world.answers[MODEL] = (diagnosis(cause(0.9), window=LATER), (over,))
    look(world, after=DAY)
    assert only(world).state is State.RESOLVED


def test_a_quick_return_reopens_and_a_late_one_is_a_recurrence(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    world.make_well(LATER)
    look(world, after=DAY)
    world.make_sick(cause(0.9), window=TimeWindow(LATER.start, LATER.end + HOUR))
    look(world, after=timedelta(minutes=20))
    assert only(world).state is State.OPEN
    assert len(only(world).times.reopened) == 1
    world.make_well(TimeWindow(LATER.start, LATER.end + DAY))
    look(world, after=DAY)
    world.make_sick(cause(0.9), window=TimeWindow(LATER.start, LATER.end + 2 * DAY))
    look(world, after=DAY)
    first, second = world.incidents.within()
    assert first.state is State.RESOLVED
    assert second.recurrence_of == first.id


def test_a_resolved_incident_closes_after_72_hours(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    world.make_well(LATER)
    look(world, after=DAY)
    look(world, after=71 * HOUR)
    assert only(world).state is State.RESOLVED
    look(world, after=HOUR)
    assert only(world).state is State.CLOSED


def test_labels_that_arrive_late_join_the_same_incident_and_start_its_pages(
    world: World,
) -> None:
    broken = finding(
        kind=FindingClass.DATA,
        subject="null_share",
        columns=("temp",),
        broken=False,
        harm=Harm(HarmState.UNKNOWN),
    )
    unsure = diagnosis(cause(0.9), state="none shown")
    world.answers[MODEL] = (unsure, (broken,))
    look(world)
    assert not only(world).pages
    assert {kind for kind, _, _ in world.sink.told} == {"note"}
    world.sink.taken.clear()
    world.answers[MODEL] = (diagnosis(cause(0.9), window=LATER), (broken, finding()))
    look(world, after=DAY)
    found = only(world)
    assert found.pages
    assert ("page", "email:cy@acme.example", "cy") in world.sink.told
    assert "severity.changed" in kinds(world)
    assert "signal.attached" in kinds(world)


def test_a_sink_that_is_down_is_noted_and_tried_again(world: World) -> None:
    world.sink.failures = [NotSent(CONSOLE, "down") for _ in range(4)]
    world.make_sick(cause(0.9))
    report = look(world)
    assert len(report.delivered.failed) == 4
    assert all("down" in note for note in report.notes)
    assert world.sink.taken == []
    look(world, after=timedelta(seconds=2))
    assert len(world.sink.taken) == 4
    assert not any(message.repeat for message in world.sink.taken)


def test_a_source_that_cannot_be_read_is_noted(world: World) -> None:
    class Deaf(World):
        def take_in(self) -> Intake:
            return Intake((), (Unread("git", "repo", "gone"),))

    report = look(Deaf(world.catalog))
    assert report.notes == ("changes not read: git repo: gone",)
    assert not report.quiet


def test_the_author_of_the_matched_change_is_told(world: World) -> None:
    world.ledger.append([GUILTY])
    world.make_sick(cause(0.9, change=GUILTY))
    look(world)
    assert ("note", "email:di@acme.example", "di") in world.sink.told
    changes = only(world).diagnosis["changes"]
    assert isinstance(changes, list)
    assert [change["id"] for change in changes] == [GUILTY.id]


def test_a_person_who_acts_meanwhile_does_not_break_the_turn(
    world: World, tmp_path: Path
) -> None:
    world.make_sick(cause(0.4, kind=CauseKind.OFFSET))
    look(world)
    original = world.incidents.of
    acted: list[bool] = []

    def meddling(model: object) -> object:
        found = original(MODEL)
        if not acted:
            acted.append(True)
            act(world, Request(incident="1"), acking())
        return found

    world.incidents.of = meddling  # type: ignore[method-assign,assignment]  # a race, staged
    world.make_sick(cause(0.9), window=LATER)
    report = look(world, after=DAY)
    assert report.looks[0].error is None
    assert only(world).holder.team == "risk", "acknowledged in time: it stays"


def test_every_turn_leaves_a_cache_equal_to_the_fold(world: World) -> None:
    world.make_sick(cause(0.9))
    look(world)
    world.make_well(LATER)
    look(world, after=DAY)
    look(world, after=4 * DAY)
    assert world.incidents.rebuild() == ()
    assert world.incidents.verify().fault is None


def test_a_cause_nobody_owns_goes_to_the_models_owner(world: World) -> None:
    stray = replace(cause(0.9, team=None, person=None), asset=WEATHER)
    world.make_sick(stray)
    look(world)
    assert only(world).holder.team == "risk"
    assert only(world).route["rule"] == "unowned-cause"


def test_a_hopeless_address_falls_back_to_the_console(world: World) -> None:
    class Picky(Recorder):
        def send(self, message: Message) -> Receipt:
            if message.address.sink != "console":
                raise NotSent(message.address, "no such box", hope=Hope.NONE)
            return super().send(message)

    world.sink = Picky()
    world.make_sick(cause(0.9))
    look(world)
    assert {str(m.address) for m in world.sink.taken} == {"console:"}
    assert "could not be reached" in world.sink.taken[0].notice.lines[-1]
    assert kinds(world).count("notify.failed") == 4
    assert world.clock.now() == NOON
