"""
Find relations between the columns of a sample; SQL then checks them on all rows.

Nothing here reads a log: every function takes arrays of a few thousand rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from modelowners.observations.profiles import Floats
from modelowners.observations.questions import Identity

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HOLDS = 0.99
"""Share of rows in which a relation must hold to be one, 0 to 1."""

NEAR_CONSTANT = 0.98
"""A column with one value in this share of its rows counts as almost constant."""

CENT = 0.005
"""Half of the last digit of money: sums of rounded amounts differ by less."""

MAX_NULL = 0.3
"""A column with more nulls takes no part in the search, 0 to 1."""

FEWEST_ROWS = 50
"""Complete rows of the sample that a relation needs."""

FEWEST_MOVED = 10
"""Rows in which the target is not at its commonest value."""

MOVED_HOLDS = 0.9
"""Share of those rows in which it must hold too: else a constant would do, 0 to 1."""

_LOOK = 300
_ORDER_HOLDS = 0.995
_ORDER_BY_CHANCE = 0.97
_KEY_LIMITS = (2, 5_000)
_KEY_REPEATS = 4
_KEY_VARIES = 0.1
_FLAG = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """
    Numeric columns of some rows, side by side.

    Parameters
    ----------
    names : tuple of str
        Columns, in the log's order.
    values : ndarray, shape (n_rows, n_columns)
        NaN where null or not finite.
    label : str
        The column among `names` that holds the truth; empty where there is none.
    """

    names: tuple[str, ...]
    values: Floats
    label: str = ""

    def column(self, name: str) -> Floats:
        """Give one column, shape (n_rows,)."""
        values: Floats = self.values[:, self.names.index(name)]
        return values


@dataclass(frozen=True, slots=True)
class Shape:
    """What the search knows of a column: its mode, spread, and use."""

    mode: float
    mode_share: float
    nulls: float
    tolerance: float
    distinct: int

    @property
    def varies(self) -> bool:
        """Whether more than a few rows differ from the commonest value."""
        return self.mode_share < NEAR_CONSTANT

    @property
    def usable(self) -> bool:
        """Whether enough rows have a value."""
        return self.nulls <= MAX_NULL


def tolerance_of(values: Floats) -> float:
    """
    Tell by how much two sides of a relation may differ and still be equal.

    Half a cent, unless that is coarse against the column's own spread, or fine
    against the rounding of its large values.

    Parameters
    ----------
    values : ndarray, shape (n_rows,)
        Finite.

    Examples
    --------
    >>> tolerance_of(np.arange(1_000.0))
    0.005
    >>> tolerance_of(np.linspace(0, 1, 1_000)) < 0.001
    True
    """
    if not len(values):
        return CENT
    low, high = np.quantile(values, [0.05, 0.95])
    spread = float(high - low) or float(np.std(values))
    scale = float(np.quantile(np.abs(values), 0.99))
    return max(min(CENT, 1e-3 * spread), 1e-6 * scale)


def shape_of(values: Floats) -> Shape:
    """
    Describe a column of a sample.

    Parameters
    ----------
    values : ndarray, shape (n_rows,)
        NaN where null.

    Examples
    --------
    >>> shape_of(np.array([0.5, 0.5, 0.5, 2.0])).mode_share
    0.75
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Shape(0.0, 1.0, 1.0, CENT, 0)
    distinct, counts = np.unique(finite, return_counts=True)
    best = int(np.argmax(counts))
    return Shape(
        mode=float(distinct[best]),
        mode_share=float(counts[best] / len(finite)),
        nulls=1 - len(finite) / len(values),
        tolerance=tolerance_of(finite),
        distinct=len(distinct),
    )


def find_products(sample: Sample) -> tuple[Identity, ...]:
    """
    Find ``target = a * b`` (and so ratios) that holds in nearly all rows.

    Columns of zeros and ones are left out: their product is a logical *and*,
    which small tables satisfy by accident.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> price, pieces = rng.random(500) * 9, rng.integers(1, 6, 500) * 1.0
    >>> table = np.column_stack([price, pieces, price * pieces])
    >>> [str(i) for i in find_products(Sample(("price", "n", "sum"), table))]
    ['sum = price * n']
    """
    shapes = [shape_of(column) for column in sample.values.T]
    usable = [
        i for i, s in enumerate(shapes) if s.usable and s.varies and s.distinct > _FLAG
    ]
    tolerance = np.array([shapes[i].tolerance for i in usable])
    few = sample.values[:_LOOK, usable]
    found = []
    for a, b in combinations(range(len(usable)), 2):
        right = few[:, a] * few[:, b]
        close = np.abs(few - right[:, None]) <= tolerance
        for t in np.flatnonzero(close.mean(axis=0) >= 1 - MAX_NULL - 0.1):
            if t in {a, b}:
                continue
            terms = (usable[a], usable[b])
            if _is_product(sample.values, usable[int(t)], terms, shapes):
                found.append(_product_of(sample, shapes, usable[int(t)], terms))
    return tuple(found)


def _is_product(
    values: Floats, target: int, terms: tuple[int, int], shapes: Sequence[Shape]
) -> bool:
    left, right = values[:, target], values[:, terms[0]] * values[:, terms[1]]
    complete = np.isfinite(left) & np.isfinite(right)
    holds = np.abs(left - right) <= shapes[target].tolerance
    moved = complete & (left != shapes[target].mode)
    if moved.sum() < FEWEST_MOVED or holds[complete].mean() < HOLDS:
        return False
    # Equal to one factor alone, the other has no part in it.
    alone = max(
        float((np.abs(left - values[:, i]) <= shapes[target].tolerance)[moved].mean())
        for i in terms
    )
    return bool(holds[moved].mean() >= MOVED_HOLDS) and alone < MOVED_HOLDS


def _product_of(
    sample: Sample, shapes: Sequence[Shape], target: int, terms: tuple[int, int]
) -> Identity:
    return Identity(
        form="product",
        target=sample.names[target],
        terms=tuple((1.0, sample.names[i]) for i in terms),
        tolerance=shapes[target].tolerance,
    )


def find_orders(sample: Sample) -> tuple[Identity, ...]:
    """
    Find ``a <= b`` that says more than two separate ranges would.

    Both columns vary, their ranges overlap so that rows paired at random often
    break it, and they lie close together. What follows from two other orders
    is left out.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> low = rng.normal(size=500)
    >>> table = np.column_stack([low, low + rng.random(500)])
    >>> [str(i) for i in find_orders(Sample(("low", "high"), table))]
    ['low <= high']
    """
    shapes = [shape_of(column) for column in sample.values.T]
    usable = [
        i for i, s in enumerate(shapes) if s.usable and s.varies and s.distinct > _FLAG
    ]
    below = {
        (a, b)
        for a in usable
        for b in usable
        if a != b and _is_order(sample.values[:, a], sample.values[:, b])
    }
    below -= {(b, a) for a, b in below if (b, a) in below}
    direct = [
        (a, b)
        for a, b in sorted(below)
        if not any((a, c) in below and (c, b) in below for c in usable)
    ]
    return tuple(
        Identity(
            form="order",
            target=sample.names[a],
            terms=((1.0, sample.names[b]),),
            tolerance=1e-9 * abs(shapes[b].mode),
        )
        for a, b in direct
    )


def _is_order(a: Floats, b: Floats) -> bool:
    complete = np.isfinite(a) & np.isfinite(b)
    a, b = a[complete], b[complete]
    if len(a) < FEWEST_ROWS or (a <= b).mean() < _ORDER_HOLDS:
        return False
    if (a == b).mean() >= HOLDS:
        return False
    by_chance = float(
        np.mean([(a <= np.roll(b, shift)).mean() for shift in (1, 7, 31)])
    )
    reach = np.quantile(a, 0.95) - np.quantile(a, 0.05)
    near = float(np.median(b - a)) <= float(reach)
    return by_chance <= _ORDER_BY_CHANCE and near


def find_keys(
    keys: Mapping[str, Codes], values: Mapping[str, Codes]
) -> tuple[Identity, ...]:
    """
    Find columns of which each value goes with one value of another column.

    Parameters
    ----------
    keys : mapping of str to ndarray, shape (n_rows,)
        Text columns as codes from 0; -1 is null.
    values : mapping of str to ndarray, shape (n_rows,)
        All columns that may depend on a key, as codes.

    Examples
    --------
    >>> airport = np.arange(600) % 30
    >>> [str(i) for i in find_keys({"airport": airport}, {"country": airport // 10})]
    ['airport determines country']
    """
    found: list[Identity] = []
    for key, codes in keys.items():
        distinct = len(np.unique(codes[codes >= 0]))
        if not _KEY_LIMITS[0] <= distinct <= _KEY_LIMITS[1]:
            continue
        found.extend(
            Identity(form="key", target=name, terms=((1.0, key),))
            for name, other in values.items()
            if name != key and _determines(codes, other)
        )
    return _without_twins(found)


def _determines(key: Codes, value: Codes) -> bool:
    complete = (key >= 0) & (value >= 0)
    key, value = key[complete], value[complete]
    if len(key) < FEWEST_ROWS:
        return False
    _, mode = np.unique(value, return_counts=True)
    if len(mode) < _FLAG or mode.max() / len(value) >= 1 - _KEY_VARIES:
        return False
    width = int(value.max()) + 1
    pairs, counts = np.unique(key * width + value, return_counts=True)
    owner = pairs // width
    best = np.zeros(int(key.max()) + 1, np.int64)
    np.maximum.at(best, owner, counts)
    total = np.bincount(key)
    # A key seen once proves nothing: only rows of repeated keys are asked.
    asked = total >= _KEY_REPEATS
    if total[asked].sum() < max(FEWEST_ROWS, 0.5 * len(key)) or asked.sum() < _FLAG:
        return False
    return bool(best[asked].sum() / total[asked].sum() >= HOLDS)


def _without_twins(found: Sequence[Identity]) -> tuple[Identity, ...]:
    """Two columns that determine each other say one thing: keep the first."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for identity in found:
        pair = (identity.terms[0][1], identity.target)
        if (pair[1], pair[0]) not in seen:
            kept.append(identity)
        seen.add(pair)
    return tuple(kept)
