"""
Streams: one figure per window, taken from profiles, ready to be watched.

A stream is a statistic of a column (or of the rows, or the outcome) in one
partition. Streams of a model are kept as one matrix, so that all are scored
together.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelowners.detection.frames import Frame
from modelowners.observations.profiles import (
    EVERYTHING,
    NULL,
    ColumnProfile,
    NumericProfile,
    Partition,
    Profile,
    TextProfile,
    merge_numeric,
    merge_text,
)

Floats = npt.NDArray[np.float64]

TOP_VALUES = 6
"""How many of a text column's commonest values have a stream of their own."""
LEAST_SHARE = 0.005
"""Least effect on a share: half a point."""
LEAST_MEAN = 0.05
"""Least effect on a mean, in reference standard deviations (about 0.02 KS)."""
GAP_SHARE = (0.03, 0.6)
"""Share of the rows: fewer have no steady loss, more leave none to be held against."""
LEAST_GAP = 0.1
"""Least effect on a partition's loss beside the others, as part of the mean loss."""
LEAST_LOG = 0.1
"""Least effect on a count, a spread or a number of distinct values: 10 %."""


class Statistic(enum.StrEnum):
    """What figure a stream follows."""

    NULL_SHARE = "null_share"
    FAILED_SHARE = "failed_share"
    ZERO_SHARE = "zero_share"
    NEGATIVE_SHARE = "negative_share"
    WHOLE_SHARE = "whole_share"
    OUTSIDE_SHARE = "outside_share"
    MEAN = "mean"
    SPREAD = "spread"
    DISTINCT = "distinct"
    LOW_TAIL = "low_tail"
    LOWER_QUARTILE = "lower_quartile"
    MEDIAN = "median"
    UPPER_QUARTILE = "upper_quartile"
    HIGH_TAIL = "high_tail"
    EMPTY_SHARE = "empty_share"
    UNSEEN_SHARE = "unseen_share"
    VALUE_SHARE = "value_share"
    BLANK_SHARE = "blank_share"
    UPPER_SHARE = "upper_share"
    VOLUME = "volume"
    DUPLICATE_SHARE = "duplicate_share"
    DROPPED_SHARE = "dropped_share"
    LOSS = "loss"
    LOSS_GAP = "loss_gap"
    BIAS = "bias"
    ACTUAL = "actual"


QUANTILE_SHARES = (
    (Statistic.LOW_TAIL, 0.025),
    (Statistic.LOWER_QUARTILE, 0.25),
    (Statistic.MEDIAN, 0.5),
    (Statistic.UPPER_QUARTILE, 0.75),
    (Statistic.HIGH_TAIL, 0.975),
)
"""Share of values below the reference's quantile at each level."""


@dataclass(frozen=True, slots=True)
class StreamKey:
    """Which figure of what, in which rows; `value` names a category."""

    partition: Partition
    column: str | None
    statistic: Statistic
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Streams:
    """
    All streams of one frame.

    Parameters
    ----------
    keys : tuple of StreamKey
        One per row of the matrices.
    values : ndarray, shape (n_streams, n_windows)
        NaN where a window has no figure.
    errors : ndarray, shape (n_streams, n_windows)
        Sampling error of each figure (one standard error).
    least : ndarray, shape (n_streams,)
        Smallest change worth a finding, in the stream's unit.
    """

    keys: tuple[StreamKey, ...]
    values: Floats
    errors: Floats
    least: Floats


@dataclass(frozen=True, slots=True)
class _Row:
    key: StreamKey
    values: Floats
    errors: Floats
    least: float


def streams_of(frame: Frame, *, loss: str | None = None) -> Streams:
    """
    Take every stream from a frame.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    loss : str or None
        Name of the primary loss; None where nothing is labelled.

    Returns
    -------
    Streams
        Partitions of all rows and of upstream row claims carry every
        statistic; segments carry volume, null shares, means and outcome.
    """
    rows: list[_Row] = []
    for partition in sorted(frame.profiles):
        rows.extend(_row_streams(frame, partition))
        if loss is not None:
            rows.extend(_outcome_streams(frame, partition, loss))
            rows.extend(_gap_stream(frame, partition, loss))
        for column in frame.columns():
            rows.extend(_column_streams(frame, partition, column))
    n = frame.n_windows
    return Streams(
        tuple(row.key for row in rows),
        np.array([row.values for row in rows]).reshape(-1, n),
        np.array([row.errors for row in rows]).reshape(-1, n),
        np.array([row.least for row in rows]),
    )


def _ratio(part: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """Give shares and their sampling errors; NaN where there is no row."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole > 0, part / whole, np.nan)
        # Agresti-Coull: a share of 0 in few rows is not known to be 0 exactly.
        near = (part + 1) / (whole + 2)
        return share, np.sqrt(near * (1 - near) / np.maximum(whole, 1))


def _row_streams(frame: Frame, partition: Partition) -> Iterator[_Row]:
    profiles = frame.of(partition)
    kept = np.array([p.rows.kept if p else 0 for p in profiles], np.float64)
    yield _Row(
        StreamKey(partition, None, Statistic.VOLUME),
        np.log(np.maximum(kept, 0.5)),
        1 / np.sqrt(np.maximum(kept, 1)),
        LEAST_LOG,
    )
    if partition != EVERYTHING:
        return
    read = np.array([p.rows.read if p else 0 for p in profiles], np.float64)
    twice = np.array(
        [p.rows.dropped.get("duplicate", 0) if p else 0 for p in profiles], np.float64
    )
    lost = read - kept - twice
    for statistic, part in (
        (Statistic.DUPLICATE_SHARE, twice),
        (Statistic.DROPPED_SHARE, lost),
    ):
        share, error = _ratio(part, read)
        yield _Row(StreamKey(partition, None, statistic), share, error, LEAST_SHARE)


def _outcome_streams(frame: Frame, partition: Partition, loss: str) -> Iterator[_Row]:
    n, nan = frame.n_windows, math.nan
    figures = np.full((3, 2, n), nan)
    for index, profile in enumerate(frame.of(partition)[: frame.labelled]):
        outcome = profile.outcome if profile else None
        if outcome is None or not outcome.labelled:
            continue
        for place, name in enumerate((loss, "signed")):
            sums = outcome.losses.get(name)
            if sums is not None and sums.n:
                error = math.sqrt(sums.variance / sums.n)
                figures[place, :, index] = sums.mean, max(error, 1e-12)
        scored = float(outcome.score_n.sum())
        if scored:
            mean = float(outcome.score_actual.sum()) / scored
            spread = abs(mean * (1 - mean)) if 0 <= mean <= 1 else mean**2
            figures[2, :, index] = mean, math.sqrt(max(spread, 1e-12) / scored)
    reference = frame.in_reference & ~np.isnan(figures[0, 0])
    level = float(np.mean(figures[0, 0][reference])) if reference.any() else 0.0
    least = (max(0.03 * abs(level), 1e-9), max(0.05 * abs(level), 1e-9), LEAST_SHARE)
    names = (Statistic.LOSS, Statistic.BIAS, Statistic.ACTUAL)
    for place, statistic in enumerate(names):
        values, errors = figures[place]
        if not np.isnan(values).all():
            yield _Row(
                StreamKey(partition, None, statistic), values, errors, least[place]
            )


def _gap_stream(frame: Frame, partition: Partition, loss: str) -> Iterator[_Row]:
    """
    Follow a partition's mean loss less that of all other rows.

    A hard day is hard for all: in the difference it cancels, and what befell
    these rows alone stands out.
    """
    if partition == EVERYTHING:
        return
    inside, whole = (_loss_sums(frame, p, loss) for p in (partition, EVERYTHING))
    share = inside[0].sum() / max(whole[0].sum(), 1.0)
    if not GAP_SHARE[0] <= share <= GAP_SHARE[1]:
        return
    outside = whole - inside
    with np.errstate(divide="ignore", invalid="ignore"):
        means = [np.where(s[0] > 0, s[1] / s[0], np.nan) for s in (inside, outside)]
        errors = [np.sqrt(s[2] / s[0]) / np.sqrt(s[0]) for s in (inside, outside)]
    gap = means[0] - means[1]
    level = np.nanmean(whole[1] / np.maximum(whole[0], 1), where=whole[0] > 0)
    yield _Row(
        StreamKey(partition, None, Statistic.LOSS_GAP),
        gap,
        np.maximum(np.nan_to_num(np.hypot(*errors)), 1e-12),
        max(LEAST_GAP * abs(float(level)), 1e-9),
    )


def _loss_sums(frame: Frame, partition: Partition, loss: str) -> Floats:
    """Give rows, summed loss and summed squared deviation, shape (3, n_windows)."""
    figures = np.zeros((3, frame.n_windows))
    for index, profile in enumerate(frame.of(partition)[: frame.labelled]):
        sums = profile.outcome.losses.get(loss) if profile and profile.outcome else None
        if sums is not None:
            figures[:, index] = sums.n, sums.total, sums.variance * sums.n
    return figures


def _column_streams(frame: Frame, partition: Partition, column: str) -> Iterator[_Row]:
    found = [p.columns.get(column) if p else None for p in frame.of(partition)]
    kinds = {type(c) for c in found if c is not None}
    if kinds == {NumericProfile}:
        yield from _numeric_streams(frame, partition, column, found)
    elif kinds == {TextProfile}:
        yield from _text_streams(frame, partition, column, found)
    elif kinds:
        yield from _null_stream(frame, partition, column, found)


def _null_stream(
    frame: Frame,
    partition: Partition,
    column: str,
    found: Sequence[ColumnProfile | None],
) -> Iterator[_Row]:
    """Follow nulls, a column that is not there at all counting as null."""
    present = frame.of(partition)
    rows = np.array([p.rows.kept if p else 0 for p in present], np.float64)
    filled = np.array(
        [
            c.n + (c.infinite if isinstance(c, NumericProfile) else 0) if c else 0
            for c in found
        ],
        np.float64,
    )
    share, error = _ratio(rows - filled, rows)
    yield _Row(
        StreamKey(partition, column, Statistic.NULL_SHARE), share, error, LEAST_SHARE
    )


def _numeric_streams(
    frame: Frame,
    partition: Partition,
    column: str,
    found: Sequence[ColumnProfile | None],
) -> Iterator[_Row]:
    yield from _null_stream(frame, partition, column, found)
    series = [c if isinstance(c, NumericProfile) else NumericProfile() for c in found]
    n = np.array([c.n for c in series], np.float64)
    spread = np.sqrt(
        np.array([c.m2 / c.n if c.n else np.nan for c in series], np.float64)
    )
    reference = NumericProfile()
    for index in np.flatnonzero(frame.in_reference):
        reference = merge_numeric(reference, series[index])
    sd = math.sqrt(reference.m2 / reference.n) if reference.n > 1 else math.nan
    unit = sd if sd > 0 else 1.0
    mean = np.array([c.mean for c in series], np.float64)
    yield _Row(
        StreamKey(partition, column, Statistic.MEAN),
        mean,
        np.where(n > 0, np.nan_to_num(spread, nan=0.0) / np.sqrt(np.maximum(n, 1)), 0)
        + 1e-9 * unit,
        LEAST_MEAN * unit,
    )
    if partition.kind == "segment":
        return
    yield from _numeric_shares(partition, column, series, n)
    yield _Row(
        StreamKey(partition, column, Statistic.SPREAD),
        np.log(np.maximum(np.nan_to_num(spread, nan=unit), 1e-6 * unit) / unit),
        1 / np.sqrt(np.maximum(2 * n, 1)) * 2,
        LEAST_LOG,
    )
    yield _distinct_stream(partition, column, series)
    yield from _quantile_streams(partition, column, series, reference)


def _numeric_shares(
    partition: Partition, column: str, series: Sequence[NumericProfile], n: Floats
) -> Iterator[_Row]:
    rows = np.array([c.rows for c in series], np.float64)
    for statistic, part, whole in (
        (Statistic.FAILED_SHARE, [c.failed for c in series], rows),
        (Statistic.ZERO_SHARE, [c.zeros for c in series], n),
        (Statistic.NEGATIVE_SHARE, [c.negatives for c in series], n),
        (Statistic.WHOLE_SHARE, [c.whole for c in series], n),
    ):
        if any(part):
            share, error = _ratio(np.array(part, np.float64), whole)
            yield _Row(
                StreamKey(partition, column, statistic), share, error, LEAST_SHARE
            )


def _distinct_stream(
    partition: Partition,
    column: str,
    series: Sequence[ColumnProfile],
) -> _Row:
    distinct = np.array(
        [c.distinct if c.distinct is not None and c.n else np.nan for c in series],
        np.float64,
    )
    return _Row(
        StreamKey(partition, column, Statistic.DISTINCT),
        np.log(np.maximum(distinct, 0.5)),
        1 / np.sqrt(np.maximum(np.nan_to_num(distinct, nan=1.0), 1)) + 1e-9,
        LEAST_LOG,
    )


def _quantile_streams(
    partition: Partition,
    column: str,
    series: Sequence[NumericProfile],
    reference: NumericProfile,
) -> Iterator[_Row]:
    """Follow the shares below fixed reference quantiles, from bin counts."""
    total = reference.counts.sum()
    if not total:
        return
    below = np.cumsum(reference.counts) / total
    n_bins = len(reference.counts)
    counts = np.array(
        [c.counts if len(c.counts) == n_bins else np.zeros(n_bins) for c in series]
    )
    known = counts.sum(axis=1)
    for statistic, level in QUANTILE_SHARES:
        cut = int(np.searchsorted(below, level)) + 1
        if cut >= n_bins:
            continue
        share, error = _ratio(counts[:, :cut].sum(axis=1).astype(np.float64), known)
        yield _Row(
            StreamKey(partition, column, statistic), share, error, 2 * LEAST_SHARE
        )
    seen = np.flatnonzero(reference.counts)
    outside = known - counts[:, seen[0] : seen[-1] + 1].sum(axis=1)
    share, error = _ratio(outside.astype(np.float64), known)
    yield _Row(
        StreamKey(partition, column, Statistic.OUTSIDE_SHARE), share, error, LEAST_SHARE
    )


def _text_streams(
    frame: Frame,
    partition: Partition,
    column: str,
    found: Sequence[ColumnProfile | None],
) -> Iterator[_Row]:
    yield from _null_stream(frame, partition, column, found)
    if partition.kind == "segment":
        return
    series = [c if isinstance(c, TextProfile) else TextProfile() for c in found]
    n = np.array([c.n for c in series], np.float64)
    reference = TextProfile()
    for index in np.flatnonzero(frame.in_reference):
        reference = merge_text(reference, series[index])
    known = set(reference.values)
    unseen = [
        sum(rows for value, rows in c.values.items() if value not in known)
        if not reference.other_rows
        else 0
        for c in series
    ]
    for statistic, part in (
        (Statistic.EMPTY_SHARE, [c.empty for c in series]),
        (Statistic.UNSEEN_SHARE, unseen),
        (Statistic.BLANK_SHARE, [c.blank for c in series]),
        (Statistic.UPPER_SHARE, [c.upper for c in series]),
    ):
        if any(part):
            share, error = _ratio(np.array(part, np.float64), n)
            yield _Row(
                StreamKey(partition, column, statistic), share, error, LEAST_SHARE
            )
    yield _distinct_stream(partition, column, series)
    for value in list(reference.values)[:TOP_VALUES]:
        if value == NULL:
            continue
        rows = np.array([c.values.get(value, 0) for c in series], np.float64)
        share, error = _ratio(rows, n)
        yield _Row(
            StreamKey(partition, column, Statistic.VALUE_SHARE, value),
            share,
            error,
            2 * LEAST_SHARE,
        )


def reference_profile(
    frame: Frame, column: str, partition: Partition = EVERYTHING
) -> ColumnProfile | None:
    """
    Merge a column's profiles of the reference windows.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    column : str
        Which column.
    partition : Partition
        In which rows.

    Returns
    -------
    ColumnProfile or None
        None where no reference window has it.
    """
    profiles: list[Profile | None] = [
        p
        for p, inside in zip(frame.of(partition), frame.in_reference, strict=True)
        if inside
    ]
    columns = [p.columns[column] for p in profiles if p and column in p.columns]
    numeric = [c for c in columns if isinstance(c, NumericProfile)]
    text = [c for c in columns if isinstance(c, TextProfile)]
    if numeric:
        total = NumericProfile()
        for one in numeric:
            total = merge_numeric(total, one)
        return total
    if text:
        words = TextProfile()
        for other in text:
            words = merge_text(words, other)
        return words
    return None
