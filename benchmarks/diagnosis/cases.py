"""A case: the rows a fault is put into, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from flights import AFTER_DAYS, BEFORE_DAYS, DAY_US, Half, Rows, influences, source_of

from modelowners.app.demo import training as t

NUMBERS = tuple(name for name in t.FEATURES if name not in t.TEXTS)
MODEL = "model:late-arrival"
SEGMENTS = ("carrier", "origin")


@dataclass
class Case:
    """
    Rows before and after an onset, to be altered in place of the real world.

    Parameters
    ----------
    rows : dict of ndarray
        Copies: a fault may write into them.
    score : ndarray, shape (n_rows,)
        Undisturbed scores.
    since_us : int
        The onset, microseconds since 1970 UTC.
    rng : Generator
        The only source of chance.
    half : Half
        Models and the rest of the half year.
    """

    rows: Rows
    score: t.Floats
    since_us: int
    rng: np.random.Generator
    half: Half

    @property
    def after(self) -> t.Bools:
        """Rows since the onset."""
        return np.asarray(self.rows["scored_us"] >= self.since_us)

    def pick(self, names: Sequence[str]) -> str:
        """Draw a column, the influential ones oftener."""
        chances = influences(self.half, tuple(names))
        return str(self.rng.choice(list(chances), p=list(chances.values())))

    def segment(self, *, chance: float = 0.4) -> tuple[dict[str, str], t.Bools]:
        """Draw all rows since the onset, or one carrier's or origin's."""
        if self.rng.random() >= chance:
            return {}, self.after
        name = str(self.rng.choice(SEGMENTS))
        values, counts = np.unique(self.rows[name], return_counts=True)
        big = values[counts >= 0.07 * counts.sum()]
        value = str(self.rng.choice(big))
        return {name: value}, self.after & (self.rows[name] == value)

    def thin(self, chosen: t.Bools, share: float) -> t.Bools:
        """Keep a random share of the chosen rows."""
        return chosen & (self.rng.random(len(chosen)) < share)

    def spread(self, column: str) -> float:
        """Give a column's standard deviation before the onset."""
        return float(np.nanstd(self.rows[column][~self.after])) or 1.0

    def asset_of(self, column: str) -> str:
        """Name the dataset that delivers a column."""
        return f"dataset:{source_of(column)}"


@dataclass
class Injected:
    """
    What a fault did.

    Parameters
    ----------
    kind : str or None
        The right cause; None where nothing is wrong.
    asset : str
        Where it broke.
    note : str
        What was done, in plain words; the text of a telling ledger entry.
    columns : tuple of str
        What was altered; empty for rows, outcomes, versions.
    segment : dict of str
        The rows concerned; empty for all.
    kinds : tuple of str
        Kinds that say the same truth and count as right too.
    assets : tuple of str
        Assets that count as right too.
    version : ndarray or None
        Model version of each row.
    score : ndarray or None
        Scores where another model gave some of them; NaN: score as usual.
    logged : dict of ndarray
        What the log holds since the onset in place of what the model saw.
    dropped : tuple of str
        Columns the log lacks since the onset.
    forbidden : tuple of str
        Kinds that a look-alike must not be taken for.
    change : str
        Kind of the guilty ledger entry.
    version_change : str or None
        Version a guilty deploy names.
    harmless : bool
        No harm to the outcome is expected of it.
    repeated : ndarray or None
        Positions of rows that the log holds once more.
    """

    kind: str | None
    asset: str
    note: str
    columns: tuple[str, ...] = ()
    segment: dict[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    version: npt.NDArray[Any] | None = None
    score: t.Floats | None = None
    logged: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    change: str = "code"
    version_change: str | None = None
    harmless: bool = False
    repeated: npt.NDArray[np.int64] | None = None


Fault = Callable[[Case], Injected]


def keep(case: Case, chosen: t.Bools) -> None:
    """Drop the rows that are not chosen."""
    case.rows = {name: values[chosen] for name, values in case.rows.items()}
    case.score = case.score[chosen]


def in_segment(segment: dict[str, str]) -> str:
    """
    Say where, for a person.

    >>> in_segment({"carrier": "AA"})
    ' for carrier AA'
    """
    return "".join(f" for {name} {value}" for name, value in segment.items())


DayValue = Callable[[Half, npt.NDArray[np.int64]], float]
"""What a day is chosen by: of the half year, the positions of the day's rows."""


def replace_days(case: Case, value: DayValue, *, share: float) -> None:
    """
    Replace each day since the onset by an extreme one from outside the case.

    Whole days move, inputs and outcomes together, onto the same weekday: the
    world differs, and nothing is broken. Days are drawn among the `share` of
    the half year's days of that weekday with the largest `value`.
    """
    half, at = case.half, case.half.rows["scored_us"]
    outside = (at < case.since_us - BEFORE_DAYS * DAY_US) | (
        at >= case.since_us + AFTER_DAYS * DAY_US
    )
    block = (at - case.since_us) // DAY_US
    blocks = [
        rows
        for k in np.unique(block[outside])
        if len(rows := np.flatnonzero(outside & (block == k))) >= 400
    ]
    ranked = sorted(blocks, key=lambda rows: -value(half, rows))
    keep_before = ~case.after
    parts = [{n: v[keep_before] for n, v in case.rows.items()}]
    scores = [case.score[keep_before]]
    for k in range(AFTER_DAYS):
        same = [rows for rows in ranked if (block[rows[0]] - k) % 7 == 0]
        best = same[: max(2, round(share * len(same)))]
        rows = best[int(case.rng.integers(len(best)))]
        moved = {n: v[rows].copy() for n, v in half.rows.items()}
        moved["scored_us"] += (k - block[rows[0]]) * DAY_US
        moved["prediction_id"] = np.char.add(moved["prediction_id"], f"-{k}")
        parts.append(moved)
        scores.append(half.score[rows])
    case.rows = {n: np.concatenate([p[n] for p in parts]) for n in case.rows}
    case.score = np.concatenate(scores)


def drift_mix(case: Case, column: str, *, since_us: int, share: float) -> None:
    """
    Let rows with large values of a column become commoner, all else as it is.

    Rows with small values are replaced by rows of the same day with large ones,
    inputs and outcomes together: a drift in which nothing is broken.
    """
    rows = case.rows
    middle = np.nanmedian(rows[column])
    day = rows["scored_us"] // DAY_US
    small = case.thin((rows["scored_us"] >= since_us) & (rows[column] < middle), share)
    source = np.arange(len(day))
    for k in np.unique(day[small]):
        large = np.flatnonzero((day == k) & (rows[column] >= middle))
        here = np.flatnonzero(small & (day == k))
        if len(large):
            source[here] = case.rng.choice(large, len(here))
    kept = {n: rows[n] for n in ("prediction_id", "scored_us")}
    case.rows = {n: v[source] for n, v in rows.items()} | kept
    case.score = case.score[source]
