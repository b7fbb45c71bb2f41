"""Labels of a second source: the latest known one of each prediction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, parse_instant
from modelowners.observations.engines.duckdb.canonical import prepare
from modelowners.observations.engines.duckdb.rows import EVER
from modelowners.observations.engines.duckdb.session import open_session
from modelowners.observations.logs import Labels, PredictionLog, Task

MakeLog = Callable[..., PredictionLog]


def make(path: Path, select: str) -> None:
    connection = duckdb.connect()
    connection.execute(f"COPY ({select}) TO '{path}' (FORMAT {path.suffix[1:]})")
    connection.close()


def world(
    folder: Path, labels: Labels, *, rows: str, truths: str, form: str = "parquet"
) -> PredictionLog:
    make(folder / "log.parquet", rows)
    make(folder / f"labels.{form}", truths)
    return PredictionLog(
        asset=asset_id("model:eta"),
        root=folder,
        source=("log.parquet",),
        columns={"prediction_id": "id", "entity_key": "who", "ts": "ts", "score": "p"},
        features=("p",),
        task=Task.REGRESSION,
        labels=labels,
    )


def truth(log: PredictionLog, as_of: datetime | None = None) -> list[object]:
    session = open_session(log)
    canonical = prepare(session, EVER, as_of=as_of)
    return [
        actual
        for (actual,) in session.connection.execute(
            f"SELECT actual FROM {canonical.name} ORDER BY prediction_id"
        ).fetchall()
    ]


ROWS = (
    "SELECT i AS id, 'a' AS who, TIMESTAMP '2026-01-01' + INTERVAL (i) DAY AS ts, "
    "1.0 AS p FROM range(3) t(i)"
)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_latest_label_wins_and_only_if_known(tmp_path: Path, form: str) -> None:
    labels = Labels(
        actual="y", source=f"labels.{form}", key_column="id", logged_at="seen"
    )
    truths = (
        "SELECT * FROM (VALUES (0, 10.0, TIMESTAMP '2026-02-01'), "
        "(0, 11.0, TIMESTAMP '2026-02-03'), (0, 12.0, TIMESTAMP '2026-02-02'), "
        "(2, 20.0, TIMESTAMP '2026-02-05'), (NULL, 9.0, TIMESTAMP '2026-02-09')) "
        "t(id, y, seen)"
    )
    log = world(tmp_path, labels, rows=ROWS, truths=truths, form=form)
    assert truth(log) == [11.0, None, 20.0]
    assert truth(log, parse_instant("2026-02-02T12:00")) == [12.0, None, None]
    assert truth(log, parse_instant("2026-01-31")) == [None, None, None]


def test_a_label_without_a_time_is_known_when_due(tmp_path: Path) -> None:
    labels = Labels(
        actual="y", source="labels.parquet", key_column="id", delay=timedelta(days=7)
    )
    truths = "SELECT i AS id, i * 1.0 AS y FROM range(3) t(i)"
    log = world(tmp_path, labels, rows=ROWS, truths=truths)
    assert truth(log, parse_instant("2026-01-09")) == [0.0, 1.0, None]


def test_an_entitys_next_label_is_its_truth(tmp_path: Path) -> None:
    truths = (
        "SELECT * FROM (VALUES ('a', 5.0, TIMESTAMP '2026-01-01 12:00'), "
        "('a', 6.0, TIMESTAMP '2026-01-02 00:00'), ('b', 7.0, TIMESTAMP '2026-01-05')) "
        "t(who, y, happened)"
    )
    labels = Labels(
        actual="y",
        source="labels.parquet",
        key="entity_key",
        key_column="who",
        ts="happened",
        delay=DAY,
    )
    log = world(tmp_path, labels, rows=ROWS, truths=truths)
    assert truth(log) == [5.0, 6.0, None]


def test_number_and_text_keys_meet(tmp_path: Path) -> None:
    labels = Labels(actual="y", source="labels.parquet", key_column="id")
    truths = "SELECT i::DOUBLE AS id, 1.0 AS y FROM range(3) t(i)"
    log = world(tmp_path, labels, rows=ROWS, truths=truths)
    assert truth(log) == [1.0, 1.0, 1.0]


def inline_log(make_log: MakeLog, **labels: object) -> PredictionLog:
    return make_log(
        "i / 48 AS score, CASE WHEN i % 2 = 0 THEN i END AS y, "
        "TIMESTAMP '2026-01-10' + INTERVAL (i) HOUR AS seen, "
        "CASE WHEN i > 9 THEN TIMESTAMP '2026-01-05' + INTERVAL (i) HOUR END AS came",
        labels=Labels(actual="y", **labels),  # type: ignore[arg-type]  # by name
        task=Task.REGRESSION,
    )


def known_at(log: PredictionLog, at: str | None) -> int:
    session = open_session(log)
    canonical = prepare(session, EVER, as_of=parse_instant(at) if at else None)
    row = session.connection.execute(
        f"SELECT count(actual) FROM {canonical.name}"
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("labels", "at", "known"),
    [
        ({}, None, 24),
        ({}, "2026-01-01T10:00Z", 6),  # no delay: as soon as the row itself
        ({"delay": timedelta(hours=4)}, "2026-01-01T10:00Z", 4),
        ({"delay": timedelta(days=9)}, "2026-01-02T23:00Z", 0),
        ({"logged_at": "seen"}, "2026-01-10T10:00Z", 6),
        ({"logged_at": "seen"}, "2026-01-09T23:59Z", 0),
        ({"logged_at": "came"}, "2026-01-06T00:00Z", 8),  # null: never known
        ({"ts": "seen", "logged_at": "came"}, "2026-01-06T00:00Z", 8),
        ({"ts": "seen"}, "2026-01-10T10:00Z", 6),
    ],
)
def test_a_truth_in_the_same_row_is_known_when_its_column_says(
    make_log: MakeLog, labels: dict[str, object], at: str | None, known: int
) -> None:
    assert known_at(inline_log(make_log, **labels), at) == known


def test_the_row_is_there_before_its_truth_is(make_log: MakeLog) -> None:
    session = open_session(inline_log(make_log, logged_at="seen"))
    canonical = prepare(session, EVER, as_of=parse_instant("2026-01-05"))
    row = session.connection.execute(
        f"SELECT count(*), count(actual), count(loss) FROM {canonical.name}"
    ).fetchone()
    assert row == (48, 0, 0)
