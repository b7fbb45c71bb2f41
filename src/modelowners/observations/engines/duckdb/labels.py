"""Labels: the truth from a second source, the latest that was known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from modelowners.observations.engines.duckdb.columns import Column, as_label
from modelowners.observations.engines.duckdb.connection import quoted
from modelowners.observations.engines.duckdb.roles import Roles, require
from modelowners.observations.engines.duckdb.sources import Source, relation_sql
from modelowners.observations.engines.duckdb.times import instant_sql, timestamp_sql
from modelowners.observations.logs import PredictionLog

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """
    How the truth reaches a row.

    Parameters
    ----------
    type_name : str
        The engine's type of the truth.
    expression : str
        SQL of the raw truth over the joined row, null where not known.
    known : str
        SQL of when the truth became known; null where nothing tells.
    join : str
        SQL that follows the FROM clause; empty for labels in the same row.
    """

    type_name: str
    expression: str
    known: str
    join: str


def inline(log: PredictionLog, roles: Roles, as_of: datetime | None) -> Joined:
    """Give the truth that stands in the same row, as an expression over the source."""
    actual = roles.label["actual"]
    expression = quoted(actual.name)
    known = roles.label.get("logged_at") or roles.label.get("ts")
    told = instant_sql(known, log.timezone) if known else "CAST(NULL AS TIMESTAMP)"
    if as_of is not None:
        at = (
            told
            if known
            else _due(
                instant_sql(roles.ts, log.timezone),
                log.labels.delay if log.labels else timedelta(0),
            )
        )
        expression = f"CASE WHEN {at} <= {timestamp_sql(as_of)} THEN {expression} END"
    return Joined(
        type_name=actual.type_name, expression=expression, known=told, join=""
    )


def second_source(
    connection: duckdb.DuckDBPyConnection,
    log: PredictionLog,
    truth: Source,
    *,
    as_of: datetime | None,
) -> Joined:
    """
    Copy the labels known at an instant into the connection, one per key.

    Of several the latest `logged_at` wins, then the latest label time, then the
    greatest value: later deliveries correct earlier ones, in any order of files.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Allowed to read the label files.
    log : PredictionLog
        With labels in a second source.
    truth : Source
        The label files.
    as_of : datetime or None
        None: every label is known.

    Returns
    -------
    Joined
        For rows that have ``prediction_id``, ``entity_key`` and ``ts``.
    """
    labels = log.labels
    assert labels is not None  # noqa: S101 - callers look at log.labels first
    spelt = {name.lower(): name for name in truth.types}

    def column(name: str, role: str) -> Column:
        found = require(log, spelt, name, role)
        return Column(name=found, type_name=truth.types[found], target="")

    actual = column(labels.actual, "`labels: actual`")
    key = column(labels.key_column, f"`labels: {labels.key}`")
    at = (
        instant_sql(column(labels.ts, "`labels: ts`"), log.timezone)
        if labels.ts
        else ""
    )
    logged = (
        instant_sql(column(labels.logged_at, "`labels: logged_at`"), log.timezone)
        if labels.logged_at
        else ""
    )
    null = "CAST(NULL AS TIMESTAMP)"
    known = logged or at or null
    by_time = labels.key == "entity_key" and bool(at)
    table = "truth_all" if as_of is None else f"truth_{timestamp_sql(as_of)}"
    filters = [f"{quoted(key.name)} IS NOT NULL"]
    if as_of is not None:
        filters.append(f"coalesce({known} <= {timestamp_sql(as_of)}, TRUE)")
    if by_time:
        filters.append(f"{at} IS NOT NULL")
    group = "key, moment" if by_time else "key"
    rank = "{logged: logged, moment: moment, actual: CAST(actual AS VARCHAR)}"
    picked = "moment" if by_time else f"arg_max(moment, {rank}) AS moment"
    connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {quoted(table)} AS "
        f"SELECT key, {picked}, arg_max(actual, {rank}) AS actual, "
        f"arg_max(known, {rank}) AS known FROM ("
        f"SELECT {as_label(key)} AS key, {quoted(actual.name)} AS actual, "
        f"coalesce({logged or null}, TIMESTAMP '0001-01-01') AS logged, "
        f"{at or null} AS moment, {known} AS known "
        f"FROM {relation_sql(connection, truth)} WHERE {' AND '.join(filters)}) "
        f"GROUP BY {group}"
    )
    return Joined(
        type_name=actual.type_name,
        expression=_known(as_of, labels.delay, by_time=by_time),
        known="truth.known",
        join=_join(quoted(table), labels.key, by_time=by_time),
    )


def _join(table: str, key: str, *, by_time: bool) -> str:
    if by_time:
        return (
            f"ASOF LEFT JOIN {table} AS truth "
            f"ON r.{key} = truth.key AND truth.moment >= r.ts"
        )
    return f"LEFT JOIN {table} AS truth ON r.{key} = truth.key"


def _known(as_of: datetime | None, delay: timedelta, *, by_time: bool) -> str:
    terms: list[str] = []
    if as_of is not None:
        terms.append(
            f"coalesce(truth.known, {_due('r.ts', delay)}) <= {timestamp_sql(as_of)}"
        )
    if by_time and delay:
        # A later label of the same entity is the truth of a later prediction.
        terms.append(f"truth.moment <= {_due('r.ts', delay)}")
    if not terms:
        return "truth.actual"
    return f"CASE WHEN {' AND '.join(terms)} THEN truth.actual END"


def _due(ts: str, delay: timedelta) -> str:
    micros = delay // timedelta(microseconds=1)
    return f"({ts} + to_microseconds({micros}))"
