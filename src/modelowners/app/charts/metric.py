"""A metric over time: interval, reference, onset band and change marks."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.app.charts.drawing import (
    Figure,
    Scale,
    Table,
    canvas,
    element,
    ticks,
    words,
)
from modelowners.app.investigation import Point, Series
from modelowners.app.phrases import (
    say_between,
    say_day,
    say_figure,
    say_instant,
    say_metric,
    say_segment,
    say_window,
)
from modelowners.core.time import DAY, Onset, TimeWindow, to_micros

MAX_POINTS = 240
MAX_ROWS = 62
MAX_MARKS = 12
NARROW = 480
_LARGEST = sys.float_info.max
TOP, BOTTOM, LEFT, RIGHT = 26.0, 40.0, 50.0, 44.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A change on the time axis: when, what, and whether it is the guilty one."""

    at: datetime
    text: str
    guilty: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """An incident on the time axis: from when, to when (None: still), and its name."""

    start: datetime
    end: datetime | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChart:
    """
    What the chart of a metric shows.

    Parameters
    ----------
    series : Series
        The metric per window, at least one.
    reference : TimeWindow or None
        Shaded.
    before : float or None
        The level in the reference, a dashed line.
    after : float or None
        The level since the onset, a dashed line from there on.
    onset : Onset or None
        A band from low to high and a line at its best estimate.
    marks : tuple of Mark
        Changes; those outside the series' time are left out.
    bands : tuple of Band
        Incidents, as bars along the top.
    """

    series: Series
    reference: TimeWindow | None = None
    before: float | None = None
    after: float | None = None
    onset: Onset | None = None
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()


def draw_metric(
    chart: MetricChart, *, width: float = 720.0, height: float = 240.0
) -> Figure:
    """
    Draw a metric over time.

    Parameters
    ----------
    chart : MetricChart
        What it shows.
    width, height : float
        In pixels; below 480 wide, labels are fewer.

    Returns
    -------
    Figure
        The drawing, its title and its table: one row a window, or a few
        windows where there are more than 62.
    """
    points = chart.series.thin(MAX_POINTS).points
    first, last = points[0].window.start, points[-1].window.end
    across = Scale(_x(first), _x(last), LEFT, width - RIGHT)
    low, high = _range(chart, points)
    upward = Scale(low, high, height - BOTTOM, TOP)
    content = [
        *_reference(chart, across, upward),
        *_axes(across, upward, width=width, first=first, last=last),
        *_onset(chart, across, upward, width=width),
        *_level(chart, across, upward),
        *_interval(points, across, upward),
        *_line(points, across, upward, onset=chart.onset),
        *_marks(_shown(chart, first, last), across, upward),
        *_bands(chart.bands, across, upward),
    ]
    title = f"{say_metric(chart.series.metric)}{say_segment(chart.series.segment)}"
    title += f", {say_window(TimeWindow(first, last))}"
    svg = canvas(
        content, width=width, height=height, title=title, desc=_describe(chart)
    )
    return Figure(svg, title, _table(chart))


def _x(at: datetime) -> float:
    return float(to_micros(at))


def _range(chart: MetricChart, points: Sequence[Point]) -> tuple[float, float]:
    figures = [f for p in points for f in (p.value, p.low, p.high) if math.isfinite(f)]
    levels = (chart.before, chart.after)
    figures += [level for level in levels if level is not None and math.isfinite(level)]
    low, high = min(figures, default=0.0), max(figures, default=1.0)
    # A loss near zero is read against zero; others get the room they vary in.
    if 0 <= low < 0.35 * high:
        low = 0.0
    # Halved before they are subtracted: the largest floats must not overflow.
    pad = (high / 2 - low / 2) * 0.12 or abs(high) * 0.06 or 1.0
    bottom = low if low == 0.0 else max(low - pad, -_LARGEST)
    return bottom, min(high + pad, _LARGEST)


def _reference(chart: MetricChart, across: Scale, upward: Scale) -> Iterator[str]:
    if chart.reference is None:
        return
    start = max(_x(chart.reference.start), across.low)
    end = min(_x(chart.reference.end), across.high)
    if end <= start:
        return
    x, right = across(start), across(end)
    yield element(
        "rect",
        class_="reference",
        x=x,
        y=upward.end,
        width=right - x,
        height=upward.start - upward.end,
    )
    if right - x > 60:  # noqa: PLR2004 - pixels the word needs
        yield element("text", "reference", class_="label", x=x + 4, y=upward.end + 12)


def _axes(
    across: Scale, upward: Scale, *, width: float, first: datetime, last: datetime
) -> Iterator[str]:
    for value in ticks(upward.low, upward.high):
        y = upward(value)
        yield element("line", class_="grid", x1=LEFT, y1=y, x2=across.end, y2=y)
        yield element(
            "text",
            words(say_figure(value)),
            class_="label",
            x=LEFT - 6,
            y=y + 4,
            text_anchor="end",
        )
    count = 3 if width < NARROW else 6
    for at in day_ticks(first, last, count):
        x = across(_x(at))
        yield element(
            "line", class_="axis", x1=x, y1=upward.start, x2=x, y2=upward.start + 4
        )
        yield element(
            "text",
            words(tick_label(at, last - first)),
            class_="label",
            x=x,
            y=upward.start + 17,
            text_anchor="middle",
        )
    yield element(
        "line",
        class_="axis",
        x1=LEFT,
        y1=upward.start,
        x2=across.end,
        y2=upward.start,
    )


def day_ticks(first: datetime, last: datetime, count: int) -> Iterator[datetime]:
    """Give about `count` evenly spaced instants for a time axis."""
    span = last - first
    steps = [timedelta(hours=h) for h in (1, 3, 6, 12)]
    steps += [DAY * d for d in (1, 2, 7, 14, 28, 56, 91, 182, 365, 1_825, 36_500)]
    step = next((s for s in steps if span / s <= count), steps[-1])
    at = first
    # A label too close to the right edge would be cut off.
    while at <= last - span * 0.04:
        yield at
        at += step


def tick_label(at: datetime, span: timedelta) -> str:
    """Write an instant of a time axis: hours, days or months, by its length."""
    if span <= 2 * DAY:
        return f"{at.hour:02}:{at.minute:02}"
    if span > 500 * DAY:
        return f"{say_day(at).split()[1]} {at.year}"
    return say_day(at)


def _onset(
    chart: MetricChart, across: Scale, upward: Scale, *, width: float
) -> Iterator[str]:
    onset = chart.onset
    if onset is None or not across.low <= _x(onset.at) <= across.high:
        return
    left = across(max(_x(onset.low), across.low))
    right = across(min(_x(onset.high), across.high))
    # An onset known to the minute still shows as a band of two pixels.
    spread = max(right - left, 2.0)
    x = across(_x(onset.at))
    tall = upward.start - upward.end
    yield element(
        "rect",
        f"<title>{words(_onset_words(onset))}</title>",
        class_="onset-band",
        x=left,
        y=upward.end,
        width=spread,
        height=tall,
    )
    yield element(
        "line", class_="onset", x1=x, y1=upward.end - 6, x2=x, y2=upward.start
    )
    late = x > width / 2
    yield element(
        "text",
        words(f"since {say_instant(onset.at)}"),
        class_="onset-label",
        x=x + (-4 if late else 4),
        y=upward.end - 10,
        text_anchor="end" if late else "start",
    )


def _onset_words(onset: Onset) -> str:
    return f"began {say_between(onset.low, onset.high)}"


def _level(chart: MetricChart, across: Scale, upward: Scale) -> Iterator[str]:
    """Draw the level before, and since the onset, each with its figure."""
    levels = [(chart.before, LEFT, "level")]
    if chart.onset is not None:
        levels.append((chart.after, across(_x(chart.onset.at)), "level since"))
    for value, start, name in levels:
        if value is None or not math.isfinite(value) or start >= across.end:
            continue
        y = upward(value)
        yield element("line", class_=name, x1=start, y1=y, x2=across.end, y2=y)
        yield element(
            "text",
            words(say_figure(value)),
            class_=name.replace("level", "level-label"),
            x=across.end + 4,
            y=y + 4,
        )


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Give stretches of windows that follow each other and have a value."""
    run: list[Point] = []
    for point in points:
        if math.isfinite(point.value):
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _middle(point: Point) -> float:
    return (_x(point.window.start) + _x(point.window.end)) / 2


def _interval(points: Sequence[Point], across: Scale, upward: Scale) -> Iterator[str]:
    for run in _runs(points):
        known = [p for p in run if math.isfinite(p.low) and math.isfinite(p.high)]
        if len(known) < 2:  # noqa: PLR2004 - an area needs two sides
            continue
        there = [(across(_middle(p)), upward(p.high)) for p in known]
        back = [(across(_middle(p)), upward(p.low)) for p in reversed(known)]
        yield element("path", class_="interval", d=f"{_path([*there, *back])}Z")


def _line(
    points: Sequence[Point], across: Scale, upward: Scale, *, onset: Onset | None
) -> Iterator[str]:
    for run in _runs(points):
        split = next(
            (i for i, p in enumerate(run) if onset and p.window.end > onset.at),
            len(run),
        )
        # The two parts share a point, so that the line has no gap.
        parts = ((run[: split + 1], "line-before"), (run[split:], "line-after"))
        for part, name in parts:
            places = [(across(_middle(p)), upward(p.value)) for p in part]
            if len(places) > 1:
                yield element("path", class_=f"line {name}", d=_path(places))
            elif name == "line-after" or split == len(run):
                for x, y in places:
                    yield element("circle", class_=f"dot {name}", cx=x, cy=y, r=2.5)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in places)


def _shown(chart: MetricChart, first: datetime, last: datetime) -> list[Mark]:
    inside = [mark for mark in chart.marks if first <= mark.at <= last]
    # The guilty one first, so that it is kept; then painted last, on top.
    chosen = sorted(inside, key=lambda m: (not m.guilty, m.at, m.text))[:MAX_MARKS]
    return sorted(chosen, key=lambda m: (m.guilty, m.at, m.text))


def _marks(marks: Sequence[Mark], across: Scale, upward: Scale) -> Iterator[str]:
    for mark in marks:
        x, y = across(_x(mark.at)), upward.start + 22
        size = 6.0 if mark.guilty else 4.0
        shape = f"M{x - size:.1f} {y + 2 * size:.1f}L{x:.1f} {y:.1f}"
        shape += f"L{x + size:.1f} {y + 2 * size:.1f}Z"
        title = f"{say_instant(mark.at)}: {mark.text}"
        yield element(
            "path",
            f"<title>{words(title)}</title>",
            class_="mark guilty" if mark.guilty else "mark",
            d=shape,
        )


def _bands(bands: Sequence[Band], across: Scale, upward: Scale) -> Iterator[str]:
    for band in bands:
        left = max(_x(band.start), across.low)
        right = across.high if band.end is None else min(_x(band.end), across.high)
        if right < across.low or left > across.high:
            continue
        x, end = across(left), across(right)
        yield element(
            "rect",
            f"<title>{words(band.text)}</title>",
            class_="incident-band" if band.end else "incident-band open",
            x=x,
            y=upward.end,
            width=max(end - x, 3.0),
            height=upward.start - upward.end,
        )
        yield element(
            "text",
            words(band.text),
            class_="label",
            x=min(x + 4, across.end - 60),
            y=upward.start - 6,
        )


def _describe(chart: MetricChart) -> str:
    said = []
    if chart.before is not None:
        said.append(f"The level before was {say_figure(chart.before)}.")
    if chart.onset is not None:
        said.append(f"It {_onset_words(chart.onset)}.")
    if guilty := [mark for mark in chart.marks if mark.guilty]:
        said.append(f"The change {say_instant(guilty[0].at)}: {guilty[0].text}.")
    return " ".join(said) or "No onset."


def _table(chart: MetricChart) -> Table:
    points = chart.series.thin(MAX_ROWS).points
    header = ("window", say_metric(chart.series.metric), "95 % interval", "rows")
    rows = tuple(
        (
            say_window(point.window),
            say_figure(point.value),
            f"{say_figure(point.low)} to {say_figure(point.high)}"
            if math.isfinite(point.low)
            else "unknown",
            f"{point.rows:,}",
        )
        for point in points
    )
    return Table(header, rows)
