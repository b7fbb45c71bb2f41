"""Framing: which windows of a log are looked at, and their profiles."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from modelowners.app.investigation import Point, Series
from modelowners.core.time import TimeWindow, floor_instant
from modelowners.detection.frames import Frame, arrange
from modelowners.diagnosis.symptoms import metric_name
from modelowners.observations.logs import PredictionLog
from modelowners.observations.profiles import EVERYTHING, VERSIONS, LossSums

if TYPE_CHECKING:
    from modelowners.observations.ports import Engine

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which windows are looked at: all, reference, test, and the labelled ones."""

    windows: tuple[TimeWindow, ...]
    reference: TimeWindow
    test: TimeWindow
    why: str
    labelled_until: int


def last_end(last: datetime, grain: timedelta) -> datetime:
    """
    Give the end of the last window that a log fills nearly to its end.

    Parameters
    ----------
    last : datetime
        The log's last row, UTC.
    grain : timedelta
        Length of a window.

    Returns
    -------
    datetime
        UTC; a window counts as full from 80 % on.

    Examples
    --------
    >>> from modelowners.core.time import DAY, parse_instant
    >>> last_end(parse_instant("2026-06-03T23:50"), DAY).day
    4
    >>> last_end(parse_instant("2026-06-03T09:00"), DAY).day
    3
    """
    floor = floor_instant(last, grain)
    return floor + grain if last - floor >= 0.8 * grain else floor


def count_labelled(
    log: PredictionLog, windows: tuple[TimeWindow, ...], known: datetime
) -> int:
    """Count the windows whose labels are due at an instant, UTC."""
    delay = log.labels.delay if log.labels is not None else timedelta(0)
    return sum(1 for window in windows if window.end + delay <= known)


def frame_of(
    engine: Engine,
    log: PredictionLog,
    plan: Plan,
    *,
    as_of: datetime | None,
    progress: Progress,
) -> Frame:
    """
    Profile the planned windows of a log.

    Parameters
    ----------
    engine : Engine
        Reads the log.
    log : PredictionLog
        Which log.
    plan : Plan
        Which windows.
    as_of : datetime or None
        Only what was known then, UTC; None: everything.
    progress : callable
        Told a short sentence and the share done, 0 to 1.

    Returns
    -------
    Frame
        One profile per partition and window.
    """
    from modelowners.observations import profile  # noqa: PLC0415 - engine on first use

    profiles = profile(
        log,
        engine=engine,
        windows=plan.windows,
        reference=plan.reference,
        as_of=as_of,
        progress=progress,
    )
    parts = arrange(profiles, plan.windows)
    return Frame(
        windows=plan.windows,
        reference=plan.reference,
        test=plan.test,
        profiles={p: row for p, row in parts.items() if p.kind != VERSIONS},
        why=plan.why,
        labelled_until=plan.labelled_until,
        versions={p.where[0][1]: row for p, row in parts.items() if p.kind == VERSIONS},
    )


def series_of(frame: Frame, loss: str) -> Series | None:
    """
    Give a metric per window, with its sampling interval.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    loss : str
        Key of `OutcomeProfile.losses`.

    Returns
    -------
    Series or None
        The number of rows where nothing is labelled; None without a window.
    """
    points = []
    for index, window in enumerate(frame.windows):
        profile = frame.of(EVERYTHING)[index]
        outcome = profile.outcome if profile else None
        sums = outcome.losses.get(loss, LossSums()) if outcome else LossSums()
        if index >= frame.labelled or not sums.n:
            points.append(Point(window=window, value=math.nan))
            continue
        half = 1.96 * math.sqrt(sums.variance / sums.n)
        points.append(
            Point(
                window=window,
                value=sums.mean,
                low=sums.mean - half,
                high=sums.mean + half,
                rows=sums.n,
            )
        )
    if all(math.isnan(point.value) for point in points):
        return _volume(frame)
    return Series(metric=metric_name(loss), points=tuple(points))


def _volume(frame: Frame) -> Series | None:
    points = tuple(
        Point(
            window=window,
            value=float(profile.rows.kept) if profile else 0.0,
            rows=profile.rows.kept if profile else 0,
        )
        for window, profile in zip(frame.windows, frame.of(EVERYTHING), strict=True)
    )
    return Series(metric="rows", points=points) if points else None
