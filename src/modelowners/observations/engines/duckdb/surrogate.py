"""Surrogate and repair: a stand-in of the model, and what it says of altered rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.additive import (
    effect_of,
    fit_additive,
    from_link,
    partners_of,
    to_link,
)
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.samples import (
    Texts,
    Values,
    finite,
    has_column,
    is_numeric,
    rows_of,
    sample,
    within,
)
from modelowners.observations.logs import Task
from modelowners.observations.profiles import Floats, Partition
from modelowners.observations.questions import Repair, Replacement, Surrogate

if TYPE_CHECKING:
    import duckdb

FEWEST_ROWS = 200
"""Below so many outputs a model's behaviour is not told."""

_MAX_COLUMNS = 60
_FEWEST_REPAIRED = 20
_DRAWS = 5
_RESAMPLES = 200
_CLIP = 1e-15
_ROUNDING = 1e-12


def surrogate(  # noqa: PLR0913 - the question's own words
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    window: TimeWindow,
    *,
    columns: Sequence[str],
    limit: int = 20_000,
    seed: int = 0,
) -> Surrogate | None:
    """
    Fit an additive stand-in of the model on logged inputs and outputs.

    Where the window also holds the altered rows, the stand-in has seen how the
    model answers to them; beyond the values it has seen it can only guess.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    window : TimeWindow
        UTC, half-open.
    columns : sequence of str
        Inputs; the first 60 that the log has are used.
    limit : int
        At most so many rows.
    seed : int
        Which rows.

    Returns
    -------
    Surrogate or None
        None where the outputs are not numbers, or fewer than 200.
    """
    if not canonical.has_score or canonical.task is Task.MULTICLASS:
        return None
    used = [c for c in dict.fromkeys(columns) if has_column(canonical, c)]
    used = [c for c in used if c != "score"][:_MAX_COLUMNS]
    if not used:
        return None
    rows = sample(
        connection,
        canonical,
        {"": "score"} | {c: _value(canonical, c) for c in used},
        where=f"{within(window)} AND isfinite(score)",
        limit=limit,
        seed=seed,
    )
    scores = np.asarray(rows.pop(""), np.float64)
    if len(scores) < FEWEST_ROWS:
        return None
    return fit_additive(rows, scores, logit=canonical.task is Task.BINARY)


def _value(canonical: Canonical, column: str) -> str:
    value = canonical.ref(column)
    return finite(value) if is_numeric(canonical, column) else value


def repair(  # noqa: PLR0913 - the question's own words
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    replacements: Sequence[Replacement],
    *,
    surrogate: Surrogate,
    window: TimeWindow,
    partition: Partition,
    limit: int = 4_000,
    seed: int = 0,
) -> Repair | None:
    """
    Estimate the loss had some columns held other values.

    The logged output is moved by the difference of the stand-in's effects of
    the logged and of the repaired values: what the stand-in does not know of
    the model stays in the output. Where the true values are lost (``draw``),
    the altered ones are put into rows of the reference instead, and what that
    costs there is taken off.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    replacements : sequence of Replacement
        What the columns would have held.
    surrogate : Surrogate
        Of the same model.
    window : TimeWindow
        UTC, half-open.
    partition : Partition
        Which rows.
    limit : int
        At most so many labelled rows.
    seed : int
        Which rows, draws and resamples.

    Returns
    -------
    Repair or None
        None where fewer than 20 rows have a score and a truth.
    """
    if not canonical.has_score or not canonical.has_labels:
        return None
    usable = [r for r in replacements if _usable(canonical, r)]
    fetch = _Fetch(connection, canonical, usable, surrogate, partition, limit, seed)
    window_rows = fetch.rows(window)
    if len(window_rows.scores) < _FEWEST_REPAIRED:
        return None
    generator = np.random.default_rng(seed)
    gains = _undone(window_rows, usable, surrogate, generator)
    for reference in sorted(
        {r.reference for r in usable if r.form == "draw" and r.reference}
    ):
        drawn = [r for r in usable if r.form == "draw" and r.reference == reference]
        clean = fetch.rows(reference)
        if len(clean.scores) >= _FEWEST_REPAIRED:
            gains += _done_again(window_rows, clean, drawn, surrogate, generator)
    loss = float(window_rows.loss.mean())
    low, high = np.quantile(-gains[1:], [0.025, 0.975])
    return Repair(
        rows=len(window_rows.scores),
        loss=loss,
        repaired=loss - float(gains[0]),
        low=float(low),
        high=float(high),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Labelled rows: outputs, losses and the columns that matter."""

    scores: Floats
    actual: Floats
    loss: Floats
    columns: Mapping[str, Values]

    def loss_if(self, surrogate: Surrogate, changed: Mapping[str, Values]) -> Floats:
        """Give each row's loss had these columns held other values."""
        names = list(changed)
        if not names:
            return self.loss
        by = effect_of(surrogate, {**self.columns, **changed}, names) - effect_of(
            surrogate, self.columns, names
        )
        moved = from_link(
            to_link(self.scores, logit=surrogate.logit) + by, logit=surrogate.logit
        )
        # An output that is not moved stays to the last bit.
        still = np.where(np.abs(by) < _ROUNDING, self.scores, moved)
        return _loss(still, self.actual, logit=surrogate.logit)


@dataclass(frozen=True, slots=True)
class _Fetch:
    """How the rows of a window are fetched for one repair."""

    connection: duckdb.DuckDBPyConnection
    canonical: Canonical
    replacements: Sequence[Replacement]
    surrogate: Surrogate
    partition: Partition
    limit: int
    seed: int

    def rows(self, window: TimeWindow) -> _Rows:
        canonical = self.canonical
        columns = [r.column for r in self.replacements]
        partners = partners_of(self.surrogate, columns)
        columns += [c for c in partners if has_column(canonical, c)]
        columns += [r.other for r in self.replacements if r.form == "copy" and r.other]
        rows = sample(
            self.connection,
            canonical,
            {"(score)": "score", "(actual)": "actual"}
            | {c: _value(canonical, c) for c in dict.fromkeys(columns)},
            where=f"{rows_of(canonical, window, self.partition)} "
            "AND isfinite(score) AND loss IS NOT NULL",
            limit=self.limit,
            seed=self.seed,
        )
        scores = np.asarray(rows.pop("(score)"), np.float64)
        actual = np.asarray(rows.pop("(actual)"), np.float64)
        loss = _loss(scores, actual, logit=self.surrogate.logit)
        return _Rows(scores, actual, loss, rows)


def _undone(
    rows: _Rows,
    replacements: Sequence[Replacement],
    surrogate: Surrogate,
    generator: np.random.Generator,
) -> Floats:
    """Give the mean loss saved by what has an inverse; then 200 resamples of it."""
    changed: dict[str, Values] = {}
    for replacement in replacements:
        if replacement.form == "draw":
            continue
        logged = rows.columns[replacement.column]
        new = _new_values(replacement, logged, rows.columns)
        kept = changed.get(replacement.column, logged)
        changed[replacement.column] = np.where(
            _affected(replacement, logged), new, kept
        )
    return _resampled(rows.loss - rows.loss_if(surrogate, changed), generator)


def _done_again(
    rows: _Rows,
    clean: _Rows,
    replacements: Sequence[Replacement],
    surrogate: Surrogate,
    generator: np.random.Generator,
) -> Floats:
    """
    Give the loss that these values cost, by putting them into clean rows.

    What was lost cannot be put back: a random value harms like a wrong one. But
    the same harm can be done to rows that held the truth, and measured.
    """
    names = list(dict.fromkeys(r.column for r in replacements))
    altered, natural = (
        np.logical_or.reduce(
            [_affected(r, side.columns[r.column]) for r in replacements]
        )
        for side in (rows, clean)
    )
    everywhere = all(r.only_value is None and not r.only_null for r in replacements)
    if everywhere:
        natural = np.zeros(len(clean.scores), bool)
    excess = float(altered.mean() - natural.mean())
    if excess <= 0 or natural.all():
        return np.zeros(_RESAMPLES + 1)
    cost = np.zeros(len(clean.scores))
    source = np.flatnonzero(altered)
    for _ in range(_DRAWS):
        # Whole rows are drawn, so that columns altered together stay together.
        at = source[generator.integers(0, len(source), len(cost))]
        put = {name: rows.columns[name][at] for name in names}
        cost += (clean.loss_if(surrogate, put) - clean.loss) / _DRAWS
    return excess * _resampled(cost[~natural], generator)


def _resampled(values: Floats, generator: np.random.Generator) -> Floats:
    """Give the mean, then those of 200 resamples of the rows."""
    n = len(values)
    times = generator.multinomial(n, np.full(n, 1 / n), size=_RESAMPLES)
    return np.concatenate([[values.mean()], times @ values / n])


def _usable(canonical: Canonical, replacement: Replacement) -> bool:
    if not has_column(canonical, replacement.column):
        return False
    if replacement.form == "copy":
        other = replacement.other
        return (
            other is not None
            and has_column(canonical, other)
            and is_numeric(canonical, other)
            == is_numeric(canonical, replacement.column)
        )
    if replacement.form in {"affine", "rotate"}:
        return is_numeric(canonical, replacement.column)
    return replacement.form == "recode" or replacement.reference is not None


def _loss(scores: Floats, actual: Floats, *, logit: bool) -> Floats:
    if not logit:
        return np.abs(scores - actual)
    p = np.clip(scores, _CLIP, 1 - _CLIP)
    loss: Floats = -(actual * np.log(p) + (1 - actual) * np.log(1 - p))
    return loss


def _new_values(
    replacement: Replacement, logged: Values, rows: Mapping[str, Values]
) -> Values:
    if replacement.form == "affine":
        numbers = np.asarray(logged, np.float64)
        changed: Floats = replacement.scale * numbers + replacement.shift
        return changed
    if replacement.form == "rotate":
        numbers = np.asarray(logged, np.float64)
        turned: Floats = np.mod(numbers + replacement.shift, replacement.scale)
        return turned
    if replacement.form == "copy" and replacement.other is not None:
        return rows[replacement.other]
    if logged.dtype == object:
        texts: Texts = np.array(
            [replacement.recode.get(v, v) if v is not None else None for v in logged],
            dtype=object,
        )
        return texts
    numbers = np.asarray(logged, np.float64).copy()
    for old, new in replacement.recode.items():
        numbers[np.asarray(logged, np.float64) == _as_number(old)] = _as_number(new)
    return numbers


def _affected(replacement: Replacement, logged: Values) -> npt.NDArray[np.bool_]:
    if logged.dtype == object:
        null = np.array([v is None for v in logged], bool)
        same = logged == replacement.only_value
    else:
        numbers = np.asarray(logged, np.float64)
        null = np.isnan(numbers)
        wanted = _as_number(replacement.only_value)
        same = np.isclose(numbers, wanted, rtol=1e-11, atol=0.0)
    if replacement.only_null:
        return null
    if replacement.only_below is not None and logged.dtype != object:
        return np.asarray(np.asarray(logged, np.float64) < replacement.only_below)
    if replacement.only_above is not None and logged.dtype != object:
        return np.asarray(np.asarray(logged, np.float64) > replacement.only_above)
    if replacement.only_value is not None:
        return np.asarray(same, bool)
    return np.ones(len(logged), bool)


def _as_number(text: str | None) -> float:
    try:
        return float(text) if text is not None else float("nan")
    except ValueError:
        return float("nan")
