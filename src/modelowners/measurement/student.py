"""Student's t distribution: what the standard library lacks."""

from __future__ import annotations

import math

_STEPS = 200


def t_cdf(value: float, freedom: int) -> float:
    """
    Give the chance that Student's t is at most a value.

    Parameters
    ----------
    value : float
        Finite.
    freedom : int
        Degrees of freedom, at least 1.

    Returns
    -------
    float
        0 to 1.

    References
    ----------
    Abramowitz and Stegun, "Handbook of mathematical functions", 1964, 26.7.3
    and 26.7.4: finite sums for whole degrees of freedom.

    Examples
    --------
    >>> round(t_cdf(2.0, 10), 4)
    0.9633
    """
    angle = math.atan2(value, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2 == 1
    term = cosine if odd else 1.0
    total = term if freedom > 1 or not odd else 0.0
    for k in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    inner = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return min(max(0.5 + inner / 2, 0.0), 1.0)


def t_quantile(share: float, freedom: int) -> float:
    """
    Give the value that Student's t stays below with a given chance.

    Parameters
    ----------
    share : float
        Between 0 and 1.
    freedom : int
        Degrees of freedom, at least 1.

    Examples
    --------
    >>> round(t_quantile(0.975, 25), 4)
    2.0595
    """
    if share < 0.5:  # noqa: PLR2004 - the middle of a symmetric distribution
        return -t_quantile(1 - share, freedom)
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < share:
        high *= 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if t_cdf(middle, freedom) < share else (low, middle)
    return high
