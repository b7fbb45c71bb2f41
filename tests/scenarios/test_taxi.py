"""
A real year of New York taxi trips: one vendor's feed broke one Saturday.

From 2 February 2019 on, the rides of vendors 2 and 4 carry a surcharge in the
total that is not in the column `extra`; vendor 1 puts it there. Nothing here is
injected: the models are fitted, the fault is the feed's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from modelowners.app.debugging import debug
from modelowners.app.investigation import Investigation
from modelowners.app.wiring import Program
from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow, parse_instant
from modelowners.diagnosis.causes import CauseKind

pytestmark = pytest.mark.taxi

Floats = npt.NDArray[np.float64]

TAXI = "data/yellow_taxi_2018-07_2019-06.parquet"
PARTS = (
    "fare_amount",
    "extra",
    "mta_tax",
    "tolls_amount",
    "improvement_surcharge",
)
TRIP = (
    "trip_distance",
    "pickup_location_id",
    "dropoff_location_id",
    "passenger_count",
    "hour",
    "weekday",
)
FITTED_UNTIL = "pickup_datetime < TIMESTAMP '2019-01-01'"
FAULT = parse_instant("2019-02-02T00:00Z")
OWNERSHIP = """\
version: 1
people:
  ana: {{email: ana@taxi.example}}
  bo: {{email: bo@taxi.example}}
  cy: {{email: cy@taxi.example}}
teams:
  fares: {{lead: cy, members: [cy]}}
  feed-a: {{lead: ana, members: [ana]}}
  feed-b: {{lead: bo, members: [bo]}}
owns:
  model:{model}:
    owner: fares
    predictions:
      source: scored.parquet
      columns: {{prediction_id: trip_id, ts: pickup_datetime, score: score}}
      timezone: America/New_York
      task: regression
      segments: [vendor_id]
      features: [{features}]
      labels: {{inline: true, actual: {actual}}}
      upstream:
        dataset:feed-a: {{rows: {{vendor_id: 1}}}}
        dataset:feed-b: {{rows: {{vendor_id: [2, 4]}}}}
  dataset:feed-a: {{owner: feed-a}}
  dataset:feed-b: {{owner: feed-b}}
"""


def read_numbers(
    db: duckdb.DuckDBPyConnection, rows: str, columns: Sequence[str]
) -> dict[str, Floats]:
    """Give columns as floats in the trips' order, nulls as NaN."""
    found = db.sql(f"SELECT {', '.join(columns)} FROM {rows}").fetchnumpy()
    return {
        name: np.ma.filled(np.ma.asarray(found[name]).astype(np.float64), np.nan)
        for name in columns
    }


def write_scored(
    db: duckdb.DuckDBPyConnection, rows: str, score: Floats, folder: Path
) -> None:
    """Write the rows with their scores beside them."""
    db.register("scores", {"score": score})
    db.execute(
        f"COPY (SELECT * EXCLUDE fitted FROM {rows} POSITIONAL JOIN scores) "
        f"TO '{folder / 'scored.parquet'}' (FORMAT parquet)"
    )


def start(folder: Path, model: str, *, features: Sequence[str], actual: str) -> Program:
    """Declare a model over the scored trips."""
    file = folder / "modelowners.yaml"
    names = ", ".join(features)
    file.write_text(
        OWNERSHIP.format(model=model, features=names, actual=actual), encoding="utf-8"
    )
    return Program.start(file=str(file), state=str(folder / ".modelowners"))


@pytest.fixture
def amount_due(shared: Path, tmp_path: Path) -> Investigation:
    """Predict what a ride costs from its parts, and ask what broke in February."""
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute(
            "CREATE TABLE trips AS SELECT *, total_amount - tip_amount AS paid, "
            f"{FITTED_UNTIL} AS fitted FROM '{shared / TAXI}' "
            "WHERE pickup_datetime >= TIMESTAMP '2018-07-01' "
            "ORDER BY pickup_datetime, trip_id"
        )
        known = read_numbers(db, "trips", [*PARTS, "paid", "fitted"])
        inputs = np.column_stack([known[name] for name in PARTS])
        inputs = np.column_stack([inputs, np.ones(len(inputs))])
        usual = (known["fitted"] == 1) & (np.abs(known["paid"]) < 200)
        weights = np.linalg.lstsq(inputs[usual], known["paid"][usual])[0]
        write_scored(db, "trips", inputs @ weights, tmp_path)
    program = start(tmp_path, "amount-due", features=PARTS, actual="paid")
    february = TimeWindow.parse("2019-02-01/2019-03-01")
    return debug(program, asset_id("model:amount-due"), window=february)


def test_the_feed_that_broke_is_named_and_nobody_of_the_other(
    amount_due: Investigation,
) -> None:
    found = amount_due.diagnosis
    assert found.symptom is not None
    assert found.symptom.state == "measured"
    cause = found.causes[0]
    assert (cause.kind, cause.asset) == (
        CauseKind.RELATION_BROKEN,
        "dataset:feed-b",
    )
    assert (cause.owner.team, cause.owner.person) == ("feed-b", "bo")
    assert cause.probability >= 0.6
    assert cause.onset.low <= FAULT <= cause.onset.high
    assert cause.onset.high - cause.onset.low <= 2 * DAY
    roles = {one.person: one.role for one in found.notified_would_be}
    assert roles["bo"] == "owner of the cause"
    assert "ana" not in roles


def test_the_loudest_drift_is_told_as_not_the_cause(
    amount_due: Investigation,
) -> None:
    against = [a.text for a in amount_due.diagnosis.causes[0].against]
    assert any("extra" in text and "vendor_id=1" in text for text in against)
    assert amount_due.drift_ranking[0].column == "extra"


@pytest.fixture
def duration(shared: Path, tmp_path: Path) -> Program:
    """Predict how long a ride takes; fitted on every other trip of 2018."""
    trees = pytest.importorskip(
        "sklearn.ensemble", reason="the extra demo is not installed"
    )
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute(
            "CREATE TABLE trips AS SELECT *, hour(pickup_datetime) AS hour, "
            "isodow(pickup_datetime) AS weekday, "
            "epoch(dropoff_datetime - pickup_datetime) / 60.0 AS minutes, "
            f"{FITTED_UNTIL} AS fitted FROM '{shared / TAXI}' "
            "WHERE pickup_datetime >= TIMESTAMP '2018-07-01' AND "
            "epoch(dropoff_datetime - pickup_datetime) BETWEEN 60 AND 7200 "
            "ORDER BY pickup_datetime, trip_id"
        )
        known = read_numbers(db, "trips", [*TRIP, "minutes", "fitted"])
        inputs = np.column_stack([known[name] for name in TRIP])
        early = np.flatnonzero(known["fitted"] == 1)[::2]
        model = trees.HistGradientBoostingRegressor(
            max_iter=200, loss="absolute_error", random_state=0
        )
        model.fit(inputs[early], known["minutes"][early])
        write_scored(db, "trips", model.predict(inputs), tmp_path)
    return start(tmp_path, "duration", features=TRIP, actual="minutes")


def windows_of_the_year() -> tuple[TimeWindow, ...]:
    """Give the 28-day windows of the year; six weeks before them are history."""
    first, length = parse_instant("2018-08-17"), 28 * DAY
    return tuple(
        TimeWindow(first + k * length, first + (k + 1) * length) for k in range(11)
    )


def test_a_year_of_weather_holidays_and_a_broken_feed_is_silent(
    duration: Program,
) -> None:
    """A model that reads none of what broke stays quiet: nothing is worse in it."""
    for window in windows_of_the_year():
        found = debug(duration, asset_id("model:duration"), window=window)
        assert found.diagnosis.symptom is None, window
        assert found.diagnosis.notified_would_be == ()
        assert found.healthy
