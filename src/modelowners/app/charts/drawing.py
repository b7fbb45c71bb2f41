"""Drawing: escaped SVG elements, scales, ticks, and a figure with its table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from modelowners.app.phrases import clean

MAX_WORD = 60
LONG = 1e5
"""From here on ``g`` would write an exponent."""


@dataclass(frozen=True, slots=True)
class Table:
    """The same figures for who cannot see the drawing: a header and rows of text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """
    A drawing and its twin.

    Parameters
    ----------
    svg : str
        One ``<svg>`` element with ``<title>`` and ``<desc>``, escaped, coloured
        only by classes.
    title : str
        What it shows, as text.
    table : Table
        The same as a table.
    """

    svg: str
    title: str
    table: Table


@dataclass(frozen=True, slots=True)
class Scale:
    """
    A straight map from values to pixels; a range of no length maps to its middle.

    Examples
    --------
    >>> Scale(0.0, 10.0, 100.0, 0.0)(2.5)
    75.0
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Give the pixel of a value."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        # Divided before it is subtracted: figures near the largest float stay finite.
        span = self.high / 2 - self.low / 2
        share = (value / 2 - self.low / 2) / span
        return self.start + share * (self.end - self.start)


def element(name: str, content: str = "", **attributes: object) -> str:
    """
    Write one SVG element; attribute values are escaped, content is not.

    Trailing underscores are dropped and inner ones become hyphens, so that
    ``class_`` and ``text_anchor`` can be written.

    Examples
    --------
    >>> element("rect", x=1.5, width=2.0, class_='a"b')
    '<rect x="1.5" width="2" class="a&quot;b"/>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
    )
    if not content:
        return f"<{name}{written}/>"
    return f"<{name}{written}>{content}</{name}>"


def words(text: str) -> str:
    """
    Escape text for SVG content: one line, printable, cut at 60 characters.

    Examples
    --------
    >>> words("<b>")
    '&lt;b&gt;'
    """
    return escape(shorten(text))


def shorten(text: str, limit: int = MAX_WORD) -> str:
    """
    Clean text and cut it.

    Examples
    --------
    >>> shorten("abcdef", 4)
    'abc…'
    """
    told = clean(text)
    return told if len(told) <= limit else f"{told[: limit - 1]}…"


def canvas(
    content: Sequence[str], *, width: float, height: float, title: str, desc: str
) -> str:
    """
    Wrap elements into an SVG that scales down to its container.

    Parameters
    ----------
    content : sequence of str
        Elements, in the order they are painted.
    width, height : float
        In pixels, above 0.
    title, desc : str
        What it shows, and what one sees in it; plain text.

    Returns
    -------
    str
        One ``<svg>`` element.
    """
    label = shorten(title, 200)
    return element(
        "svg",
        f"<title>{escape(label)}</title><desc>{escape(shorten(desc, 400))}</desc>"
        + "".join(content),
        class_="chart",
        role="img",
        aria_label=label,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
    )


def ticks(low: float, high: float, count: int = 4) -> tuple[float, ...]:
    """
    Choose round values between two bounds, about `count` of them.

    Parameters
    ----------
    low, high : float
        Finite; `low <= high`.
    count : int
        Wished number, at least 1.

    Returns
    -------
    tuple of float
        Multiples of 1, 2 or 5 times a power of ten, within the bounds.

    Examples
    --------
    >>> ticks(0.0, 0.43)
    (0.0, 0.2, 0.4)
    """
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return (low,)
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 0.0
    if power == 0.0:
        return (low,)
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    digits = 12 - math.floor(math.log10(step))
    # Far from zero two steps may round to the same float: it is one tick.
    found = (round(i * step, digits) for i in range(first, last + 1))
    return tuple(dict.fromkeys(found))


def _attribute(value: object) -> str:
    if isinstance(value, float):
        # A tenth of a pixel is finer than any screen; bytes stay few and stable.
        return f"{round(value, 1):g}" if abs(value) < LONG else f"{value:.0f}"
    return escape(clean(str(value)))
