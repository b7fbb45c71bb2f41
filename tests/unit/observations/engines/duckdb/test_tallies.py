"""Tallies count every kept row once, and every dropped one under its reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from question_worlds import BEFORE, BOTH, World, moments, open_world, texts

from modelowners.core.time import DAY, HOUR
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.engines.duckdb.tallies import scan_dropped, scan_tallies

N = 28 * 48
DAILY = Grouping(grain=DAY)
ALL = Grouping(grain=None)


def world(folder: Path, **columns: npt.NDArray[np.generic]) -> World:
    return open_world(folder, {"x": np.arange(N), **columns})


def test_rows_hours_and_ends_of_each_day(tmp_path: Path) -> None:
    opened = world(tmp_path)
    found = scan_tallies(opened.connection, opened.canonical, grouping=DAILY)
    days = BOTH.split(DAY)
    assert list(found) == [Group(DAILY.number(day), "") for day in days]
    for day, tally in zip(days, found.values(), strict=True):
        rows = tally.rows
        assert (rows.read, rows.kept, rows.weight) == (48, 48, 48.0)
        assert rows.first is not None
        assert rows.last is not None
        assert day.start <= rows.first < rows.last < day.end
        assert tally.hours.tolist() == [2] * 24
        assert dict(tally.versions) == {"(null)": 48}


def test_hours_are_those_of_utc(tmp_path: Path) -> None:
    at = moments(N).astype("datetime64[D]") + np.timedelta64(23, "h")
    opened = world(tmp_path, ts=at.astype("datetime64[us]"))
    found = scan_tallies(opened.connection, opened.canonical, grouping=ALL)
    hours = found[Group(0, "")].hours
    assert hours[23] == hours.sum() > 0


def test_parts_and_conditions_divide_the_rows(tmp_path: Path) -> None:
    kind = np.array(["a", "it's", None], object)[np.arange(N) % 3]
    opened = world(tmp_path, kind=kind)
    grouping = Grouping(grain=None, part="kind", where="kind IS NOT NULL")
    found = scan_tallies(opened.connection, opened.canonical, grouping=grouping)
    assert {g.part: t.rows.kept for g, t in found.items()} == {
        "a": N // 3,
        "it's": N // 3,
    }
    nobody = Grouping(grain=None, where="FALSE")
    assert scan_tallies(opened.connection, opened.canonical, grouping=nobody) == {}


def test_dropped_rows_are_counted_where_their_time_is(tmp_path: Path) -> None:
    ids = np.arange(N).astype(str).astype(object)
    ids[:4] = texts(None)[0]
    ids[100:103] = ids[99]
    opened = open_world(tmp_path, {"id": ids, "x": np.arange(N)})
    kept = scan_tallies(opened.connection, opened.canonical, grouping=ALL)
    dropped = scan_dropped(opened.connection, opened.canonical, grouping=ALL)
    reasons = dict(dropped[0])
    assert reasons["duplicate"] == 3
    assert sum(reasons.values()) + kept[Group(0, "")].rows.kept == N


def test_nothing_dropped_is_nothing(tmp_path: Path) -> None:
    opened = world(tmp_path)
    assert scan_dropped(opened.connection, opened.canonical, grouping=DAILY) == {}


@pytest.mark.parametrize("grain", [HOUR, DAY])
def test_no_row_is_lost_between_groups(tmp_path: Path, grain: timedelta) -> None:
    opened = world(tmp_path)
    grouping = Grouping(grain=grain)
    found = scan_tallies(opened.connection, opened.canonical, grouping=grouping)
    assert sum(t.rows.kept for t in found.values()) == N
    assert sum(int(t.hours.sum()) for t in found.values()) == N
    assert min(g.bucket for g in found) == grouping.number(BEFORE.split(grain)[0])
