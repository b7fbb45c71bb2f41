from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.connectors.mlflow.client import (
    AliasEntry,
    ModelVersion,
    Pair,
    RegisteredModel,
)
from modelowners.connectors.mlflow.snapshots import (
    ModelView,
    Snapshot,
    VersionView,
    ordered,
)
from modelowners.core.time import HOUR, parse_instant

T0 = parse_instant("2026-06-01")
NAMES = st.text(max_size=8)
VIEWS = st.builds(
    ModelView,
    there=st.booleans(),
    number=st.integers(0, 99),
    mark=NAMES,
    born=st.integers(0, 2**50),
    description=NAMES,
    tags=st.dictionaries(NAMES, NAMES, max_size=3),
    aliases=st.dictionaries(NAMES, NAMES, max_size=3),
    versions=st.dictionaries(
        NAMES, st.builds(VersionView, born=st.integers(0, 9), run=NAMES), max_size=3
    ),
    at=st.sampled_from([None, T0 + HOUR]),
)


@given(st.dictionaries(NAMES, VIEWS, max_size=3))
def test_a_snapshot_survives_being_written(models: dict[str, ModelView]) -> None:
    snapshot = Snapshot(looked_at=T0, first=T0, whole=T0, models=models)
    again = Snapshot.parse(snapshot.write())
    assert again == snapshot
    assert again.write() == snapshot.write()


@pytest.mark.parametrize("cursor", [None, "", "{}", "[]", "x", '{"looked_at": 3}'])
def test_a_cursor_of_nonsense_is_none(cursor: str | None) -> None:
    assert Snapshot.parse(cursor) is None


def test_when_a_model_was_seen() -> None:
    views = {"a": ModelView(), "b": ModelView(at=T0 + HOUR)}
    snapshot = Snapshot(looked_at=T0, first=T0, whole=T0, models=views)
    assert [snapshot.seen_at(name) for name in "abc"] == [T0, T0 + HOUR, T0]


def test_two_views_are_the_same_whenever_they_were_taken() -> None:
    model = RegisteredModel(
        name="x", tags=(Pair("a", "1"),), aliases=(AliasEntry("champion", "1"),)
    )
    one = ModelView.of(model, [ModelVersion(name="x", version="1")], mark="m")
    assert one.same(replace(one, mark="n", number=7, at=T0))
    for other in (
        replace(one, aliases={}),
        replace(one, tags={}),
        replace(one, versions={}),
        replace(one, born=1),
        replace(one, description="d"),
        replace(one, there=False),
    ):
        assert not one.same(other)


def test_a_version_can_be_given_back_to_ask_about_it() -> None:
    version = ModelVersion(
        name="x",
        version="3",
        creation_timestamp=5,
        run_id="r",
        source="s",
        user_id="u",
        description="d",
    )
    assert VersionView.of(version).entry("x", "3") == version


def test_versions_are_ordered_as_numbers() -> None:
    assert ordered(["2", "10", "1", "x", "²"]) == ["1", "2", "10", "x", "²"]
