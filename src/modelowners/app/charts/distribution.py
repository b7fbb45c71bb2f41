"""One column before and after: two histograms on one axis, or bars by value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from modelowners.app.charts.bars import Pair, draw_pairs
from modelowners.app.charts.drawing import (
    Figure,
    Scale,
    Table,
    canvas,
    element,
    ticks,
    words,
)
from modelowners.app.phrases import clean, say_figure, say_share
from modelowners.observations.profiles import NULL, OTHER
from modelowners.observations.questions import QUANTILE_LEVELS, Contrast, Side

BINS = 32
MAX_VALUES = 8
FEW = 12
"""A numeric column of at most that many values is drawn by value."""
LEFT, RIGHT, PANEL, GAP, TOP, BOTTOM = 8.0, 8.0, 78.0, 22.0, 2.0, 24.0


def draw_distribution(contrast: Contrast, *, width: float = 340.0) -> Figure:
    """
    Draw a column before and after.

    Parameters
    ----------
    contrast : Contrast
        The column on both sides.
    width : float
        In pixels.

    Returns
    -------
    Figure
        Numeric columns as two histograms above each other on one axis, from 39
        quantiles and the extremes; text and columns of few values as pairs of
        bars, with null as a value of its own.
    """
    title = f"{clean(contrast.column)} before and after"
    sides = (contrast.before, contrast.after)
    few = max(side.distinct for side in sides) <= FEW and all(s.values for s in sides)
    if contrast.numeric and not few and all(len(s.quantiles) for s in sides):
        return _histograms(contrast, title=title, width=width)
    pairs = value_pairs(contrast)
    return draw_pairs(pairs, title=title, width=width)


def value_pairs(contrast: Contrast, *, limit: int = MAX_VALUES) -> tuple[Pair, ...]:
    """
    Give the share of each common value before and after.

    Parameters
    ----------
    contrast : Contrast
        The column on both sides.
    limit : int
        Values named; the others are joined.

    Returns
    -------
    tuple of Pair
        Numbers in their order, text by the larger of its two shares; then
        null and the rest, where they occur.
    """
    before, after = contrast.before, contrast.after
    shares = {
        value: (_share(before, value), _share(after, value))
        for value in dict.fromkeys((*before.values, *after.values))
    }
    chosen = sorted(shares, key=lambda v: (-max(shares[v]), v))[:limit]
    if contrast.numeric:
        chosen.sort(key=_as_number)
    pairs = [Pair(value, *shares[value]) for value in chosen]
    nulls = (_ratio(before.nulls, before.rows), _ratio(after.nulls, after.rows))
    if any(nulls):
        pairs.append(Pair(NULL, *nulls))
    rest = [
        max(0.0, (1.0 if side.rows else 0.0) - sum(getattr(p, name) for p in pairs))
        for side, name in ((before, "before"), (after, "after"))
    ]
    if any(share > 0.0005 for share in rest):  # noqa: PLR2004 - less is rounding
        pairs.append(Pair(OTHER, *rest))
    return tuple(pairs)


@dataclass(frozen=True, slots=True)
class _Bins:
    """Share of a side's values per bin, shape (BINS,)."""

    shares: Sequence[float]
    nulls: float


def _histograms(contrast: Contrast, *, title: str, width: float) -> Figure:
    before, after = contrast.before, contrast.after
    low, high = _bounds(before, after)
    edges = [float(edge) for edge in np.linspace(low, high, BINS + 1)]
    bins = [_bins(side, edges) for side in (before, after)]
    across = Scale(low, high, LEFT, width - RIGHT)
    peak = max((max(b.shares) for b in bins), default=0.0) or 1.0
    content: list[str] = []
    for row, (name, side, found) in enumerate(
        zip(("before", "after"), (before, after), bins, strict=True)
    ):
        base = TOP + PANEL + row * (PANEL + GAP)
        content += _panel(found, across, base=base, peak=peak, name=name)
        content.append(_panel_label(name, side, found, base=base))
    foot = TOP + 2 * PANEL + GAP
    content += _axis(across, foot)
    desc = f"Median {_median(before)} before, {_median(after)} after; "
    desc += f"null {say_share(bins[0].nulls)} before, {say_share(bins[1].nulls)} after."
    svg = canvas(content, width=width, height=foot + BOTTOM, title=title, desc=desc)
    return Figure(svg, title, _numeric_table(before, after))


def _bounds(before: Side, after: Side) -> tuple[float, float]:
    """Cut the axis where neither side has more than 2.5 % of its values."""
    low = min(float(before.quantiles[0]), float(after.quantiles[0]))
    high = max(float(before.quantiles[-1]), float(after.quantiles[-1]))
    least = min(before.minimum, after.minimum)
    most = max(before.maximum, after.maximum)
    span = high / 2 - low / 2
    # Close extremes are shown whole; far ones would press everything flat.
    if math.isfinite(least) and low - least < span:
        low = least
    if math.isfinite(most) and most - high < span:
        high = most
    if low == high:
        room = abs(low) * 0.1 or 1.0
        return low - room, high + room
    return low, high


def _bins(side: Side, edges: Sequence[float]) -> _Bins:
    knots = [float(q) for q in side.quantiles]
    levels = list(QUANTILE_LEVELS)
    if math.isfinite(side.minimum):
        knots, levels = [side.minimum, *knots], [0.0, *levels]
    if math.isfinite(side.maximum):
        knots, levels = [*knots, side.maximum], [*levels, 1.0]
    # A value held by many rows repeats in the quantiles: all its rows lie at it,
    # so the share below an edge is read just left of the edge.
    below = np.array([_share_below(knots, levels, float(edge)) for edge in edges])
    below[-1] = 1.0 if edges[-1] >= knots[-1] else below[-1]
    shares = np.clip(np.diff(below), 0.0, 1.0)
    return _Bins([float(s) for s in shares], _ratio(side.nulls, side.rows))


def _share_below(knots: Sequence[float], levels: Sequence[float], at: float) -> float:
    after = next((i for i, knot in enumerate(knots) if knot >= at), len(knots))
    if after == 0:
        return levels[0] if knots[0] < at else 0.0
    if after == len(knots):
        return levels[-1]
    left, right = knots[after - 1], knots[after]
    part = (at - left) / (right - left) if right > left else 0.0
    return levels[after - 1] + part * (levels[after] - levels[after - 1])


def _panel(
    found: _Bins, across: Scale, *, base: float, peak: float, name: str
) -> Iterator[str]:
    step = (across.end - across.start) / BINS
    path = f"M{across.start:.1f} {base:.1f}"
    for i, share in enumerate(found.shares):
        x, y = across.start + i * step, base - (PANEL - 18) * share / peak
        path += f"L{x:.1f} {y:.1f}L{x + step:.1f} {y:.1f}"
    yield element(
        "path", class_=f"area {name}", d=f"{path}L{across.end:.1f} {base:.1f}Z"
    )
    yield element(
        "line", class_="axis", x1=across.start, y1=base, x2=across.end, y2=base
    )


def _panel_label(name: str, side: Side, found: _Bins, *, base: float) -> str:
    text = f"{name}: median {_median(side)}, {side.rows:,} rows"
    if found.nulls:
        text += f", {say_share(found.nulls)} null"
    return element(
        "text", words(text), class_=f"label {name}", x=LEFT, y=base - PANEL + 10
    )


def _axis(across: Scale, foot: float) -> Iterator[str]:
    for value in ticks(across.low, across.high, 5):
        x = across(value)
        anchor = "middle"
        if x < across.start + 14:
            anchor = "start"
        elif x > across.end - 14:
            anchor = "end"
        yield element("line", class_="axis", x1=x, y1=foot, x2=x, y2=foot + 4)
        yield element(
            "text",
            words(say_figure(value)),
            class_="label",
            x=x,
            y=foot + 17,
            text_anchor=anchor,
        )


def _numeric_table(before: Side, after: Side) -> Table:
    rows = [
        ("rows", f"{before.rows:,}", f"{after.rows:,}"),
        ("null", *(say_share(_ratio(s.nulls, s.rows)) for s in (before, after))),
        ("mean", say_figure(before.mean), say_figure(after.mean)),
        ("least", say_figure(before.minimum), say_figure(after.minimum)),
    ]
    for level in (0.1, 0.25, 0.5, 0.75, 0.9):
        place = QUANTILE_LEVELS.index(level)
        shown = (say_figure(float(side.quantiles[place])) for side in (before, after))
        rows.append((f"{say_share(level)} are below", *shown))
    rows.append(("greatest", say_figure(before.maximum), say_figure(after.maximum)))
    return Table(("figure", "before", "after"), tuple(rows))


def _median(side: Side) -> str:
    if not len(side.quantiles):
        return "unknown"
    return say_figure(float(side.quantiles[len(side.quantiles) // 2]))


def _share(side: Side, value: str) -> float:
    return _ratio(side.values.get(value, 0), side.rows)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _as_number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.inf
