"""Every row is in the group of the window that holds it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from question_worlds import BOTH, moments, open_world

from modelowners.core.time import DAY, HOUR, TimeWindow, from_micros
from modelowners.observations.engines.duckdb.grouping import Group, Grouping

N = 672
"""Two an hour."""


@pytest.mark.parametrize("grain", [HOUR, 6 * HOUR, DAY, 7 * DAY])
def test_numbers_in_sql_are_those_of_windows(tmp_path: Path, grain: timedelta) -> None:
    world = open_world(tmp_path, {"ts": moments(N)})
    grouping = Grouping(grain=grain)
    rows = world.connection.execute(
        grouping.select(
            "count(*), epoch_us(min(ts)), epoch_us(max(ts))", "kept"
        ).replace("FROM kept", f"FROM {world.canonical.name}")
    ).fetchall()
    assert sum(row[2] for row in rows) == N
    epoch = from_micros(0)
    for bucket, part, _, first, last in rows:
        window = TimeWindow(epoch + bucket * grain, epoch + (bucket + 1) * grain)
        assert part == ""
        assert grouping.number(window) == bucket
        assert window.start <= from_micros(first) <= from_micros(last) < window.end


def test_times_before_1970_are_in_the_window_below() -> None:
    assert Grouping(grain=DAY).number(TimeWindow.parse("1969-12-31")) == -1


def test_without_a_grain_all_is_one_window(tmp_path: Path) -> None:
    world = open_world(tmp_path, {"ts": moments(N)})
    grouping = Grouping(grain=None)
    statement = grouping.select("count(*)", world.canonical.name)
    assert world.connection.execute(statement).fetchall() == [(0, "", N)]
    assert grouping.number(BOTH) == 0


def test_parts_and_conditions_come_in_one_order(tmp_path: Path) -> None:
    kinds = np.array(["b", "a", "it's"], object)[np.arange(N) % 3]
    kinds[0] = None
    found = []
    for seed in (1, 2):
        world = open_world(tmp_path / str(seed), {"kind": kinds}, shuffle=seed)
        grouping = Grouping(grain=7 * DAY, part="kind", where="kind <> 'b'")
        statement = grouping.select("count(*)", world.canonical.name)
        found.append(world.connection.execute(statement).fetchall())
    assert found[0] == found[1] == sorted(found[0])
    assert {part for _, part, _ in found[0]} == {"a", "it's"}
    assert sum(n for *_, n in found[0]) == 2 * N // 3
    assert Group(*found[0][0][:2]) == (found[0][0][0], "a")
