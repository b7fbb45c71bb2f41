"""Parts divide the rows: each row in one part of a segment, none in two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow
from modelowners.observations.engines.duckdb.canonical import prepare
from modelowners.observations.engines.duckdb.grouping import Grouping
from modelowners.observations.engines.duckdb.parts import (
    IMPLICIT_SEGMENTS,
    claim_partition,
    claims_of,
    part_sql,
    segment_partition,
    segments_of,
)
from modelowners.observations.engines.duckdb.rows import EVER
from modelowners.observations.engines.duckdb.session import Session, open_session
from modelowners.observations.logs import Claim, PredictionLog
from modelowners.observations.profiles import MAX_SEGMENT_VALUES

MakeLog = Callable[..., PredictionLog]
ALL = Grouping(grain=None)


def counts(session: Session, segment: str, grouping: Grouping = ALL) -> dict[str, int]:
    canonical = prepare(session, EVER)
    label = canonical.label(segment)
    part = part_sql(session, canonical, label, grouping)
    rows = session.connection.execute(
        replace(grouping, part=part).select("count(*)", canonical.unlabelled)
    ).fetchall()
    found: dict[str, int] = {}
    for _, name, n in rows:
        value = segment_partition(segment, name).where[0][1]
        found[value] = found.get(value, 0) + n
    return found


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("['a', 'it''s'][1 + i % 2]", {"a": 24, "it's": 24}),
        ("CASE WHEN i % 2 = 0 THEN i % 4 END", {"0": 12, "2": 12, "(null)": 24}),
        (
            "CASE WHEN i < 8 THEN '(other)' ELSE '(null)' END",
            {"(other)": 8, "(null)": 40},
        ),
        ("CASE WHEN i < 8 THEN '' ELSE ' ' END", {"": 8, " ": 40}),
        ("(i % 2) + 0.5", {"0.5": 24, "1.5": 24}),
        ("i % 2 = 0", {"true": 24, "false": 24}),
    ],
)
def test_each_row_is_in_one_part(
    make_log: MakeLog, sql: str, wanted: dict[str, int]
) -> None:
    log = make_log(f"1.5 AS score, {sql} AS kind", segments=("kind",))
    assert counts(open_session(log), "kind") == wanted


def test_a_segment_called_like_a_statement(make_log: MakeLog) -> None:
    name = 'k"; DROP TABLE kept; --'
    quoted = name.replace('"', '""')
    log = make_log(f'1.5 AS score, i % 2 AS "{quoted}"', segments=(name,))
    assert counts(open_session(log), name) == {"0": 24, "1": 24}


def test_beyond_fifty_values_the_rarest_are_the_rest(make_log: MakeLog) -> None:
    # Value k is in k + 1 rows.
    log = make_log(
        "1.5 AS score, 'v' || floor((sqrt(8 * i + 1) - 1) / 2)::INTEGER AS city",
        rows=60 * 61 // 2,
        segments=("city",),
    )
    found = counts(open_session(log), "city")
    assert len(found) == MAX_SEGMENT_VALUES + 1
    assert found["(other)"] == sum(range(1, 11)), "the ten rarest"
    assert sum(found.values()) == 60 * 61 // 2


def test_the_rest_is_that_of_each_window(make_log: MakeLog) -> None:
    log = make_log(
        "1.5 AS score, 'v' || (i // 24 * 1000 + i % 24) AS city",
        rows=24 * 4,
        segments=("city",),
    )
    found = counts(open_session(log), "city", Grouping(grain=DAY))
    assert "(other)" not in found, "96 values, but 24 a day"
    assert len(found) == 96


def test_declared_segments_come_before_those_that_suggest_themselves(
    make_log: MakeLog,
) -> None:
    log = make_log(
        "1.5 AS score, i % 2 AS vendor, ['a', 'b'][1 + i % 2] AS w",
        segments=("vendor", "w"),
    )
    session = open_session(log)
    assert segments_of(session, prepare(session, EVER)) == ("vendor", "w")


def test_few_text_features_suggest_themselves(make_log: MakeLog) -> None:
    texts = ", ".join(f"'{n}' || i % {n} AS t{n}" for n in (1, 2, 12, 13, 3, 4, 5))
    log = make_log(f"1.5 AS score, {texts}, i % 2 AS number", private=frozenset({"t3"}))
    session = open_session(log)
    found = segments_of(session, prepare(session, EVER))
    assert found == ("t2", "t12", "t4")
    assert len(found) == IMPLICIT_SEGMENTS
    day = TimeWindow.parse("2026-01-02")
    assert segments_of(session, prepare(session, day)) == found, "whatever is asked"


def test_no_text_no_segment(make_log: MakeLog) -> None:
    session = open_session(make_log("1.5 AS score, i AS x"))
    assert segments_of(session, prepare(session, EVER)) == ()


def test_claims_on_columns_that_are_not_there_are_left_out(make_log: MakeLog) -> None:
    claims = (
        Claim(asset=asset_id("dataset:a"), rows={"vendor": ("0",)}),
        Claim(asset=asset_id("dataset:b"), features=("x",)),
    )
    log = make_log("1.5 AS score, i % 2 AS vendor, i AS x", upstream=claims)
    assert claims_of(open_session(log)) == claims[:1]
    assert str(claim_partition(claims[0])) == "vendor=0"
