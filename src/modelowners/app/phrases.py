"""
Phrases: instants, windows, figures and names as a person reads them.

The same value reads the same in every face; nothing here asks the locale.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from modelowners.core.ids import AssetId
from modelowners.core.time import MICROSECOND, TimeWindow

GROUPED, INEXACT = 1_000, 1e15
"""From the first on decimals tell nothing; from the second on digits neither."""
BYTE = 0xFF

METRIC_NAMES = {
    "log_loss": "log loss",
    "absolute_error": "mean absolute error",
    "squared_error": "mean squared error",
    "error": "error rate",
    "auc": "AUC",
    "brier": "Brier score",
    "mae": "mean absolute error",
    "rmse": "root mean square error",
}

_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def say_segment(segment: Mapping[str, str]) -> str:
    """
    Name the rows, with a leading blank; empty for all rows.

    Examples
    --------
    >>> say_segment({"vendor": "2"})
    ' for vendor 2'
    """
    if not segment:
        return ""
    parts = (f"{clean(column)} {clean(segment[column])}" for column in sorted(segment))
    return f" for {' and '.join(parts)}"


def say_metric(metric: str) -> str:
    """
    Name a metric.

    Examples
    --------
    >>> say_metric("log_loss")
    'log loss'
    """
    return METRIC_NAMES.get(metric, clean(metric).replace("_", " "))


def say_instant(at: datetime) -> str:
    """
    Write an instant for a person: always UTC, the time of day only where it says more.

    Examples
    --------
    >>> say_instant(datetime.fromisoformat("2026-10-12T06:00:00+00:00"))
    '12 Oct 2026 06:00 UTC'
    >>> say_instant(datetime.fromisoformat("2026-10-12T00:00:00+00:00"))
    '12 Oct 2026'
    """
    day = f"{say_day(at)} {at.year}"
    if at.hour == at.minute == at.second == 0:
        return day
    return f"{day} {at.hour:02}:{at.minute:02} UTC"


def say_day(at: datetime) -> str:
    """
    Write a day without its year, for axes.

    Examples
    --------
    >>> say_day(datetime.fromisoformat("2026-10-12T06:00:00+00:00"))
    '12 Oct'
    """
    # Month names are written out: strftime would ask the locale.
    return f"{at.day} {_MONTHS[at.month - 1]}"


def say_window(window: TimeWindow) -> str:
    """
    Write a window for a person, both ends inside it.

    Examples
    --------
    >>> say_window(TimeWindow.parse("2026-06-01/2026-07-01"))
    '1 Jun to 30 Jun 2026'
    """
    last = window.end
    if _is_midnight(last):
        last = (last - MICROSECOND).replace(hour=0, minute=0, second=0, microsecond=0)
    first, final = say_instant(window.start), say_instant(last)
    if first == final:
        return first
    if window.start.year == last.year and _is_midnight(window.start):
        first = say_day(window.start)
    return f"{first} to {final}"


def say_between(low: datetime, high: datetime) -> str:
    """
    Write the bounds of an instant that is not known exactly.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-10-12T06:00:00+00:00")
    >>> say_between(at, at.replace(hour=7))
    'between 06:00 and 07:00 UTC on 12 Oct 2026'
    """
    if low == high:
        return f"at {say_instant(low)}"
    if low.date() == high.date():
        times = f"{low.hour:02}:{low.minute:02} and {high.hour:02}:{high.minute:02}"
        return f"between {times} UTC on {say_day(low)} {low.year}"
    return f"between {say_instant(low)} and {say_instant(high)}"


def _is_midnight(at: datetime) -> bool:
    return at.hour == at.minute == at.second == at.microsecond == 0


def say_figure(value: float | None) -> str:
    """
    Write a figure with three significant digits.

    Examples
    --------
    >>> say_figure(0.38921), say_figure(31204), say_figure(None)
    ('0.389', '31,204', 'unknown')
    """
    if value is None or not math.isfinite(value):
        return "unknown"
    if GROUPED <= abs(value) < INEXACT:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def say_share(value: float | None) -> str:
    """
    Write a share of 0 to 1 as per cent.

    Examples
    --------
    >>> say_share(0.129), say_share(0.004)
    ('13 %', '0.4 %')
    """
    if value is None or not math.isfinite(value):
        return "unknown"
    percent = 100 * value
    # What is nearly nothing, or nearly all, must not read as nothing or all.
    if 0 < percent < 0.05:  # noqa: PLR2004 - would round to 0.0
        return "under 0.1 %"
    if 99.95 < percent < 100:  # noqa: PLR2004 - would round to 100.0
        return "over 99.9 %"
    near_end = 0 < percent < 1 or 99 < percent < 100  # noqa: PLR2004 - a tenth tells
    return f"{percent:.1f} %" if near_end else f"{percent:.0f} %"


def short(asset: AssetId) -> str:
    """
    Give an asset's name without its kind.

    Examples
    --------
    >>> short(AssetId("dataset:weather"))
    'weather'
    """
    return clean(asset.partition(":")[2] or asset)


def clean(text: str) -> str:
    r"""
    Make foreign text safe to print: one line, no control or direction marks.

    Examples
    --------
    >>> clean("a\x1b[31m\nb")
    'a\\x1b[31m b'
    """
    one_line = " ".join(text.split())
    return "".join(c if c.isprintable() else _escape(c) for c in one_line)


def _escape(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code <= BYTE else f"\\u{code:04x}"
