"""
Shifts: which streams left their level, judged by their own restlessness.

Real tables are never independent from day to day, so a stream's yardstick is
not its sampling error but how far it usually moves: from one window to the
next, and from one month to the next week, over all earlier history.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from modelowners.core.time import Onset, TimeWindow
from modelowners.detection.frames import Frame
from modelowners.detection.onset import locate_onset
from modelowners.detection.sequential import (
    alarm_level,
    e_values,
    shiryaev_roberts,
    tail_probability,
)
from modelowners.detection.streams import Statistic, StreamKey, Streams

Floats = npt.NDArray[np.float64]

CANDIDATE_SIZE = 2.5
"""A shift below this many spreads is nobody's suspect."""
WILD = 4.0
"""A single window this far out is looked at, though the next ones are back."""
MIN_REFERENCE = 5
"""Fewer reference windows than this judge nothing."""
SHORT, LONG = 7, 21
"""Restlessness: the median over 7 windows against that of the 21 before."""
WEEKLY_F = 3.0
"""Remove the weekly cycle where it explains this much more than chance."""
OUTCOMES = frozenset(
    {Statistic.LOSS, Statistic.LOSS_GAP, Statistic.BIAS, Statistic.ACTUAL}
)
FEW_FREEDOM = 6.0
"""Degrees of freedom of an outcome's tail: storms and strikes are in it."""
ONE_SIDED = frozenset({Statistic.LOSS, Statistic.LOSS_GAP})
BACK = 1000.0
"""How much likelier the usual level must be before an episode counts as over."""
_MEDIAN_FROM = 3
_PHASES, _CYCLES = 2, 3
"""A cycle has two phases at least, and shows itself in three turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """
    One stream that moved.

    Parameters
    ----------
    key : StreamKey
        Which figure, of what, in which rows.
    before, after : float
        Mean in the reference and from the onset on, in the stream's unit.
    size : float
        The move in units of the stream's restlessness, at least 0.
    onset : Onset
        When.
    index : int
        Window of the onset.
    alarm : bool
        Whether it passes the budget of false findings and the least effect.
    level : float
        The sequential statistic over its alarm level; above 1 is an alarm.
    unseen : bool
        Whether no week of the history stood so high, or so low.
    ends : TimeWindow or None
        The last window that shows it, where all since are back; None while it
        lasts.
    """

    key: StreamKey
    before: float
    after: float
    size: float
    onset: Onset
    index: int
    alarm: bool
    level: float
    unseen: bool = True
    ends: TimeWindow | None = None

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before


def shifts_of(frame: Frame, streams: Streams) -> tuple[Shift, ...]:
    """
    Score every stream and locate those that moved.

    Parameters
    ----------
    frame : Frame
        Which windows are reference and test.
    streams : Streams
        The figures.

    Returns
    -------
    tuple of Shift
        Candidates (size at least 2.5) and alarms, largest first.
    """
    if not len(streams.keys) or frame.in_reference.sum() < MIN_REFERENCE:
        return ()
    values = remove_weekly(streams.values, frame)
    spread = _window_spread(values, streams, frame)
    centre = _row_median(values[:, frame.in_reference])
    z = (values - centre[:, None]) / spread
    freedom = max(float(frame.in_reference.sum()) - 1, 1.0)
    one_sided = np.array([key.statistic in ONE_SIDED for key in streams.keys])
    wild = np.array([key.statistic in OUTCOMES for key in streams.keys])
    each = np.where(wild, min(freedom, FEW_FREEDOM), freedom)[:, None]
    level = _levels(z[:, frame.in_test], each, one_sided)
    level /= _budgets(one_sided)
    restless = restlessness(values, frame)
    worth = _worth_a_look(z[:, frame.in_test])
    over = _back_for_good(z[:, frame.in_test], frame.first_test)
    found = []
    for row, key in enumerate(streams.keys):
        if not worth[row]:
            continue
        shift = _shift(frame, streams, key, row, (values, spread, restless, level))
        if shift is not None and over[row] < frame.n_windows:
            shift = replace(shift, ends=frame.windows[over[row] - 1])
        if shift is not None:
            found.append(shift)
    found.sort(key=lambda s: (-s.size, s.key.partition, s.key.column or ""))
    return tuple(found)


def _shift(
    frame: Frame,
    streams: Streams,
    key: StreamKey,
    row: int,
    scored: tuple[Floats, Floats, Floats, Floats],
) -> Shift | None:
    values, spread, restless, level = (
        scored[0][row],
        scored[1][row],
        scored[2][row],
        scored[3][row],
    )
    active = frame.in_reference | frame.in_test
    first = int(np.argmax(active))
    windows = frame.windows[first:]
    onset, index = locate_onset(
        values[first:], windows=windows, scale=spread[first:], earliest=MIN_REFERENCE
    )
    index += first
    after, before = values[index:], values[first:index]
    n_after, n_before = int((~np.isnan(after)).sum()), int((~np.isnan(before)).sum())
    if not n_after or not n_before or index < frame.first_test - frame.n_windows // 2:
        return None
    new = _level(after)
    old = _level(before)
    typical = float(_row_median(spread[None, :])[0])
    noise = math.sqrt(restless**2 + typical**2 / n_after + typical**2 / n_before)
    size = abs(new - old) / max(noise, 1e-300)
    least = bool(abs(new - old) >= streams.least[row])
    if key.statistic in ONE_SIDED and new < old:
        return None
    alarm = bool(level > 1 and least and size >= CANDIDATE_SIZE)
    if not least or (size < CANDIDATE_SIZE and not alarm):
        return None
    return Shift(
        key=key,
        before=old,
        after=new,
        size=size,
        onset=onset,
        index=index,
        alarm=alarm,
        level=float(level),
        unseen=_unseen(values[: frame.first_test], old, new),
    )


def _unseen(history: Floats, old: float, new: float) -> bool:
    """Tell whether a level lies beyond every week's median of the history."""
    if len(history) < SHORT:
        return True
    weeks = np.lib.stride_tricks.sliding_window_view(history, SHORT)
    known = _row_median(weeks)
    known = known[~np.isnan(known)]
    if not len(known):
        return True
    return bool(new > known.max() if new > old else new < known.min())


def _back_for_good(z: Floats, first: int) -> npt.NDArray[np.int64]:
    """
    Find where each stream's strongest episode ended, all windows since being back.

    The episode is the run of windows whose mean is furthest out for its length.
    It is over where the windows after it are `BACK` times likelier at the usual
    level than at the episode's: one window proves it of a large move, a small
    one takes several.

    Parameters
    ----------
    z : ndarray, shape (n_streams, n_test)
        In spreads from the usual level; NaN where there is no figure.
    first : int
        Index of the first test window.

    Returns
    -------
    ndarray, shape (n_streams,)
        Index of the first window after the episode; one past the last window
        where it is not over.

    References
    ----------
    Olshen, Venkatraman, Lucito and Wigler, "Circular binary segmentation for
    the analysis of array-based DNA copy number data", Biostatistics 5(4), 2004.
    """
    capped = np.clip(np.nan_to_num(z), -6.0, 6.0)
    n_streams, n = z.shape
    never = np.full(n_streams, first + n, np.int64)
    if n < _MEDIAN_FROM:
        return never
    zeros = np.zeros((n_streams, 1))
    total = np.hstack([zeros, np.cumsum(capped, axis=1)])
    known = np.hstack([zeros, np.cumsum(~np.isnan(z), axis=1)])
    best, mean, end = np.zeros(n_streams), np.zeros(n_streams), np.full(n_streams, n)
    for stop in range(1, n + 1):
        for start in range(stop):
            rows = np.maximum(known[:, stop] - known[:, start], 1)
            found = (total[:, stop] - total[:, start]) / rows
            better = found**2 * rows > best
            best = np.where(better, found**2 * rows, best)
            mean, end = np.where(better, found, mean), np.where(better, stop, end)
    proof, last = np.zeros(n_streams), np.zeros(n_streams)
    for start in reversed(range(n)):
        since = known[:, n] - known[:, start]
        rest = total[:, n] - total[:, start]
        likelier = (mean**2 * since - 2 * mean * rest) / 2
        inside = start >= end
        # The last windows, however few, must not look like the episode again.
        last = np.where(inside, np.minimum(last, likelier), last)
        proof = np.where(start == end, likelier, proof)
    over = (proof >= math.log(BACK)) & (last >= 0)
    return np.where(over, first + end, never)


def _worth_a_look(z: Floats) -> npt.NDArray[np.bool_]:
    """Tell which streams moved at all: together to the end, or wildly once."""
    capped = np.clip(np.nan_to_num(z), -6.0, 6.0)
    known = np.cumsum(~np.isnan(z[:, ::-1]), axis=1)
    together = np.abs(np.cumsum(capped[:, ::-1], axis=1)) / np.sqrt(
        np.maximum(known, 1)
    )
    some = together.max(axis=1, initial=0.0) >= CANDIDATE_SIZE
    return np.asarray(some | (np.abs(capped).max(axis=1, initial=0.0) >= WILD))


def _level(values: Floats) -> float:
    """Give the level of some windows: their median from 3 on, else their mean."""
    known = values[~np.isnan(values)]
    return float(np.median(known) if len(known) >= _MEDIAN_FROM else np.mean(known))


def _levels(z: Floats, freedom: Floats, one_sided: npt.NDArray[np.bool_]) -> Floats:
    """Give each stream's largest sequential statistic."""
    if not z.shape[1]:
        return np.zeros(z.shape[0])
    p = np.where(
        one_sided[:, None],
        tail_probability(z, freedom, two_sided=False),
        tail_probability(z, freedom, two_sided=True),
    )
    running = shiryaev_roberts(e_values(p))
    return np.asarray(running.max(axis=1), np.float64)


def _budgets(losses: npt.NDArray[np.bool_]) -> Floats:
    """
    Give each stream's alarm level: half the model's budget is for its losses.

    They are few, and they are what everything is watched for; a thousand
    columns' streams must not drown them.
    """
    of_losses, of_others = (alarm_level(2 * int(n.sum())) for n in (losses, ~losses))
    return np.where(losses, of_losses, of_others)


def remove_weekly(values: Floats, frame: Frame) -> Floats:
    """
    Take out the weekly cycle of streams that have one.

    Only where the history holds at least three cycles and the phase explains
    clearly more than chance, since each removed mean adds noise of its own.

    Parameters
    ----------
    values : ndarray, shape (n_streams, n_windows)
        NaN where there is none.
    frame : Frame
        Which windows come before the test.

    Returns
    -------
    ndarray, shape (n_streams, n_windows)
        With the phase effects of the history subtracted.
    """
    phases = frame.phases()
    history = frame.in_history
    names = np.unique(phases[history])
    if len(names) < _PHASES or history.sum() < _CYCLES * len(names):
        return values
    out = values.copy()
    usual = _row_median(values[:, history])
    effects = np.stack(
        [_row_median(values[:, history & (phases == p)]) - usual for p in names], axis=1
    )
    place = {int(p): i for i, p in enumerate(names)}
    effect = np.stack(
        [
            effects[:, place[int(p)]] if int(p) in place else np.zeros(len(values))
            for p in phases
        ],
        axis=1,
    )
    rest = values[:, history] - usual[:, None] - effect[:, history]
    within = _row_mean(rest**2)
    between = _row_mean(effect[:, history] ** 2)
    freedom = (history.sum() - len(names)) / max(len(names) - 1, 1)
    strong = between * freedom > WEEKLY_F * within
    out[strong] = (values - np.nan_to_num(effect))[strong]
    return out


def _window_spread(values: Floats, streams: Streams, frame: Frame) -> Floats:
    """
    Give each figure's spread at a constant level, shape (n_streams, n_windows).

    Robust day-to-day spread of the reference, at least the sampling error,
    widened where consecutive windows resemble each other.
    """
    reference = values[:, frame.in_reference]
    centre = _row_median(reference)
    deviation = reference - centre[:, None]
    robust = 1.4826 * _row_median(np.abs(deviation))
    plain = np.sqrt(_row_mean(deviation**2))
    # Outcomes have bad days by nature: a robust spread would not know of them.
    wild = np.array([key.statistic in OUTCOMES for key in streams.keys])
    daily = np.maximum(robust, np.where(wild, plain, 0.5 * plain))
    if reference.shape[1] > MIN_REFERENCE:
        known = np.nan_to_num(deviation)
        lag = (known[:, 1:] * known[:, :-1]).sum(axis=1)
        own = np.maximum((known**2).sum(axis=1), 1e-300)
        rho = np.clip(lag / own, 0.0, 0.8)
        daily = daily * np.sqrt((1 + rho) / (1 - rho))
    floor = np.maximum(streams.errors, 0.2 * streams.least[:, None])
    return np.asarray(np.sqrt(np.nan_to_num(daily)[:, None] ** 2 + floor**2))


def restlessness(values: Floats, frame: Frame) -> Floats:
    """
    Measure how far each stream usually moves over weeks.

    Parameters
    ----------
    values : ndarray, shape (n_streams, n_windows)
        NaN where there is none.
    frame : Frame
        Which windows come before the test.

    Returns
    -------
    ndarray, shape (n_streams,)
        Spread of the difference between the median of 7 windows and that of
        the 21 before, over the history; 0 where the history is too short.
    """
    history = values[:, frame.in_history]
    n = history.shape[1]
    starts = range(LONG, n - SHORT + 1)
    if len(starts) < SHORT:
        return np.zeros(values.shape[0])
    moves = np.stack(
        [
            _row_median(history[:, t : t + SHORT])
            - _row_median(history[:, t - LONG : t])
            for t in starts
        ],
        axis=1,
    )
    low, high = _row_quantiles(moves, (0.1, 0.9))
    steady = (high - low) / 2.56
    # A stream that only ever rises moves too, though its moves do not differ.
    trend = np.abs(_row_median(moves))
    return np.asarray(np.hypot(np.nan_to_num(steady), np.nan_to_num(trend)))


def _row_mean(matrix: Floats) -> Floats:
    """Give the mean over each row's known entries; 0 where there are none."""
    known = (~np.isnan(matrix)).sum(axis=1)
    return np.asarray(np.nansum(matrix, axis=1) / np.maximum(known, 1))


def _row_median(matrix: Floats) -> Floats:
    return np.asarray(_row_quantiles(matrix, (0.5,))[0], np.float64)


def _row_quantiles(matrix: Floats, levels: Sequence[float]) -> Floats:
    """Give quantiles over each row's known entries; NaN where there are none."""
    if not matrix.shape[1]:
        return np.full((len(levels), matrix.shape[0]), np.nan)
    # Sorting puts the unknown last; NumPy's own nanquantile walks row by row.
    ordered = np.sort(matrix, axis=1)
    known = (~np.isnan(matrix)).sum(axis=1)
    last = np.maximum(known - 1, 0)
    rows = np.arange(matrix.shape[0])
    out = []
    for level in levels:
        at = level * last
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, last)
        out.append(
            ordered[rows, low] + (at - low) * (ordered[rows, high] - ordered[rows, low])
        )
    return np.where(known > 0, np.array(out), np.nan)
