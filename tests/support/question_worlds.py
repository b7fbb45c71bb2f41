"""Prediction logs made of plain arrays, opened as the engine opens any log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from modelowners.core.ids import asset_id
from modelowners.core.time import TimeWindow, to_micros
from modelowners.observations.engines.duckdb.canonical import Canonical, prepare
from modelowners.observations.engines.duckdb.session import open_session
from modelowners.observations.logs import Labels, PredictionLog, Task

Columns = Mapping[str, npt.NDArray[np.generic]]

BEFORE = TimeWindow.parse("2026-01-01/2026-01-15")
AFTER = TimeWindow.parse("2026-01-15/2026-01-29")
BOTH = TimeWindow(BEFORE.start, AFTER.end)


@dataclass(frozen=True, slots=True)
class World:
    """A log on disk, opened: what a question's function takes first."""

    connection: duckdb.DuckDBPyConnection
    canonical: Canonical


def texts(*values: str | None) -> npt.NDArray[np.object_]:
    """Give a text column; None is null."""
    return np.array(values, dtype=object)


def moments(n: int, window: TimeWindow = BOTH) -> npt.NDArray[np.datetime64]:
    """Spread n instants evenly over a window."""
    start, length = to_micros(window.start), window.length.total_seconds() * 1e6
    micros = start + np.floor((np.arange(n) + 0.5) * length / n).astype(np.int64)
    return micros.astype("datetime64[us]")


def is_after(n: int) -> npt.NDArray[np.bool_]:
    """Tell which of n evenly spread rows lie in `AFTER`."""
    late: npt.NDArray[np.bool_] = moments(n) >= np.datetime64("2026-01-15")
    return late


def open_world(
    folder: Path,
    columns: Columns,
    *,
    task: Task = Task.REGRESSION,
    segments: tuple[str, ...] = (),
    labelled: bool = True,
    shuffle: int | None = None,
) -> World:
    """
    Write a log and open it.

    ``ts`` is spread over `BOTH` and ``id`` counts the rows unless given;
    ``score`` is 0 unless given; the label is ``truth`` (0 unless given).
    `shuffle` reorders the file's rows, which no answer may notice.
    """
    n = len(next(iter(columns.values())))
    table = {
        "id": np.arange(n).astype(str).astype(object),
        "ts": moments(n),
        "score": np.zeros(n),
        "truth": np.zeros(n),
    } | dict(columns)
    if shuffle is not None:
        order = np.random.default_rng(shuffle).permutation(n)
        table = {name: values[order] for name, values in table.items()}
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "log.parquet"
    with duckdb.connect() as writer:
        writer.register("table_of_arrays", table)
        writer.execute(f"COPY table_of_arrays TO '{place}' (FORMAT parquet)")
    log = PredictionLog(
        asset=asset_id("model:tested"),
        root=folder,
        source=("log.parquet",),
        columns={"prediction_id": "id", "ts": "ts", "score": "score"},
        segments=segments,
        labels=Labels(actual="truth") if labelled else None,
        task=task,
    )
    session = open_session(log, threads=1)
    return World(session.connection, prepare(session, BOTH))
