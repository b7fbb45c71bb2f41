"""Slices: sets of rows in which the model loses most, by up to two columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.connection import literal
from modelowners.observations.engines.duckdb.samples import (
    Values,
    finite,
    has_column,
    sample,
    within,
)
from modelowners.observations.logs import Task
from modelowners.observations.profiles import NULL, Floats
from modelowners.observations.questions import Slice

if TYPE_CHECKING:
    import duckdb

FEWEST_ROWS = 200
"""Labelled rows a slice needs in the later window."""

MAX_SLICES = 20

Mask = npt.NDArray[np.bool_]
_CostOf = Callable[[tuple[Mask, ...], "Sequence[_Side]"], float]

_SAMPLED = 20_000
_MAX_LOOKED_AT = 100
_MAX_COLUMNS = 16
_MAX_VALUES = 12
_QUARTILES = (0.25, 0.5, 0.75)
_PROMISING = 300
_FOUND = 3.0
_CONFIRMED = 2.0
_FEWEST_SAMPLED = 20
_OWN = 0.5
_CLIP = 1e-15
_TINY = 1e-12


def slices(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    *,
    before: TimeWindow,
    after: TimeWindow,
) -> tuple[Slice, ...]:
    """
    Find sets of rows, by up to two columns, that lose more than the others.

    A slice counts where its loss grew more than that of all rows, or is above
    theirs now; of a binary model, the loss that its own scores lead to expect
    is taken off first, as rows near one half are not rows it is bad at. A slice
    is found on one half of a sample, must be confirmed on the other, and is
    counted on all rows. One whose excess lies mostly in the rows of a clearer
    one is left out.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    before, after : TimeWindow
        UTC, half-open, not overlapping.

    Returns
    -------
    tuple of Slice
        At most 20, of at least 200 labelled rows after, by excess loss times
        rows; none where there are no labels.

    References
    ----------
    Chung, Kraska, Polyzotis, Tae and Whang, "Slice Finder: automated data
    slicing for model validation", ICDE 2019.
    """
    if not canonical.has_labels:
        return ()
    columns = [*canonical.segments, *canonical.text, *canonical.features]
    columns = [c for c in dict.fromkeys(columns) if has_column(canonical, c)]
    sides = [
        _Side.fetch(connection, canonical, window, columns[:_MAX_LOOKED_AT])
        for window in (before, after)
    ]
    if len(sides[1].loss) < 2 * _FEWEST_SAMPLED or not columns:
        return ()
    cuts = _cuts(canonical, sides)
    if not cuts:
        return ()
    found = _search(cuts, sides)
    return _counted(connection, canonical, found, (before, after))


@dataclass(frozen=True, slots=True)
class _Side:
    """
    Labelled rows of one window, in an order without meaning.

    `loss` is what is beyond the loss to expect at these scores.
    """

    loss: Floats
    columns: dict[str, Values]

    @classmethod
    def fetch(
        cls,
        connection: duckdb.DuckDBPyConnection,
        canonical: Canonical,
        window: TimeWindow,
        columns: Sequence[str],
    ) -> _Side:
        rows = sample(
            connection,
            canonical,
            {"": _unexpected(canonical)}
            | {
                c: finite(canonical.ref(c))
                if c in canonical.numeric
                else canonical.ref(c)
                for c in columns
            },
            where=f"{within(window)} AND loss IS NOT NULL",
            limit=_SAMPLED,
        )
        return cls(np.asarray(rows.pop(""), np.float64), rows)

    @property
    def searched(self) -> Mask:
        """The half of the rows that slices are found on."""
        half: Mask = np.arange(len(self.loss)) % 2 == 0
        return half


def _unexpected(canonical: Canonical) -> str:
    """Give the SQL of the loss minus what a right probability would lose."""
    if canonical.task is not Task.BINARY or not canonical.has_score:
        return "loss"
    p = f"least(greatest(score, {_CLIP!r}), {1 - _CLIP!r})"
    return f"loss + ({p}) * ln({p}) + (1 - ({p})) * ln(1 - ({p}))"


@dataclass(frozen=True, slots=True)
class _Cut:
    """One column cut into levels: their names, SQL, and rows on both sides."""

    column: str
    names: tuple[str, ...]
    conditions: tuple[str, ...]
    rows: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
    """Level of each sampled row before and after; -1 for none of them."""


def _cuts(canonical: Canonical, sides: Sequence[_Side]) -> list[_Cut]:
    """Cut every column; of many, keep those whose levels part the loss most."""
    cuts = []
    for column in sides[1].columns:
        values = [side.columns[column] for side in sides]
        cut = (
            _cut_numbers(canonical, column, values)
            if column in canonical.numeric
            else _cut_texts(canonical, column, values)
        )
        if len(cut.names) > 1:
            cuts.append(cut)
    half, loss = sides[1].searched, sides[1].loss
    ranked = sorted(
        cuts,
        key=lambda cut: (
            cut.column not in canonical.segments,
            -_parted(cut.rows[1][half], loss[half]),
        ),
    )
    return sorted(ranked[:_MAX_COLUMNS], key=lambda cut: cut.column)


def _parted(levels: npt.NDArray[np.int64], loss: Floats) -> float:
    """Give the sum of squares that the levels take from the loss."""
    n = np.bincount(levels + 1)
    total = np.bincount(levels + 1, loss - loss.mean())
    return float((total**2 / np.maximum(n, 1)).sum())


def _cut_texts(canonical: Canonical, column: str, values: Sequence[Values]) -> _Cut:
    counts: dict[object, int] = {}
    for value in np.concatenate(values):
        counts[value] = counts.get(value, 0) + 1
    common = sorted(counts, key=lambda v: (-counts[v], str(v)))[:_MAX_VALUES]
    at = {value: i for i, value in enumerate(common)}
    before, after = (
        np.array([at.get(v, -1) for v in side], np.int64) for side in values
    )
    ref = canonical.ref(column)
    return _Cut(
        column,
        tuple(NULL if v is None else str(v) for v in common),
        tuple(
            f"{ref} IS NULL" if v is None else f"{ref} = {literal(str(v))}"
            for v in common
        ),
        (before, after),
    )


def _cut_numbers(canonical: Canonical, column: str, values: Sequence[Values]) -> _Cut:
    numbers = [np.asarray(side, np.float64) for side in values]
    both = np.concatenate(numbers)
    distinct = np.unique(both[np.isfinite(both)])
    ref = canonical.ref(column)
    if len(distinct) <= _MAX_VALUES // 2:
        names = [f"{v:.12g}" for v in distinct]
        conditions = [f"{ref} = {v!r}" for v in distinct.tolist()]
        levels = [np.searchsorted(distinct, side) for side in numbers]
    else:
        # Quarters of the earlier rows, so that a shift shows as more rows.
        known = numbers[0][np.isfinite(numbers[0])]
        known = known if len(known) else both[np.isfinite(both)]
        edges = np.unique(np.quantile(known, _QUARTILES))
        edges = edges[edges > distinct[0]]
        names, conditions = _bins(ref, edges)
        levels = [np.searchsorted(edges, side, side="right") for side in numbers]
    before, after = (
        np.where(np.isfinite(side), level, len(names)).astype(np.int64)
        for side, level in zip(numbers, levels, strict=True)
    )
    if not np.isfinite(both).all():
        names, conditions = [*names, NULL], [*conditions, f"{finite(ref)} IS NULL"]
    return _Cut(column, tuple(names), tuple(conditions), (before, after))


def _bins(ref: str, edges: Floats) -> tuple[list[str], list[str]]:
    if not len(edges):
        return ["any"], [f"isfinite({ref})"]
    numbers = edges.tolist()
    names = [f"< {numbers[0]:.6g}"]
    conditions = [f"{ref} < {numbers[0]!r}"]
    for low, high in pairwise(numbers):
        names.append(f"{low:.6g} to {high:.6g}")
        conditions.append(f"({ref} >= {low!r} AND {ref} < {high!r})")
    names.append(f">= {numbers[-1]:.6g}")
    conditions.append(f"{ref} >= {numbers[-1]!r}")
    return names, [f"({c} AND isfinite({ref}))" for c in conditions]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Rows, losses and squared losses of every pair of levels, one half of a side."""

    n: Floats
    mean: Floats
    variance: Floats
    overall: float

    @classmethod
    def of(cls, onehot: Floats, loss: Floats) -> _Sums:
        n = onehot.T @ onehot
        total = onehot.T @ (onehot * loss[:, None])
        squares = onehot.T @ (onehot * (loss**2)[:, None])
        some = np.maximum(n, 1)
        mean = total / some
        variance = np.maximum(squares / some - mean**2, 0)
        return cls(n, mean, variance, float(loss.mean()) if len(loss) else math.nan)


def _level(before: _Sums, after: _Sums) -> tuple[Floats, Floats]:
    """Give by how much each pair of levels loses more than all rows, and its z."""
    del before
    excess = after.mean - after.overall
    error = after.variance / np.maximum(after.n, 1)
    return excess, np.where(
        after.n >= _FEWEST_SAMPLED, excess / np.sqrt(error + _TINY), -np.inf
    )


def _change(before: _Sums, after: _Sums) -> tuple[Floats, Floats]:
    """Give by how much each pair's loss grew more than all rows', and its z."""
    excess = (after.mean - before.mean) - (after.overall - before.overall)
    error = after.variance / np.maximum(after.n, 1)
    error += before.variance / np.maximum(before.n, 1)
    enough = np.minimum(after.n, before.n) >= _FEWEST_SAMPLED
    return excess, np.where(enough, excess / np.sqrt(error + _TINY), -np.inf)


@dataclass(frozen=True, slots=True)
class _Found:
    """A slice by the positions of its levels (twice the same: one column)."""

    where: tuple[tuple[str, str], ...]
    condition: str
    excess: float


def _search(cuts: Sequence[_Cut], sides: Sequence[_Side]) -> list[_Found]:
    starts = np.cumsum([0, *(len(cut.names) for cut in cuts)])
    onehots = [_onehot(cuts, starts, side) for side in range(2)]
    sums = [
        [
            _Sums.of(
                table[side.searched == searched], side.loss[side.searched == searched]
            )
            for table, side in zip(onehots, sides, strict=True)
        ]
        for searched in (True, False)
    ]
    levels = [(cut, i) for cut in cuts for i in range(len(cut.names))]
    kept: list[_Found] = []
    covered: list[tuple[Mask, ...]] = []
    # What changed comes first: a slice that was always bad is no news.
    for excess_of, cost_of in ((_change, _cost_of_change), (_level, _cost_of_level)):
        _, z = excess_of(*sums[0])
        excess, other_z = excess_of(*sums[1])
        able = np.triu((z >= _FOUND) & (other_z >= _CONFIRMED))
        order = sorted(
            zip(*np.nonzero(able), strict=True),
            key=lambda at: (-(z[at] + other_z[at]), at),
        )[:_PROMISING]
        for a, b in order:
            masks = tuple((table[:, a] > 0) & (table[:, b] > 0) for table in onehots)
            if _said_already(masks, covered, sides, cost_of):
                continue
            covered.append(masks)
            parts = [levels[i] for i in dict.fromkeys((int(a), int(b)))]
            kept.append(
                _Found(
                    tuple((cut.column, cut.names[i]) for cut, i in parts),
                    " AND ".join(cut.conditions[i] for cut, i in parts),
                    float(excess[a, b]),
                )
            )
    return kept


def _onehot(cuts: Sequence[_Cut], starts: npt.NDArray[np.int64], side: int) -> Floats:
    table = np.zeros((len(cuts[0].rows[side]), int(starts[-1])))
    for cut, start in zip(cuts, starts, strict=False):
        levels = cut.rows[side]
        known = np.flatnonzero(levels >= 0)
        table[known, start + levels[known]] = 1.0
    return table


def _said_already(
    masks: tuple[Mask, ...],
    covered: Sequence[tuple[Mask, ...]],
    sides: Sequence[_Side],
    cost_of: _CostOf,
) -> bool:
    """Tell whether outside one clearer slice little of the excess is left."""
    whole = cost_of(masks, sides)
    for other in covered:
        outside = tuple(m & ~o for m, o in zip(masks, other, strict=True))
        if int(outside[1].sum()) < _FEWEST_SAMPLED:
            return True
        if cost_of(outside, sides) < _OWN * whole:
            return True
    return False


def _cost_of_level(masks: tuple[Mask, ...], sides: Sequence[_Side]) -> float:
    loss = sides[1].loss
    return float((loss[masks[1]] - loss.mean()).sum())


def _cost_of_change(masks: tuple[Mask, ...], sides: Sequence[_Side]) -> float:
    if int(masks[0].sum()) < _FEWEST_SAMPLED:
        return 0.0  # too few rows before to tell a change
    before, after = (
        float(side.loss[mask].mean() - side.loss.mean())
        for mask, side in zip(masks, sides, strict=True)
    )
    return (after - before) * int(masks[1].sum())


def _counted(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    found: Sequence[_Found],
    windows: tuple[TimeWindow, TimeWindow],
) -> tuple[Slice, ...]:
    """Count the slices on all labelled rows, and order them by what they cost."""
    if not found:
        return ()
    parts = ", ".join(
        f"count(*) FILTER ({when} AND {one.condition}), "
        f"fsum(loss) FILTER ({when} AND {one.condition})"
        for one in found
        for when in map(within, windows)
    )
    row = connection.execute(
        f"SELECT {parts} FROM {canonical.name} WHERE loss IS NOT NULL AND "
        f"({' OR '.join(map(within, windows))})"
    ).fetchone()
    numbers = np.array([v or 0.0 for v in row or ()], np.float64)
    exact = list(_exact(found, numbers.reshape(len(found), 2, 2)))
    exact.sort(key=lambda pair: (-pair[0], pair[1].where))
    return tuple(s for _, s in exact)[:MAX_SLICES]


def _exact(
    found: Sequence[_Found], numbers: npt.NDArray[np.float64]
) -> Iterator[tuple[float, Slice]]:
    for one, ((n0, loss0), (n1, loss1)) in zip(found, numbers, strict=True):
        if n1 >= FEWEST_ROWS:
            yield (
                one.excess * float(n1),
                Slice(
                    where=one.where,
                    rows_before=int(n0),
                    rows_after=int(n1),
                    loss_before=float(loss0 / n0) if n0 else math.nan,
                    loss_after=float(loss1 / n1),
                ),
            )
