"""Times: SQL that reads instants as naive UTC, whatever they are stored as."""

from __future__ import annotations

from datetime import datetime, timedelta

from modelowners.core.time import TimeWindow, to_micros
from modelowners.observations.engines.duckdb.columns import Column, Kind, kind_of
from modelowners.observations.engines.duckdb.connection import literal, quoted

_ZONED = (
    r"(:[0-9]{2}|T[0-9]{2}|T[0-9]{4,6})([.][0-9]+)? ?"
    r"(Z|z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$"
)
_MARGIN = timedelta(days=2)
_FOUR_DIGITS = 1000


def instant_sql(column: Column, zone: str) -> str:
    """
    Give the SQL of a column as naive UTC; null where it cannot be read.

    Text is read as ISO 8601, each value with its own zone or in `zone`;
    numbers as seconds, milli-, micro- or nanoseconds since 1970, told by size.

    Parameters
    ----------
    column : Column
        As stored.
    zone : str
        IANA name of the zone of times without one.

    Returns
    -------
    str
        A TIMESTAMP expression.

    Examples
    --------
    >>> ts = Column(name="ts", type_name="TIMESTAMP", target="TIMESTAMP")
    >>> instant_sql(ts, "UTC")
    'CAST("ts" AS TIMESTAMP)'
    """
    name, stored = quoted(column.name), column.type_name
    if stored == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {name})"
    if stored.startswith(("TIMESTAMP", "DATE")):
        return _from_zone(f"CAST({name} AS TIMESTAMP)", zone)
    if kind_of(stored) is Kind.NUMERIC and stored != "TIME":
        return _from_epoch(f"CAST({name} AS DOUBLE)")
    if stored == "VARCHAR":
        text = f"trim({name})"
        tight = f"regexp_replace({text}, ' ([+-][0-9:]+)$', '\\1')"
        zoned = f"timezone('UTC', TRY_CAST({tight} AS TIMESTAMP WITH TIME ZONE))"
        naive = _from_zone(f"TRY_CAST({text} AS TIMESTAMP)", zone)
        epoch = _from_epoch(f"TRY_CAST({text} AS DOUBLE)")
        return (
            f"CASE WHEN regexp_matches({text}, '^-?[0-9]{{9,}}([.][0-9]*)?$') "
            f"THEN {epoch} WHEN {zoned_sql(column)} THEN {zoned} ELSE {naive} END"
        )
    return "CAST(NULL AS TIMESTAMP)"


def zoned_sql(column: Column) -> str:
    """Give the SQL that tells whether a text time names its zone."""
    return f"regexp_matches(trim({quoted(column.name)}), {literal(_ZONED)})"


def _from_zone(expression: str, zone: str) -> str:
    if zone in {"UTC", "Etc/UTC"}:
        return expression
    return f"timezone('UTC', timezone({literal(zone)}, {expression}))"


def _from_epoch(number: str) -> str:
    micros = (
        f"CASE WHEN abs({number}) < 1e8 THEN NULL "
        f"WHEN abs({number}) < 1e11 THEN {number} * 1e6 "
        f"WHEN abs({number}) < 1e14 THEN {number} * 1e3 "
        f"WHEN abs({number}) < 1e17 THEN {number} "
        f"WHEN abs({number}) < 9e18 THEN {number} / 1e3 END"
    )
    return f"make_timestamp(CAST({micros} AS BIGINT))"


def pruning_sql(column: Column, zone: str, window: TimeWindow) -> str:
    """
    Give a condition on the stored column that file statistics can answer.

    It is implied by the window (with a margin where zones matter), never
    narrower; ``TRUE`` where the type allows none.

    Examples
    --------
    >>> ts = Column(name="ts", type_name="VARCHAR", target="VARCHAR")
    >>> pruning_sql(ts, "UTC", TimeWindow.parse("2026-06-01"))
    'TRUE'
    """
    stored = column.type_name
    if not stored.startswith(("TIMESTAMP", "DATE")):
        return "TRUE"
    margin = timedelta(0) if zone == "UTC" and stored == "TIMESTAMP" else _MARGIN
    low, high = (
        timestamp_sql(_shift(at, by))
        for at, by in ((window.start, -margin), (window.end, margin))
    )
    cast = "TIMESTAMP WITH TIME ZONE" if stored.endswith("ZONE") else "TIMESTAMP"
    name = quoted(column.name)
    return f"{name} >= CAST({low} AS {cast}) AND {name} < CAST({high} AS {cast})"


def _shift(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return at


def timestamp_sql(at: datetime) -> str:
    """
    Give an instant as a naive UTC TIMESTAMP literal.

    Examples
    --------
    >>> from modelowners.core.time import EPOCH
    >>> timestamp_sql(EPOCH)
    "TIMESTAMP '1970-01-01 00:00:00.000000'"
    """
    return (
        f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S.%f}'"
        if at.year >= _FOUR_DIGITS
        else (f"make_timestamp({to_micros(at)})")
    )


def bucket_sql(expression: str, grain: timedelta) -> str:
    """
    Give the SQL of the base window's number since 1970, rounding down.

    Examples
    --------
    >>> from modelowners.core.time import DAY
    >>> bucket_sql("ts", DAY)[:40]
    'CAST((epoch_us(ts) - (epoch_us(ts) % 864'
    """
    g = grain // timedelta(microseconds=1)
    us = f"epoch_us({expression})"
    return f"CAST(({us} - ({us} % {g} + {g}) % {g}) // {g} AS BIGINT)"


def inside_sql(expression: str, window: TimeWindow) -> str:
    """
    Give the SQL that an instant lies in a half-open window.

    Examples
    --------
    >>> inside_sql("ts", TimeWindow.parse("2026-06-01"))[:44]
    "ts >= TIMESTAMP '2026-06-01 00:00:00.000000'"
    """
    return (
        f"{expression} >= {timestamp_sql(window.start)} "
        f"AND {expression} < {timestamp_sql(window.end)}"
    )
