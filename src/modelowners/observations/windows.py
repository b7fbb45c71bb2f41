"""Windows of a log: which are complete, which are labelled, what to compare with."""

from __future__ import annotations

from datetime import datetime, timedelta

from modelowners.core.time import TimeWindow, floor_instant
from modelowners.observations.logs import PredictionLog
from modelowners.observations.questions import LogShape

REFERENCE = timedelta(days=28)
"""Length of a reference that nobody declared."""


def complete_windows(
    log: PredictionLog, shape: LogShape, *, as_of: datetime | None = None
) -> tuple[TimeWindow, ...]:
    """
    Give the base windows from the log's first row to the last one that is over.

    A window is over once `as_of` is past its end by the delivery lag; without
    `as_of` once a later row is there, or its own last moment is.

    Parameters
    ----------
    log : PredictionLog
        Gives the grain and the delivery lag.
    shape : LogShape
        Gives the first and last row.
    as_of : datetime, optional
        UTC; None: the log is all there is.

    Returns
    -------
    tuple of TimeWindow
        Contiguous, oldest first; days without rows between are there too.

    Examples
    --------
    >>> from pathlib import Path
    >>> from modelowners.core.ids import asset_id
    >>> from modelowners.core.time import parse_instant
    >>> log = PredictionLog(
    ...     asset=asset_id("model:eta"), root=Path(), source=("a.csv",), columns={}
    ... )
    >>> shape = LogShape(
    ...     columns={}, rows=9, files=("a.csv",),
    ...     first=parse_instant("2026-06-01T07:00"),
    ...     last=parse_instant("2026-06-03T09:00"),
    ... )
    >>> len(complete_windows(log, shape))
    3
    >>> len(complete_windows(log, shape, as_of=parse_instant("2026-06-03T09:00")))
    2
    """
    if shape.first is None or shape.last is None:
        return ()
    start = floor_instant(shape.first, log.grain)
    if as_of is None:
        end = floor_instant(shape.last, log.grain) + log.grain
    else:
        over = floor_instant(as_of - log.delivery_lag, log.grain)
        end = min(over, floor_instant(shape.last, log.grain) + log.grain)
    return TimeWindow(start, end).split(log.grain) if end > start else ()


def last_labelled(
    log: PredictionLog,
    windows: tuple[TimeWindow, ...],
    *,
    as_of: datetime | None = None,
) -> TimeWindow | None:
    """
    Give the last window whose labels are due; None where none is.

    Parameters
    ----------
    log : PredictionLog
        Gives the label delay.
    windows : tuple of TimeWindow
        Complete windows, oldest first.
    as_of : datetime, optional
        UTC; None: the end of the last window.

    Returns
    -------
    TimeWindow or None
        None too where the log has no labels.

    Examples
    --------
    >>> from pathlib import Path
    >>> from modelowners.core.ids import asset_id
    >>> from modelowners.core.time import DAY
    >>> from modelowners.observations.logs import Labels
    >>> log = PredictionLog(
    ...     asset=asset_id("model:eta"), root=Path(), source=("a.csv",), columns={},
    ...     labels=Labels(actual="late", delay=2 * DAY),
    ... )
    >>> june = TimeWindow.parse("2026-06-01/2026-06-11").split(DAY)
    >>> str(last_labelled(log, june))
    '2026-06-08T00:00:00Z/2026-06-09T00:00:00Z'
    """
    if log.labels is None or not windows:
        return None
    now = windows[-1].end if as_of is None else as_of
    due = [window for window in windows if window.end + log.labels.delay <= now]
    return due[-1] if due else None


def reference_for(log: PredictionLog, window: TimeWindow) -> TimeWindow:
    """
    Give what a window is compared with: as declared, else the 28 days before.

    Examples
    --------
    >>> from pathlib import Path
    >>> from modelowners.core.ids import asset_id
    >>> log = PredictionLog(
    ...     asset=asset_id("model:eta"), root=Path(), source=("a.csv",), columns={}
    ... )
    >>> str(reference_for(log, TimeWindow.parse("2026-06-29")))
    '2026-06-01T00:00:00Z/2026-06-29T00:00:00Z'
    """
    if log.reference is not None:
        return log.reference
    return TimeWindow(window.start - REFERENCE, window.start)
