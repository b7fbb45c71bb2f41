"""Additive models: one effect per column, pairs of columns where they add more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from modelowners.observations.engines.duckdb.samples import Values
from modelowners.observations.profiles import Floats
from modelowners.observations.questions import Surrogate

_Levels = npt.NDArray[np.int64]

_KNOTS = 16
_TEXT_LEVELS = 20
_GRID = 8
_PAIRS = 5
_PAIRS_GAIN = 0.01
_RIDGE = 0.01  # rows; outputs have little noise, but levels may be empty
_CLIP = 1e-6
_HELD_OUT = 4
_BLOCK = 4_000
_STRAIGHT = 0.999
_REACH = 10.0


def to_link(scores: Floats, *, logit: bool, clip: float = _CLIP) -> Floats:
    """
    Put outputs on the scale where effects add up.

    Examples
    --------
    >>> float(to_link(np.array([0.5]), logit=True)[0])
    0.0
    """
    if not logit:
        return scores
    clipped = np.clip(scores, clip, 1 - clip)
    linked: Floats = np.log(clipped / (1 - clipped))
    return linked


def from_link(values: Floats, *, logit: bool) -> Floats:
    """
    Undo `to_link`.

    Examples
    --------
    >>> float(from_link(np.array([0.0]), logit=True)[0])
    0.5
    """
    if not logit:
        return values
    outputs: Floats = 1 / (1 + np.exp(-np.clip(values, -500, 500)))
    return outputs


@dataclass(frozen=True, slots=True)
class _Scale:
    """
    How a column's values become levels.

    `edges` of a number are knots (or, where `binned`, inner bin edges);
    `values` of a text are its levels before ``(other)``. Null is the last level.
    """

    edges: Floats | None = None
    values: tuple[str, ...] = ()
    binned: bool = False

    @property
    def n_levels(self) -> int:
        if self.edges is None:
            return len(self.values) + 2
        return len(self.edges) + 1 + self.binned

    def levels(self, column: Values) -> _Levels:
        """Give each row's level; of a number with knots, the knot at or below it."""
        if self.edges is None:
            known = {value: i for i, value in enumerate(self.values)}
            known_or_other = {None: len(self.values) + 1}
            other = len(self.values)
            return np.array(
                [known_or_other.get(v, known.get(v, other)) for v in column], np.int64
            )
        numbers = np.asarray(column, np.float64)
        at = np.searchsorted(self.edges, numbers, side="right")
        if not self.binned:
            at = np.clip(at - 1, 0, max(len(self.edges) - 2, 0))
        return np.where(np.isnan(numbers), self.n_levels - 1, at).astype(np.int64)

    def basis(self, column: Values) -> Floats:
        """Give the weight of each level in each row, shape (n_rows, n_levels)."""
        rows = np.arange(len(column))
        weights = np.zeros((len(column), self.n_levels))
        at = self.levels(column)
        if self.edges is None or self.binned or len(self.edges) == 1:
            weights[rows, at] = 1.0
            return weights
        null = at == self.n_levels - 1
        low = np.where(null, 0, at)
        width = self.edges[low + 1] - self.edges[low]
        part = (np.asarray(column, np.float64) - self.edges[low]) / width
        part = np.clip(np.where(null, 0.0, part), 0.0, 1.0)
        weights[rows, low] = np.where(null, 0.0, 1 - part)
        weights[rows, low + 1] = np.where(null, 0.0, part)
        weights[rows[null], self.n_levels - 1] = 1.0
        return weights


def _scale_of(column: Values, *, levels: int, binned: bool = False) -> _Scale:
    if column.dtype == object:
        return _Scale(values=_commonest(column, levels))
    numbers = np.asarray(column, np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return _Scale(edges=np.zeros(0 if binned else 1), binned=binned)
    distinct = np.unique(numbers)
    if binned:
        at = np.arange(1, levels) / levels
        edges = np.unique(np.quantile(numbers, at))
        # An edge at the smallest value parts nothing off.
        return _Scale(edges=edges[edges > distinct[0]], binned=True)
    if len(distinct) <= levels:
        return _Scale(edges=distinct)
    # By rank, closer to each other in the tails, where effects bend over few rows;
    # the very ends apart, so that one absurd value bends nothing but its own knot.
    inner = 0.5 - 0.498 * np.cos(np.linspace(0, np.pi, levels - 2))
    ranks = np.concatenate([[0.0], inner, [1.0]])
    return _Scale(edges=np.unique(np.quantile(numbers, ranks)))


def _commonest(column: Values, levels: int) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for value in column:
        if value is not None:
            counts[str(value)] = counts.get(str(value), 0) + 1
    return tuple(sorted(counts, key=lambda v: (-counts[v], v))[:levels])


@dataclass(frozen=True, slots=True)
class _Ridge:
    """Weights of the bases' levels, each basis' effects centred on its rows."""

    effects: tuple[Floats, ...]
    intercept: float

    @classmethod
    def of(cls, bases: Sequence[Floats], target: Floats) -> _Ridge:
        """Fit by the normal equations, a block of rows at a time."""
        width = sum(basis.shape[1] for basis in bases)
        gram, moment, total = np.zeros((width, width)), np.zeros(width), np.zeros(width)
        centre = float(target.mean())
        for start in range(0, len(target), _BLOCK):
            block = np.hstack([b[start : start + _BLOCK] for b in bases])
            gram += block.T @ block
            moment += block.T @ (target[start : start + _BLOCK] - centre)
            total += block.sum(axis=0)
        mean = total / len(target)
        gram -= np.outer(mean, total)
        weights = np.linalg.solve(gram + _RIDGE * np.eye(width), moment)
        cuts = np.cumsum([basis.shape[1] for basis in bases])[:-1]
        effects = tuple(
            effect - float(effect @ part)
            for effect, part in zip(
                np.split(weights, cuts), np.split(mean, cuts), strict=True
            )
        )
        return cls(effects, centre)

    def predict(self, bases: Sequence[Floats]) -> Floats:
        parts = (b @ effect for b, effect in zip(bases, self.effects, strict=True))
        total: Floats = self.intercept + np.sum(list(parts), axis=0)
        return total


def fit_additive(
    inputs: Mapping[str, Values], scores: Floats, *, logit: bool
) -> Surrogate:
    """
    Fit one effect per column, and pairs of columns where they clearly add.

    Ridge regression on piecewise linear functions of numbers (knots at 16
    quantiles) and on the 20 commonest values of texts; then the strongest
    two-way tables (8 x 8) of what is left.

    Parameters
    ----------
    inputs : mapping of str to ndarray, shape (n_rows,)
        Numbers with NaN, or texts with None, where null.
    scores : ndarray, shape (n_rows,)
        The model's outputs, in an order that has no meaning: every fourth row
        is held out to tell how much is explained.
    logit : bool
        Whether they are probabilities.

    References
    ----------
    Lou, Caruana, Gehrke and Hooker, "Accurate intelligible models with pairwise
    interactions", KDD 2013.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(2, 1_000))
    >>> found = fit_additive({"a": x[0], "b": x[1]}, 3 * x[0], logit=False)
    >>> round(found.explained, 2), round(found.influence["b"], 2)
    (1.0, 0.0)
    """
    target = to_link(scores, logit=logit, clip=1e-4)
    scales = {
        name: _scale_of(v, levels=_TEXT_LEVELS if v.dtype == object else _KNOTS)
        for name, v in inputs.items()
    }
    bases = [scale.basis(inputs[name]) for name, scale in scales.items()]
    train = np.arange(len(target)) % _HELD_OUT != 0
    alone = _Ridge.of([b[train] for b in bases], target[train])
    left = target - alone.predict(bases)
    explained = _explained(left, target, ~train)
    grids = {
        name: _scale_of(v, levels=_GRID - 2 * (v.dtype == object), binned=True)
        for name, v in inputs.items()
    }
    pairs = _strongest_pairs(grids, inputs, left, train)
    tables = [_table(grids, inputs, pair) for pair in pairs]
    if pairs:
        both = [*bases, *tables]
        together = _Ridge.of([b[train] for b in both], target[train])
        more = _explained(target - together.predict(both), target, ~train)
        if more >= explained + _PAIRS_GAIN:
            explained, bases = more, both
        else:
            pairs = []
    final = _Ridge.of(bases, target)
    names: list[str | tuple[str, str]] = [*scales, *pairs]
    effects = dict(zip(names, final.effects, strict=True))
    spread: dict[str | tuple[str, str], float] = {
        name: float(np.var(basis @ effect))
        for (name, effect), basis in zip(effects.items(), bases, strict=True)
    }
    ends = {n: _straight_ends(scales[n], effects[n]) for n in scales}
    used = {name: grids[name] for pair in pairs for name in pair}
    return Surrogate(
        effects={name: ends[name][1] for name in scales},
        edges={n: e for n, (e, _) in ends.items() if e is not None},
        values={n: s.values for n, s in scales.items() if s.edges is None},
        intercept=final.intercept,
        logit=logit,
        explained=explained,
        influence=_influence(spread, scales),
        pairs={
            (a, b): effects[a, b].reshape(grids[a].n_levels, grids[b].n_levels)
            for a, b in pairs
        },
        grid_edges={n: g.edges for n, g in used.items() if g.edges is not None},
        grid_values={n: g.values for n, g in used.items() if g.edges is None},
    )


def _explained(left: Floats, target: Floats, rows: npt.NDArray[np.bool_]) -> float:
    variance = float(np.var(target[rows]))
    return 1 - float(np.mean(left[rows] ** 2)) / variance if variance else 0.0


def _strongest_pairs(
    grids: Mapping[str, _Scale],
    inputs: Mapping[str, Values],
    left: Floats,
    rows: npt.NDArray[np.bool_],
) -> list[tuple[str, str]]:
    """Rank two-way tables by the squares they take from the residuals."""
    levels = {name: grid.levels(inputs[name])[rows] for name, grid in grids.items()}
    residual = left[rows]
    gains = []
    for a, b in combinations(grids, 2):
        cells = levels[a] * grids[b].n_levels + levels[b]
        n, total = np.bincount(cells), np.bincount(cells, residual)
        gains.append((float((total**2 / (n + 1)).sum()), (a, b)))
    # What noise alone would take: one variance per cell.
    chance = float(np.var(residual)) * _GRID**2
    best = sorted(gains, key=lambda gain: -gain[0])[:_PAIRS]
    return [pair for gain, pair in best if gain > 2 * chance]


def _table(
    grids: Mapping[str, _Scale], inputs: Mapping[str, Values], pair: tuple[str, str]
) -> Floats:
    a, b = pair
    cells = grids[a].levels(inputs[a]) * grids[b].n_levels + grids[b].levels(inputs[b])
    weights = np.zeros((len(cells), grids[a].n_levels * grids[b].n_levels))
    weights[np.arange(len(cells)), cells] = 1.0
    return weights


def _straight_ends(scale: _Scale, effects: Floats) -> tuple[Floats | None, Floats]:
    """
    Continue a straight effect beyond the values seen, a bent one not.

    A linear model goes on; trees do not. Only an effect that is all but
    exactly a line is taken for the former.
    """
    edges = scale.edges
    if edges is None or len(edges) < 4:  # noqa: PLR2004 - fewer points bend no line
        return edges, effects
    shown = effects[:-1]
    slope, start = np.polyfit(edges, shown, 1)
    variance = float(np.var(shown))
    bend = float(np.mean((shown - slope * edges - start) ** 2))
    if not variance or bend / variance > 1 - _STRAIGHT:
        return edges, effects
    reach = _REACH * (edges[-1] - edges[0])
    far = np.array([edges[0] - reach, *edges, edges[-1] + reach])
    low, high = shown[0] - slope * reach, shown[-1] + slope * reach
    return far, np.array([low, *shown, high, effects[-1]])


def _influence(
    spread: Mapping[str | tuple[str, str], float], columns: Mapping[str, _Scale]
) -> dict[str, float]:
    total = sum(spread.values())
    shares = dict.fromkeys(columns, 0.0)
    for name, variance in spread.items():
        for column in name if isinstance(name, tuple) else (name,):
            parts = 2 if isinstance(name, tuple) else 1
            shares[column] += variance / parts / total if total else 0.0
    return shares


def effect_of(
    surrogate: Surrogate, inputs: Mapping[str, Values], columns: Sequence[str]
) -> Floats:
    """
    Give what some columns add to the output, pairs with the others included.

    Parameters
    ----------
    surrogate : Surrogate
        The stand-in.
    inputs : mapping of str to ndarray, shape (n_rows,)
        At least `columns`, and those they form pairs with.
    columns : sequence of str
        Those the stand-in does not know add nothing.

    Returns
    -------
    ndarray, shape (n_rows,)
        On the link scale, without the intercept.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=1_000)
    >>> found = fit_additive({"a": x}, 3 * x, logit=False)
    >>> at = {"a": np.array([0.0, 1.0, 2.0])}
    >>> np.diff(effect_of(found, at, ["a"])).round(1).tolist()
    [3.0, 3.0]
    """
    total = np.zeros(len(next(iter(inputs.values()))))
    for name in columns:
        if name in surrogate.effects:
            scale = _Scale(surrogate.edges.get(name), surrogate.values.get(name, ()))
            total += scale.basis(inputs[name]) @ surrogate.effects[name]
    for (a, b), table in surrogate.pairs.items():
        if a in columns or b in columns:
            levels = [
                _Scale(
                    surrogate.grid_edges.get(name),
                    surrogate.grid_values.get(name, ()),
                    binned=True,
                ).levels(inputs[name])
                for name in (a, b)
            ]
            total += table[levels[0], levels[1]]
    return total


def partners_of(surrogate: Surrogate, columns: Sequence[str]) -> tuple[str, ...]:
    """Name the columns whose values `effect_of` needs for these."""
    needed = [c for c in columns if c in surrogate.effects]
    for pair in surrogate.pairs:
        if set(pair) & set(columns):
            needed.extend(pair)
    return tuple(dict.fromkeys(needed))
