"""Bars: shares before and after, and how the harm divides among causes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
from modelowners.app.phrases import clean, say_figure, say_share

ROW, TOP, LABEL = 34.0, 20.0, 108.0
VALUE = 54.0
"""Pixels kept for the figure at a bar's end."""
LABEL_LETTERS = 16
CHANGED = (("before", "before"), ("after", "after"))
UNDONE = (("as it is", "after"), ("undone", "before"))
"""What the upper and the lower bar are called, and the class that colours each."""

SHOWN = 0.005
"""A share below half a percent would be written as 0 %: no part of its own."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure before and after, under one label; finite, at least 0."""

    label: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole: its label and share, 0 to 1."""

    label: str
    share: float


def draw_pairs(
    pairs: Sequence[Pair],
    *,
    title: str,
    width: float = 340.0,
    say: Callable[[float], str] = say_share,
    sides: tuple[tuple[str, str], tuple[str, str]] = CHANGED,
) -> Figure:
    """
    Draw pairs of bars, before above after, one pair a label.

    Parameters
    ----------
    pairs : sequence of Pair
        In the order they are shown; an empty one gives a chart that says so.
    title : str
        What the bars are.
    width : float
        In pixels.
    say : callable
        How a figure is written; as per cent unless told otherwise.
    sides : tuple
        What the upper and the lower bar are, and the class of each.

    Returns
    -------
    Figure
        The drawing, its title and its table.
    """
    most = max((max(p.before, p.after) for p in pairs), default=0.0)
    across = Scale(0.0, most or 1.0, LABEL, width - VALUE)
    content = [_legend(sides)]
    for row, pair in enumerate(pairs):
        y = TOP + row * ROW
        content.append(
            element(
                "text",
                f"<title>{words(pair.label)}</title>"
                f"{words(shorten(pair.label, LABEL_LETTERS))}",
                class_="label name",
                x=LABEL - 6,
                y=y + 17,
                text_anchor="end",
            )
        )
        for part, ((_, name), value) in enumerate(
            zip(sides, (pair.before, pair.after), strict=True)
        ):
            top, x = y + 3 + part * 13, across(value)
            content.append(
                element(
                    "rect",
                    class_=f"bar {name}",
                    x=across.start,
                    y=top,
                    width=max(x - across.start, 0.5 if value else 0.0),
                    height=11.0,
                )
            )
            content.append(
                element("text", words(say(value)), class_="label", x=x + 4, y=top + 9)
            )
    if not pairs:
        content.append(element("text", "no values", class_="label", x=4.0, y=TOP + 14))
    height = TOP + max(len(pairs), 1) * ROW + 4
    (upper, _), (lower, _) = sides
    desc = "; ".join(
        f"{p.label} {say(p.before)} {upper}, {say(p.after)} {lower}" for p in pairs
    )
    svg = canvas(content, width=width, height=height, title=title, desc=desc)
    rows = tuple((clean(p.label), say(p.before), say(p.after)) for p in pairs)
    return Figure(svg, clean(title), Table(("value", upper, lower), rows))


def draw_parts(parts: Sequence[Part], *, title: str, width: float = 340.0) -> Figure:
    """
    Draw one bar divided into parts; what is left of 1 is drawn as unexplained.

    Parameters
    ----------
    parts : sequence of Part
        Shares of 0 to 1; a sum above 1 is scaled down to 1.
    title : str
        What is divided.
    width : float
        In pixels.

    Returns
    -------
    Figure
        The drawing, its title and its table.
    """
    known = [part for part in parts if math.isfinite(part.share) and part.share > 0]
    total = sum(part.share for part in known)
    scale = 1 / total if total > 1 else 1.0
    shown = [Part(part.label, part.share * scale) for part in known]
    if (rest := 1 - sum(part.share for part in shown)) > SHOWN:
        shown.append(Part("unexplained", rest))
    across = Scale(0.0, 1.0, 4.0, width - 4.0)
    content, at = [], 0.0
    for number, part in enumerate(shown):
        left, right = across(at), across(at + part.share)
        at += part.share
        name = "rest" if part.label == "unexplained" else f"part-{min(number, 2)}"
        content.append(
            element(
                "rect",
                f"<title>{words(part.label)}: {words(say_share(part.share))}</title>",
                class_=f"bar {name}",
                x=left,
                y=4.0,
                width=max(right - left - 1, 0.5),
                height=16.0,
            )
        )
        y = 37.0 + 16 * number
        content.append(
            element("rect", class_=f"bar {name}", x=4.0, y=y - 9, width=10, height=10)
        )
        said = f"{say_share(part.share)} {shorten(part.label, 40)}"
        content.append(element("text", words(said), class_="label", x=20.0, y=y))
    height = 34.0 + 16 * len(shown)
    desc = "; ".join(f"{part.label} {say_share(part.share)}" for part in shown)
    svg = canvas(content, width=width, height=height, title=title, desc=desc)
    rows = tuple((clean(part.label), say_share(part.share)) for part in shown)
    return Figure(svg, clean(title), Table(("part", "share"), rows))


def say_plain(value: float) -> str:
    """Write a figure that is no share."""
    return say_figure(value)


def _legend(sides: Sequence[tuple[str, str]]) -> str:
    out = ""
    for (text, name), x in zip(sides, (LABEL, LABEL + 64), strict=True):
        out += element("rect", class_=f"bar {name}", x=x, y=4.0, width=10, height=10)
        out += element("text", words(text), class_="label", x=x + 14, y=13.0)
    return out
