"""The protocol: what is claimed was read, what is done was written down first."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fix_worlds import (
    BACK,
    BACK_AND_RELOAD,
    CHURN,
    INC,
    KEY,
    RELOAD,
    Killed,
    Recorder,
    Stubborn,
    Workshop,
    kinds,
    order,
)
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.secrets import MissingSecret
from modelowners.remediation import apply, settle, undo
from modelowners.remediation.actions import AliasMove, Command
from modelowners.remediation.fixes import Fix, Reason, State, StepKind
from modelowners.remediation.ports import Outcome, Registered, RegistryFailed
from modelowners.remediation.protocol import (
    SECOND_LOOK,
    TAG_FROM,
    TAG_INCIDENT,
    reversing,
    watch_alias,
)
from modelowners.remediation.refusals import (
    AlreadyThere,
    Locked,
    Moved,
    NoSuchVersion,
    NothingToUndo,
)
from modelowners.store.database import Database

LOOP = "system:loop"


def test_an_alias_is_moved_read_back_twice_and_tagged() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    assert fix.state is State.ALIAS_SET
    assert kinds(fix) == ["requested", "alias_set", "tagged"]
    assert isinstance(shop.registry, Stubborn)
    assert shop.registry.aliases[KEY] == "1"
    assert shop.registry.tags["churn", "1"] == {TAG_INCIDENT: "INC-1", TAG_FROM: "2"}
    assert shop.registry.calls.count("alias") == 3
    assert shop.waited == [SECOND_LOOK]
    assert [one.n for one in shop.heard] == [1, 2, 3]


def test_the_audit_row_precedes_the_act() -> None:
    shop = Workshop()
    rows: list[int] = []

    class Spy(Stubborn):
        def set_alias(self, model: str, alias: str, version: str) -> None:
            rows.append(len(shop.fixes.of(INC)[0].steps))
            super().set_alias(model, alias, version)

    shop.registry = Spy()
    apply(order(), tools=shop.tools)
    assert rows == [1]
    assert shop.fixes.verify().fault is None


def test_the_audit_row_precedes_each_command() -> None:
    rows: list[list[str]] = []

    class Spy(Recorder):
        def run(self, command: Command) -> Outcome:
            rows.append(kinds(shop.fixes.of(INC)[0]))
            return super().run(command)

    shop = Workshop(trigger=Spy())
    apply(order(RELOAD), tools=shop.tools)
    assert rows == [["requested", "command.started"]]


def test_the_hook_runs_once_the_alias_has_moved() -> None:
    shop = Workshop()
    fix = apply(order(BACK_AND_RELOAD), tools=shop.tools)
    assert shop.trigger.ran == [RELOAD]
    assert kinds(fix)[-2:] == ["command.started", "command.finished"]
    assert fix.state is State.ALIAS_SET


def test_a_failing_hook_leaves_the_alias_set_and_says_so() -> None:
    shop = Workshop(trigger=Recorder(Outcome(code=3, output="no such host")))
    fix = apply(order(BACK_AND_RELOAD), tools=shop.tools)
    assert fix.state is State.ALIAS_SET
    last = fix.steps[-1].body
    assert last["code"] == 3
    assert last["output"] == "no such host"


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(code=1, seconds=2.0), "exit code 1 after 2.0 s"),
        (Outcome(code=None, why="it was ended after 60 s"), "ended after 60 s"),
    ],
)
def test_a_command_that_fails_fails_its_fix(outcome: Outcome, said: str) -> None:
    shop = Workshop(trigger=Recorder(outcome))
    fix = apply(order(RELOAD), tools=shop.tools)
    assert (fix.state, fix.reason) == (State.FAILED, Reason.COMMAND)
    assert said in str(fix.steps[-1].body["why"])


def test_a_command_whose_secret_is_missing_fails_with_its_name() -> None:
    class Poor(Recorder):
        def run(self, command: Command) -> Outcome:
            raise MissingSecret(reference="${TOKEN}", why="the variable is not set")

    fix = apply(order(RELOAD), tools=Workshop(trigger=Poor()).tools)
    assert fix.state is State.FAILED
    assert "${TOKEN}" in str(fix.steps[-1].body["why"])


def test_a_moved_alias_is_refused_before_anything_is_written() -> None:
    shop = Workshop(registry=Stubborn(["foreign"]))
    with pytest.raises(Moved, match="has version 3, not 2"):
        apply(order(), tools=shop.tools)
    assert shop.fixes.of(INC) == ()
    assert isinstance(shop.registry, Stubborn)
    assert "set_alias" not in shop.registry.calls


def test_an_alias_that_is_there_already_is_refused() -> None:
    shop = Workshop()
    with pytest.raises(AlreadyThere, match="fix status INC-1"):
        apply(order(replace(BACK, expect="9", to="2")), tools=shop.tools)


def test_a_version_that_is_not_there_is_refused() -> None:
    with pytest.raises(NoSuchVersion, match="--to VERSION"):
        apply(order(replace(BACK, to="77")), tools=Workshop().tools)


def test_a_version_that_is_not_ready_is_refused() -> None:
    class Slow(Stubborn):
        def version(self, model: str, version: str) -> Registered | None:
            return Registered(version, ready=False)

    with pytest.raises(NoSuchVersion, match="not ready"):
        apply(order(), tools=Workshop(registry=Slow()).tools)


def test_a_registry_that_cannot_be_read_refuses_before_anything_is_written() -> None:
    shop = Workshop(registry=Stubborn(["fail"]))
    with pytest.raises(RegistryFailed):
        apply(order(), tools=shop.tools)
    assert shop.fixes.of(INC) == ()
    again = apply(order(), tools=shop.tools)
    assert again.state is State.ALIAS_SET


@pytest.mark.parametrize(
    ("script", "state", "reason"),
    [
        # reads: before, now, later; the second call sets
        (["ok", "late"], State.FAILED, Reason.CONFLICT),
        (["ok", "ok", "ok", "foreign"], State.FAILED, Reason.CONFLICT),
        (["ok", "fail"], State.FAILED, Reason.NOT_MADE),
        (["ok", "lost"], State.ALIAS_SET, None),
        (["ok", "ok", "fail"], State.REQUESTED, None),
        (["ok", "ok", "ok", "fail"], State.REQUESTED, None),
        (["ok", "ok", "ok", "ok", "fail"], State.ALIAS_SET, None),
    ],
)
def test_what_the_registry_does_decides_the_state(
    script: list[str], state: State, reason: Reason | None
) -> None:
    shop = Workshop(registry=Stubborn(script))
    fix = apply(order(), tools=shop.tools)
    assert (fix.state, fix.reason) == (state, reason)


def test_a_foreign_overwrite_within_ten_seconds_is_noticed() -> None:
    shop = Workshop(registry=Stubborn(["ok", "ok", "late"]))
    fix = apply(order(), tools=shop.tools)
    assert (fix.state, fix.reason) == (State.FAILED, Reason.CONFLICT)
    assert "version 3" in str(fix.steps[-1].body["why"])


def test_a_foreign_overwrite_later_on_is_noticed_by_the_next_look() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    assert watch_alias(fix, tools=shop.tools, actor=LOOP) == fix
    assert isinstance(shop.registry, Stubborn)
    shop.registry.aliases[KEY] = "3"
    seen = watch_alias(fix, tools=shop.tools, actor=LOOP)
    assert (seen.state, seen.reason) == (State.FAILED, Reason.CONFLICT)


def test_a_registry_that_is_down_later_on_decides_nothing() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    shop.registry = Stubborn(["fail"])
    assert watch_alias(fix, tools=shop.tools, actor=LOOP) == fix


def test_undoing_moves_back_and_ends_the_first_as_taken_back() -> None:
    shop = Workshop()
    first = apply(order(), tools=shop.tools)
    move = reversing(first, INC)
    assert (move.expect, move.to) == ("1", "2")
    second = undo(order(move, undoes=first.id), first, tools=shop.tools)
    assert second.state is State.ALIAS_SET
    assert second.undoes == first.id
    ended = shop.fixes.get(first.id)
    assert ended is not None
    assert (ended.state, ended.reason) == (State.FAILED, Reason.TAKEN_BACK)


def test_an_undo_that_was_interrupted_is_no_conflict() -> None:
    shop = Workshop()
    first = apply(order(), tools=shop.tools)
    second = apply(order(reversing(first, INC), undoes=first.id), tools=shop.tools)
    seen = watch_alias(first, (first, second), tools=shop.tools, actor=LOOP)
    assert (seen.state, seen.reason) == (State.FAILED, Reason.TAKEN_BACK)


def test_what_cannot_be_taken_back_is_refused() -> None:
    shop = Workshop(registry=Stubborn(["ok", "fail"]))
    with pytest.raises(NothingToUndo, match="none was applied"):
        reversing(None, INC)
    with pytest.raises(NothingToUndo, match="did not take effect"):
        reversing(apply(order(), tools=shop.tools), INC)
    with pytest.raises(NothingToUndo, match="only its owner"):
        reversing(apply(order(RELOAD), tools=shop.tools), INC)


def test_of_two_owners_at_once_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    # A file, and two connections: as two processes would.
    place = tmp_path / "state.db"
    Database.open(place).close()
    registry, barrier = Stubborn(), threading.Barrier(2)
    ended: dict[str, object] = {}

    def act(person: str) -> None:
        shop = Workshop(registry=registry, database=Database.open(place))
        barrier.wait()
        try:
            ended[person] = apply(order(person=person), tools=shop.tools)
        except (Locked, Moved, AlreadyThere) as refusal:
            ended[person] = refusal
        shop.database.close()

    threads = [threading.Thread(target=act, args=[name]) for name in ("ana", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    fixes = [one for one in ended.values() if isinstance(one, Fix)]
    refused = [one for one in ended.values() if not isinstance(one, Fix)]
    assert len(fixes) == 1, ended
    assert fixes[0].state is State.ALIAS_SET
    assert len(refused) == 1
    assert "nothing was done" in str(refused[0])
    assert "modelowners fix" in str(refused[0])
    assert registry.calls.count("set_alias") == 1


def test_who_is_at_it_is_named_in_the_refusal() -> None:
    shop = Workshop()
    now = shop.clock.now()
    shop.fixes.lock(
        "mlflow:churn@champion",
        holder="ben",
        now=now,
        until=now + timedelta(minutes=1),
    )
    with pytest.raises(Locked, match="ben is at mlflow:churn@champion since") as caught:
        apply(order(), tools=shop.tools)
    assert "fix status INC-1" in str(caught.value)
    shop.clock.advance(timedelta(minutes=2))
    assert apply(order(), tools=shop.tools).state is State.ALIAS_SET


def test_a_lock_that_ran_out_before_the_act_lets_nothing_be_set() -> None:
    class Asleep(Stubborn):
        def version(self, model: str, version: str) -> Registered | None:
            shop.clock.advance(timedelta(hours=1))
            return super().version(model, version)

    shop = Workshop(registry=Asleep())
    fix = apply(order(), tools=shop.tools)
    assert (fix.state, fix.reason) == (State.FAILED, Reason.NOT_MADE)
    assert isinstance(shop.registry, Stubborn)
    assert "set_alias" not in shop.registry.calls


@pytest.mark.parametrize(
    ("script", "dies", "state"),
    [
        (["ok", "die"], False, State.FAILED),  # before the registry heard of it
        (["ok", "dead"], False, State.ALIAS_SET),  # it was done, nobody read it
        (["ok", "ok", "die"], False, State.ALIAS_SET),
        (["ok", "ok", "ok", "die"], False, State.ALIAS_SET),
        (["ok", "ok", "ok", "ok", "die"], False, State.ALIAS_SET),  # untagged
        ([], True, State.ALIAS_SET),  # while the hook ran
    ],
)
def test_a_death_at_each_step_is_settled_by_reading_again(
    script: list[str], dies: bool, state: State
) -> None:
    shop = Workshop(registry=Stubborn(script), trigger=Recorder(dies=dies))
    with pytest.raises(Killed):
        apply(order(BACK_AND_RELOAD), tools=shop.tools)
    _lose_the_lock(shop)
    shop.trigger.dies = False
    (fix,) = shop.fixes.of(INC)
    settled = settle(fix, tools=shop.tools, actor=LOOP)
    assert settled.state is state
    assert settle(settled, tools=shop.tools, actor=LOOP) == settled
    assert isinstance(shop.registry, Stubborn)
    assert shop.registry.calls.count("set_alias") <= 1
    if state is State.ALIAS_SET:
        assert settled.last(StepKind.TAGGED) is not None
        assert settled.last(StepKind.COMMAND_FINISHED) is not None


def test_a_command_that_was_interrupted_is_not_said_to_have_worked() -> None:
    shop = Workshop(trigger=Recorder(dies=True))
    with pytest.raises(Killed):
        apply(order(RELOAD), tools=shop.tools)
    _lose_the_lock(shop)
    (fix,) = shop.fixes.of(INC)
    settled = settle(fix, tools=shop.tools, actor=LOOP)
    assert (settled.state, settled.reason) == (State.FAILED, Reason.INTERRUPTED)
    assert len(shop.trigger.ran) == 1


def test_what_somebody_is_still_at_is_not_settled() -> None:
    shop = Workshop(registry=Stubborn(["ok", "ok", "fail"]))
    fix = apply(order(), tools=shop.tools)
    assert fix.state is State.REQUESTED
    now = shop.clock.now()
    shop.fixes.lock(
        "mlflow:churn@champion",
        holder="ben",
        now=now,
        until=now + timedelta(minutes=1),
    )
    assert settle(fix, tools=shop.tools, actor=LOOP) == fix


SAID = st.sampled_from(["ok", "fail", "lost", "foreign", "late", "die", "dead"])


@given(
    script=st.lists(SAID, max_size=8),
    again=st.lists(SAID, max_size=8),
    hook=st.booleans(),
)
def test_whatever_the_registry_does_no_more_is_claimed_than_was_read(
    script: list[str], again: list[str], hook: bool
) -> None:
    registry = Stubborn(script)
    shop = Workshop(registry=registry)
    asked = order(BACK_AND_RELOAD if hook else BACK)
    with suppress(Killed, RegistryFailed, Moved, AlreadyThere):
        apply(asked, tools=shop.tools)
    _lose_the_lock(shop)
    registry.script = list(again)
    for _ in range(3):
        for fix in shop.fixes.of(INC):
            with suppress(Killed):
                settle(fix, tools=shop.tools, actor=LOOP)
            _lose_the_lock(shop)
    registry.script = []
    for fix in shop.fixes.of(INC):
        settle(fix, tools=shop.tools, actor=LOOP)

    fixes = shop.fixes.of(INC)
    sets = registry.calls.count("set_alias")
    assert sets <= len(fixes) <= 1, "nothing is set without a row that says so"
    for fix in fixes:
        assert fix.state is not State.REQUESTED, "in the end it is settled"
        assert [step.n for step in fix.steps] == list(range(1, fix.n + 1))
        if fix.state is State.ALIAS_SET:
            seen = watch_alias(fix, tools=shop.tools, actor=LOOP)
            honest = registry.aliases[KEY] == "1"
            assert honest == (seen.state is State.ALIAS_SET)
        if fix.reason == Reason.NOT_MADE:
            assert registry.aliases[KEY] != "1" or "foreign" not in script
    assert len(shop.trigger.ran) <= 1
    assert shop.fixes.verify().fault is None
    # No lock is left behind.
    shop.fixes.lock(
        "mlflow:churn@champion",
        holder="ben",
        now=shop.clock.now(),
        until=shop.clock.now() + timedelta(minutes=1),
    )


def _lose_the_lock(shop: Workshop) -> None:
    """Let the time of a dead process's lock run out."""
    shop.clock.advance(timedelta(hours=2))


def test_a_reload_of_another_asset_does_not_wait_for_this_one() -> None:
    shop = Workshop()
    now = shop.clock.now()
    shop.fixes.lock(
        "model:other#reload", holder="ben", now=now, until=now + timedelta(minutes=1)
    )
    assert apply(order(RELOAD, asset=CHURN), tools=shop.tools).state is State.RAN


def test_names_of_the_registry_are_told_apart_by_case() -> None:
    upper = AliasMove(
        registry="mlflow", model="churn", alias="Champion", expect="2", to="1"
    )
    with pytest.raises(Moved, match="has version none"):
        apply(order(upper), tools=Workshop().tools)
