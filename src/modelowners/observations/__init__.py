"""
Observations: prediction logs, read once where they lie, reduced to small values.

Everything above works on `Profile` values, or asks an engine a precise further
question. Importing this package loads neither NumPy nor an engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelowners.observations.declaration import read_log, read_reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from modelowners.core.time import TimeWindow
    from modelowners.observations.logs import PredictionLog
    from modelowners.observations.ports import Engine, Progress
    from modelowners.observations.profiles import Profile

__all__ = ["profile", "read_log", "read_reference"]


def profile(  # noqa: PLR0913 - all but the log by name
    log: PredictionLog,
    *,
    engine: Engine,
    windows: Sequence[TimeWindow],
    reference: TimeWindow | None = None,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> tuple[Profile, ...]:
    """
    Profile some windows of a log, on edges from their reference.

    Parameters
    ----------
    log : PredictionLog
        The log.
    engine : Engine
        Reads it.
    windows : sequence of TimeWindow
        UTC, half-open, oldest first.
    reference : TimeWindow, optional
        Where the edges come from; None: as declared, else the 28 days before
        the last window.
    as_of : datetime, optional
        Only what was known then; None: everything.
    progress : Progress, optional
        Told how far it is.

    Returns
    -------
    tuple of Profile
        One per partition and window, in the order of the windows.

    Examples
    --------
    >>> from modelowners.observations.engines.duckdb.engine import DuckDBEngine
    >>> profile(None, engine=DuckDBEngine(), windows=())
    ()
    """
    if not windows:
        return ()
    from modelowners.observations.windows import (  # noqa: PLC0415 - keeps `lint` light
        reference_for,
    )

    edges = engine.edges(log, reference or reference_for(log, windows[-1]))
    found = engine.profile(log, windows, edges=edges, as_of=as_of, progress=progress)
    return tuple(found)
