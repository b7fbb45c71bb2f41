"""A shape says what is there, without believing impossible times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from modelowners.core.time import parse_instant
from modelowners.observations.engines.duckdb.session import open_session
from modelowners.observations.engines.duckdb.shape import describe
from modelowners.observations.logs import Labels, PredictionLog

MakeLog = Callable[..., PredictionLog]
NOW = parse_instant("2026-06-01")


def test_columns_rows_and_ends(make_log: MakeLog) -> None:
    log = make_log("i / 48 AS score, 'a' AS \"it's\", DATE '2026-01-01' AS day")
    shape = describe(open_session(log))
    assert dict(shape.columns) == {
        "id": "BIGINT",
        "ts": "TIMESTAMP",
        "score": "DOUBLE",
        "it's": "VARCHAR",
        "day": "DATE",
    }
    assert (shape.rows, shape.files) == (48, ("log.parquet",))
    assert shape.first == parse_instant("2026-01-01")
    assert shape.last == parse_instant("2026-01-02T23:00Z")
    assert not shape.unreadable
    assert not shape.differing


def test_a_csv_tells_what_its_values_look_like(make_log: MakeLog) -> None:
    log = make_log("1.5 AS score")
    (log.root / "b.csv").write_text("id,ts,score\n1,2026-03-01,0.5\n2,2026-03-02,\n")
    csv = PredictionLog(
        asset=log.asset, root=log.root, source=("b.csv",), columns=log.columns
    )
    shape = describe(open_session(csv))
    assert shape.columns["score"] == "DOUBLE"
    assert (shape.rows, shape.last) == (2, parse_instant("2026-03-02"))


def test_times_no_row_can_have_do_not_stretch_a_log(make_log: MakeLog) -> None:
    log = make_log(
        "1.5 AS score, CASE i WHEN 0 THEN TIMESTAMP '1899-12-30' "
        "WHEN 1 THEN TIMESTAMP '9999-01-01' WHEN 2 THEN 'infinity'::TIMESTAMP "
        "WHEN 3 THEN NULL ELSE TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR END AS at",
        columns={"ts": "at"},
    )
    shape = describe(open_session(log, now=NOW))
    assert shape.rows == 48
    assert shape.first == parse_instant("2026-01-01T04:00Z")
    assert shape.last == parse_instant("2026-01-02T23:00Z")
    unaware = describe(open_session(log))
    assert unaware.last == parse_instant("9999-01-01"), "without a clock, no future"


def test_a_log_without_rows_has_no_ends(make_log: MakeLog) -> None:
    shape = describe(open_session(make_log("1.5 AS score", rows=0)))
    assert (shape.rows, shape.first, shape.last) == (0, None, None)


def test_a_broken_file_is_told_and_the_others_are_read(make_log: MakeLog) -> None:
    log = make_log("1.5 AS score")
    (log.root / "z.parquet").write_bytes(b"PAR1 no")
    both = PredictionLog(
        asset=log.asset,
        root=log.root,
        source=("*.parquet",),
        columns=log.columns,
        labels=Labels(actual="y", source="labels/*.csv", key_column="id"),
    )
    (log.root / "labels").mkdir()
    (log.root / "labels" / "a.csv").write_text("id,y\n1,0\n")
    (log.root / "labels" / "b.csv").write_bytes(b"id,y\n1,\xff\xfe\n")
    shape = describe(open_session(both))
    assert (shape.rows, shape.files) == (48, ("log.parquet",))
    assert "z.parquet" in shape.unreadable
    assert all(shape.unreadable.values()), "each with its reason"
    assert shape.last is not None
    assert shape.first is not None
    assert shape.last - shape.first == timedelta(hours=47)
