"""The canonical relation has one shape, whatever the source calls its columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from modelowners.core.ids import asset_id
from modelowners.core.time import TimeWindow, parse_instant
from modelowners.observations.engines.duckdb.canonical import (
    RESERVED,
    Canonical,
    prepare,
)
from modelowners.observations.engines.duckdb.rows import EVER
from modelowners.observations.engines.duckdb.session import Session, open_session
from modelowners.observations.logs import Labels, PredictionLog, Task
from modelowners.observations.profiles import EVERYTHING, Partition

DAY = TimeWindow.parse("2026-01-01")


def log_of(folder: Path, select: str) -> PredictionLog:
    connection = duckdb.connect()
    connection.execute(
        "COPY (SELECT i AS id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR "
        f"AS happened, i / 48 AS p, {select} FROM range(48) t(i)) "
        f"TO '{folder / 'a.parquet'}' (FORMAT parquet)"
    )
    connection.close()
    return PredictionLog(
        asset=asset_id("model:eta"),
        root=folder,
        source=("a.parquet",),
        columns={"prediction_id": "id", "ts": "happened", "score": "p"},
        task=Task.BINARY,
    )


def opened(log: PredictionLog, window: TimeWindow = EVER) -> tuple[Session, Canonical]:
    session = open_session(log)
    return session, prepare(session, window)


def values(
    session: Session, canonical: Canonical, sql: str
) -> list[tuple[object, ...]]:
    return session.connection.execute(
        f"SELECT {sql} FROM {canonical.name} ORDER BY ts LIMIT 2"
    ).fetchall()


def test_columns_called_like_ours_keep_their_values(tmp_path: Path) -> None:
    taken = ", ".join(f"{n} + i AS {name}" for n, name in enumerate(RESERVED))
    log = replace(log_of(tmp_path, taken), features=RESERVED)
    session, canonical = opened(log)
    refs = ", ".join(
        canonical.ref(name if name in canonical.numeric else f"{name} (column)")
        for name in RESERVED
    )
    assert values(session, canonical, refs)[0] == tuple(
        map(float, range(len(RESERVED)))
    )
    assert values(session, canonical, "prediction_id, score")[1] == ("1", 1 / 48)
    assert "score (column)" in canonical.numeric
    assert "loss" in canonical.numeric


@pytest.mark.parametrize(
    ("stored", "value", "numeric"),
    [
        ("5::TINYINT", 5.0, True),
        ("2.5::DECIMAL(9,2)", 2.5, True),
        ("DATE '1970-01-02'", 86_400_000_000.0, True),
        ("TIMESTAMP '1970-01-01 00:00:01'", 1_000_000.0, True),
        ("TIMESTAMPTZ '1970-01-01 01:00:01+01'", 1_000_000.0, True),
        ("TIME '00:00:01'", 1_000_000.0, True),
        ("TRUE", "true", False),
        ("'x'", "x", False),
        ("'b'::ENUM('a', 'b')", "b", False),
        ("NULL::VARCHAR", None, False),
    ],
)
def test_values_are_numbers_or_text(
    tmp_path: Path, stored: str, value: object, numeric: bool
) -> None:
    session, canonical = opened(log_of(tmp_path, f"{stored} AS x"))
    assert values(session, canonical, "x")[0] == (value,)
    assert ("x" in canonical.numeric) is numeric
    assert ("x" in canonical.text) is not numeric


def test_a_declared_type_is_cast_and_failures_told(tmp_path: Path) -> None:
    log = log_of(tmp_path, "CASE i WHEN 0 THEN '1.5' WHEN 1 THEN 'x' END AS tolls")
    log = replace(log, features=("tolls",), feature_types={"tolls": "double"})
    session, canonical = opened(log)
    failing = canonical.failing["tolls"]
    assert values(session, canonical, f'tolls, "{failing}"') == [
        (1.5, False),
        (None, True),
    ]


def test_partitions_are_conditions(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        "(CASE WHEN i % 4 = 3 THEN NULL ELSE i % 4 END)::DOUBLE AS vendor, "
        "CASE WHEN i % 2 = 0 THEN 'it''s' END AS kind",
    )
    session, canonical = opened(replace(log, segments=("vendor", "kind")))

    def rows(partition: Partition) -> int:
        found = session.connection.execute(
            f"SELECT count(*) FROM {canonical.name} WHERE {canonical.where(partition)}"
        ).fetchone()
        assert found is not None
        return int(found[0])

    assert rows(EVERYTHING) == 48
    assert rows(Partition("segment", (("vendor", "2"),))) == 12
    assert rows(Partition("segment", (("vendor", "(null)"),))) == 12
    assert rows(Partition("rows", (("vendor", "0|1"), ("kind", "it's")))) == 12


def test_a_window_is_half_open_and_made_once(tmp_path: Path) -> None:
    session, canonical = opened(log_of(tmp_path, "1 AS x"), DAY)
    found = session.connection.execute(
        f"SELECT count(*), max(ts)::VARCHAR FROM {canonical.name}"
    ).fetchone()
    assert found == (24, "2026-01-01 23:00:00")
    assert prepare(session, DAY) is canonical


def test_a_row_of_the_future_is_kept_in_no_window(tmp_path: Path) -> None:
    log = log_of(tmp_path, "1 AS x, TIMESTAMP '2026-01-01 12:00' AS written")
    told = replace(log, columns={**log.columns, "logged_at": "written"})
    noon = parse_instant("2026-01-01T12:00Z")
    next_day = TimeWindow.parse("2026-01-02")
    for session in (open_session(log, now=noon), open_session(told)):
        for window, kept in ((DAY, 13), (next_day, 0), (EVER, 13)):
            name = prepare(session, window).name
            found = session.connection.execute(f"SELECT count(*) FROM {name}")
            assert found.fetchone() == (kept,), window


def test_a_loss_is_null_where_the_truth_is(tmp_path: Path) -> None:
    log = log_of(tmp_path, "CASE WHEN i > 0 THEN 1 END AS y")
    log = replace(log, labels=Labels(actual="y"))
    session, canonical = opened(log)
    (first, second) = values(session, canonical, "actual, loss")
    assert first == (None, None)
    assert second == (1.0, pytest.approx(3.871201))
    assert canonical.loss == "log_loss"
    assert "y" not in canonical.numeric
