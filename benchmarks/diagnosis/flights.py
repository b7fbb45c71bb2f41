"""
What the worlds are made of: a year of real flights, and real models of them.

Months are apart between the two splits. The development half is scored by a
model of July to December on January to June, the test half the other way
round: time runs backwards for development, which no diagnosis can notice, and
no flight of a test world was seen while anything was tuned.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from modelowners.app.demo import training as t

Rows = dict[str, npt.NDArray[Any]]
DAY_US = 86_400 * t.SECONDS
BEFORE_DAYS = 56
AFTER_DAYS = 14
SPLITS = {
    "dev": (date(2013, 1, 1), date(2013, 7, 1)),
    "test": (date(2013, 7, 1), date(2014, 1, 1)),
}
VERSION = 5
"""Raised when the kept files would no longer be what this module makes."""

SOURCES = {
    "flight-schedule": t.SCHEDULE,
    "weather": t.WEATHER,
    "fleet-registry": t.FLEET,
    "airports": t.AIRPORTS,
}


@dataclass
class Half:
    """
    One half year: its flights, the model's scores, and what the columns weigh.

    Parameters
    ----------
    split : str
        ``dev`` or ``test``.
    rows : dict of ndarray
        Every flight scored in the half year, in order of scoring.
    score : ndarray, shape (n_rows,)
        Undisturbed scores of `model`.
    model, poor, old : LateModel
        The registered model; one retrained on a hundredth of the rows with
        spoilt labels; an older one that knows the schedule only.
    influence : dict of float
        Growth of the mean log loss when a column is shuffled, by column.
    quiet, restless : list of date
        Days after which an undisturbed log shows no symptom for two weeks, and
        days after which it is clearly worse although nothing broke.
    """

    split: str
    rows: Rows
    score: t.Floats
    model: t.LateModel
    poor: t.LateModel
    old: t.LateModel
    influence: dict[str, float]
    quiet: list[date]
    restless: list[date]


@functools.cache
def load_half(split: str, *, cache: Path) -> Half:
    """Give a half year, from the cache where it was made before."""
    kept = cache / f"flights-{split}-{VERSION}.pickle"
    if kept.is_file():
        with kept.open("rb") as stream:
            half: Half = pickle.load(stream)  # noqa: S301 - our own file
        return half
    half = make_half(split)
    cache.mkdir(parents=True, exist_ok=True)
    aside = kept.with_suffix(".part")
    with aside.open("wb") as stream:
        pickle.dump(half, stream)
    aside.rename(kept)
    return half


def make_half(split: str) -> Half:
    """Read the year, train on the other half, score this one."""
    everything = t.read_flights(con=duckdb.connect())
    start, end = (t.micros(day) for day in SPLITS[split])
    at = everything["scored_us"]
    here = (at >= start) & (at < end)
    known = ~here & ~np.isnan(everything["late"])
    learn, late = t.select(everything, known), everything["late"][known]
    rng = np.random.default_rng(0)
    few = rng.random(len(late)) < 0.01
    spoilt = np.where(rng.random(few.sum()) < 0.25, 1 - late[few], late[few])
    rows = dict(t.select(everything, here))
    model = t.LateModel().fit(learn, late)
    score = model.score(rows)
    quiet, restless = find_days(rows, score, SPLITS[split])
    return Half(
        split=split,
        rows=rows,
        score=score,
        model=model,
        poor=t.LateModel(seed=1).fit(t.select(learn, few), spoilt, rounds=100),
        old=t.LateModel(features=t.SCHEDULE[3:]).fit(learn, late, rounds=30),
        influence=weigh(model, rows, rng),
        quiet=quiet,
        restless=restless,
    )


def weigh(model: t.LateModel, rows: Rows, rng: np.random.Generator) -> dict[str, float]:
    """Measure each column's influence by shuffling it."""
    labelled = np.flatnonzero(~np.isnan(rows["late"]))
    chosen = rng.choice(labelled, 12_000, replace=False)
    some = {name: values[chosen] for name, values in rows.items()}
    plain = t.log_loss(some["late"], model.score(some)).mean()
    found = {}
    for name in t.FEATURES:
        shuffled = {**some, name: rng.permutation(some[name])}
        loss = t.log_loss(some["late"], model.score(shuffled)).mean()
        found[name] = max(0.0, float(loss - plain))
    return found


def find_days(
    rows: Rows, score: t.Floats, span: tuple[date, date]
) -> tuple[list[date], list[date]]:
    """
    List quiet and restless days of an undisturbed log.

    Quiet: the mean daily loss of the two weeks after differs from that of the
    four weeks before by less than one standard error and 0.03 nats. Restless:
    it is larger by more than two and a half standard errors.
    """
    loss = t.log_loss(rows["late"], score)
    day = rows["scored_us"] // DAY_US
    first = t.micros(span[0]) // DAY_US
    total = (span[1] - span[0]).days
    daily = np.array([np.nanmean(loss[day == first + k]) for k in range(total)])
    quiet, restless = [], []
    for k in range(BEFORE_DAYS, total - AFTER_DAYS - 1):
        before, after = daily[k - 28 : k], daily[k : k + AFTER_DAYS]
        change = after.mean() - before.mean()
        error = np.sqrt(before.var(ddof=1) / 28 + after.var(ddof=1) / AFTER_DAYS)
        if abs(change) < min(error, 0.03):
            quiet.append(span[0] + timedelta(days=k))
        elif change > 2.5 * error:
            restless.append(span[0] + timedelta(days=k))
    return quiet, restless


def cut(half: Half, onset: datetime) -> tuple[Rows, t.Floats]:
    """Give copies of the rows and scores from 56 days before to 14 after an onset."""
    at = half.rows["scored_us"]
    since = t.micros(onset)
    inside = (at >= since - BEFORE_DAYS * DAY_US) & (at < since + AFTER_DAYS * DAY_US)
    return {n: v[inside].copy() for n, v in half.rows.items()}, half.score[inside]


def source_of(column: str) -> str:
    """
    Name the source that delivers a column.

    >>> source_of("temp")
    'weather'
    """
    return next(name for name, columns in SOURCES.items() if column in columns)


def mean_loss(late: t.Floats, score: t.Floats) -> float:
    """Give the mean log loss of the labelled rows, nats."""
    return float(np.nanmean(t.log_loss(late, score)))


def influences(half: Half, names: tuple[str, ...]) -> Mapping[str, float]:
    """Give the chance of drawing each column: by influence, none impossible."""
    # The root keeps one mighty column from being hit in every world.
    raw = np.sqrt([half.influence[name] + 0.0005 for name in names])
    return dict(zip(names, raw / raw.sum(), strict=True))
