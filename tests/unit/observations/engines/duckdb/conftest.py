"""A log of one Parquet file, made by a SELECT over `range(n) t(i)`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from modelowners.core.ids import asset_id
from modelowners.observations.logs import PredictionLog

MakeLog = Callable[..., PredictionLog]


@pytest.fixture
def make_log(tmp_path: Path) -> MakeLog:
    """
    Give a function that writes a log and declares it.

    Rows are an hour apart from 1 January 2026; `select` names further columns.
    """

    def make(select: str, *, rows: int = 48, **details: object) -> PredictionLog:
        connection = duckdb.connect()
        connection.execute(
            "COPY (SELECT i AS id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS ts, "
            f"{select} FROM range({rows}) t(i)) "
            f"TO '{tmp_path / 'log.parquet'}' (FORMAT parquet)"
        )
        connection.close()
        declared: dict[str, object] = {
            "asset": asset_id("model:eta"),
            "root": tmp_path,
            "source": ("log.parquet",),
            "columns": {"prediction_id": "id"},
            **details,
        }
        return PredictionLog(**declared)  # type: ignore[arg-type]  # by name

    return make
