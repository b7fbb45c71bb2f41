from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from modelowners.connectors.mlflow.moves import Subject, moves
from modelowners.connectors.mlflow.snapshots import ModelView, VersionView
from modelowners.core.ids import asset_id
from modelowners.core.time import HOUR, TimeWindow, parse_instant
from modelowners.ledger.changes import Change, ChangeKind
from modelowners.ledger.versions import VersionFacts

CHURN = asset_id("model:churn")
NOW = parse_instant("2026-06-01T12:00Z")
BETWEEN = TimeWindow(NOW - HOUR, NOW)


def facts(number: str, view: VersionView) -> VersionFacts:
    return VersionFacts(version=number, parameters={"run": view.run}, user="ana")


SUBJECT = Subject(
    name="team/churn",
    assets=[CHURN],
    instance="prod",
    url="https://ml.test/",
    between=BETWEEN,
    now=NOW,
    person={"ana": "ana"}.get,
    facts=facts,
)


def view(*numbers: str, **rest: object) -> ModelView:
    versions = {n: VersionView(run=f"r{n}") for n in numbers}
    return replace(ModelView(versions=versions), **rest)  # type: ignore[arg-type] # fields


def whats(changes: list[Change]) -> list[str]:
    return [change.what for change in changes]


def test_nothing_moved() -> None:
    one = view("1", "2", aliases={"a": "1"}, tags={"t": "x"})
    assert moves(SUBJECT, one, one) == []


def test_keys_tell_moves_of_one_alias_apart() -> None:
    first = view("1", "2", aliases={"a": "1"})
    second = replace(first, aliases={"a": "2"})
    once = moves(SUBJECT, first, second)
    again = moves(SUBJECT, replace(first, number=2), second)
    assert whats(once) == whats(again)
    assert once[0].id != again[0].id
    assert once[0].source.key == "models/team/churn@0/aliases/a#0"
    assert once[0].source.url == "https://ml.test/#/models/team%2Fchurn/versions/2"


def test_a_model_of_the_same_name_born_again() -> None:
    before = view("1", aliases={"a": "1"}, born=1)
    after = view("1", aliases={"a": "1"}, born=2)
    told = moves(SUBJECT, before, after)
    assert whats(told) == [
        "a is gone, it named version 1: the model was deleted",
        "team/churn is gone from the registry",
        "version 1 registered",
        "a: version 1, it named none before",
    ]
    assert len({change.id for change in told}) == len(told)


def test_a_version_without_a_time_is_observed() -> None:
    (change,) = moves(SUBJECT, view(), view("1"))
    assert (change.occurred_at, change.observed_between) == (None, BETWEEN)


def test_tags_of_versions_and_foreign_text() -> None:
    before = view("1")
    hostile = {"1": replace(before.versions["1"], tags={"x": "\x1b[31m" + "y" * 999})}
    (change,) = moves(SUBJECT, before, replace(before, versions=hostile))
    assert change.kind is ChangeKind.CONFIG
    assert change.what.isprintable()
    assert len(change.what) < 120
    assert len(str(change.after["x"])) == 500


NUMBERS = st.sampled_from(["1", "2", "3"])
STATES = st.builds(
    view,
    *(NUMBERS, NUMBERS),
    aliases=st.dictionaries(st.sampled_from(["a", "b"]), NUMBERS, max_size=2),
    tags=st.dictionaries(st.sampled_from(["t", "u"]), st.text(max_size=3), max_size=2),
)


@given(STATES, STATES)
def test_moved_there_and_back_tells_the_same_aliases(
    one: ModelView, two: ModelView
) -> None:
    def moved(before: ModelView, after: ModelView) -> set[str | None]:
        told = moves(SUBJECT, before, after)
        return {c.path for c in told if c.kind is ChangeKind.DEPLOY}

    differing = {
        f"alias:{name}"
        for name in one.aliases.keys() | two.aliases.keys()
        if one.aliases.get(name) != two.aliases.get(name)
    }
    assert moved(one, two) == moved(two, one) == differing


@given(STATES, STATES)
def test_nobody_is_named_and_no_time_invented_for_what_mlflow_forgets(
    one: ModelView, two: ModelView
) -> None:
    for change in moves(SUBJECT, one, two):
        if "registered" not in change.source.key and "#" in change.source.key:
            assert change.who.raw is None
            assert change.occurred_at is None
            assert change.observed_between == BETWEEN
