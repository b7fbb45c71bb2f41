"""Actions: what the audit keeps of them is read back whole."""

from __future__ import annotations

from datetime import timedelta

from fix_worlds import BACK, BACK_AND_RELOAD, CHURN, RELOAD
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.ids import canonical_json
from modelowners.remediation.actions import (
    AliasMove,
    Command,
    action_json,
    lock_key,
    read_action,
)

WORDS = st.text(min_size=1, max_size=20)
COMMANDS = st.builds(
    Command,
    name=WORDS,
    argv=st.lists(WORDS, min_size=1, max_size=4).map(tuple),
    timeout=st.integers(1, 86_400).map(lambda s: timedelta(seconds=s)),
    secrets=st.dictionaries(WORDS, WORDS, max_size=3),
)
MOVES = st.builds(
    AliasMove,
    registry=WORDS,
    model=WORDS,
    alias=WORDS,
    expect=WORDS,
    to=WORDS,
    hook=st.none() | COMMANDS,
)


@given(COMMANDS | MOVES)
def test_what_is_kept_is_json_and_read_back_whole(action: Command | AliasMove) -> None:
    kept = action_json(action)
    assert canonical_json(kept)
    assert read_action(kept) == action


@given(MOVES)
def test_taking_back_twice_is_the_move_itself(move: AliasMove) -> None:
    assert move.reversed().reversed() == move
    assert (move.reversed().expect, move.reversed().to) == (move.to, move.expect)
    assert move.reversed().hook == move.hook


def test_a_secret_is_kept_as_its_reference() -> None:
    command = Command(name="retrain", argv=("make",), secrets={"TOKEN": "${TOKEN}"})
    assert action_json(command)["secrets"] == {"TOKEN": "${TOKEN}"}


def test_only_one_fix_at_a_time_holds_an_alias_or_a_command() -> None:
    assert lock_key(CHURN, BACK) == "mlflow:churn@champion"
    assert lock_key(CHURN, BACK.reversed()) == lock_key(CHURN, BACK_AND_RELOAD)
    assert lock_key(CHURN, RELOAD) == "model:churn#reload"


def test_actions_say_what_they_do() -> None:
    assert str(BACK) == "move mlflow:churn@champion from version 2 to 1"
    assert str(RELOAD) == "run reload"
