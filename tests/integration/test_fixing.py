"""From an incident to a measured recovery, on a log on disk and a real database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fix_worlds import KEY, Recorder, Stubborn
from rollback_worlds import PROMOTED, RollbackWorld

from modelowners.app.fixing import apply_fix, propose, undo_fix
from modelowners.app.following import follow, status
from modelowners.app.wiring import UnknownRegistry
from modelowners.core.time import DAY, HOUR
from modelowners.detection.checks.results import Verdict
from modelowners.incidents.events import EventKind
from modelowners.incidents.incident import Incident
from modelowners.incidents.incident import State as Stands
from modelowners.incidents.refusals import Stale
from modelowners.remediation.fixes import Reason, State
from modelowners.remediation.gates import Answer
from modelowners.remediation.ports import Outcome
from modelowners.remediation.refusals import (
    AlreadyThere,
    GatesClosed,
    NotAMember,
    NothingToUndo,
    NotYourFix,
)

MORNING = PROMOTED + 3 * DAY + 6 * HOUR
MIDNIGHT = PROMOTED + 4 * DAY


@pytest.fixture
def world(tmp_path: Path) -> RollbackWorld:
    return RollbackWorld(tmp_path)


def broken(world: RollbackWorld) -> Incident:
    incident = world.break_it()
    assert incident.proposed["kind"] == "bad_retrain"
    return incident


def told(world: RollbackWorld) -> list[dict[str, object]]:
    lines = (world.folder / "told.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_from_plan_to_measured_recovery(world: RollbackWorld) -> None:
    incident = broken(world)
    found = propose(world.program(), incident.id)
    assert str(found.plan.action) == "move mlflow:churn@champion from version 2 to 1"
    assert found.open
    assert found.may == ("ana", "bo")
    assert world.version == "2", "planning does nothing"
    assert "fix.planned" not in world.events()

    done = apply_fix(world.program(), incident.id)
    assert done.fix.state is State.ALIAS_SET
    assert world.version == "1"
    after = world.events()
    assert after[-6:] == [
        "acked",
        "fix.planned",
        "approval.requested",
        "approval.granted",
        "fix.started",
        "noted",
    ]
    assert world.incident().state is Stands.ACKNOWLEDGED

    # The server answers with version 2 still.
    world.log(MORNING + HOUR, "2", good=False, rows=100)
    world.clock.at = MORNING + 14 * HOUR
    _, (standing,) = status(world.program(), incident.id)
    assert standing.fix.state is State.ALIAS_SET
    assert "0 % of 100 new rows carry it" in str(standing.serving)

    reload = apply_fix(world.program(), incident.id)
    assert reload.fix.state is State.RAN
    assert [one.name for one in world.trigger.ran] == ["reload"]

    world.serve(MIDNIGHT, "1", good=True, days=2)
    world.clock.at = MIDNIGHT + DAY + 3 * HOUR
    world.look()
    fixes = world.program().fixes.of(incident.id)
    assert [fix.state for fix in fixes] == [State.RECOVERED, State.RECOVERED]
    ended = world.incident()
    assert (ended.state, ended.close_reason) == (Stands.RESOLVED, "fixed")
    times = ended.times
    order = (
        times.detected,
        times.acked,
        times.approval_granted,
        times.fix_started,
        times.fix_finished,
        times.mitigated,
        times.verified,
        times.resolved,
    )
    assert None not in order
    assert list(order) == sorted(order, key=str)
    world.look()
    assert world.incident() == ended, "another look adds nothing"


def test_an_owner_may_but_a_stranger_may_not(world: RollbackWorld) -> None:
    incident = broken(world)
    with pytest.raises(NotYourFix, match="That is ana, bo"):
        apply_fix(world.program("eve"), incident.id)
    with pytest.raises(NotAMember):
        apply_fix(world.program("gone"), incident.id, break_glass="I was here")
    assert world.version == "2"
    assert world.program().fixes.of(incident.id) == ()
    assert world.events()[-4:] == ["approval.requested", "approval.refused"] * 2
    assert apply_fix(world.program("bo"), incident.id).fix.state is State.ALIAS_SET


def test_broken_glass_is_marked_and_its_owner_told(world: RollbackWorld) -> None:
    incident = broken(world)
    before = len(told(world))
    done = apply_fix(world.program("eve"), incident.id, break_glass="nobody answers")
    assert done.fix.state is State.ALIAS_SET
    assert world.incident().broken_glass
    assert "breakglass.used" in world.events()
    said = json.dumps(told(world)[before:])
    assert "eve broke the glass" in said
    assert "nobody answers" in said


@pytest.mark.parametrize("glass", [None, "now or never"])
def test_a_closed_gate_refuses_whoever_asks(tmp_path: Path, glass: str | None) -> None:
    world = RollbackWorld(tmp_path, checks='[{metric: "log_loss <= 0.1"}]')
    incident = broken(world)
    found = propose(world.program(), incident.id)
    assert not found.open
    with pytest.raises(GatesClosed, match="--candidate 1"):
        apply_fix(world.program(), incident.id, break_glass=glass)
    assert world.version == "2"
    last = world.program().incidents.history(incident.id)[-1]
    assert last.kind == EventKind.APPROVAL_REFUSED
    assert "log_loss" in str(last.body["gates"])


def test_a_version_without_rows_was_not_looked_at(world: RollbackWorld) -> None:
    incident = broken(world)
    found = propose(world.program(), incident.id, to="3")
    registry, check = found.gates
    assert registry.answer is Answer.OPEN
    assert (check.answer, check.closes) == (Answer.NOT_LOOKED_AT, True)
    assert check.said == "no row of version 3 to look at"


def test_a_version_that_is_bad_itself_is_closed_by_the_owner_s_check(
    world: RollbackWorld,
) -> None:
    incident = broken(world)
    found = propose(world.program(), incident.id, to="2")
    closed = {gate.name for gate in found.gates if gate.closes}
    assert closed == {"metric log_loss"}


def test_a_foreign_overwrite_is_noticed_and_told(world: RollbackWorld) -> None:
    incident = broken(world)
    apply_fix(world.program(), incident.id)
    before = len(told(world))
    world.registry.aliases[KEY] = "3"
    world.clock.advance(HOUR)
    world.look()
    (fix,) = world.program().fixes.of(incident.id)
    assert (fix.state, fix.reason) == (State.FAILED, Reason.CONFLICT)
    assert "fix.failed" in world.events()
    assert "somebody moved it" in json.dumps(told(world)[before:])


def test_undoing_gives_the_version_back(world: RollbackWorld) -> None:
    incident = broken(world)
    with pytest.raises(NothingToUndo, match="none was applied"):
        undo_fix(world.program(), incident.id)
    apply_fix(world.program(), incident.id)
    with pytest.raises(NotYourFix):
        undo_fix(world.program("eve"), incident.id)
    undone = undo_fix(world.program(), incident.id)
    assert world.version == "2"
    assert undone.fix.undoes == "FIX-1"
    first, second = world.program().fixes.of(incident.id)
    assert first.reason == Reason.TAKEN_BACK
    assert second.state is State.ALIAS_SET


def test_what_a_crash_left_untold_is_told_by_the_next_look(
    world: RollbackWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = broken(world)
    with monkeypatch.context() as patch:
        patch.setattr("modelowners.app.following.publish", lambda *a, **k: None)
        apply_fix(world.program(), incident.id)
    assert "fix.started" not in world.events()
    program = world.program()
    follow(program, program.incidents.get(incident.id), at=world.clock.now())
    once = world.events()
    assert once.count("fix.started") == 1
    follow(program, program.incidents.get(incident.id), at=world.clock.now())
    assert world.events() == once


def test_a_second_apply_proposes_what_is_next(world: RollbackWorld) -> None:
    incident = broken(world)
    apply_fix(world.program(), incident.id)
    assert propose(world.program(), incident.id).plan.name == "reload"
    with pytest.raises(AlreadyThere, match="fix status INC-1"):
        apply_fix(world.program(), incident.id, wanted="alias")


def test_a_command_that_fails_is_said_to_have_failed(tmp_path: Path) -> None:
    fix = "{retrain: {command: [make, retrain]}}"
    world = RollbackWorld(
        tmp_path, fix=fix, trigger=Recorder(Outcome(code=2, output="no rule"))
    )
    incident = broken(world)
    done = apply_fix(world.program(), incident.id)
    assert (done.fix.state, done.fix.reason) == (State.FAILED, Reason.COMMAND)
    assert "fix.failed" in world.events()
    assert "fix.finished" not in world.events()
    assert world.incident().active


def test_a_registry_that_is_not_set_up_is_named(tmp_path: Path) -> None:
    fix = "{alias: {registry: sagemaker, name: champion}}"
    world = RollbackWorld(tmp_path, fix=fix, registry=Stubborn())
    incident = broken(world)
    with pytest.raises(UnknownRegistry, match="sagemaker"):
        propose(world.program(), incident.id)


def test_checks_of_the_feed_say_nothing_about_a_version(tmp_path: Path) -> None:
    checks = "[{freshness: 1h}, {volume: {at_least: 1}}, {not_null: tenure}]"
    world = RollbackWorld(tmp_path, checks=checks)
    world.serve(PROMOTED - 10 * DAY, "1", good=True, days=10)
    world.clock.at = PROMOTED + 5 * DAY
    program = world.program()
    (found,) = program.check_candidate(world.asset, "1")
    assert (found.name, found.verdict) == ("not_null tenure", Verdict.PASS)
    assert found.window is not None
    assert found.window.end == PROMOTED
    (none,) = program.check_candidate(world.asset, "2")
    assert none.no_data


def test_a_fix_goes_on_though_its_incident_cannot_be_told(
    world: RollbackWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = broken(world)

    def busy(*args: object, **options: object) -> None:
        raise Stale(incident="INC-1", found=2, expected=1)

    with monkeypatch.context() as patch:
        patch.setattr("modelowners.app.following.record", busy)
        done = apply_fix(world.program(), incident.id)
    assert done.fix.state is State.ALIAS_SET
    assert "fix.started" not in world.events()
    world.clock.advance(HOUR)
    world.look()
    assert world.events().count("fix.started") == 1
    world.look()
    assert world.events().count("fix.started") == 1


def test_a_registry_that_is_taken_away_stops_no_look(world: RollbackWorld) -> None:
    incident = broken(world)
    apply_fix(world.program(), incident.id)
    program = world.program()
    program.__dict__["registries"] = {}
    follow(program, program.incidents.get(incident.id), at=world.clock.now())
    (fix,) = program.fixes.of(incident.id)
    assert fix.state is State.ALIAS_SET
