"""A metric's last windows as a small line, for a row of a list."""

from __future__ import annotations

import math
from collections.abc import Sequence

from modelowners.app.charts.drawing import Scale, canvas, element
from modelowners.app.phrases import clean, say_figure, say_metric

WIDTH, HEIGHT, EDGE = 132.0, 28.0, 3.0


def draw_spark(
    values: Sequence[float], *, metric: str, before: float | None, hurt: bool
) -> str:
    """
    Draw a metric's last windows against what it was in the reference.

    Parameters
    ----------
    values : sequence of float, shape (n,)
        Finite, oldest first, in the metric's unit.
    metric : str
        What they are.
    before : float or None
        The level in the reference, a dashed line.
    hurt : bool
        Whether the last part is to stand out.

    Returns
    -------
    str
        One ``<svg>``; empty text where there are fewer than two values.
    """
    known = [value for value in values if math.isfinite(value)]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    level = before if before is not None and math.isfinite(before) else None
    figures = known if level is None else [*known, level]
    upward = Scale(min(figures), max(figures), HEIGHT - EDGE, EDGE)
    across = Scale(0.0, float(len(known) - 1), EDGE, WIDTH - EDGE)
    content = []
    if level is not None:
        y = upward(level)
        content.append(element("line", class_="level", x1=0.0, y1=y, x2=WIDTH, y2=y))
    places = [(across(float(i)), upward(value)) for i, value in enumerate(known)]
    path = "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in places)
    name = "line-after" if hurt else "line-before"
    content.append(element("path", class_=f"line {name}", d=path))
    x, y = places[-1]
    content.append(element("circle", class_=f"dot {name}", cx=x, cy=y, r=2.5))
    title = f"{say_metric(metric)} of the last {len(known)} windows"
    desc = f"Last {say_figure(known[-1])}"
    desc += f", before {say_figure(level)}." if level is not None else "."
    return canvas(content, width=WIDTH, height=HEIGHT, title=clean(title), desc=desc)
