"""Where hours went: one divided bar, and one bar an incident, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelowners.app.charts.drawing import (
    Figure,
    Scale,
    Table,
    canvas,
    element,
    shorten,
    words,
)
from modelowners.app.phrases import clean, say_share

LINE, ROW, LABEL, RIGHT = 17.0, 30.0, 120.0, 64.0
_SEEN = 0.5
"""Pixels a bar has at least, so that it is seen."""
_LETTERS = 18


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the hours: its name, its style (a class), and its share, 0 to 1."""

    name: str
    style: str
    share: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one step of an incident to the next: its end's name, and hours."""

    step: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Lane:
    """An incident's stretches, in hours since detection, and how long it took."""

    name: str
    stretches: tuple[Stretch, ...]
    said: str


def draw_hours(shares: Sequence[Share], *, width: float = 720.0) -> Figure:
    """
    Draw where the hours went as one divided bar.

    Parameters
    ----------
    shares : sequence of Share
        Adding to 1, in the order they are shown; those of 0 are left out.
    width : float
        In pixels.

    Returns
    -------
    Figure
        The drawing, its title and its table.
    """
    shown = [one for one in shares if one.share > 0]
    across = Scale(0.0, 1.0, 0.0, width)
    content, at = [], 0.0
    for row, one in enumerate(shown):
        left, right = across(at), across(at + one.share)
        at += one.share
        said = f"{say_share(one.share)} {one.name}"
        content.append(
            element(
                "rect",
                f"<title>{words(said)}</title>",
                class_=f"hours {one.style}",
                x=left,
                y=0.0,
                width=max(right - left - 1, _SEEN),
                height=22.0,
            )
        )
        y = 42.0 + LINE * row
        content.append(
            element(
                "rect",
                class_=f"hours {one.style}",
                x=0.0,
                y=y - 10,
                width=11.0,
                height=11.0,
            )
        )
        content.append(element("text", words(said), class_="name", x=18.0, y=y))
    title = "Where the hours went"
    desc = "; ".join(f"{one.name} {say_share(one.share)}" for one in shown)
    height = 36.0 + LINE * len(shown)
    svg = canvas(content, width=width, height=height, title=title, desc=desc)
    rows = tuple((clean(one.name), say_share(one.share)) for one in shown)
    return Figure(svg, title, Table(("who had it", "share of the hours"), rows))


def draw_lanes(
    lanes: Sequence[Lane], styles: Sequence[str], *, width: float = 720.0
) -> Figure:
    """
    Draw incidents step by step, each on its own lane and its own scale.

    Parameters
    ----------
    lanes : sequence of Lane
        In the order they are shown, at least one.
    styles : sequence of str
        Names of steps; the place of one picks its shade.
    width : float
        In pixels.

    Returns
    -------
    Figure
        The drawing, its title and its table: one row a stretch.
    """
    used = {stretch.step for lane in lanes for stretch in lane.stretches}
    legend = [step for step in styles if step in used]
    content = list(_legend(legend, styles, width=width))
    top = LINE * (1 + (len(legend) - 1) // _across(width)) + 10 if legend else 10.0
    for row, lane in enumerate(lanes):
        content += _lane(lane, styles, y=top + row * ROW, width=width)
    title = "Incidents step by step"
    desc = "; ".join(f"{lane.name}: {lane.said}" for lane in lanes)
    svg = canvas(
        content, width=width, height=top + ROW * len(lanes), title=title, desc=desc
    )
    rows = tuple(
        (
            clean(lane.name),
            clean(stretch.step),
            f"{stretch.start:.3g}",
            f"{stretch.end:.3g}",
        )
        for lane in lanes
        for stretch in lane.stretches
    )
    header = ("incident", "until", "from, h since detection", "to, h")
    return Figure(svg, title, Table(header, rows))


def _across(width: float) -> int:
    return max(int(width // 150), 1)


def _legend(
    legend: Sequence[str], styles: Sequence[str], *, width: float
) -> Iterator[str]:
    count = _across(width)
    for place, step in enumerate(legend):
        x, y = 150.0 * (place % count), LINE * (place // count) + 2
        style = f"hours step-{styles.index(step)}"
        yield element("rect", class_=style, x=x, y=y, width=11.0, height=11.0)
        said = f"until {step}"
        yield element("text", words(said), class_="label", x=x + 16, y=y + 10)


def _lane(
    lane: Lane, styles: Sequence[str], *, y: float, width: float
) -> Iterator[str]:
    longest = max((stretch.end for stretch in lane.stretches), default=0.0)
    across = Scale(0.0, longest or 1.0, LABEL, width - RIGHT)
    yield element(
        "text",
        f"<title>{words(lane.name)}</title>{words(shorten(lane.name, _LETTERS))}",
        class_="name",
        x=LABEL - 8,
        y=y + 14,
        text_anchor="end",
    )
    for stretch in lane.stretches:
        left, right = across(stretch.start), across(stretch.end)
        said = f"until {stretch.step}: {stretch.end - stretch.start:.3g} h"
        yield element(
            "rect",
            f"<title>{words(said)}</title>",
            class_=f"hours step-{styles.index(stretch.step)}",
            x=left,
            y=y,
            width=max(right - left - 1, _SEEN),
            height=20.0,
        )
    yield element(
        "text", words(lane.said), class_="label", x=width - RIGHT + 6, y=y + 14
    )
