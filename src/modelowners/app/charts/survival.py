"""Share not yet fixed over time: a falling staircase with its band."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from modelowners.app.charts.drawing import (
    Figure,
    Scale,
    Table,
    canvas,
    element,
    words,
)
from modelowners.app.phrases import say_share
from modelowners.measurement.survival import Curve, Floats, quantile

TOP, BOTTOM, LEFT, RIGHT = 12.0, 34.0, 44.0, 14.0
FIRST = 1 / 60
"""Hours at the left edge: time runs on a logarithmic axis from a minute."""
MARKS = (
    *((1 / 60, "1 min"), (1 / 6, "10 min"), (1.0, "1 h"), (6.0, "6 h")),
    *((24.0, "1 d"), (24.0 * 7, "7 d"), (24.0 * 30, "30 d"), (24.0 * 365, "1 y")),
)
_APART = 34.0
_STEP = 0.5
"""Pixels: finer steps cannot be seen."""


def draw_survival(
    curve: Curve, *, cap: float, width: float = 720.0, height: float = 240.0
) -> Figure:
    """
    Draw the share of incidents not yet fixed.

    Parameters
    ----------
    curve : Curve
        With at least one time.
    cap : float
        Hours; the area until there is the mean that is reported.
    width, height : float
        In pixels.

    Returns
    -------
    Figure
        The drawing, its title and its table: the share left at round times.
    """
    last = max(float(curve.times[-1]), cap)
    across = Scale(math.log(FIRST), math.log(last), LEFT, width - RIGHT)
    upward = Scale(0.0, 1.0, height - BOTTOM, TOP)
    content = [
        *_axes(across, upward, last=last),
        *_cap(across, upward, cap=cap),
        *_band(curve, across, upward),
        element(
            "path",
            class_="line line-before",
            d=_path(_stairs(curve.times, curve.survival, across, upward)),
        ),
    ]
    title = "Share not yet fixed, by time since opening"
    half, late = quantile(curve, 0.5), quantile(curve, 0.9)
    desc = f"Half are fixed by {_say(half)}, nine tenths by {_say(late)}."
    svg = canvas(content, width=width, height=height, title=title, desc=desc)
    return Figure(svg, title, _table(curve, last))


def _x(hours: float) -> float:
    return math.log(max(hours, FIRST))


def _axes(across: Scale, upward: Scale, *, last: float) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = upward(share)
        yield element("line", class_="grid", x1=across.start, y1=y, x2=across.end, y2=y)
        yield element(
            "text",
            f"{100 * share:.0f} %",
            class_="label",
            x=across.start - 6,
            y=y + 4,
            text_anchor="end",
        )
    before = -math.inf
    for hours, name in MARKS:
        x = across(_x(hours))
        if hours > last or x - before < _APART:
            continue
        before = x
        yield element(
            "line", class_="axis", x1=x, y1=upward.start, x2=x, y2=upward.start + 4
        )
        anchor = "start" if x == across.start else "middle"
        yield element(
            "text",
            words(name),
            class_="label",
            x=x,
            y=upward.start + 17,
            text_anchor=anchor,
        )


def _cap(across: Scale, upward: Scale, *, cap: float) -> Iterator[str]:
    x = across(_x(cap))
    yield element("line", class_="level", x1=x, y1=upward.end, x2=x, y2=upward.start)
    yield element(
        "text",
        words(f"cap {cap / 24:g} d"),
        class_="label",
        x=x - 4,
        y=upward.end + 10,
        text_anchor="end",
    )


def _band(curve: Curve, across: Scale, upward: Scale) -> Iterator[str]:
    known = [i for i, high in enumerate(curve.high) if math.isfinite(high)]
    if not known:
        return
    times = curve.times[known]
    top = _stairs(times, curve.high[known], across, upward)
    floor = _stairs(times, curve.low[known], across, upward)
    yield element("path", class_="interval", d=f"{_path([*top, *reversed(floor)])}Z")


def _stairs(
    times: Floats, shares: Floats, across: Scale, upward: Scale
) -> list[tuple[float, float]]:
    """Give the corners of a staircase; steps too near to be seen apart are one."""
    places = [(across.start, upward(1.0))]
    for hours, left in zip(times, shares, strict=True):
        x, y = across(_x(float(hours))), upward(float(left))
        if x - places[-1][0] < _STEP and len(places) > 1:
            places[-1] = (places[-1][0], y)
            continue
        places += [(x, places[-1][1]), (x, y)]
    return places


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in places)


def _table(curve: Curve, last: float) -> Table:
    rows = []
    for hours, name in MARKS:
        if hours > last:
            break
        reached = [i for i, time in enumerate(curve.times) if time <= hours]
        if not reached:
            rows.append((name, "100 %", "-"))
            continue
        at = reached[-1]
        low, high = float(curve.low[at]), float(curve.high[at])
        limits = f"{say_share(low)} to {say_share(high)}"
        rows.append((name, say_share(float(curve.survival[at])), limits))
    return Table(("after", "not yet fixed", "95 % limits"), tuple(rows))


def _say(hours: float | None) -> str:
    return "no time seen yet" if hours is None else f"{hours:.3g} h"
