"""
Find sums: ``target = Σ ± terms + constant`` between columns of a sample.

The way: fit the target by all columns that vary, in such a way that broken rows
do not bend the fit; drop what is not needed; then choose among the columns that
hardly ever vary by counting rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from modelowners.observations.engines.duckdb.identities import (
    FEWEST_MOVED,
    FEWEST_ROWS,
    HOLDS,
    MOVED_HOLDS,
    Mask,
    Sample,
    Shape,
    shape_of,
)
from modelowners.observations.profiles import Floats
from modelowners.observations.questions import Identity

_FIT_ROWS = 1_500
_MAX_SEARCHES = 150
_MAX_LEFT_OUT = 2
_RARE = (0.001, 0.999)
_TURNS = 12
_PATIENCE = 4
_HOPELESS = 0.05
_MOST = 0.9
_ON_PLANE = 0.8
_STILL_FITS = 0.99
_ONE = 0.02
_TINY = 1e-12
_FEWEST_GAINED = 3
_MAX_SPARE = 30
_MAX_STILL_TERMS = 3


def find_sums(sample: Sample) -> tuple[Identity, ...]:
    """
    Find ``target = sum of ± terms + constant`` that holds in nearly all rows.

    Least absolute deviations by reweighting; terms that are not needed are
    dropped; almost constant columns, which any fit confuses with the constant,
    are then chosen by exact count.

    Parameters
    ----------
    sample : Sample
        Some thousand rows of the reference.

    Returns
    -------
    tuple of Identity
        Each once, whatever column it was found for.

    References
    ----------
    Schlossmacher, "An iterative technique for absolute deviations curve
    fitting", Journal of the American Statistical Association 68, 1973.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.normal(size=(2, 500)).round(2)
    >>> table = np.column_stack([a, b, a + b + 1])
    >>> [str(i) for i in find_sums(Sample(("a", "b", "total"), table))]
    ['total = a + b + 1']
    """
    found: dict[tuple[object, ...], Identity] = {}
    for identity in _Search(sample).run():
        found.setdefault(_equation(identity), solve_for_preferred(identity, sample))
    return tuple(found.values())


def _signs(identity: Identity) -> dict[str, float]:
    """Give the sign of every column with all of them on one side."""
    return {identity.target: -1.0} | {c: weight for weight, c in identity.terms}


def _equation(identity: Identity) -> tuple[object, ...]:
    """Give what stays the same when solved for another of its columns."""
    signs = sorted(_signs(identity).items())
    flip = signs[0][1]
    constant = round(identity.constant * flip, 6)
    return (*((column, sign * flip) for column, sign in signs), constant)


def solve_for_preferred(identity: Identity, sample: Sample) -> Identity:
    """
    Solve a sum for its label, else for the column that leaves only plus signs.

    Where both sides could be the target, or none, the column that comes last
    in the log is: totals follow their parts.

    Examples
    --------
    >>> table = Sample(("a", "b", "total"), np.zeros((9, 3)))
    >>> found = Identity(form="sum", target="a", terms=((1, "total"), (-1, "b")))
    >>> str(solve_for_preferred(found, table))
    'total = a + b'
    """
    signs = _signs(identity)
    order = sample.names.index
    sides = ([c for c, s in signs.items() if s * way > 0] for way in (1, -1))
    lone = [side[0] for side in sides if len(side) == 1]
    target = (
        sample.label if sample.label in signs else max(lone or list(signs), key=order)
    )
    flip = -signs.pop(target)
    terms = sorted(signs.items(), key=lambda term: order(term[0]))
    return replace(
        identity,
        target=target,
        terms=tuple((sign * flip, column) for column, sign in terms),
        constant=identity.constant * flip,
        tolerance=max(identity.tolerance, shape_of(sample.column(target)).tolerance),
    )


class _Search:
    """One pass over all targets of a sample."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.shapes = [shape_of(column) for column in sample.values.T]
        usable = [i for i, s in enumerate(self.shapes) if s.usable and s.distinct]
        self.varying = [i for i in usable if self.shapes[i].varies]
        self.still = [i for i in usable if not self.shapes[i].varies]
        self.left = _MAX_SEARCHES + len(self.varying)
        filled = self._filled(sample.values[:_FIT_ROWS])
        self.fitted = filled[_without_extremes(filled)]

    def _filled(self, values: Floats) -> Floats:
        # A null makes its row an outlier where the column matters, and nothing
        # where it does not: no row needs to be complete.
        filled = values.copy()
        for i, shape in enumerate(self.shapes):
            filled[~np.isfinite(filled[:, i]), i] = shape.mode
        return filled

    def run(self) -> Iterator[Identity]:
        """Yield what is found, the same equation perhaps more than once."""
        for target in self.varying:
            # Each term left out in turn finds the other ways to say the same.
            queue: list[frozenset[int]] = [frozenset()]
            seen: set[frozenset[int]] = set()
            while queue and self.left > 0:
                without = queue.pop(0)
                if without in seen:
                    continue
                seen.add(without)
                self.left -= 1
                signs = self._varying_terms(target, without)
                if not signs:
                    continue
                identity = self._completed(target, signs)
                if identity is not None:
                    yield identity
                    if len(without) < _MAX_LEFT_OUT:
                        queue.extend(without | {column} for column in signs)

    def _varying_terms(self, target: int, without: frozenset[int]) -> dict[int, float]:
        columns = [i for i in self.varying if i != target and i not in without]
        if not columns:
            return {}
        found = _sparse_signs(
            self.fitted[:, columns], self.fitted[:, target], self.shapes[target]
        )
        return {columns[i]: sign for i, sign in found.items()}

    def _completed(self, target: int, signs: Mapping[int, float]) -> Identity | None:
        """Add almost constant columns and the constant; check on every row."""
        values, shape = self.sample.values, self.shapes[target]
        rest = values[:, target] - values[:, list(signs)] @ list(signs.values())
        still = _Still(values, self.shapes, self.still, shape.tolerance)
        chosen, constant = still.explain(rest)
        rest = rest - values[:, list(chosen)] @ list(chosen.values()) - constant
        known, holds = np.isfinite(rest), np.abs(rest) <= shape.tolerance
        moved = known & (values[:, target] != shape.mode)
        if known.sum() < FEWEST_ROWS or moved.sum() < FEWEST_MOVED:
            return None
        if holds[known].mean() < HOLDS or holds[moved].mean() < MOVED_HOLDS:
            return None
        names = self.sample.names
        return Identity(
            form="sum",
            target=names[target],
            terms=tuple((s, names[i]) for i, s in (dict(signs) | chosen).items()),
            constant=constant,
            tolerance=shape.tolerance,
        )


def _without_extremes(values: Floats) -> Mask:
    """Leave out rows with an absurd value: one bends any regression."""
    if not values.size:
        return np.ones(len(values), bool)
    low, high = np.quantile(values, _RARE, axis=0)
    inside: Mask = ((values >= low) & (values <= high)).all(axis=1)
    return inside if inside.mean() > 1 - _ON_PLANE else np.ones(len(values), bool)


def _sparse_signs(x: Floats, y: Floats, target: Shape) -> dict[int, float]:
    """Fit y by few columns of x with weight 1 or -1; empty where that fails."""
    scale = np.maximum(np.std(x, axis=0), _TINY)
    centred = np.column_stack([(x - x.mean(axis=0)) / scale, np.ones(len(x))])
    exact = _rows_on_a_plane(centred, y, target.tolerance)
    if exact is None:
        return {}
    plane = _Plane.of(centred[exact], y[exact], target.tolerance)
    active = plane.needed(list(range(x.shape[1])), scale)
    if not active:
        return {}
    raw = plane.weights(active)[:-1] / scale[active]
    signs = np.round(raw)
    if np.any(np.abs(signs) != 1) or np.any(np.abs(raw - signs) > _ONE):
        return {}
    return {i: float(sign) for i, sign in zip(active, signs, strict=True)}


def _rows_on_a_plane(x: Floats, y: Floats, tolerance: float) -> Mask | None:
    """Find the rows, most of all, that one linear relation fits exactly."""
    weight, gap = np.ones(len(y)), np.abs(y)
    for turn in range(_TURNS):
        root = np.sqrt(weight)
        gap = np.abs(y - x @ _least_squares(x * root[:, None], y * root))
        if np.quantile(gap, _MOST) <= tolerance:
            break
        if turn > _PATIENCE and np.median(gap) > _HOPELESS * np.std(y):
            return None
        weight = 1 / np.maximum(gap, tolerance)
        weight /= weight.max()
    for _ in range(3):
        kept = gap <= max(tolerance, float(np.quantile(gap, _MOST)))
        gap = np.abs(y - x @ _least_squares(x[kept], y[kept]))
    exact: Mask = gap <= tolerance
    return exact if exact.mean() >= _ON_PLANE else None


def _least_squares(x: Floats, y: Floats) -> Floats:
    return _solve(x.T @ x, x.T @ y)


def _solve(gram: Floats, moment: Floats) -> Floats:
    # Columns may depend on each other; the least of ridges picks one answer.
    ridge = 1e-11 * np.trace(gram) / len(gram)
    solution: Floats = np.linalg.solve(gram + ridge * np.eye(len(gram)), moment)
    return solution


@dataclass(frozen=True, slots=True)
class _Plane:
    """Rows that one linear relation fits, the last column of `x` all ones."""

    x: Floats
    y: Floats
    gram: Floats
    moment: Floats
    tolerance: float

    @classmethod
    def of(cls, x: Floats, y: Floats, tolerance: float) -> _Plane:
        return cls(x, y, x.T @ x, x.T @ y, tolerance)

    def weights(self, active: Sequence[int]) -> Floats:
        columns = [*active, self.x.shape[1] - 1]
        return _solve(self.gram[np.ix_(columns, columns)], self.moment[columns])

    def fits(self, active: Sequence[int]) -> bool:
        columns = [*active, self.x.shape[1] - 1]
        gap = np.abs(self.y - self.x[:, columns] @ self.weights(active))
        return bool((gap <= self.tolerance).mean() >= _STILL_FITS)

    def needed(self, active: list[int], scale: Floats) -> list[int]:
        """Drop columns, the lightest first and at once, while the fit stays exact."""
        size = np.abs(self.weights(active)[:-1] / scale)
        order = [int(i) for i in np.argsort(size, kind="stable")]
        light = [i for i in order if size[i] < _ONE]
        queue = [light, *([i] for i in order if size[i] >= _ONE)]
        while queue:
            block = queue.pop(0)
            left = [i for i in active if i not in block]
            if self.fits(left):
                active = left
            elif len(block) > 1:
                queue = [[i] for i in block] + queue
        return active


@dataclass(frozen=True, slots=True)
class _Still:
    """The columns that hardly ever vary, and what is left for them to explain."""

    values: Floats
    shapes: Sequence[Shape]
    columns: Sequence[int]
    tolerance: float

    def explain(self, rest: Floats) -> tuple[dict[int, float], float]:
        """Choose signs of some columns, and a constant, that make most rows exact."""
        chosen: dict[int, float] = {}
        while (best := self._best(rest, chosen)) is not None:
            column, sign = best
            chosen[column] = sign
            rest = rest - sign * self.values[:, column]
        constant = _mode_of(rest, self.tolerance)
        if abs(constant) <= self.tolerance:
            return chosen, 0.0
        more = self._that_make(constant, rest, chosen)
        return (chosen | more, 0.0) if more else (chosen, constant)

    def _best(
        self, rest: Floats, chosen: Mapping[int, float]
    ) -> tuple[int, float] | None:
        """Find the column that makes most more rows exact by its few other values."""
        counts = {
            (i, sign): self._held(rest - sign * self.values[:, i])
            for i in self.columns
            if i not in chosen and self.shapes[i].mode_share < 1
            for sign in (1.0, -1.0)
        }
        if not counts:
            return None
        best = max(counts, key=lambda key: counts[key])
        gained = counts[best] - self._held(rest)
        return best if gained >= _FEWEST_GAINED else None

    def _that_make(
        self, constant: float, rest: Floats, chosen: Mapping[int, float]
    ) -> dict[int, float]:
        """Find the fewest columns whose usual values add up to the constant."""
        spare = [
            i
            for i in self.columns
            if i not in chosen and abs(self.shapes[i].mode) > self.tolerance
        ][:_MAX_SPARE]
        held = self._held(rest)
        for size in range(1, _MAX_STILL_TERMS + 1):
            for group in combinations(spare, size):
                modes = np.array([self.shapes[i].mode for i in group])
                for signs in product((1.0, -1.0), repeat=size):
                    if abs(modes @ signs - constant) > self.tolerance:
                        continue
                    trial = rest - self.values[:, list(group)] @ signs
                    if self._held(trial) >= HOLDS * held:
                        return dict(zip(group, signs, strict=True))
        return {}

    def _held(self, rest: Floats) -> int:
        constant = _mode_of(rest, self.tolerance)
        return int((np.abs(rest - constant) <= self.tolerance).sum())


def _mode_of(rest: Floats, tolerance: float) -> float:
    """Give the value most rows have, if most have one; 0 where it is nearly that."""
    finite = rest[np.isfinite(rest)]
    if not len(finite):
        return 0.0
    middle = float(np.median(finite))
    near = finite[np.abs(finite - middle) <= 2 * tolerance]
    value = float(np.median(near))
    return 0.0 if abs(value) <= tolerance else float(f"{value:.8g}")
