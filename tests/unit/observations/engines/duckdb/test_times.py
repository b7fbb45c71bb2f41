"""Instants fall into the window that Python would put them in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.time import DAY, EPOCH, HOUR, TimeWindow, floor_instant
from modelowners.observations.engines.duckdb.columns import Column
from modelowners.observations.engines.duckdb.connection import connect
from modelowners.observations.engines.duckdb.grouping import Grouping
from modelowners.observations.engines.duckdb.rows import EVER
from modelowners.observations.engines.duckdb.times import (
    bucket_sql,
    inside_sql,
    pruning_sql,
    timestamp_sql,
    zoned_sql,
)

instants = st.integers(-(10**15), 4 * 10**15).map(
    lambda micros: EPOCH + timedelta(microseconds=micros)
)


@given(at=instants, grain=st.sampled_from([DAY, HOUR]))
def test_buckets_round_down(at: datetime, grain: timedelta) -> None:
    sql = bucket_sql(timestamp_sql(at), grain)
    (number,) = connect([]).execute(f"SELECT {sql}").fetchone() or (0,)
    window = TimeWindow(floor_instant(at, grain), floor_instant(at, grain) + grain)
    assert number == Grouping(grain=grain).number(window)
    inside = f"SELECT {inside_sql(timestamp_sql(at), window)}"
    assert connect([]).execute(inside).fetchone() == (True,)


def test_the_window_of_everything_can_be_asked_for() -> None:
    for bound in (EVER.start, EVER.end):
        assert connect([]).execute(f"SELECT {timestamp_sql(bound)}").fetchone()


@pytest.mark.parametrize(
    ("stored", "zone", "margin"),
    [
        ("TIMESTAMP", "UTC", False),
        ("TIMESTAMP", "Asia/Tokyo", True),
        ("TIMESTAMP WITH TIME ZONE", "UTC", True),
        ("DATE", "UTC", True),
    ],
)
def test_pruning_is_never_narrower(stored: str, zone: str, margin: bool) -> None:
    column = Column(name="ts", type_name=stored, target=stored)
    sql = pruning_sql(column, zone, TimeWindow.parse("2026-06-10"))
    assert ("2026-06-08" in sql) is margin
    assert ("2026-06-10" in sql) is not margin


@pytest.mark.parametrize(
    ("text", "zoned"),
    [
        ("2026-07-01T12:00Z", True),
        ("2026-07-01 12:00:00.5+02:00", True),
        ("2026-07-01T12+02", True),
        ("2026-07-01 12:00 UTC", True),
        ("2026-07-01", False),
        ("2026-07-01 12:00", False),
        ("2026-07-01T12:00:00", False),
    ],
)
def test_a_date_is_no_zone(text: str, zoned: bool) -> None:
    column = Column(name="x", type_name="VARCHAR", target="VARCHAR")
    found = connect([]).execute(
        f"SELECT {zoned_sql(column)} FROM (SELECT '{text}' AS x)"
    )
    assert found.fetchone() == (zoned,)
