"""A small model of parcels whose weather feed changes its unit; known by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from modelowners.core.time import DAY, HOUR, parse_instant, to_micros

Floats = npt.NDArray[np.float64]

MIDNIGHT = parse_instant("2026-01-01")
DAYS, ROWS = 63, 200
ONSET = MIDNIGHT + 52 * DAY + 14 * HOUR
FEATURES = ("temp", "wind", "distance", "hour", "carrier")
OWNERSHIP = """\
version: 1
people:
  mia: {email: mia@example.org}
  ines: {email: ines@example.org}
  sam: {email: sam@example.org}
teams:
  modellers: {lead: mia, members: [mia]}
  forecasters: {lead: ines, members: [ines]}
  shippers: {lead: sam, members: [sam]}
owns:
  model:late:
    owner: modellers
    needs: ["dataset:weather", "dataset:orders"]
    predictions:
      source: log.parquet
      columns: {prediction_id: id, ts: made, score: score}
      features: [temp, wind, distance, hour, carrier]
      segments: [carrier]
      labels: {inline: true, actual: late}
      upstream:
        dataset:weather: [temp, wind]
        dataset:orders: [distance]
  dataset:weather: {owner: forecasters}
  dataset:orders: {owner: shippers}
"""


def write_log(place: Path, *, broken: bool) -> None:
    """Write nine weeks of predictions of whether a parcel comes late."""
    rng = np.random.default_rng(17)
    n = DAYS * ROWS
    seconds = np.sort(rng.uniform(0, DAYS * 86_400, n))
    day = (seconds // 86_400).astype(int)
    weather = 12 + 0.4 * rng.normal(size=DAYS)
    carriers = np.array(["north", "south", "west"], dtype=object)
    rows = {
        "temp": np.round(weather[day] + rng.normal(0, 3, n), 1),
        "wind": np.round(rng.gamma(3, 2, n), 1),
        "distance": np.round(rng.gamma(5, 20, n)),
        "hour": (seconds // 3_600 % 24).astype(int),
        "carrier": carriers[rng.integers(0, 3, n)],
    }

    def score(temp: Floats) -> Floats:
        odds = 0.25 * (temp - 12) + 0.2 * (rows["wind"] - 6)
        odds = odds + 0.01 * (rows["distance"] - 100) - 0.5
        chance: Floats = 1 / (1 + np.exp(-np.clip(odds, -6, 6)))
        return chance

    late = (rng.uniform(size=n) < score(rows["temp"])).astype(int)
    if broken:
        since = seconds >= (ONSET - MIDNIGHT).total_seconds()
        rows["temp"] = np.where(since, 1.8 * rows["temp"] + 32, rows["temp"])
    micros = to_micros(MIDNIGHT) + (seconds * 1e6).astype(np.int64)
    table = rows | {
        "id": np.arange(n),
        "made": micros.astype("datetime64[us]"),
        "score": score(rows["temp"]),
        "late": late,
    }
    with duckdb.connect(config={"threads": 1}) as db:
        db.register("rows_made", table)
        db.execute(f"COPY rows_made TO '{place}' (FORMAT parquet)")
