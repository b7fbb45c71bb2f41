"""Contrast: columns before and after, by exact quantiles and common values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.samples import (
    finite,
    has_column,
    is_numeric,
    within,
)
from modelowners.observations.logs import Task
from modelowners.observations.profiles import Partition
from modelowners.observations.questions import QUANTILE_LEVELS, Contrast, Side

if TYPE_CHECKING:
    import duckdb

COMMON = 40
"""Commonest values of either side that are counted by name."""

_TABLE = "contrasted"
_SIDES = ("before", "after")


def contrast(  # noqa: PLR0913 - the question's own words
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    columns: Sequence[str],
    *,
    before: TimeWindow,
    after: TimeWindow,
    partition: Partition,
) -> dict[str, Contrast]:
    """
    Compare columns of two windows.

    The rows of both windows are read once into a temporary table; then one
    statement gives the moments and quantiles of all columns, one their values.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    columns : sequence of str
        Those the log does not have are left out of the answer.
    before, after : TimeWindow
        UTC, half-open, not overlapping.
    partition : Partition
        Rows outside do not count.

    Returns
    -------
    dict of str to Contrast
        By column, in the order asked.
    """
    asked = [
        _Column(name, f"c{i}", is_numeric(canonical, name))
        for i, name in enumerate(dict.fromkeys(columns))
        if has_column(canonical, name)
    ]
    if not asked:
        return {}
    _gather(connection, canonical, asked, (before, after, partition))
    try:
        rows = _count_rows(connection)
        moments = _read_moments(connection, asked)
        values = _read_values(connection, asked, moments)
    finally:
        connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")
    answer = {}
    for column in asked:
        sides = {
            side: _side(column, rows[side], moments[column.name, side], found)
            for side, found in values[column.name].sides.items()
        }
        answer[column.name] = Contrast(
            column=column.name,
            numeric=column.numeric,
            before=sides["before"],
            after=sides["after"],
            control_unseen=values[column.name].control,
        )
    return answer


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    alias: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class _Moments:
    """Of one column on one side."""

    n: int = 0
    mean: float = math.nan
    minimum: float = math.nan
    maximum: float = math.nan
    whole: float = math.nan
    lengths: tuple[int, int] = (0, 0)
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Values:
    """Common values of one column on one side, and what is not on the other."""

    values: Mapping[str, int]
    mean_actual: Mapping[str, float]
    distinct: int
    unseen: int
    squares: float


@dataclass(frozen=True, slots=True)
class _BothValues:
    sides: Mapping[str, _Values]
    control: float


def _gather(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    columns: Sequence[_Column],
    rows: tuple[TimeWindow, TimeWindow, Partition],
) -> None:
    before, after, partition = rows
    middle = TimeWindow(before.start, before.start + before.length / 2)
    chosen = ", ".join(f"{_value(canonical, c)} AS {c.alias}" for c in columns)
    # Labels of many classes have no mean.
    truth = "NULL" if canonical.task is Task.MULTICLASS else finite("actual")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {_TABLE} AS
        SELECT CASE WHEN {within(after)} THEN 'after' ELSE 'before' END AS side,
               {within(middle)} AS early, CAST({truth} AS DOUBLE) AS truth, {chosen}
        FROM {canonical.name}
        WHERE ({within(before)} OR {within(after)})
          AND ({canonical.where(partition)})
        """
    )


def _value(canonical: Canonical, column: _Column) -> str:
    value = canonical.ref(column.name)
    return finite(value) if column.numeric else value


def _count_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = connection.execute(
        f"SELECT side, count(*) FROM {_TABLE} GROUP BY side"
    ).fetchall()
    return dict.fromkeys(_SIDES, 0) | dict(found)


def _read_moments(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[_Column]
) -> dict[tuple[str, str], _Moments]:
    levels = ", ".join(str(level) for level in QUANTILE_LEVELS)
    parts = []
    for column in columns:
        x = column.alias
        numeric = (
            f"fsum({x}), min({x}), max({x}), count(*) FILTER ({x} = trunc({x})), "
            f"quantile_cont({x}, [{levels}])"
        )
        text = f"min(length({x})), max(length({x})), NULL, NULL, NULL"
        parts.append(f"count({x}), {numeric if column.numeric else text}")
    found = connection.execute(
        f"SELECT side, {', '.join(parts)} FROM {_TABLE} GROUP BY side"
    ).fetchall()
    moments = {(c.name, side): _Moments() for c in columns for side in _SIDES}
    for side, *numbers in found:
        for i, column in enumerate(columns):
            n, *rest = numbers[6 * i : 6 * i + 6]
            if n:
                moments[column.name, side] = _moments_of(column, n, rest)
    return moments


def _moments_of(column: _Column, n: int, rest: Sequence[object]) -> _Moments:
    first, second, third, fourth, quantiles = rest
    if not column.numeric:
        return _Moments(n=n, lengths=(_whole(first), _whole(second)))
    return _Moments(
        n=n,
        mean=_number(first) / n,
        minimum=_number(second),
        maximum=_number(third),
        whole=_whole(fourth) / n,
        quantiles=tuple(quantiles) if isinstance(quantiles, list) else (),
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan


def _whole(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) else 0


def _read_values(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[_Column],
    moments: Mapping[tuple[str, str], _Moments],
) -> dict[str, _BothValues]:
    found = connection.execute(
        " UNION ALL ".join(
            _values_statement(i, c, [moments[c.name, side].mean for side in _SIDES])
            for i, c in enumerate(columns)
        )
    ).fetchall()
    return {columns[row[0]].name: _both_values(*row[1:]) for row in found}


_Common = tuple[list[str], list[int], list[int], list[float | None]]
"""A value as shown and in full, its rows, labelled rows and sum of truth, by side."""


def _both_values(
    counts: tuple[list[int], list[int | None], list[float | None]],
    control: tuple[int | None, int | None],
    *listed: list[_Common] | None,
) -> _BothValues:
    distinct, unseen, squares = counts
    late, late_unseen = control
    common = _common([row for rows in listed for row in rows or ()])
    sides = {
        side: _Values(
            values={text: rows[s] for text, (rows, _, _) in common.items()},
            mean_actual={
                text: truth[s] / labelled[s]
                for text, (_, labelled, truth) in common.items()
                if labelled[s]
            },
            distinct=distinct[s],
            unseen=unseen[s] or 0,
            squares=squares[s] or 0.0,
        )
        for s, side in enumerate(_SIDES)
    }
    return _BothValues(sides, (late_unseen or 0) / late if late else 0.0)


def _values_statement(at: int, column: _Column, means: Sequence[float]) -> str:
    """Give the statement that counts one column's values; one row, two structs."""
    x = column.alias
    squares = ", ".join(
        f"fsum(n{s} * (v - {mean!r}) ** 2)"
        if column.numeric and math.isfinite(mean)
        else "CAST(NULL AS DOUBLE)"
        for s, mean in enumerate(means)
    )
    text = "printf('%.12g', v)" if column.numeric else "v"
    row = f"[{text}, CAST(v AS VARCHAR)], [n0, n1], [l0, l1], [t0, t1]"
    tops = ", ".join(
        f"(SELECT list(row({row}) ORDER BY n{s} DESC, v) FROM "
        f"(FROM g WHERE n{s} > 0 ORDER BY n{s} DESC, v LIMIT {COMMON}))"
        for s in range(2)
    )
    sides = ", ".join(
        f"count(*) FILTER (side = '{side}') AS n{s}, "
        f"count(truth) FILTER (side = '{side}') AS l{s}, "
        f"fsum(truth) FILTER (side = '{side}') AS t{s}"
        for s, side in enumerate(_SIDES)
    )
    grouped = (
        f"SELECT {x} AS v, count(*) FILTER (early) AS early, {sides} "
        f"FROM {_TABLE} WHERE {x} IS NOT NULL GROUP BY {x}"
    )
    figures = (
        "row([count(*) FILTER (n0 > 0), count(*) FILTER (n1 > 0)], "
        "[CAST(sum(n0) FILTER (n1 = 0) AS BIGINT), "
        f"CAST(sum(n1) FILTER (n0 = 0) AS BIGINT)], [{squares}]), "
        "row(CAST(sum(n0 - early) AS BIGINT), "
        "CAST(sum(n0 - early) FILTER (early = 0) AS BIGINT))"
    )
    return f"(WITH g AS MATERIALIZED ({grouped}) SELECT {at}, {figures}, {tops} FROM g)"


def _common(
    rows: Sequence[_Common],
) -> dict[str, tuple[list[int], list[int], list[float]]]:
    """Rows, labelled rows and sum of truth, before and after, by value as text."""
    merged: dict[str, tuple[list[int], list[int], list[float]]] = {}
    # Listed for both sides, a value comes twice; two numbers alike to twelve
    # digits are one value.
    unique = {row[0][1]: row for row in rows}
    for (text, _), counts, labelled, truth in unique.values():
        sums = merged.setdefault(text, ([0, 0], [0, 0], [0.0, 0.0]))
        for s in range(2):
            sums[0][s] += counts[s]
            sums[1][s] += labelled[s]
            sums[2][s] += truth[s] or 0.0
    return merged


def _side(column: _Column, rows: int, moments: _Moments, found: _Values) -> Side:
    sd = math.nan
    if column.numeric and moments.n:
        sd = math.sqrt(max(found.squares, 0.0) / moments.n)
    return Side(
        rows=rows,
        n=moments.n,
        nulls=rows - moments.n,
        quantiles=np.array(moments.quantiles, np.float64),
        mean=moments.mean,
        sd=sd,
        minimum=moments.minimum,
        maximum=moments.maximum,
        values=found.values,
        mean_actual=found.mean_actual,
        distinct=found.distinct,
        unseen=found.unseen / moments.n if moments.n else 0.0,
        whole=moments.whole,
        lengths=moments.lengths,
    )
