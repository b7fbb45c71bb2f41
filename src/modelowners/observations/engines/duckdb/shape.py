"""Shapes: what a log looks like, and how every row of it fared."""

from __future__ import annotations

from modelowners.core.time import from_micros
from modelowners.observations.engines.duckdb.canonical import prepare
from modelowners.observations.engines.duckdb.rows import EARLIEST, EVER, FUTURE
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
    rows, first, last = _span(session)
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


def _span(session: Session) -> tuple[int, int | None, int | None]:
    """Count the rows, and give the first and last time that a row can have."""
    if session.log.version is not None:
        # Whose rows they are is known only once they are read.
        kept = prepare(session, EVER).unlabelled
        span = f"SELECT count(*), epoch_us(min(ts)), epoch_us(max(ts)) FROM {kept}"
        return session.connection.execute(span).fetchone() or (0, None, None)
    instant = instant_sql(session.roles.ts, session.log.timezone)
    # A time that no row can have would stretch the log over years of nothing.
    possible = f"isfinite({instant}) AND {instant} >= {timestamp_sql(EARLIEST)}"
    if session.now is not None:
        possible += f" AND {instant} <= {timestamp_sql(session.now + FUTURE)}"
    names = [session.roles.ts.name]
    return session.connection.execute(
        f"SELECT count(*), epoch_us(min(t)), epoch_us(max(t)) FROM ("
        f"SELECT CASE WHEN {possible} THEN {instant} END AS t "
        f"FROM {relation_sql(session.connection, session.source, names)})"
    ).fetchone() or (0, None, None)
