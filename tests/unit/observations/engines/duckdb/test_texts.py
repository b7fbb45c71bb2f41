"""Figures of text columns equal a count by hand, whatever the values hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from question_worlds import World, open_world, texts

from modelowners.core.time import DAY
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.engines.duckdb.texts import (
    COLUMNS_A_STATEMENT,
    scan_texts,
)
from modelowners.observations.profiles import MAX_TEXT_VALUES, TextProfile

ALL = Grouping(grain=None)
HOSTILE = (
    "",
    " ",
    "it's",
    'say "x"',
    "a;b",
    "--",
    "\n",
    "ß",
    "İ",
    "\uff11",
    "(null)",
    "NULL",
)


def scan(
    world: World,
    columns: list[str],
    grouping: Grouping = ALL,
    private: frozenset[str] = frozenset(),
) -> dict[tuple[Group, str], TextProfile]:
    found = scan_texts(
        world.connection, world.canonical, columns, grouping=grouping, private=private
    )
    return {(group, name): profile for group, name, profile in found}


def only(world: World, private: frozenset[str] = frozenset()) -> TextProfile:
    ((_, found),) = scan(world, ["w"], private=private).items()
    return found


@settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    values=st.lists(
        st.none() | st.sampled_from(HOSTILE) | st.text("aB1 é", max_size=4),
        min_size=1,
        max_size=40,
    )
)
def test_every_figure_is_a_count_by_hand(
    tmp_path: Path, values: list[str | None]
) -> None:
    # A leading value fixes the column's type where all others are null.
    found = only(open_world(tmp_path, {"w": texts("x", *values)}))
    known = ["x", *(v for v in values if v is not None)]
    assert (found.n, found.nulls) == (len(known), values.count(None))
    assert dict(found.values) == Counter(known)
    assert (found.distinct, found.empty) == (len(set(known)), known.count(""))
    assert found.shortest == min(map(len, known))
    assert found.longest == max(map(len, known))
    assert found.blank == sum(v != v.strip(" ") for v in known)
    assert found.digits == sum(v.isascii() and v.isdigit() for v in known)
    assert (found.other_rows, found.other_values) == (0, 0)


def test_upper_and_lower_need_a_letter(tmp_path: Path) -> None:
    found = only(open_world(tmp_path, {"w": texts("JFK", "jfk", "Jfk", "12", "")}))
    assert (found.upper, found.lower) == (1, 1)


def test_beyond_a_thousand_values_the_rarest_are_the_rest(tmp_path: Path) -> None:
    often = [f"v{i:04d}" for i in range(MAX_TEXT_VALUES)] * 2
    rare = [f"r{i}" for i in range(30)]
    found = only(open_world(tmp_path, {"w": texts(*often, *rare)}))
    assert len(found.values) == MAX_TEXT_VALUES
    assert set(found.values.values()) == {2}
    assert (found.other_rows, found.other_values) == (30, 30)
    assert sum(found.values.values()) + found.other_rows == found.n


def test_ties_at_the_thousandth_place_go_by_name(tmp_path: Path) -> None:
    names = [f"v{i:04d}" for i in range(MAX_TEXT_VALUES + 5)]
    shown = [
        list(
            only(open_world(tmp_path / str(i), {"w": texts(*names)}, shuffle=i)).values
        )
        for i in (1, 2)
    ]
    assert shown[0] == shown[1] == names[:MAX_TEXT_VALUES]


def test_values_of_private_columns_stay_in_the_log(tmp_path: Path) -> None:
    world = open_world(tmp_path, {"w": texts("canary", "canary", None, "")})
    found = only(world, private=frozenset({"w"}))
    assert "canary" not in repr(found)
    assert (found.n, found.nulls, found.empty, found.distinct) == (3, 1, 1, 2)
    assert (found.other_rows, found.other_values) == (3, 2)


def test_a_column_of_nulls_has_rows_and_nothing_else(tmp_path: Path) -> None:
    world = open_world(tmp_path, {"w": texts("x", None, None, None)})
    found = scan(world, ["w"], Grouping(grain=None, where="w IS NULL"))
    assert found == {
        (Group(0, ""), "w"): TextProfile(nulls=3),
    }


def test_more_columns_than_a_statement_and_names_that_bite(tmp_path: Path) -> None:
    names = [f"c\"{i}; -- '{i}" for i in range(COLUMNS_A_STATEMENT + 2)]
    world = open_world(tmp_path, {n: texts(n, n) for n in names})
    found = scan(world, names)
    assert [(name, dict(p.values)) for (_, name), p in found.items()] == [
        (n, {n: 2}) for n in names
    ]


def test_groups_are_told_apart_and_empty_ones_are_none(tmp_path: Path) -> None:
    words = np.array(["a", "b"], object)[np.arange(280) // 140]
    world = open_world(tmp_path, {"w": words})
    by_week = scan(world, ["w"], Grouping(grain=DAY))
    assert len(by_week) == 28
    assert [dict(p.values) for p in by_week.values()][13:15] == [{"a": 10}, {"b": 10}]
    assert scan(world, ["w"], Grouping(grain=None, where="FALSE")) == {}
    assert scan(world, []) == {}


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_rows_give_the_same(tmp_path: Path, seed: int) -> None:
    words = np.array(HOSTILE, object)[np.arange(600) % len(HOSTILE)]
    plain = only(open_world(tmp_path / "a", {"w": words}))
    shuffled = only(open_world(tmp_path / "b", {"w": words}, shuffle=seed))
    assert shuffled == plain
    assert list(shuffled.values) == list(plain.values)
