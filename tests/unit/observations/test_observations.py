"""The package's front door: edges from the reference, and light to import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow
from modelowners.observations import profile
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.logs import PredictionLog
from modelowners.observations.profiles import EVERYTHING, Edges, Profile, RowCounts

DAYS = TimeWindow.parse("2026-03-01/2026-03-04").split(DAY)
DECLARED = TimeWindow.parse("2026-01-01/2026-01-08")


class Recorder(DuckDBEngine):
    """An engine that notes what it is asked, and gives one profile a window."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[TimeWindow] = []

    def edges(self, log: PredictionLog, reference: TimeWindow) -> Mapping[str, Edges]:
        assert log.asset
        self.asked.append(reference)
        return {}

    def profile(
        self, log: PredictionLog, windows: Sequence[TimeWindow], **_: object
    ) -> Iterator[Profile]:
        for window in windows:
            yield Profile(
                asset=log.asset,
                partition=EVERYTHING,
                window=window,
                edges_version="",
                rows=RowCounts(),
                columns={},
            )


def log(**details: object) -> PredictionLog:
    return PredictionLog(
        asset=asset_id("model:eta"),
        root=Path(),
        source=("a.csv",),
        columns={},
        **details,  # type: ignore[arg-type]  # fields by name
    )


@pytest.mark.parametrize(
    ("declared", "asked", "used"),
    [
        (None, None, TimeWindow(DAYS[-1].start - 28 * DAY, DAYS[-1].start)),
        (DECLARED, None, DECLARED),
        (DECLARED, DAYS[0], DAYS[0]),
    ],
)
def test_edges_come_from_the_reference(
    declared: TimeWindow | None, asked: TimeWindow | None, used: TimeWindow
) -> None:
    engine = Recorder()
    found = profile(
        log(reference=declared), engine=engine, windows=DAYS, reference=asked
    )
    assert engine.asked == [used]
    assert tuple(p.window for p in found) == DAYS


def test_no_windows_ask_nothing() -> None:
    engine = Recorder()
    assert profile(log(), engine=engine, windows=()) == ()
    assert engine.asked == []


def test_importing_it_loads_no_numpy_and_no_engine() -> None:
    code = (
        "import sys, modelowners.observations\n"
        "sys.exit(str({'numpy', 'duckdb'} & set(sys.modules) or ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""
