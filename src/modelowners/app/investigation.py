"""An investigation: a diagnosis and what is needed to show why it says so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.catalog.owners import Ownership
from modelowners.core.ids import AssetId, ChangeId
from modelowners.core.time import TimeWindow
from modelowners.detection.findings import Finding
from modelowners.diagnosis.causes import Cause, CauseKind, Diagnosis
from modelowners.ledger.changes import Change
from modelowners.observations.questions import Contrast

SURE = 0.5
"""Least probability at which a cause is named; below it the answer is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """
    One window of a metric.

    Parameters
    ----------
    window : TimeWindow
        UTC, half-open.
    value, low, high : float
        Mean and its 95 % interval, in the metric's unit; NaN where unknown.
    rows : int
        Rows behind it, at least 0.
    """

    window: TimeWindow
    value: float
    low: float = math.nan
    high: float = math.nan
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """
    A metric over time, windows in order and apart.

    `segment` names the rows it is about; empty for all of them.
    """

    metric: str
    points: tuple[Point, ...]
    segment: Mapping[str, str] = field(default_factory=dict)

    def thin(self, limit: int) -> Series:
        """
        Join neighbouring windows until at most `limit` remain.

        A joined value is the mean by rows; its interval spans the parts'.

        Parameters
        ----------
        limit : int
            At least 1.

        Returns
        -------
        Series
            The same series where it is short enough already.

        Examples
        --------
        >>> day = [TimeWindow.parse(f"2026-06-0{d}") for d in (1, 2, 3)]
        >>> series = Series(
        ...     metric="mae",
        ...     points=tuple(Point(window=w, value=v, rows=1)
        ...                  for w, v in zip(day, (1.0, 3.0, 5.0))),
        ... )
        >>> [point.value for point in series.thin(2).points]
        [2.0, 5.0]
        """
        points = self.points
        if len(points) <= limit:
            return self
        step = -(-len(points) // limit)
        groups = (points[i : i + step] for i in range(0, len(points), step))
        return Series(
            metric=self.metric,
            points=tuple(_join(group) for group in groups),
            segment=self.segment,
        )


def _join(group: tuple[Point, ...]) -> Point:
    known = [point for point in group if math.isfinite(point.value)]
    # Windows that do not tell their rows count alike.
    weights = [point.rows for point in known]
    if not sum(weights):
        weights = [1] * len(known)
    total = sum(w * point.value for w, point in zip(weights, known, strict=True))
    lows = [point.low for point in known if math.isfinite(point.low)]
    highs = [point.high for point in known if math.isfinite(point.high)]
    return Point(
        window=TimeWindow(group[0].window.start, group[-1].window.end),
        value=total / sum(weights) if known else math.nan,
        low=min(lows, default=math.nan),
        high=max(highs, default=math.nan),
        rows=sum(point.rows for point in group),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """
    One row of what a look at "most drifted feature" alone would have said.

    Parameters
    ----------
    column : str
        Which column moved.
    score : float
        How far, in the measure that `measure` names, at least 0.
    measure : str
        Such as ``KS`` or ``PSI``.
    asset : AssetId or None
        Who delivers the column.
    team : str or None
        Who would have been asked.
    """

    column: str
    score: float
    measure: str = "KS"
    asset: AssetId | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Investigation:
    """
    What `debug` found, for every face to show.

    Parameters
    ----------
    diagnosis : Diagnosis
        The answer.
    findings : tuple of Finding
        What was out of the ordinary, worst first.
    series : Series or None
        The symptom's metric per window, the reference included; None where no
        metric could be computed.
    contrasts : mapping of int to Contrast
        By a cause's rank: its column before and after, in its segment.
    changes : mapping of ChangeId to Change
        Changes on the model or upstream of it that fall into the time shown.
    ownership : mapping of AssetId to Ownership
        At the onset, for the model and each cause's asset.
    drift_ranking : tuple of Drift
        What a look at drift alone would have said, loudest first.
    notes : tuple of str
        Anything a reader should know.
    interrupted : bool
        The person stopped it: this is what was known until then.
    as_of : datetime or None
        What was known at that UTC instant; None: now.
    """

    diagnosis: Diagnosis
    findings: tuple[Finding, ...] = ()
    series: Series | None = None
    contrasts: Mapping[int, Contrast] = field(default_factory=dict)
    changes: Mapping[ChangeId, Change] = field(default_factory=dict)
    ownership: Mapping[AssetId, Ownership] = field(default_factory=dict)
    drift_ranking: tuple[Drift, ...] = ()
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    as_of: datetime | None = None

    def change_of(self, cause: Cause) -> Change | None:
        """Give the ledger entry matched to a cause, where there is one."""
        return self.changes.get(cause.change_id) if cause.change_id else None

    @property
    def healthy(self) -> bool:
        """Nothing is worse and nothing broke."""
        return self.diagnosis.symptom is None and not self.diagnosis.causes

    @property
    def verdict(self) -> Cause | None:
        """The cause that is named, or None where the honest answer is unknown."""
        return named_cause(self.diagnosis)


def named_cause(diagnosis: Diagnosis) -> Cause | None:
    """
    Give the cause a diagnosis stands by: the first, if it is at least as likely as not.

    Parameters
    ----------
    diagnosis : Diagnosis
        The answer of `debug`.

    Returns
    -------
    Cause or None
        None where nothing reaches `SURE`, or unknown leads.
    """
    first = diagnosis.causes[0] if diagnosis.causes else None
    if first is None or first.kind is CauseKind.UNKNOWN or first.probability < SURE:
        return None
    return first
