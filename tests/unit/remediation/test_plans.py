"""Plans: the action that suits the cause, of those that are declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from fix_worlds import BACK, CHURN, INC, RELOAD, Workshop, order

from modelowners.core.ids import AssetId, asset_id
from modelowners.diagnosis.causes import Category, CauseKind, category_of
from modelowners.remediation import apply, choose, plan
from modelowners.remediation.actions import AliasMove, Command
from modelowners.remediation.declaration import Alias, Declaration
from modelowners.remediation.plans import (
    MENDS,
    ROLLED_BACK,
    Plan,
    Trouble,
    check_command,
)
from modelowners.remediation.refusals import (
    NoFixDeclared,
    NoSuchAction,
    NothingProposed,
)

FEED = asset_id("dataset:contracts")
ALIAS = Alias("mlflow", "churn", "champion")


def command(name: str) -> Command:
    return RELOAD if name == "reload" else Command(name=name, argv=(f"./{name}",))


def declared(
    *names: str, asset: AssetId = CHURN, hook: str | None = None
) -> Declaration:
    return Declaration(
        asset=asset,
        alias=ALIAS if "alias" in names else None,
        commands={name: command(name) for name in names if name != "alias"},
        hook=hook,
    )


def trouble(kind: CauseKind, asset: AssetId = CHURN) -> Trouble:
    return Trouble(incident=INC, model=CHURN, asset=asset, kind=kind)


ALL = ("alias", "reload", "retrain", "quarantine")


@pytest.mark.parametrize(
    ("kind", "names", "chosen"),
    [
        (CauseKind.BAD_RETRAIN, ALL, "alias"),
        (CauseKind.WRONG_VERSION_SERVED, ALL, "alias"),
        (CauseKind.BAD_RETRAIN, ("retrain",), "retrain"),
        (CauseKind.WRONG_VERSION_SERVED, ("reload",), "reload"),
        (CauseKind.UNIT_OR_SCALE_CHANGE, ALL, "quarantine"),
        (CauseKind.UNIT_OR_SCALE_CHANGE, ("alias", "retrain"), "retrain"),
        (CauseKind.SCHEMA_CHANGE, ALL, "quarantine"),
        (CauseKind.CONCEPT_SHIFT, ALL, "retrain"),
        (CauseKind.COVARIATE_SHIFT, ALL, "retrain"),
        (CauseKind.WEAK_SEGMENT, ALL, "retrain"),
    ],
)
def test_the_cause_decides(kind: CauseKind, names: Sequence[str], chosen: str) -> None:
    found = choose(trouble(kind), [declared(*names)])
    assert found.name == chosen
    assert kind.value in found.why


def test_every_kind_has_something_that_may_mend_it_or_is_unknown() -> None:
    for kind in CauseKind:
        known = MENDS[category_of(kind)] or kind in ROLLED_BACK
        assert known or category_of(kind) is Category.UNKNOWN
    assert set(MENDS) == set(Category)


def test_a_rollback_is_never_proposed_for_what_lies_in_the_data() -> None:
    with pytest.raises(NothingProposed, match="--action alias"):
        choose(trouble(CauseKind.MISSING_VALUES), [declared("alias")])


def test_the_cause_s_own_asset_comes_before_the_model() -> None:
    both = [declared("quarantine", asset=FEED), declared("quarantine")]
    assert choose(trouble(CauseKind.OFFSET, FEED), both).asset == FEED


def test_once_the_alias_has_moved_a_reload_is_next() -> None:
    moved = apply(order(), tools=Workshop().tools)
    found = choose(trouble(CauseKind.BAD_RETRAIN), [declared(*ALL)], fixes=[moved])
    assert found.name == "reload"
    assert "FIX-1 has moved the alias" in found.why


def test_what_is_asked_for_is_taken() -> None:
    found = choose(trouble(CauseKind.UNKNOWN), [declared(*ALL)], wanted="quarantine")
    assert found.name == "quarantine"


def test_what_is_not_declared_is_refused_with_what_is() -> None:
    with pytest.raises(NoSuchAction, match="alias, reload") as caught:
        choose(
            trouble(CauseKind.BAD_RETRAIN),
            [declared("alias", "reload")],
            wanted="retrain",
        )
    assert "modelowners fix plan INC-1" in str(caught.value)


def test_where_nothing_is_declared_the_refusal_shows_how() -> None:
    with pytest.raises(NoFixDeclared, match=r"fix: \{alias: \{registry: mlflow") as why:
        choose(trouble(CauseKind.BAD_RETRAIN), [], place="modelowners.yaml")
    assert "modelowners.yaml" in str(why.value)


def test_data_have_no_alias_to_move_so_a_command_is_shown() -> None:
    feed = replace(trouble(CauseKind.MISSING_VALUES), asset=FEED)
    with pytest.raises(NoFixDeclared, match=r"fix: \{quarantine: \{command") as why:
        choose(feed, [], place="modelowners.yaml")
    assert "alias" not in str(why.value)


def test_a_plan_says_what_exactly_will_be_done() -> None:
    cause = trouble(CauseKind.BAD_RETRAIN)
    choice = choose(cause, [declared("alias", "reload", hook="reload")])
    made = plan(cause, choice, current="2", to="1")
    assert made.action == AliasMove(
        registry="mlflow",
        model="churn",
        alias="champion",
        expect="2",
        to="1",
        hook=RELOAD,
    )
    assert made.others == ("reload",)
    assert made.asset == CHURN


def test_a_plan_of_a_command_runs_what_was_declared() -> None:
    cause = trouble(CauseKind.CONCEPT_SHIFT)
    made = plan(cause, choose(cause, [declared(*ALL)]), current=None, to=None)
    assert made.action == command("retrain")


@pytest.mark.parametrize(
    ("action", "command"),
    [
        (BACK, "modelowners check model:churn --candidate 1"),
        (RELOAD, "modelowners check model:churn"),
    ],
)
def test_the_command_shows_what_the_gates_rest_on(
    action: AliasMove | Command, command: str
) -> None:
    made = Plan(
        trouble=trouble(CauseKind.BAD_RETRAIN),
        asset=CHURN,
        name="x",
        action=action,
        why="",
    )
    assert check_command(made) == command
