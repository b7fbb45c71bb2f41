from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.ids import canonical_json
from modelowners.ledger.changes import ChangeKind, Digest, Strength
from modelowners.ledger.versions import (
    MAX_SIDE,
    Alteration,
    Dataset,
    Part,
    VersionFacts,
    compare,
    sides,
)


def data(digest: str = "d1", **fields: object) -> Dataset:
    one = Dataset(digest=Digest(digest, "mlflow", Strength.SAMPLED), rows=1500)
    return replace(one, **fields)  # type: ignore[arg-type] # by name


OLD = VersionFacts(
    version="1",
    parameters={"depth": "2", "rate": "0.1"},
    datasets={"train": data()},
    signature={"inputs.tenure": "double"},
    libraries={"numpy": "==2.1", "pandas": "==3"},
    metrics={"auc": 0.7},
    commit="a" * 40,
    script="train.py",
)
SAME = replace(OLD, version="2")


def found(after: VersionFacts, before: VersionFacts = OLD) -> list[tuple[str, str]]:
    return [(one.kind.value, one.what) for one in compare(before, after)[1:]]


def first(after: VersionFacts, before: VersionFacts | None = OLD) -> Alteration:
    return compare(before, after)[0]


def test_a_first_version_has_nothing_to_differ_from() -> None:
    (one,) = compare(None, OLD)
    assert (one.kind, one.before) == (ChangeKind.NOTE, {})
    assert one.what == f"version 1 registered, commit {'a' * 12}"
    assert one.after == {
        "commit": "a" * 40,
        "script": "train.py",
        "version": "1",
        "metrics": {"auc": 0.7},
    }


def test_a_version_of_the_same_things_is_only_noted() -> None:
    (one,) = compare(OLD, SAME)
    assert one.kind is ChangeKind.NOTE
    assert one.before == {"version": "1", "metrics": {"auc": 0.7}}


def test_another_commit_or_script_is_code() -> None:
    moved = first(replace(SAME, commit="b" * 40))
    assert moved.kind is ChangeKind.CODE
    assert moved.what.endswith(f"commit {'a' * 12} -> {'b' * 12}")
    assert (moved.before["commit"], moved.after["commit"]) == ("a" * 40, "b" * 40)
    assert first(replace(SAME, script="other.py")).kind is ChangeKind.CODE


def test_a_commit_only_one_side_knows_is_no_change() -> None:
    assert first(replace(SAME, commit=None)).kind is ChangeKind.NOTE
    assert first(SAME, replace(OLD, commit=None)).kind is ChangeKind.NOTE


def test_parameters_are_one_change() -> None:
    after = replace(SAME, parameters={"depth": "9", "seed": "1"})
    assert found(after) == [
        ("hyperparameter", "depth 2 -> 9, rate 0.1 -> (none), seed (none) -> 1")
    ]


@pytest.mark.parametrize(
    ("datasets", "what"),
    [
        ({"train": data("d2", rows=2250)}, "train: 1500 -> 2250 rows"),
        (
            {"train": data("d2", columns={"city": "string"})},
            "train: columns city (none) -> string",
        ),
        ({"train": data("d2")}, "train: d1 -> d2"),
        ({"train": data(source="s3://b")}, "train: read from another place"),
        ({}, "train is no longer used"),
        ({"train": data(), "more": data()}, "more is new"),
    ],
)
def test_data(datasets: dict[str, Dataset], what: str) -> None:
    (one,) = compare(OLD, replace(SAME, datasets=datasets))[1:]
    assert (one.kind, one.what) == (ChangeKind.TRAINING_DATA, what)
    assert one.path == f"dataset:{what.partition(':')[0].partition(' ')[0]}"
    assert one.identity is not None


def test_signature_and_libraries() -> None:
    after = replace(
        SAME,
        signature={"inputs.tenure": "long"},
        libraries={"numpy": "==2.2", "xgboost": ""},
    )
    assert found(after) == [
        ("schema", "signature: inputs.tenure double -> long"),
        ("dependency", "numpy 2.1 -> 2.2"),
        ("dependency", "pandas 3 removed"),
        ("dependency", "xgboost any added"),
    ]
    keys = [one.key for one in compare(OLD, after)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize("side", ["before", "after"])
def test_of_what_is_unreadable_nothing_is_said(part: Part, side: str) -> None:
    unread: frozenset[Part] = frozenset({part})
    before = replace(OLD, unreadable=unread) if side == "before" else OLD
    empty = VersionFacts(version="2")
    after = replace(empty, unreadable=unread) if side == "after" else empty
    kinds = {
        Part.PARAMETERS: "hyperparameter",
        Part.DATASETS: "training_data",
        Part.SIGNATURE: "schema",
        Part.LIBRARIES: "dependency",
    }
    told = {kind for kind, _ in found(after, before)}
    assert told == set(kinds.values()) - {kinds[part]}
    names = {
        Part.PARAMETERS: "parameters",
        Part.DATASETS: "datasets",
        Part.SIGNATURE: "signature",
        Part.LIBRARIES: "libraries",
    }
    assert names[part] not in sides(before, after)[0]


def test_sides_hold_what_differs_to_the_last_level() -> None:
    after = replace(SAME, datasets={"train": data("d2")}, metrics={"auc": 0.6})
    assert sides(OLD, after) == (
        {
            "version": "1",
            "datasets": {"train": {"digest": "d1"}},
            "metrics": {"auc": 0.7},
        },
        {
            "version": "2",
            "datasets": {"train": {"digest": "d2"}},
            "metrics": {"auc": 0.6},
        },
    )
    assert sides(None, OLD) == ({}, {"version": "1"})
    assert sides(OLD, None) == ({"version": "1"}, {})


VALUES = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)
FACTS = st.builds(
    VersionFacts,
    version=st.just("1"),
    parameters=VALUES,
    signature=VALUES,
    libraries=VALUES,
    metrics=st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=2),
    commit=st.none() | st.text(min_size=1, max_size=5),
)


@given(FACTS, FACTS)
def test_the_same_facts_differ_in_nothing_and_others_symmetrically(
    one: VersionFacts, two: VersionFacts
) -> None:
    assert len(compare(one, one)) == 1
    there = {(a.kind, a.key) for a in compare(one, two)}
    back = {(a.kind, a.key) for a in compare(two, one)}
    assert there == back
    for altered in compare(one, two):
        assert not altered.before.keys() - altered.after.keys() or altered.before


@given(st.dictionaries(st.text(max_size=300), st.text(max_size=300), max_size=40))
def test_values_stay_within_bounds(parameters: dict[str, str]) -> None:
    big = {**parameters, "huge": "x" * 5000}
    after = replace(SAME, parameters=big)
    for one in compare(replace(OLD, parameters={}), after):
        assert len(canonical_json(dict(one.after))) <= MAX_SIDE
        if one.kind is ChangeKind.HYPERPARAMETER:
            assert str(one.after["…"]).startswith("and ")
    assert len(canonical_json(sides(OLD, after)[1])) <= MAX_SIDE
