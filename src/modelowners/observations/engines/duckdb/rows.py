"""Rows: which are dropped, each with one reason, by a pass over few columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from modelowners.core.time import EPOCH, TimeWindow
from modelowners.observations.engines.duckdb.columns import as_label
from modelowners.observations.engines.duckdb.connection import quoted
from modelowners.observations.engines.duckdb.outcomes import (
    prediction_sql,
    score_sql,
    unreadable_sql,
)
from modelowners.observations.engines.duckdb.roles import Roles
from modelowners.observations.engines.duckdb.sources import FILE, ROW
from modelowners.observations.engines.duckdb.times import (
    bucket_sql,
    inside_sql,
    instant_sql,
    pruning_sql,
    timestamp_sql,
)
from modelowners.observations.logs import PredictionLog, Task

if TYPE_CHECKING:
    import duckdb

FUTURE = timedelta(minutes=5)
"""A row later than this after it was logged, or after now, cannot be."""

EARLIEST = EPOCH + timedelta(seconds=1e8)
"""Times before (3 March 1973) are a filled-in 0 or a typing error."""

REASONS = (
    "no_timestamp",
    "bad_timestamp",
    "future_timestamp",
    "error_status",
    "null_request",
    "cast_failed",
    "no_prediction",
    "duplicate",
)
"""In the order in which they are tried; the first that holds is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRules:
    """
    What decides about a row: the declaration, the columns, and the instants.

    `as_of` is when things were known, `now` what counts as the future; either
    may be None.
    """

    log: PredictionLog
    roles: Roles
    task: Task
    as_of: datetime | None = None
    now: datetime | None = None

    @property
    def instant(self) -> str:
        """SQL of the event time, naive UTC."""
        return instant_sql(self.roles.ts, self.log.timezone)

    @property
    def logged(self) -> str | None:
        """SQL of the time a row was logged, naive UTC, where it is known."""
        column = self.roles.get("logged_at")
        return instant_sql(column, self.log.timezone) if column else None

    @property
    def known(self) -> str:
        """SQL condition that a row was known `as_of`."""
        if self.as_of is None:
            return "TRUE"
        at = f"coalesce({self.logged or 'NULL'}, {self.instant})"
        return f"coalesce({at} <= {timestamp_sql(self.as_of)}, TRUE)"

    @property
    def timely(self) -> str:
        """SQL condition that a row's time is none it cannot have yet."""
        future = self._future()
        return f"NOT coalesce({future}, FALSE)" if future else "TRUE"

    @property
    def identity(self) -> str:
        """SQL of what makes two rows deliveries of one: their id, else content."""
        column = self.roles.get("prediction_id")
        if column is None:
            return f"CAST({self.content} AS VARCHAR)"
        return f"coalesce({as_label(column)}, CAST({self.content} AS VARCHAR))"

    @property
    def content(self) -> str:
        """SQL of a hash of everything a row says."""
        return f"hash({', '.join(quoted(name) for name in self.roles.names)})"

    def reason(self) -> str:
        """Give the SQL of the reason a row is dropped; null where it is kept."""
        ts = quoted(self.roles.ts.name)
        instant = self.instant
        blank = f" OR trim({ts}) = ''" if self.roles.ts.type_name == "VARCHAR" else ""
        cases = [
            (f"{ts} IS NULL{blank}", "no_timestamp"),
            (f"{instant} IS NULL OR NOT isfinite({instant})", "bad_timestamp"),
            (f"{instant} < {timestamp_sql(EARLIEST)}", "bad_timestamp"),
        ]
        if future := self._future():
            cases.append((future, "future_timestamp"))
        if (status := self.roles.get("status_code")) is not None:
            code = f"TRY_CAST({quoted(status.name)} AS DOUBLE)"
            cases.append((f"{code} >= 400", "error_status"))
        score, prediction = self.roles.get("score"), self.roles.get("prediction")
        number = score or (prediction if self.task is Task.REGRESSION else None)
        cases.append((unreadable_sql(number), "cast_failed"))
        empty = (
            f"{score_sql(score, prediction, self.task)} IS NULL "
            f"AND {prediction_sql(prediction, self.task)} IS NULL"
        )
        cases.append((empty, "no_prediction"))
        whens = " ".join(
            f"WHEN {test} THEN '{name}'" for test, name in cases if test != "FALSE"
        )
        return f"CASE {whens} END"

    def _future(self) -> str:
        margin = f"to_microseconds({FUTURE // timedelta(microseconds=1)})"
        tests = []
        if self.logged:
            tests.append(f"{self.instant} > {self.logged} + {margin}")
        if self.now is not None:
            tests.append(f"{self.instant} > {timestamp_sql(self.now)} + {margin}")
        return " OR ".join(tests)

    def narrow(self, base: str, window: TimeWindow, *, extra: str = "") -> str:
        """Give the SELECT of place, time and reason of each known row in a window."""
        # Rows whose event time is unreadable belong where they were logged, so
        # file statistics of the event time cannot rule them out.
        pruned = (
            "TRUE"
            if self.logged or window == EVER
            else pruning_sql(self.roles.ts, self.log.timezone, window)
        )
        logged = self.logged or "CAST(NULL AS TIMESTAMP)"
        untimed = "('no_timestamp', 'bad_timestamp', 'future_timestamp')"
        return (
            f"SELECT * FROM (SELECT *, CASE WHEN reason IN {untimed} THEN logged "
            f"ELSE instant END AS moment FROM (SELECT {quoted(FILE)} AS file, "
            f"{quoted(ROW)} AS line, {self.instant} AS instant, {logged} AS logged, "
            f"{self.reason()} AS reason{extra} FROM {base} "
            f"WHERE {pruned} AND {self.known})) "
            f"WHERE {_within(window)}"
        )


EVER = TimeWindow(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
"""The window of every instant; rows without one are in it too."""


def _within(window: TimeWindow) -> str:
    inside = inside_sql("moment", window)
    return (
        f"(moment IS NULL OR NOT isfinite(moment) OR {inside})"
        if window == EVER
        else inside
    )


def reject(
    connection: duckdb.DuckDBPyConnection,
    base: str,
    table: str,
    *,
    rules: RowRules,
    window: TimeWindow,
) -> int:
    """
    Make a table of the rows that are dropped.

    Its columns are file, line, moment, reason, and of a duplicate whether it
    says the same as the row kept.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the relation is.
    base : str
        View of all rows.
    table : str
        Name of the table to make.
    rules : RowRules
        What decides.
    window : TimeWindow
        Made of whole base windows: deliveries of one prediction are sought
        within each, so that the answer does not depend on the window asked for.

    Returns
    -------
    int
        Rows in the table.
    """
    bucket = bucket_sql("moment", rules.log.grain)
    with_identity = rules.narrow(
        base, window, extra=f", hash({rules.identity}) AS identity"
    )
    counts = connection.execute(
        f"SELECT {bucket}, count(*) FILTER (reason IS NOT NULL), "
        "count(*) FILTER (reason IS NULL), "
        "count(DISTINCT identity) FILTER (reason IS NULL) "
        f"FROM ({with_identity}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    connection.execute(
        f"CREATE TEMP TABLE {table} (file BIGINT, line BIGINT, moment TIMESTAMP, "
        "reason VARCHAR, same BOOLEAN)"
    )
    if any(dropped for _, dropped, _, _ in counts):
        connection.execute(
            f"INSERT INTO {table} SELECT file, line, moment, reason, NULL "
            f"FROM ({rules.narrow(base, window)}) WHERE reason IS NOT NULL"
        )
        _name_null_requests(connection, base, table, rules)
    doubled = [number for number, _, kept, distinct in counts if kept != distinct]
    if doubled:
        _add_duplicates(connection, base, table, rules=rules, window=window)
    found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def _name_null_requests(
    connection: duckdb.DuckDBPyConnection, base: str, table: str, rules: RowRules
) -> None:
    """Tell rows in which nothing was asked from those in which nothing was answered."""
    if not rules.roles.features:
        return
    nothing = " AND ".join(
        f"b.{quoted(column.name)} IS NULL" for column in rules.roles.features
    )
    connection.execute(
        f"UPDATE {table} SET reason = 'null_request' FROM {base} AS b "
        f"WHERE {table}.reason = 'no_prediction' AND b.{quoted(FILE)} = {table}.file "
        f"AND b.{quoted(ROW)} = {table}.line AND {nothing}"
    )


def _add_duplicates(
    connection: duckdb.DuckDBPyConnection,
    base: str,
    table: str,
    *,
    rules: RowRules,
    window: TimeWindow,
) -> None:
    """Keep of each prediction the smallest (logged_at, ts, row hash)."""
    narrow = rules.narrow(
        base,
        window,
        extra=f", {rules.identity} AS identity, {rules.content} AS content",
    )
    bucket = bucket_sql("moment", rules.log.grain)
    connection.execute(
        f"INSERT INTO {table} WITH valid AS (SELECT *, {bucket} AS bucket "
        f"FROM ({narrow}) WHERE reason IS NULL), "
        "doubled AS (SELECT bucket, identity FROM valid GROUP BY ALL "
        "HAVING count(*) > 1), "
        "ranked AS (SELECT valid.*, row_number() OVER ("
        "PARTITION BY valid.bucket, valid.identity "
        "ORDER BY logged NULLS LAST, moment, content, file, line) AS place, "
        "content = min_by(content, {logged: logged, moment: moment, content: content}) "
        "OVER (PARTITION BY valid.bucket, valid.identity) AS same "
        "FROM valid SEMI JOIN doubled ON valid.bucket = doubled.bucket "
        "AND valid.identity = doubled.identity) "
        "SELECT file, line, moment, 'duplicate', same FROM ranked WHERE place > 1"
    )
