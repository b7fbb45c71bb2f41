"""Every row is kept or dropped with exactly one reason, counted exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow, VirtualClock, parse_instant
from modelowners.observations.engines.duckdb.canonical import prepare
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.engines.duckdb.rows import EVER, REASONS
from modelowners.observations.engines.duckdb.session import open_session
from modelowners.observations.logs import Labels, PredictionLog, Task
from modelowners.observations.profiles import EVERYTHING

NOW = VirtualClock(parse_instant("2026-03-01"))
DAYS = TimeWindow.parse("2026-01-01/2026-01-03").split(DAY)
PLANTED = {
    "no_timestamp": 1,
    "bad_timestamp": 2,
    "future_timestamp": 3,
    "error_status": 4,
    "null_request": 5,
    "cast_failed": 6,
    "no_prediction": 7,
    "duplicate": 8,
}


def planted(path: Path) -> None:
    """Write 1,000 good rows over two days and each fault as often as planned."""
    fault = "".join(
        f"UNION ALL SELECT {1000 * k + 1} + i, CASE {k} WHEN 1 THEN NULL "
        "WHEN 2 THEN '31-31-2026' WHEN 3 THEN '2099-01-01T00:00Z' "
        "ELSE '2026-01-01T10:00Z' END, "
        f"CASE WHEN {k} IN (5, 7) THEN NULL WHEN {k} = 6 THEN 'high' ELSE '0.5' END, "
        f"CASE WHEN {k} = 4 THEN 503 ELSE 200 END, "
        f"CASE WHEN {k} = 5 THEN NULL ELSE 1.5 END, 1 FROM range({n}) t(i) "
        for k, n in enumerate(list(PLANTED.values())[:7], 1)
    )
    connection = duckdb.connect()
    connection.execute(
        "COPY (SELECT i AS id, strftime(TIMESTAMP '2026-01-01' + INTERVAL (i * 2) "
        "MINUTE, '%Y-%m-%dT%H:%M:%SZ') AS at, '0.25' AS p, 200 AS status, "
        "2.5::DOUBLE AS fare, 0 AS y FROM range(1000) t(i) "
        "UNION ALL SELECT i, strftime(TIMESTAMP '2026-01-01' + INTERVAL (i * 2) "
        "MINUTE, '%Y-%m-%dT%H:%M:%SZ'), '0.25', 200, 2.5, 0 FROM range(8) t(i) "
        f"{fault}) TO '{path}' (FORMAT parquet)"
    )
    connection.close()


def log_in(folder: Path, **details: object) -> PredictionLog:
    log = PredictionLog(
        asset=asset_id("model:eta"),
        root=folder,
        source=("*.parquet",),
        columns={
            "prediction_id": "id",
            "ts": "at",
            "score": "p",
            "status_code": "status",
        },
        features=("fare",),
        labels=Labels(actual="y"),
        task=Task.BINARY,
    )
    return replace(log, **details)  # type: ignore[arg-type]  # by name


def test_planted_faults_are_counted_exactly(tmp_path: Path) -> None:
    planted(tmp_path / "a.parquet")
    account = DuckDBEngine(clock=NOW).account(log_in(tmp_path))
    assert {reason: one.rows for reason, one in account.dropped.items()} == PLANTED
    assert account.kept == 1000
    assert account.read == 1000 + sum(PLANTED.values())
    assert set(PLANTED) == set(REASONS)
    first = account.dropped["duplicate"]
    assert (first.file, first.row) == ("a.parquet", 1000)
    assert account.differing_duplicates == 0
    unexpected = sum(PLANTED.values()) - PLANTED["duplicate"] - PLANTED["error_status"]
    assert account.dropped_share == unexpected / account.read


def test_windows_count_what_has_a_time(tmp_path: Path) -> None:
    planted(tmp_path / "a.parquet")
    engine, log = DuckDBEngine(clock=NOW), log_in(tmp_path)
    found = [
        p for p in engine.profile(log, DAYS, edges={}) if p.partition == EVERYTHING
    ]
    assert all(p.rows.read == p.rows.kept + sum(p.rows.dropped.values()) for p in found)
    assert sum(p.rows.kept for p in found) == 1000
    assert dict(found[0].rows.dropped) == {
        reason: number
        for reason, number in PLANTED.items()
        if not reason.endswith("timestamp")
    }


def make(folder: Path, select: str, name: str = "a.parquet") -> None:
    connection = duckdb.connect()
    connection.execute(f"COPY ({select}) TO '{folder / name}'")
    connection.close()


def kept(log: PredictionLog, column: str = "p") -> list[object]:
    """Give what the kept rows hold in a column."""

    session = open_session(log)
    canonical = prepare(session, EVER)
    found = session.connection.execute(
        f"SELECT {column} FROM {canonical.name} ORDER BY ALL"
    ).fetchall()
    return [value for (value,) in found]


def test_of_deliveries_the_first_logged_is_kept(tmp_path: Path) -> None:
    make(
        tmp_path,
        "SELECT 1 AS id, TIMESTAMP '2026-01-01 10:00' AS at, x AS p, 200 AS status, "
        "1.0 AS fare, 0 AS y, TIMESTAMP '2026-01-02' + INTERVAL (h) HOUR AS seen "
        "FROM (VALUES (0.9, 5), (0.1, 1), (0.5, 9)) t(x, h)",
    )
    columns = {**log_in(tmp_path).columns, "logged_at": "seen"}
    log = log_in(tmp_path, columns=columns)
    assert kept(log, "score") == [0.1]
    account = DuckDBEngine().account(log)
    assert account.differing_duplicates == 2


def test_rows_without_an_id_are_known_by_their_content(tmp_path: Path) -> None:
    make(
        tmp_path,
        "SELECT TIMESTAMP '2026-01-01 10:00' AS at, x AS p, 200 AS status, 1.0 AS fare,"
        " 0 AS y FROM (VALUES (0.9), (0.9), (0.5)) t(x)",
    )
    columns = {"ts": "at", "score": "p"}
    assert kept(log_in(tmp_path, columns=columns), "score") == [0.5, 0.9]


@pytest.mark.parametrize(
    ("stored", "zone", "utc"),
    [
        ("TIMESTAMP '2026-07-01 12:00'", "America/New_York", "2026-07-01 16:00:00"),
        ("TIMESTAMP '2026-01-01 12:00'", "America/New_York", "2026-01-01 17:00:00"),
        ("'2026-07-01 12:00'", "America/New_York", "2026-07-01 16:00:00"),
        ("'2026-07-01T12:00Z'", "America/New_York", "2026-07-01 12:00:00"),
        ("'2026-07-01T12:00:00.5+02:00'", "UTC", "2026-07-01 10:00:00.5"),
        ("'2026-07-01 12:00:00 +0200'", "UTC", "2026-07-01 10:00:00"),
        ("'2026-07-01'", "America/New_York", "2026-07-01 04:00:00"),
        ("TIMESTAMPTZ '2026-07-01 12:00+02'", "UTC", "2026-07-01 10:00:00"),
        ("DATE '2026-07-01'", "UTC", "2026-07-01 00:00:00"),
        ("1782907200", "Asia/Tokyo", "2026-07-01 12:00:00"),
        ("1782907200000", "UTC", "2026-07-01 12:00:00"),
        ("1782907200000000", "UTC", "2026-07-01 12:00:00"),
        ("1782907200000000000", "UTC", "2026-07-01 12:00:00"),
        ("'1782907200'", "UTC", "2026-07-01 12:00:00"),
    ],
)
def test_times_are_read_as_utc(
    tmp_path: Path, stored: str, zone: str, utc: str
) -> None:
    make(tmp_path, f"SELECT 1 AS id, {stored} AS at, 0.5 AS p, 200 AS status, 1 AS y")
    log = log_in(tmp_path, timezone=zone, features=())
    (found,) = kept(log, "ts::VARCHAR")
    assert found == utc


@pytest.mark.parametrize(
    "stored",
    ["'01-09-2018'", "'yesterday'", "0", "TIMESTAMP 'infinity'", "DATE '1900-01-01'"],
)
def test_times_that_cannot_be_are_dropped(tmp_path: Path, stored: str) -> None:
    make(tmp_path, f"SELECT 1 AS id, {stored} AS at, 0.5 AS p, 200 AS status, 1 AS y")
    account = DuckDBEngine().account(log_in(tmp_path, features=()))
    assert {r: one.rows for r, one in account.dropped.items()} == {"bad_timestamp": 1}


def test_nothing_is_known_before_it_was_logged(tmp_path: Path) -> None:
    make(
        tmp_path,
        "SELECT i AS id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS at, 0.5 AS p, "
        "200 AS status, 1 AS y, 1.0 AS fare FROM range(48) t(i)",
    )
    log = log_in(tmp_path, labels=Labels(actual="y", delay=DAY))
    engine = DuckDBEngine()
    then = parse_instant("2026-01-02T05:30")
    account = engine.account(log, as_of=then)
    assert (account.kept, account.labelled) == (30, 6)
    assert engine.account(log).labelled == 48
