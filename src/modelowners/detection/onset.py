"""Onset: when a series left one level for another, and how surely we know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from modelowners.core.time import Onset, TimeWindow

Floats = npt.NDArray[np.float64]

LIKELIHOOD_UNITS = 2.0
GRID = 200
"""Windows up to which every one is tried; beyond, a grid and then its best."""


def locate_onset(
    values: Floats,
    *,
    windows: Sequence[TimeWindow],
    scale: Floats,
    earliest: int = 1,
) -> tuple[Onset, int]:
    """
    Locate the moment a series changed level.

    The window that holds the moment may show a mixture of both levels; the
    mixture's share places the moment inside it. Deviations are capped, so that
    one wild window decides nothing.

    Parameters
    ----------
    values : ndarray, shape (n_windows,)
        One figure per window; NaN where there is none.
    windows : sequence of TimeWindow
        UTC, half-open, consecutive.
    scale : ndarray, shape (n_windows,)
        Spread of each value at a constant level, above 0.
    earliest : int
        No onset before this index, at least 1.

    Returns
    -------
    tuple of (Onset, int)
        `low` and `high` are the outermost bounds of windows within 2
        log-likelihood units of the best; the index of the best window.

    References
    ----------
    Hinkley, "Inference about the change-point in a sequence of random
    variables", Biometrika 57(1), 1970.

    Examples
    --------
    >>> from modelowners.core.time import DAY
    >>> days = TimeWindow.parse("2026-06-01/2026-06-09").split(DAY)
    >>> level = np.array([2.0, 2.1, 1.9, 2.0, 5.0, 5.2, 4.9, 5.1])
    >>> found, index = locate_onset(level, windows=days, scale=np.full(8, 0.1))
    >>> f"{found.at:%d %b}", index
    ('05 Jun', 4)
    """
    n = len(values)
    costs, mixed = np.full(n, np.inf), np.ones(n)
    for places in _passes(n, max(earliest, 1), costs):
        costs[places], mixed[places] = _costs(values, scale, places)
    if not np.isfinite(costs).any():
        first, last = windows[0], windows[-1]
        return Onset(first.start, first.start, last.end), 0
    best = int(np.argmin(costs))
    # A window that shows nothing of the new level begins no earlier than its end.
    near = np.flatnonzero((costs <= costs[best] + LIKELIHOOD_UNITS) & (mixed > 0))
    # Only a neighbourhood without gaps: a far second change is another onset.
    low = high = best
    while low - 1 in near:
        low -= 1
    while high + 1 in near:
        high += 1
    at = windows[best].end - mixed[best] * windows[best].length
    return Onset(at, windows[low].start, windows[high].end), best


def _passes(n: int, earliest: int, costs: Floats) -> Iterator[npt.NDArray[np.int64]]:
    """Give the windows to try: all of them, or a grid and then around its best."""
    if n - earliest <= GRID:
        yield np.arange(earliest, n)
        return
    step = -(-(n - earliest) // GRID)
    yield np.arange(earliest, n, step)
    best = int(np.argmin(costs))
    yield np.arange(max(best - 2 * step, earliest), min(best + 2 * step + 1, n))


def _costs(
    values: Floats, scale: Floats, places: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """
    Give half the capped squared deviations for an onset in each of some windows.

    Returns
    -------
    tuple of ndarray, shape (n_places,)
        Costs, infinite where a side has no figure; and the share of the window
        that already shows the new level, 0 to 1.
    """
    index = np.arange(len(values))
    at = places[:, None]
    old = row_medians(np.where(index < at, values, np.nan))
    new = row_medians(np.where(index > at, values, np.nan))
    here = values[places]
    new = np.where(np.isnan(new), here, new)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip((here - old) / (new - old), 0.0, 1.0)
    share = np.where(np.isnan(share), 1.0, share)
    level = np.where(index < at, old[:, None], new[:, None])
    level[np.arange(len(places)), places] = old + share * (new - old)
    deviation = np.nan_to_num((values - level) / scale)
    # The mixture's share is one more fitted figure: it costs half a unit.
    cost = np.minimum(deviation**2, 16.0).sum(axis=1) / 2 + 0.5 * (share < 1.0)
    return np.where(np.isnan(old) | np.isnan(new), np.inf, cost), share


def row_medians(matrix: Floats) -> Floats:
    """
    Give the median over each row's known entries; NaN where there are none.

    Examples
    --------
    >>> row_medians(np.array([[3.0, np.nan, 1.0], [np.nan] * 3])).tolist()
    [2.0, nan]
    """
    # Sorting puts the unknown last; NumPy's own nanmedian walks row by row.
    ordered = np.sort(matrix, axis=1)
    known = (~np.isnan(matrix)).sum(axis=1)
    rows = np.arange(len(matrix))
    low, high = np.maximum(known - 1, 0) // 2, known // 2
    high = np.minimum(high, max(matrix.shape[1] - 1, 0))
    found = 0.5 * (ordered[rows, low] + ordered[rows, high])
    return np.where(known > 0, found, np.nan)


def widen(onset: Onset, *, windows: Sequence[TimeWindow], index: int) -> Onset:
    """
    Widen an interval by the part of the window before that may hold the moment.

    Examples
    --------
    >>> from modelowners.core.time import DAY
    >>> days = TimeWindow.parse("2026-06-01/2026-06-03").split(DAY)
    >>> one = Onset(days[1].start, days[1].start, days[1].end)
    >>> f"{widen(one, windows=days, index=1).low:%d %b}"
    '01 Jun'
    """
    low = windows[max(index - 1, 0)].start
    return Onset(onset.at, min(onset.low, low), onset.high)


def join(onsets: Sequence[Onset]) -> Onset:
    """
    Give what several onsets of one origin agree on, else the tightest.

    Examples
    --------
    >>> from modelowners.core.time import DAY
    >>> days = TimeWindow.parse("2026-06-01/2026-06-04").split(DAY)
    >>> a = Onset(days[1].start, days[0].start, days[1].end)
    >>> b = Onset(days[1].start, days[1].start, days[2].end)
    >>> join([a, b]).window == days[1]
    True
    """
    tight = min(onsets, key=lambda o: (o.high - o.low, o.low))
    low, high = tight.low, tight.high
    for other in sorted(onsets):
        if other.low < high and low < other.high:
            low, high = max(low, other.low), min(high, other.high)
    return Onset(min(max(tight.at, low), high), low, high)
