"""A half year of made-up flights: small, so that the generator's tests are fast."""

from __future__ import annotations

import numpy as np
import pytest
from flights import Half, Rows

from modelowners.app.demo import training as t

FIRST = t.micros(t.SCORED_FROM)
DAYS, PER_DAY = 130, 420
DAY_US = 86_400 * t.SECONDS


def made_up_rows() -> Rows:
    """Flights whose lateness depends on hour, humidity, temperature and carrier."""
    rng = np.random.default_rng(5)
    n = DAYS * PER_DAY
    minute = np.sort(rng.integers(0, 1440, (DAYS, PER_DAY)), axis=1)
    scored = FIRST + np.repeat(np.arange(DAYS), PER_DAY) * DAY_US
    scored += minute.ravel() * 60 * t.SECONDS
    dep = rng.integers(300, 1380, n).astype(float)
    block = rng.integers(50, 380, n).astype(float)
    rows: Rows = {
        "prediction_id": np.array([f"id{k}" for k in range(n)]),
        "scored_us": scored,
        "carrier": rng.choice(["UA", "B6", "EV", "DL", "AA", "MQ"], n),
        "origin": rng.choice(["EWR", "JFK", "LGA"], n),
        "dest": rng.choice([f"D{k:02}" for k in range(30)], n),
        "engine": rng.choice(["Turbo-fan", "Turbo-jet", ""], n),
        "sched_dep": dep,
        "sched_arr": dep + block,
        "block": block,
        "weekday": (scored // DAY_US % 7 + 1).astype(float),
        "dest_tz": rng.choice([-5.0, -6.0, -8.0], n),
        "temp": np.round(rng.normal(60, 15, n), 1),
    }
    for name in t.FEATURES:
        if name not in rows:
            rows[name] = np.round(rng.normal(50, 10, n), 2)
    risk = (dep - 800) / 300 + (rows["humid"] - 50) / 12 + (rows["temp"] - 60) / 20
    risk += (rows["carrier"] == "EV") - 1.5
    rows["late"] = (rng.random(n) < 1 / (1 + np.exp(-risk))).astype(float)
    rows["late"][rng.random(n) < 0.02] = np.nan
    return rows


@pytest.fixture(scope="session")
def half() -> Half:
    """Made-up flights with small models of them."""
    rows = made_up_rows()
    known = ~np.isnan(rows["late"])
    learn, late = t.select(rows, known), rows["late"][known]
    model = t.LateModel().fit(learn, late, rounds=8)
    spoilt = np.where(np.random.default_rng(1).random(len(late)) < 0.4, 1 - late, late)
    days = [t.SCORED_FROM + k * t.DAY for k in range(60, 100)]
    return Half(
        split="dev",
        rows=rows,
        score=model.score(rows),
        model=model,
        poor=t.LateModel(seed=1).fit(learn, spoilt, rounds=3),
        old=t.LateModel(features=t.SCHEDULE[3:]).fit(learn, late, rounds=3),
        influence=dict.fromkeys(t.FEATURES, 0.01),
        quiet=days,
        restless=days,
    )
