"""Strengths: how figures become a proof between 0 and 1, and how to write them."""

from __future__ import annotations

import math


def rising(value: float, low: float, high: float) -> float:
    """
    Give 0 up to `low`, 1 from `high` on, a straight line between.

    Examples
    --------
    >>> rising(0.5, 0.0, 1.0), rising(-1, 0, 1), rising(float("nan"), 0, 1)
    (0.5, 0.0, 0.0)
    """
    if math.isnan(value):
        return 0.0
    return min(max((value - low) / (high - low), 0.0), 1.0)


def percent(share: float) -> str:
    """
    Write a share for a person.

    Examples
    --------
    >>> percent(0.4231), percent(0.004), percent(0.0)
    ('42 %', '0.4 %', '0 %')
    """
    if share == 0 or abs(share) >= 0.1:  # noqa: PLR2004 - enough digits either way
        return f"{100 * share:.0f} %"
    return f"{100 * share:.1f} %"


def figure(value: float) -> str:
    """
    Write a figure with three significant digits.

    Examples
    --------
    >>> figure(12.3456), figure(1234567.0)
    ('12.3', '1,230,000')
    """
    if not math.isfinite(value):
        return "unknown"
    rounded = float(f"{value:.3g}")
    if abs(rounded) >= 1000:  # noqa: PLR2004 - where separators help
        return f"{rounded:,.0f}"
    return f"{rounded:g}"
