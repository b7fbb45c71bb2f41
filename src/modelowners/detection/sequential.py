"""
Sequential testing: alarms under one budget of false findings.

A stream of values in units of its own day-to-day spread becomes tail
probabilities, then e-values; the Shiryaev-Roberts sum of e-values alarms when
it passes a level that bounds the false alarms of all streams together.

References
----------
Shin, Ramdas, Rinaldo, "E-detectors: a nonparametric framework for sequential
change detection", New England Journal of Statistics in Data Science 2, 2023.
Vovk, Wang, "E-values: calibration, combination and applications", Annals of
Statistics 49(3), 2021.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BUDGET_WINDOWS = 90
"""One false finding of the whole model in this many windows, at most."""
LEAST_P = 1e-12

_erfc = np.frompyfunc(math.erfc, 1, 1)


def tail_probability(t: Floats, freedom: float | Floats, *, two_sided: bool) -> Floats:
    """
    Give the tail probability of a Student t value.

    Accurate to 15 % relative between 0.5 and 1e-6 for 5 and more degrees of
    freedom; to 2 % for 20 and more.

    Parameters
    ----------
    t : ndarray
        Any shape; NaN gives 1.
    freedom : float or ndarray
        Degrees of freedom, at least 1; broadcasts with `t`.
    two_sided : bool
        Whether both directions count.

    Returns
    -------
    ndarray
        Same shape, from 1e-12 to 1.

    References
    ----------
    Wallace, "Bounds on normal approximations to Student's and the chi-square
    distributions", Annals of Mathematical Statistics 30(4), 1959.

    Examples
    --------
    >>> float(tail_probability(np.array([2.0]), 27, two_sided=True)[0].round(3))
    0.056
    """
    known = np.nan_to_num(t, nan=0.0, posinf=1e6, neginf=-1e6)
    squared = np.log1p(known**2 / freedom) * freedom
    z = np.sqrt(squared) * (8 * freedom + 1) / (8 * freedom + 3)
    upper = 0.5 * np.asarray(_erfc(z / math.sqrt(2)), np.float64)
    p = 2 * upper if two_sided else np.where(known > 0, upper, 1 - upper)
    return np.where(np.isnan(t), 1.0, np.clip(p, LEAST_P, 1.0))


def e_values(p: Floats) -> Floats:
    """
    Turn probabilities into e-values: the mixture of kappa p^(kappa-1) over kappa.

    Parameters
    ----------
    p : ndarray
        Any shape, in (0, 1].

    Returns
    -------
    ndarray
        Same shape; expectation at most 1 where `p` is uniform or larger.

    Examples
    --------
    >>> float(e_values(np.array([1.0]))[0]), float(e_values(np.array([1e-4]))[0]) > 100
    (0.5, True)
    """
    log = np.log(np.clip(p, LEAST_P, 1.0))
    small = np.abs(log) < 1e-4  # noqa: PLR2004 - the series is exact to 1e-8 there
    safe = np.where(small, -1.0, log)
    mixed = (1 - p + p * safe) / (p * safe**2)
    return np.where(small, 0.5 - log / 6, mixed)


def shiryaev_roberts(e: Floats) -> Floats:
    """
    Sum e-values over windows: ``M_t = (1 + M_(t-1)) * e_t``.

    Parameters
    ----------
    e : ndarray, shape (n_streams, n_windows)
        E-values.

    Returns
    -------
    ndarray, shape (n_streams, n_windows)
        The running statistic; capped at 1e30.

    Examples
    --------
    >>> shiryaev_roberts(np.array([[1.0, 1.0, 2.0]])).tolist()
    [[1.0, 2.0, 6.0]]
    """
    out = np.empty_like(e)
    running = np.zeros(e.shape[0])
    for index in range(e.shape[1]):
        running = np.minimum((1 + running) * e[:, index], 1e30)
        out[:, index] = running
    return out


def alarm_level(n_streams: int) -> float:
    """
    Give the level at which the sum alarms.

    With `n_streams` watched together, at most one false finding is expected in
    90 windows.

    Examples
    --------
    >>> alarm_level(10)
    900.0
    """
    return float(BUDGET_WINDOWS * max(n_streams, 1))
