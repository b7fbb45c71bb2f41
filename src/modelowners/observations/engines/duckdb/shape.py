"""Shapes: what a log looks like, and how every row of it fared."""

from __future__ import annotations

from modelowners.core.time import from_micros
from modelowners.observations.engines.duckdb.rows import EARLIEST, FUTURE
from modelowners.observations.engines.duckdb.session import Session
from modelowners.observations.engines.duckdb.sources import relation_sql
from modelowners.observations.engines.duckdb.times import instant_sql, timestamp_sql
from modelowners.observations.questions import LogShape


def describe(session: Session) -> LogShape:
    """
    Give columns, types, rows, time range, files and unreadable files.

    Parameters
    ----------
    session : Session
        The opened log.

    Returns
    -------
    LogShape
        CSV columns have the type their first values look like.
    """
    source = session.source
    instant = instant_sql(session.roles.ts, session.log.timezone)
    # A time that no row can have would stretch the log over years of nothing.
    possible = f"isfinite({instant}) AND {instant} >= {timestamp_sql(EARLIEST)}"
    if session.now is not None:
        possible += f" AND {instant} <= {timestamp_sql(session.now + FUTURE)}"
    rows, first, last = session.connection.execute(
        f"SELECT count(*), epoch_us(min(t)), epoch_us(max(t)) FROM ("
        f"SELECT CASE WHEN {possible} THEN {instant} END AS t "
        f"FROM {relation_sql(session.connection, source, [session.roles.ts.name])})"
    ).fetchone() or (0, None, None)
    unreadable = dict(source.unreadable)
    if session.truth is not None:
        unreadable.update(session.truth.unreadable)
    return LogShape(
        columns={
            name: source.targets.get(name, stored)
            for name, stored in source.types.items()
        },
        rows=rows,
        first=None if first is None else from_micros(first),
        last=None if last is None else from_micros(last),
        files=tuple(file.name for file in source.files),
        unreadable=unreadable,
        differing=source.differing,
    )
