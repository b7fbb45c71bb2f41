"""How far columns moved over time: one strip a column, under a common time axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelowners.app.charts.drawing import (
    Figure,
    Scale,
    Table,
    canvas,
    element,
    shorten,
    words,
)
from modelowners.app.charts.metric import day_ticks, tick_label
from modelowners.app.phrases import clean, say_figure, say_instant, say_window
from modelowners.core.time import TimeWindow, to_micros

ROW, TOP, BOTTOM, LABEL, RIGHT = 30.0, 4.0, 22.0, 108.0, 12.0
LABEL_LETTERS = 16
NARROW = 480


@dataclass(frozen=True, slots=True)
class Strip:
    """A column's distance from the reference, 0 to 1, one a span; NaN is unknown."""

    column: str
    distances: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripChart:
    """
    What the chart shows.

    Parameters
    ----------
    spans : tuple of TimeWindow
        In order; as many as each strip has distances, at least one.
    strips : tuple of Strip
        In the order they are shown.
    reference : TimeWindow or None
        Shaded.
    onset : datetime or None
        A line through all strips, UTC.
    """

    spans: tuple[TimeWindow, ...]
    strips: tuple[Strip, ...]
    reference: TimeWindow | None = None
    onset: datetime | None = None


def draw_strips(chart: StripChart, *, width: float = 720.0) -> Figure:
    """
    Draw how far columns moved, on one scale of 0 to the greatest distance.

    Parameters
    ----------
    chart : StripChart
        What it shows.
    width : float
        In pixels.

    Returns
    -------
    Figure
        The drawing, its title and its table: one row a span.
    """
    first, last = chart.spans[0].start, chart.spans[-1].end
    across = Scale(_x(first), _x(last), LABEL, width - RIGHT)
    known = [d for s in chart.strips for d in s.distances if math.isfinite(d)]
    most = max(known, default=0.0) or 1.0
    foot = TOP + ROW * max(len(chart.strips), 1)
    content = [*_ground(chart, across, foot=foot)]
    for row, strip in enumerate(chart.strips):
        content += _strip(
            strip, chart.spans, across, base=TOP + ROW * (row + 1), most=most
        )
    content += _axis(across, first, last, foot=foot, width=width)
    title = "How far inputs moved from the reference, "
    title += say_window(TimeWindow(first, last))
    desc = "; ".join(
        f"{strip.column} up to {say_figure(_greatest(strip))}" for strip in chart.strips
    )
    svg = canvas(content, width=width, height=foot + BOTTOM, title=title, desc=desc)
    return Figure(svg, clean(title), _table(chart))


def _greatest(strip: Strip) -> float:
    known = [distance for distance in strip.distances if math.isfinite(distance)]
    return max(known, default=0.0)


def _x(at: datetime) -> float:
    return float(to_micros(at))


def _ground(chart: StripChart, across: Scale, *, foot: float) -> Iterator[str]:
    if chart.reference is not None:
        left = across(max(_x(chart.reference.start), across.low))
        right = across(min(_x(chart.reference.end), across.high))
        if right > left:
            yield element(
                "rect",
                class_="reference",
                x=left,
                y=TOP,
                width=right - left,
                height=foot - TOP,
            )
    if chart.onset is not None and across.low <= _x(chart.onset) <= across.high:
        x = across(_x(chart.onset))
        label = f"<title>{words(f'since {say_instant(chart.onset)}')}</title>"
        yield element("line", label, class_="onset", x1=x, y1=TOP, x2=x, y2=foot)


def _strip(
    strip: Strip,
    spans: Sequence[TimeWindow],
    across: Scale,
    *,
    base: float,
    most: float,
) -> Iterator[str]:
    upward = Scale(0.0, most, base, base - ROW + 6)
    yield element(
        "text",
        f"<title>{words(strip.column)}</title>"
        f"{words(shorten(strip.column, LABEL_LETTERS))}",
        class_="label name",
        x=LABEL - 8,
        y=base - 5,
        text_anchor="end",
    )
    yield element(
        "line", class_="grid", x1=across.start, y1=base, x2=across.end, y2=base
    )
    path = f"M{across.start:.1f} {base:.1f}"
    for span, distance in zip(spans, strip.distances, strict=True):
        y = upward(distance) if math.isfinite(distance) else base
        path += f"L{across(_x(span.start)):.1f} {y:.1f}"
        path += f"L{across(_x(span.end)):.1f} {y:.1f}"
    yield element("path", class_="area moved", d=f"{path}L{across.end:.1f} {base:.1f}Z")


def _axis(
    across: Scale, first: datetime, last: datetime, *, foot: float, width: float
) -> Iterator[str]:
    for at in day_ticks(first, last, 3 if width < NARROW else 6):
        x = across(_x(at))
        yield element("line", class_="axis", x1=x, y1=foot, x2=x, y2=foot + 4)
        yield element(
            "text",
            words(tick_label(at, last - first)),
            class_="label",
            x=x,
            y=foot + 17,
            text_anchor="middle",
        )


def _table(chart: StripChart) -> Table:
    header = ("span", *(clean(strip.column) for strip in chart.strips))
    rows = tuple(
        (
            say_window(span),
            *(say_figure(strip.distances[index]) for strip in chart.strips),
        )
        for index, span in enumerate(chart.spans)
    )
    return Table(header, rows)
