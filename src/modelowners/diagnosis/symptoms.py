"""Symptoms: what is worse, by how much, since when, and in which rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelowners.core.time import Onset
from modelowners.detection.frames import Frame
from modelowners.detection.shifts import Shift
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.causes import SegmentHarm, Symptom
from modelowners.observations.profiles import (
    EVERYTHING,
    OTHER,
    LossSums,
    OutcomeProfile,
    Partition,
    Profile,
    merge_outcomes,
)

Floats = npt.NDArray[np.float64]

LOSSES = frozenset({Statistic.LOSS, Statistic.LOSS_GAP})
METRIC_NAMES = {"absolute_error": "mae", "error": "error_rate"}
"""Names a person knows, where the loss has another."""

POOLED_SIZE = 4.5
"""Spreads by which the loss of all rows must have grown."""
PARTITION_SIZE = 5.5
"""The same for one of many partitions."""
GAP_SIZE = 4.0
"""Spreads by which a partition must have fallen behind the other rows."""
MIN_WINDOWS = 3
"""Windows a growth must last, unless it passes the budget of false findings."""
MIN_PART = 0.03
"""A partition with a smaller share of the rows raises no symptom by itself."""
MIN_ROWS = 30
"""A partition with fewer labelled rows since the onset judges nothing."""
MIN_SHARE_OF_HARM = 0.1
"""A segment that carries less than this part of the harm is not listed."""


def metric_name(loss: str) -> str:
    """
    Give the name people use for a loss.

    Examples
    --------
    >>> metric_name("absolute_error"), metric_name("log_loss")
    ('mae', 'log_loss')
    """
    return METRIC_NAMES.get(loss, loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmed:
    """
    Where the loss grew.

    Parameters
    ----------
    partition : Partition
        The rows with the clearest growth.
    shift : Shift
        The loss's move there.
    """

    partition: Partition
    shift: Shift

    @property
    def onset(self) -> Onset:
        """When the loss grew."""
        return self.shift.onset

    @property
    def index(self) -> int:
        """The window in which it grew."""
        return self.shift.index


def find_harm(
    frame: Frame, shifts: Iterable[Shift], *, segment: Mapping[str, str] | None = None
) -> Harmed | None:
    """
    Find the clearest growth of the primary loss.

    All rows come first; a partition speaks only where all rows stay silent.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    shifts : iterable of Shift
        Of every stream.
    segment : mapping of str to str, optional
        Only harm in these rows counts; empty or None: in any.

    Returns
    -------
    Harmed or None
        None where no loss grew beyond its own restlessness.
    """
    best: tuple[tuple[bool, float], Harmed] | None = None
    for shift in shifts:
        if shift.key.statistic not in LOSSES or shift.change <= 0:
            continue
        if segment and dict(shift.key.partition.where) != dict(segment):
            continue
        pooled = shift.key.partition == EVERYTHING
        if not _is_clear(frame, shift):
            continue
        if not pooled and _share_of_rows(frame, shift.key.partition) < MIN_PART:
            continue
        rank = (pooled, shift.size)
        if best is None or rank > best[0]:
            best = (rank, Harmed(partition=shift.key.partition, shift=shift))
    return best[1] if best else None


def _is_clear(frame: Frame, shift: Shift) -> bool:
    """Tell whether a loss grew beyond what restlessness alone does."""
    if shift.key.statistic is Statistic.LOSS_GAP:
        return shift.alarm and shift.unseen and shift.size >= GAP_SIZE
    pooled = shift.key.partition == EVERYTHING
    needed = POOLED_SIZE if pooled else PARTITION_SIZE
    lasting = frame.labelled - shift.index >= MIN_WINDOWS
    return shift.alarm or (lasting and shift.unseen and shift.size >= needed)


def _share_of_rows(frame: Frame, partition: Partition) -> float:
    rows = [
        sum(p.rows.kept for p in frame.of(one) if p is not None)
        for one in (partition, EVERYTHING)
    ]
    return rows[0] / max(rows[1], 1)


LOSS_NAMES = {name: loss for loss, name in METRIC_NAMES.items()}


def losses_in(frame: Frame) -> tuple[str, ...]:
    """Give the losses that the labelled windows of a frame carry, in order."""
    names: dict[str, None] = {}
    for profile in frame.of():
        if profile is not None and profile.outcome is not None:
            names.update(dict.fromkeys(profile.outcome.losses))
    return tuple(name for name in names if name != "signed")


def outcome_between(
    profiles: Sequence[Profile | None], mask: npt.NDArray[np.bool_]
) -> OutcomeProfile:
    """
    Merge the outcomes of some windows.

    Parameters
    ----------
    profiles : sequence of (Profile or None)
        One per window.
    mask : ndarray of bool, shape (n_windows,)
        Which windows.

    Returns
    -------
    OutcomeProfile
        Empty where nothing is labelled.
    """
    total: OutcomeProfile | None = None
    for profile, inside in zip(profiles, mask, strict=True):
        if inside and profile is not None:
            total = merge_outcomes(total, profile.outcome)
    return total or OutcomeProfile()


def labelled_masks(
    frame: Frame, index: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """
    Give the labelled windows before an onset (of the reference) and from it on.

    Returns
    -------
    tuple of ndarray of bool, shape (n_windows,)
        Before and after; they share no window.
    """
    place = np.arange(frame.n_windows)
    known = place < frame.labelled
    before = frame.in_reference & known & (place < index)
    if not before.any():
        before = known & (place < index)
    return before, known & (place >= index)


def describe_symptom(
    frame: Frame,
    loss: str,
    index: int,
    onset: Onset,
    partition: Partition = EVERYTHING,
) -> Symptom:
    """
    Put figures on a symptom: before, after, interval and worst segments.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    loss : str
        The primary loss.
    index : int
        Window of the onset.
    onset : Onset
        When it began.
    partition : Partition
        The rows that gave the alarm: named first among the segments.

    Returns
    -------
    Symptom
        Measured on labelled rows; the interval is that of the mean of daily
        means (1.96 standard errors), at least the sampling error.
    """
    before, after = labelled_masks(frame, index)
    old = outcome_between(frame.of(), before).losses.get(loss, LossSums())
    new = outcome_between(frame.of(), after).losses.get(loss, LossSums())
    half = 1.96 * _mean_error(frame.of(), after, loss)
    return Symptom(
        metric=metric_name(loss),
        before=old.mean,
        after=new.mean,
        ci=(new.mean - half, new.mean + half),
        state="measured",
        onset=onset,
        segments=worst_segments(frame, loss, index, lead=partition),
        rows=new.n,
    )


def _mean_error(
    profiles: Sequence[Profile | None], mask: npt.NDArray[np.bool_], loss: str
) -> float:
    """Give the standard error of the mean loss, from its daily means."""
    sums = [
        p.outcome.losses[loss]
        for p, inside in zip(profiles, mask, strict=True)
        if inside and p is not None and p.outcome and loss in p.outcome.losses
    ]
    n = np.array([s.n for s in sums if s.n], np.float64)
    if not len(n):
        return math.nan
    means = np.array([s.mean for s in sums if s.n])
    sampling = math.sqrt(sum(s.variance * s.n for s in sums if s.n)) / n.sum()
    if len(n) < 3:  # noqa: PLR2004 - no spread between fewer days
        return float(sampling)
    centre = float((n * means).sum() / n.sum())
    daily = math.sqrt(((n * (means - centre)) ** 2).sum()) / n.sum()
    return max(float(sampling), float(daily))


def worst_segments(
    frame: Frame, loss: str, index: int, *, lead: Partition = EVERYTHING
) -> tuple[SegmentHarm, ...]:
    """
    List the partitions that carry the harm, at most five, worst first.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    loss : str
        The primary loss.
    index : int
        Window of the onset.
    lead : Partition
        Named first, whatever the other rows do.

    Returns
    -------
    tuple of SegmentHarm
        Those whose loss grew by more than the average row's.
    """
    before, after = labelled_masks(frame, index)
    grown: list[tuple[float, SegmentHarm]] = []
    whole = _growth(frame.of(), before, after, loss)
    for partition in sorted(frame.profiles):
        if partition == EVERYTHING or any(v == OTHER for _, v in partition.where):
            continue
        harm = _growth(frame.of(partition), before, after, loss)
        if harm is None or whole is None or harm[2] < MIN_ROWS:
            continue
        total = (harm[1] - harm[0]) * harm[2]
        everything = (whole[1] - whole[0]) * whole[2]
        faster = harm[1] - harm[0] > 1.2 * (whole[1] - whole[0])
        carries = everything > 0 and total >= MIN_SHARE_OF_HARM * everything and faster
        if carries or partition == lead:
            total = math.inf if partition == lead else total
            where = dict(partition.where)
            one = SegmentHarm(where=where, before=harm[0], after=harm[1], rows=harm[2])
            if all(known[1].where != where for known in grown):
                grown.append((total, one))
    grown.sort(key=lambda pair: -pair[0])
    return tuple(segment for _, segment in grown[:5])


def _growth(
    profiles: Sequence[Profile | None],
    before: npt.NDArray[np.bool_],
    after: npt.NDArray[np.bool_],
    loss: str,
) -> tuple[float, float, int] | None:
    old = outcome_between(profiles, before).losses.get(loss, LossSums())
    new = outcome_between(profiles, after).losses.get(loss, LossSums())
    return (old.mean, new.mean, new.n) if old.n and new.n else None


def growth(
    frame: Frame, loss: str, index: int, partition: Partition = EVERYTHING
) -> float | None:
    """
    Give how much a partition's mean loss grew from an onset on.

    Returns
    -------
    float or None
        In the loss's unit; None where a side has no labelled row.
    """
    sides = _growth(frame.of(partition), *labelled_masks(frame, index), loss)
    return sides[1] - sides[0] if sides is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """
    How much of a loss's growth the inputs explain.

    Parameters
    ----------
    before, expected, after : float
        Mean loss in the reference; expected now, at equal loss per score; now.
    explained : float
        Part of the growth explained by other scores, 0 to 1.
    bias : float
        Mean of score minus truth now, less the same in the reference.
    """

    before: float
    expected: float
    after: float
    explained: float
    bias: float


def split_growth(
    frame: Frame, index: int, partition: Partition = EVERYTHING
) -> Split | None:
    """
    Split a loss's growth into what the inputs explain and what they do not.

    The expected loss keeps the reference's loss per bin of the score and takes
    today's scores: what it explains is a harder mix of cases, the rest is a
    changed relation between score and truth.

    Returns
    -------
    Split or None
        None where either side has no labelled scores.
    """
    before, after = labelled_masks(frame, index)
    old = outcome_between(frame.of(partition), before)
    new = outcome_between(frame.of(partition), after)
    n_old, n_new = old.score_n.sum(), new.score_n.sum()
    if not n_old or not n_new or len(old.score_n) != len(new.score_n):
        return None
    mean = float(old.score_loss.sum() / n_old)
    # Few rows in a bin: lean on the mean of the neighbourhood (three bins).
    kernel = np.ones(3)
    weight = np.convolve(old.score_n, kernel, mode="same")
    smooth = np.convolve(old.score_loss, kernel, mode="same")
    per_bin = np.where(weight > 0, smooth / np.maximum(weight, 1), mean)
    expected = float((per_bin * new.score_n).sum() / n_new)
    again = float((per_bin * old.score_n).sum() / n_old)
    expected += mean - again
    now = float(new.score_loss.sum() / n_new)
    growth = now - mean
    explained = (expected - mean) / growth if growth > 0 else 0.0
    return Split(
        before=mean,
        expected=expected,
        after=now,
        explained=float(np.clip(explained, 0.0, 1.0)),
        bias=_bias(new) - _bias(old),
    )


def _bias(outcome: OutcomeProfile) -> float:
    sums = outcome.losses.get("signed", LossSums())
    return sums.mean if sums.n else 0.0
