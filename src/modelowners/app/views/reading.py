"""
A reading: what a model's log says over time, read off its profiles.

Values for the pages, and pure functions on a frame; nothing here reads a log.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from modelowners.app.framing import Plan, series_of
from modelowners.app.investigation import Series
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow
from modelowners.detection.drift import Drift, rank_drift
from modelowners.detection.frames import Frame
from modelowners.diagnosis.symptoms import losses_in
from modelowners.observations.profiles import EVERYTHING, Partition

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOVED = 6
"""Columns whose drift is shown over time."""
STEPS = 20
"""Points of a column's drift over time."""
SPARK = 40


@dataclass(frozen=True, slots=True)
class Trace:
    """How far a column had moved from the reference, span by span; 0 to 1."""

    column: str
    spans: tuple[TimeWindow, ...]
    distances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows told apart, with the metric before and in the window under test."""

    where: str
    before: float
    after: float
    rows: int


@dataclass(frozen=True, slots=True)
class Served:
    """A model version and the windows and rows it served."""

    version: str
    first: datetime
    last: datetime
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    What a log says over time.

    Parameters
    ----------
    model : AssetId
        Whose log.
    plan : Plan
        Which windows, reference and test.
    series : Series or None
        The metric per window.
    before : float or None
        Its mean in the reference.
    moved : tuple of Drift
        Feature columns by how far they moved, loudest first.
    traces : tuple of Trace
        The loudest of them over time.
    slices : tuple of Slice
        Segments, the worst first.
    versions : tuple of Served
        By when they first served.
    rows, labelled : int
        Kept rows of the windows whose labels are due, and those labelled.
    last : datetime or None
        UTC end of the last window with rows.
    """

    model: AssetId
    plan: Plan
    series: Series | None = None
    before: float | None = None
    moved: tuple[Drift, ...] = ()
    traces: tuple[Trace, ...] = ()
    slices: tuple[Slice, ...] = ()
    versions: tuple[Served, ...] = ()
    rows: int = 0
    labelled: int = 0
    last: datetime | None = None

    @property
    def unlabelled(self) -> float:
        """Share of the rows whose labels are due but not there; NaN without rows."""
        return 1 - self.labelled / self.rows if self.rows else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """
    What the last look saw of a model: small enough to keep for ten thousand.

    Parameters
    ----------
    at : datetime
        UTC; when it was looked at.
    metric : str
        What `values` are; empty where the log could not be read.
    values : tuple of float
        The metric's last windows, oldest first.
    before : float or None
        Its mean in the reference.
    unlabelled : float
        Share of rows due but unlabelled, 0 to 1; NaN where unknown.
    error : str
        Why it could not be looked at.
    drifts : int
        Inputs that moved without harm.
    """

    at: datetime
    metric: str = ""
    values: tuple[float, ...] = ()
    before: float | None = None
    unlabelled: float = math.nan
    error: str = ""
    drifts: int = 0


def glance_at(reading: Reading, at: datetime) -> Glance:
    """Keep of a reading what a list of models shows."""
    series = reading.series
    known = [p.value for p in series.points if math.isfinite(p.value)] if series else []
    return Glance(
        at=at,
        metric=series.metric if series else "",
        values=tuple(known[-SPARK:]),
        before=reading.before,
        unlabelled=reading.unlabelled,
    )


def read_frame(
    frame: Frame, plan: Plan, *, model: AssetId, features: Collection[str], loss: str
) -> Reading:
    """
    Read what a log says over time off its profiles.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    plan : Plan
        The same windows, reference and test.
    model : AssetId
        Whose log.
    features : collection of str
        Columns the model takes in.
    loss : str
        Key of `OutcomeProfile.losses`; another one where the log lacks it.
    """
    losses = losses_in(frame)
    chosen = loss if loss in losses or not losses else losses[0]
    moved = rank_drift(frame, [c for c in frame.columns() if c in features])
    return replace(
        _outcomes(frame, model, plan, chosen),
        moved=moved,
        traces=tuple(_traces(frame, [d.column for d in moved[:MOVED]])),
        slices=tuple(_slices(frame, chosen)),
        versions=tuple(_versions(frame)),
    )


def _outcomes(frame: Frame, model: AssetId, plan: Plan, loss: str) -> Reading:
    series = series_of(frame, loss)
    rows = labelled = 0
    last = None
    for index, profile in enumerate(frame.of(EVERYTHING)):
        if profile is None or not profile.rows.kept:
            continue
        last = profile.window.end
        if index < frame.labelled and frame.in_test[index]:
            rows += profile.rows.kept
            labelled += profile.outcome.labelled if profile.outcome else 0
    return Reading(
        model=model,
        plan=plan,
        series=series,
        before=_level(series, plan.reference),
        rows=rows,
        labelled=labelled,
        last=last,
    )


def _level(series: Series | None, reference: TimeWindow) -> float | None:
    points = [
        p
        for p in (series.points if series else ())
        if p.window.start in reference and math.isfinite(p.value)
    ]
    rows = sum(p.rows for p in points)
    return sum(p.value * p.rows for p in points) / rows if rows else None


def _traces(frame: Frame, columns: list[str]) -> Iterator[Trace]:
    """Hold spans of windows, one after the other, against the reference."""
    step = max(-(-frame.n_windows // STEPS), 1)
    spans = [
        TimeWindow(frame.windows[i].start, frame.windows[min(i + step, n) - 1].end)
        for n in (frame.n_windows,)
        for i in range(0, n, step)
    ]
    found: dict[str, list[float]] = {column: [] for column in columns}
    for span in spans:
        ranked = {
            drift.column: drift.distance
            for drift in rank_drift(replace(frame, test=span), columns)
        }
        for column in columns:
            found[column].append(ranked.get(column, math.nan))
    for column in columns:
        yield Trace(column, tuple(spans), tuple(found[column]))


def _slices(frame: Frame, loss: str) -> Iterator[Slice]:
    found = []
    for partition in frame.profiles:
        if partition.kind != "segment":
            continue
        before = _mean(frame, partition, loss, frame.in_reference)
        after = _mean(frame, partition, loss, frame.in_test)
        if before[1] and after[1]:
            found.append(Slice(str(partition), before[0], after[0], after[1]))
    yield from sorted(found, key=lambda s: ((s.before - s.after) * s.rows, s.where))


def _mean(
    frame: Frame,
    partition: Partition,
    loss: str,
    mask: npt.NDArray[np.bool_],
) -> tuple[float, int]:
    total, n = 0.0, 0
    for index, profile in enumerate(frame.of(partition)):
        if profile is None or profile.outcome is None or not mask[index]:
            continue
        sums = profile.outcome.losses.get(loss)
        if sums is not None and index < frame.labelled:
            total, n = total + sums.total, n + sums.n
    return (total / n if n else math.nan), n


def _versions(frame: Frame) -> Iterator[Served]:
    found: dict[str, Served] = {}
    for profile in frame.of(EVERYTHING):
        for version, rows in (profile.versions if profile else {}).items():
            window = profile.window if profile else frame.windows[0]
            old = found.get(version) or Served(version, window.start, window.end, 0)
            found[version] = replace(old, last=window.end, rows=old.rows + rows)
    yield from sorted(found.values(), key=lambda s: (s.first, s.version))
