"""
Signatures: what a fault leaves behind in a column's values.

Pure functions on two sides of a contrast, each giving how well one story fits
and how far the same story would fit between two undisturbed stretches.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

from modelowners.observations.questions import Contrast, Side

Floats = npt.NDArray[np.float64]

KNOWN_PAIRS: Mapping[str, tuple[float, float]] = {
    "°F to °C": (5 / 9, -160 / 9),
    "°C to °F": (9 / 5, 32.0),
    "°C to K": (1.0, 273.15),
    "K to °C": (1.0, -273.15),
    "mph to m/s": (0.44704, 0.0),
    "m/s to mph": (1 / 0.44704, 0.0),
    "mph to km/h": (1.609344, 0.0),
    "km/h to mph": (1 / 1.609344, 0.0),
    "m/s to km/h": (3.6, 0.0),
    "km/h to m/s": (1 / 3.6, 0.0),
    "mph to knots": (0.868976, 0.0),
    "knots to mph": (1 / 0.868976, 0.0),
    "miles to km": (1.609344, 0.0),
    "km to miles": (1 / 1.609344, 0.0),
    "miles to m": (1609.344, 0.0),
    "m to miles": (1 / 1609.344, 0.0),
    "feet to m": (0.3048, 0.0),
    "m to feet": (1 / 0.3048, 0.0),
    "inches to mm": (25.4, 0.0),
    "mm to inches": (1 / 25.4, 0.0),
    "inches to cm": (2.54, 0.0),
    "cm to inches": (1 / 2.54, 0.0),
    "hPa to inHg": (0.0295299831, 0.0),
    "inHg to hPa": (33.8638867, 0.0),
    "hPa to kPa": (0.1, 0.0),
    "pounds to kg": (0.45359237, 0.0),
    "kg to pounds": (1 / 0.45359237, 0.0),
    "units to cents": (100.0, 0.0),
    "cents to units": (0.01, 0.0),
    "seconds to ms": (1000.0, 0.0),
    "ms to seconds": (0.001, 0.0),
    "minutes to seconds": (60.0, 0.0),
    "seconds to minutes": (1 / 60, 0.0),
    "hours to minutes": (60.0, 0.0),
    "minutes to hours": (1 / 60, 0.0),
    "fraction to percent": (100.0, 0.0),
    "percent to fraction": (0.01, 0.0),
}
"""``after = a * before + b`` by the name a person knows it under."""

FEWEST = 4
"""Distinct quantiles of which no line can be told."""
UNEQUAL, UNLIKE = 0.3, 0.8
"""Agreement of shares, and likeness of spellings, of a pair that is no pair."""
LEAST_PART = 0.05
FAR = 0.5
"""Old ranges by which altered values lie outside the old one, at least."""
LEAST = 0.002
"""Share of the rows below which a value neither appeared nor vanished."""


@dataclass(frozen=True, slots=True)
class Affine:
    """
    ``after = scale * before + shift`` and how well it fits.

    Parameters
    ----------
    scale, shift : float
        Of the map; `shift` in the unit after.
    residual : float
        Root mean square over quantiles, in standard deviations after the map.
    """

    scale: float
    shift: float
    residual: float


def fit_affine(before: Side, after: Side) -> tuple[Affine, Affine, Affine] | None:
    """
    Fit a pure scale, a pure shift and both to the quantiles of two sides.

    Parameters
    ----------
    before, after : Side
        Numeric, with quantiles of shape (39,).

    Returns
    -------
    tuple of Affine or None
        (scale only, shift only, both); None where a side has too few distinct
        quantiles to tell them apart.

    Examples
    --------
    >>> q = np.linspace(40, 80, 39)
    >>> side = lambda v: Side(quantiles=v, mean=float(v.mean()), sd=float(v.std()),
    ...                       minimum=float(v[0]), maximum=float(v[-1]))
    >>> both = fit_affine(side(q), side((q - 32) / 1.8))[2]
    >>> round(both.scale, 3), round(both.shift, 2), both.residual < 1e-6
    (0.556, -17.78, True)
    """
    x, y = before.quantiles, after.quantiles
    if len(x) == 0 or len(x) != len(y) or len(np.unique(x)) < FEWEST:
        return None
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    spread = float(np.std(x))
    if spread <= 0:
        return None
    ratio = float((x * y).sum() / max(float((x * x).sum()), 1e-300))
    gap = float(np.median(y - x))
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
    free = float(y.mean() - slope * x.mean())
    return (
        _affine(x, y, ratio, 0.0),
        _affine(x, y, 1.0, gap),
        _affine(x, y, slope, free),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """
    The rows of a side that lie outside the other side's range.

    Parameters
    ----------
    quantiles : ndarray, shape (39,)
        Of those rows alone.
    share : float
        Their share of the rows, 0 to 1.
    below : bool
        Below the old range (else above it).
    bound : float
        The end of the old range.
    """

    quantiles: Floats
    share: float
    below: bool
    bound: float


def part_outside(before: Side, after: Side) -> Part | None:
    """
    Find the part of the rows that left the old range, if only a part did.

    Returns
    -------
    Part or None
        None where fewer than 5 % or more than 95 % left it.

    Examples
    --------
    >>> q = np.linspace(990, 1030, 39)
    >>> side = lambda v: Side(quantiles=v, mean=float(v.mean()), sd=float(v.std()),
    ...                       minimum=float(v[0]), maximum=float(v[-1]))
    >>> mixed = np.sort(np.concatenate([q, q * 0.03]))[::2][:39]
    >>> round(part_outside(side(q), side(mixed)).share, 1)
    0.5
    """
    x, y = before.quantiles, after.quantiles
    if not len(x) or len(x) != len(y):
        return None
    levels = np.linspace(0, 1, len(y) + 2)
    whole = np.array([after.minimum, *y, after.maximum])
    steps = np.linspace(0, 1, len(y) + 2)[1:-1]
    room = 0.02 * (before.maximum - before.minimum)
    for below, bound in ((True, before.minimum), (False, before.maximum)):
        out = whole < bound - room if below else whole > bound + room
        share = float(out.sum()) / len(whole)
        if not LEAST_PART <= share <= 1 - LEAST_PART:
            continue
        at = steps * share if below else 1 - share + steps * share
        part = np.interp(at, levels, whole)
        # A storm leaves the range by a little; another unit leaves it for good.
        if abs(float(np.median(part)) - bound) >= FAR * (x[-1] - x[0]):
            return Part(part, share, below, bound)
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """
    The straight line that best explains a move, and the name it goes by.

    Parameters
    ----------
    fit : Affine
        The line.
    name : str
        Of a known pair of units; empty where it is none.
    form : str
        ``scale`` (a multiple, or a known pair), ``shift`` (a constant), ``both``.
    """

    fit: Affine
    name: str
    form: str


def best_line(before: Side, after: Side, usual: float) -> Line | None:
    """
    Choose the simplest line that explains a move about as well as any.

    Rivals are judged together, so that one move has one explanation: a known
    pair of units first, then a constant, then a multiple, then both at once.

    Parameters
    ----------
    before, after : Side
        Two sides of a contrast on a number.
    usual : float
        How far quantiles usually move between such stretches, in spreads.

    Returns
    -------
    Line or None
        None where the quantiles are too few.

    Examples
    --------
    >>> q = np.linspace(40, 80, 39)
    >>> side = lambda v: Side(quantiles=v, mean=float(v.mean()), sd=float(v.std()),
    ...                       minimum=float(v[0]), maximum=float(v[-1]))
    >>> best_line(side(q), side((q - 32) / 1.8), 0.1).name
    '°F to °C'
    >>> best_line(side(q), side(q + 7), 0.1).form
    'shift'
    """
    fits = fit_affine(before, after)
    if fits is None:
        return None
    scale, shift, both = fits
    room = max(0.5 * usual, 0.03)
    # Another unit is far off; what a free line fits better is the week's weather.
    far = max(room, 1.2 * usual if abs(math.log(max(scale.scale, 1e-9))) > FAR else 0)
    named = known_pair(before, after)
    if named is not None and named[1].scale != 1.0:
        pair = named[1]
        simplest = min(scale.residual, shift.residual) + room
        if pair.residual <= min(both.residual + max(2 * room, far), simplest):
            return Line(pair, named[0], "scale")
    if shift.residual <= both.residual + room:
        return Line(shift, "", "shift")
    if scale.residual <= both.residual + far:
        return Line(scale, "", "scale")
    return Line(both, "", "both")


def _affine(x: Floats, y: Floats, scale: float, shift: float) -> Affine:
    spread = max(abs(scale) * float(np.std(x)), 1e-12)
    error = y - (scale * x + shift)
    return Affine(scale, shift, float(np.sqrt(np.mean(error**2))) / spread)


def known_pair(before: Side, after: Side) -> tuple[str, Affine] | None:
    """
    Find the known pair of units that fits best.

    Returns
    -------
    tuple of (str, Affine) or None
        None where the quantiles are too few.

    Examples
    --------
    >>> q = np.linspace(1, 9, 39)
    >>> side = lambda v: Side(quantiles=v, mean=float(v.mean()), sd=float(v.std()),
    ...                       minimum=float(v[0]), maximum=float(v[-1]))
    >>> known_pair(side(q), side(q * 25.4))[0]
    'inches to mm'
    """
    x, y = before.quantiles, after.quantiles
    if len(x) == 0 or len(x) != len(y) or len(np.unique(x)) < FEWEST:
        return None
    fits = [(name, _affine(x, y, a, b)) for name, (a, b) in KNOWN_PAIRS.items()]
    return min(fits, key=lambda fit: (fit[1].residual, fit[0]))


def movement(before: Side, after: Side) -> float:
    """
    Measure how far quantiles moved, in standard deviations of the first side.

    Examples
    --------
    >>> q = np.linspace(0, 1, 39)
    >>> side = Side(quantiles=q, mean=0.5, sd=0.3, minimum=0, maximum=1)
    >>> movement(side, side)
    0.0
    """
    x, y = before.quantiles, after.quantiles
    if len(x) == 0 or len(x) != len(y):
        return 0.0
    spread = float(np.std(x)) or float(np.abs(x).mean()) or 1.0
    return float(np.sqrt(np.mean((y - x) ** 2))) / spread


def novelty(contrast: Contrast) -> float:
    """
    Give the share of the rows that hold what was never there before, -1 to 1.

    Values off the known grid, beyond how many are new in any week; or values
    outside the old range, which says more where readings hardly repeat.

    Examples
    --------
    >>> q = np.linspace(40, 80, 39)
    >>> side = lambda v, new: Side(quantiles=v, mean=float(v.mean()), unseen=new,
    ...     sd=float(v.std()), minimum=float(v[0]), maximum=float(v[-1]))
    >>> told = Contrast(column="humid", numeric=True, before=side(q, 0),
    ...                 after=side(q / 100, 1.0), control_unseen=0.9)
    >>> novelty(told)
    1.0
    """
    grid = contrast.after.unseen - contrast.control_unseen
    values, before = contrast.after.quantiles, contrast.before
    if not len(values):
        return grid
    room = 0.02 * (before.maximum - before.minimum)
    outside = (values < before.minimum - room) | (values > before.maximum + room)
    return max(grid, float(outside.mean()))


def shares(side: Side) -> dict[str, float]:
    """
    Give the share of each listed value among the non-null rows.

    Examples
    --------
    >>> shares(Side(n=4, quantiles=np.zeros(0), mean=0, sd=0, minimum=0, maximum=0,
    ...             values={"a": 1, "b": 3}))
    {'a': 0.25, 'b': 0.75}
    """
    total = max(side.n, 1)
    return {value: rows / total for value, rows in side.values.items()}


@dataclass(frozen=True, slots=True)
class Excess:
    """
    A value that took a share of the rows.

    Parameters
    ----------
    value : str
        The value, as text.
    before, after : float
        Its share of the rows, 0 to 1.
    rest : float
        How much the other values' mix changed (half the sum of absolute share
        differences after taking the value out), 0 to 1.
    """

    value: str
    before: float
    after: float
    rest: float


def value_excess(before: Side, after: Side) -> Excess | None:
    """
    Find the value whose share grew most, and whether the others kept their mix.

    Returns
    -------
    Excess or None
        None where no value grew.

    Examples
    --------
    >>> side = lambda v: Side(n=sum(v.values()), quantiles=np.zeros(0), mean=0, sd=0,
    ...                       minimum=0, maximum=0, values=v)
    >>> old, new = side({"1": 50, "2": 50}), side({"0": 40, "1": 30, "2": 30})
    >>> found = value_excess(old, new)
    >>> found.value, found.after, found.rest
    ('0', 0.4, 0.0)
    """
    old, new = shares(before), shares(after)
    if not new:
        return None
    value = max(new, key=lambda v: (new[v] - old.get(v, 0.0), v))
    grown = new[value] - old.get(value, 0.0)
    if grown <= 0:
        return None
    others = (set(old) | set(new)) - {value}
    left_old = max(1 - old.get(value, 0.0), 1e-9)
    left_new = max(1 - new[value], 1e-9)
    rest = 0.5 * sum(
        abs(new.get(v, 0.0) / left_new - old.get(v, 0.0) / left_old) for v in others
    )
    if before.quantiles.size and before.distinct > len(old):
        rest = _rest_of_quantiles(before, after, value, new[value])
    return Excess(value, old.get(value, 0.0), new[value], min(rest, 1.0))


def _rest_of_quantiles(before: Side, after: Side, value: str, share: float) -> float:
    """Compare the remaining rows' quantiles, where values are too many to list."""
    if share > 0.9:  # noqa: PLR2004 - nothing is left to compare
        return 0.0
    try:
        at = float(value)
    except ValueError:
        return 0.0
    levels = np.linspace(0.025, 0.975, len(after.quantiles))
    kept = ~np.isclose(after.quantiles, at, rtol=1e-9, atol=1e-9)
    if kept.sum() < FEWEST:
        return 0.0
    # Levels of the rest: those below the value keep theirs, those above lose its share.
    inner = np.where(after.quantiles < at, levels, levels - share) / (1 - share)
    expected = np.interp(inner[kept], levels, before.quantiles)
    spread = float(np.std(before.quantiles)) or 1.0
    return float(np.sqrt(np.mean((after.quantiles[kept] - expected) ** 2)) / spread)


def likeness(a: str, b: str) -> float:
    """
    Tell how alike two spellings are, 0 to 1; case, blanks and signs aside.

    Examples
    --------
    >>> likeness("JFK", "jfk "), likeness("JFK", "K_JFK") > 0.7
    (1.0, True)
    """
    plain_a, plain_b = _letters(a), _letters(b)
    if plain_a == plain_b:
        return 1.0
    if plain_a and plain_b and (plain_a in plain_b or plain_b in plain_a):
        return 0.9
    return SequenceMatcher(None, plain_a, plain_b).ratio()


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


@dataclass(frozen=True, slots=True)
class Renaming:
    """
    New spellings matched with vanished ones.

    Parameters
    ----------
    pairs : mapping of str to str
        New value to the old one it stands for.
    mass : float
        Share of the rows after that hold a matched new value, 0 to 1.
    fit : float
        Agreement of the pairs' shares, weighted by rows, 0 to 1.
    alike : float
        Likeness of the spellings, weighted by rows, 0 to 1.
    truth : float or None
        Agreement of the pairs' mean truth, 0 to 1; None where unlabelled.
    """

    pairs: Mapping[str, str]
    mass: float
    fit: float
    alike: float
    truth: float | None


def match_renamed(before: Side, after: Side, spread: float) -> Renaming | None:
    """
    Match values that appeared with values that vanished.

    Parameters
    ----------
    before, after : Side
        Two sides of a contrast on a categorical column.
    spread : float
        How much shares usually move between such stretches, at least 0.

    Returns
    -------
    Renaming or None
        None where nothing both appeared and vanished.

    Examples
    --------
    >>> side = lambda v: Side(n=sum(v.values()), quantiles=np.zeros(0), mean=0, sd=0,
    ...                       minimum=0, maximum=0, values=v)
    >>> old, new = side({"JFK": 40, "LGA": 60}), side({"jfk": 41, "LGA": 59})
    >>> found = match_renamed(old, new, 0.02)
    >>> dict(found.pairs), found.alike
    ({'jfk': 'JFK'}, 1.0)
    """
    old, new = shares(before), shares(after)
    appeared = [v for v in new if new[v] > LEAST and old.get(v, 0) < 0.1 * new[v]]
    faded = [v for v in old if old[v] > LEAST and new.get(v, 0) < 0.6 * old[v]]
    pairs: dict[str, str] = {}
    total = fit = alike = truth = known = 0.0
    for value in sorted(appeared, key=lambda v: (-new[v], v)):
        free = [v for v in faded if v not in pairs.values()]
        if not free:
            break
        lost = {v: old[v] - new.get(v, 0.0) for v in free}
        best = max(free, key=lambda v: (_pair_score(value, v, new, lost), v))
        agreement = _share_agreement(new[value], lost[best], spread)
        kin = likeness(value, best)
        if agreement < UNEQUAL and kin < UNLIKE:
            continue
        pairs[value] = best
        weight = new[value]
        total += weight
        fit += weight * agreement
        alike += weight * kin
        a, b = after.mean_actual.get(value), before.mean_actual.get(best)
        if a is not None and b is not None:
            known += weight
            truth += weight * _truth_agreement(a, b, after.values[value], before)
    if not pairs:
        return None
    return Renaming(
        pairs, total, fit / total, alike / total, truth / known if known else None
    )


def _pair_score(
    value: str, other: str, new: Mapping[str, float], lost: Mapping[str, float]
) -> float:
    return 2 * likeness(value, other) + _share_agreement(new[value], lost[other], 0.02)


def _share_agreement(a: float, b: float, spread: float) -> float:
    """Give 1 for equal shares, falling with their difference over usual movement."""
    room = max(spread, 0.02) + 0.15 * max(a, b)
    return math.exp(-((abs(a - b) / room) ** 2))


def _truth_agreement(a: float, b: float, rows: int, before: Side) -> float:
    overall = before.mean_actual.values()
    centre = sum(overall) / max(len(overall), 1)
    room = math.sqrt(max(centre * (1 - centre), 0.01) / max(rows, 1)) * 3 + 0.02
    if not 0 <= centre <= 1:
        room = 0.15 * abs(centre) + 1e-9
    return math.exp(-((abs(a - b) / room) ** 2))


def rotation(
    before: Sequence[float], after: Sequence[float]
) -> tuple[int, float, float]:
    """
    Find the circular shift that best maps one histogram on another.

    Parameters
    ----------
    before, after : sequence of float, shape (n,)
        Counts over a cycle, such as 24 hours.

    Returns
    -------
    tuple of (int, float, float)
        Steps forward (0 to n - 1); half the absolute share difference left with
        that shift; and without any, 0 to 1.

    Examples
    --------
    >>> rotation([9, 1, 0, 0], [0, 9, 1, 0])
    (1, 0.0, 0.9)
    """
    x, y = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if not x.sum() or not y.sum():
        return 0, 0.0, 0.0
    x, y = x / x.sum(), y / y.sum()
    left = [0.5 * float(np.abs(np.roll(x, k) - y).sum()) for k in range(len(x))]
    best = int(np.argmin(left))
    return best, round(left[best], 12), round(left[0], 12)
