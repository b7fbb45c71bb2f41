"""What a model predicts is told from its outputs, once; labels must make sense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from modelowners.core.ids import asset_id
from modelowners.observations.engines.duckdb.roles import MissingColumn, NoOutput
from modelowners.observations.engines.duckdb.session import (
    NoPositive,
    check_positive,
    open_session,
)
from modelowners.observations.logs import Labels, PredictionLog, Task


def log_of(folder: Path, select: str) -> PredictionLog:
    connection = duckdb.connect()
    connection.execute(
        f"COPY (SELECT i AS id, TIMESTAMP '2026-01-01' AS ts, {select} "
        f"FROM range(120) t(i)) TO '{folder / 'a.parquet'}'"
    )
    connection.close()
    return PredictionLog(
        asset=asset_id("model:eta"),
        root=folder,
        source=("a.parquet",),
        columns={"prediction_id": "id"},
    )


@pytest.mark.parametrize(
    ("select", "labelled", "task"),
    [
        ("i / 120 AS score", False, Task.BINARY),
        ("i / 120 AS score, i % 2 AS y", True, Task.BINARY),
        ("i / 120 AS score, i / 99 AS y", True, Task.REGRESSION),
        ("i * 1.5 AS score", False, Task.REGRESSION),
        ("i % 2 AS prediction", False, Task.BINARY),
        ("'c' || i % 5 AS prediction", False, Task.MULTICLASS),
        ("i % 2 AS prediction, i % 3 AS y", True, Task.MULTICLASS),
        ("i * 1.5 AS prediction", False, Task.REGRESSION),
        ("i AS prediction", False, Task.REGRESSION),
    ],
)
def test_the_task_is_told(
    tmp_path: Path, select: str, labelled: bool, task: Task
) -> None:
    log = log_of(tmp_path, select)
    if labelled:
        log = replace(log, labels=Labels(actual="y"))
    assert open_session(log).task is task


def test_a_declared_task_is_not_told(tmp_path: Path) -> None:
    log = replace(log_of(tmp_path, "i * 1.5 AS score"), task=Task.BINARY)
    assert open_session(log).told is Task.BINARY


def test_labels_of_which_none_is_positive(tmp_path: Path) -> None:
    log = log_of(tmp_path, "i / 120 AS score, ['yes', 'no'][1 + i % 2] AS y")
    log = replace(log, labels=Labels(actual="y"))
    with pytest.raises(NoPositive, match="labels found: no, yes"):
        check_positive(open_session(log))
    check_positive(open_session(replace(log, positive="yes")))


def test_no_output_and_a_missing_label(tmp_path: Path) -> None:
    log = log_of(tmp_path, "1 AS fare")
    with pytest.raises(NoOutput, match="neither `score` nor `prediction`"):
        open_session(log)
    log = replace(log_of(tmp_path, "1.5 AS score"), labels=Labels(actual="paid"))
    with pytest.raises(MissingColumn, match='no column "paid"'):
        open_session(log)


def test_a_session_knows_when_its_files_have_changed(tmp_path: Path) -> None:
    log = log_of(tmp_path, "1.5 AS score")
    session = open_session(log)
    assert session.is_current()
    (tmp_path / "a.parquet").unlink()
    assert not session.is_current()
