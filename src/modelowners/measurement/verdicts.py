"""Verdicts: the only words in which a report may compare."""

from __future__ import annotations

import enum
import math

import numpy as np

from modelowners.measurement.survival import Floats

MIN_PER_ARM = 20
"""Fixed incidents on either side, below which nothing is compared."""

MIN_TEAMS = 6
"""Teams of a comparison within teams: fewer have no 95 % interval at all."""

MIN_MODELS = 8
"""Models seen both without and with an owner."""

MIN_MEDIAN, MIN_MEAN = 5, 20
"""Fixed incidents below which no median, and no mean, is said."""

DETECTABLE = 1.5
"""The ratio that a comparison of enough incidents would see."""

_POWER = 7.85
_EFFICIENCY = 0.955


class Verdict(enum.StrEnum):
    """What may be said; nothing else is."""

    TOO_FEW = "too few to say"
    NO_DIFFERENCE = "no difference seen"
    ASSOCIATED = "associated"
    INSIDE_MODEL = "inside-model difference"
    RANDOMISED = "randomised effect"


def needed_per_arm(log_sd: float) -> int:
    """
    Tell how many fixed incidents an arm needs to show a ratio of 1.5.

    Parameters
    ----------
    log_sd : float
        Standard deviation of ln(hours), at least 0.

    Returns
    -------
    int
        For a rank test at 5 %, two-sided, with power 80 %.

    References
    ----------
    Lehmann, "Nonparametrics", 1975: the rank test's efficiency of 0.955
    against the t test.

    Examples
    --------
    >>> needed_per_arm(2.86)
    818
    """
    apart = math.log(DETECTABLE)
    return math.ceil(2 * _POWER * log_sd**2 / apart**2 / _EFFICIENCY)


def log_sd(hours: Floats) -> float:
    """
    Give the standard deviation of ln(hours); NaN below two.

    Examples
    --------
    >>> round(log_sd(np.array([1.0, np.e])), 4)
    0.7071
    """
    return float(np.log(hours).std(ddof=1)) if len(hours) > 1 else math.nan


def too_few(hours: Floats, smaller_arm: int) -> str:
    """
    Say that there are too few, and about how many are missing.

    Parameters
    ----------
    hours : array, shape (n,)
        Of all fixed incidents that would be compared.
    smaller_arm : int
        Fixed incidents on the side that has fewer.

    Examples
    --------
    >>> too_few(np.array([3.0]), 1)
    'too few to say'
    """
    spread = log_sd(hours)
    if not math.isfinite(spread):
        return Verdict.TOO_FEW.value
    more = max(needed_per_arm(spread), MIN_PER_ARM) - smaller_arm
    if more <= 0:
        return Verdict.TOO_FEW.value
    return f"{Verdict.TOO_FEW.value}; about {more:,} more on the smaller side"


def beyond_chance(ci: tuple[float, float]) -> Verdict:
    """
    Judge an interval of a ratio by whether it holds 1.

    Examples
    --------
    >>> beyond_chance((1.3, 4.9)).value, beyond_chance((0.4, 1.6)).value
    ('associated', 'no difference seen')
    """
    low, high = ci
    return Verdict.NO_DIFFERENCE if low <= 1 <= high else Verdict.ASSOCIATED
