"""Numeric columns of a scan: moments, shares and counts between edges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from modelowners.observations.binning import FEW
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.connection import double, quoted
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.profiles import Counts, Edges, NumericProfile

if TYPE_CHECKING:
    import duckdb

COLUMNS_A_STATEMENT = 60
_FIGURES = 12


def scan_numbers(  # noqa: PLR0913 - what, by what, and between what
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    columns: Sequence[str],
    *,
    grouping: Grouping,
    edges: Mapping[str, Edges],
    distinct: bool = True,
) -> Iterator[tuple[Group, str, NumericProfile]]:
    """
    Profile numeric columns by group, one statement per 60 columns.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the views.
    canonical : Canonical
        The rows.
    columns : sequence of str
        Numeric columns, ``score`` among them.
    grouping : Grouping
        Which rows belong together.
    edges : mapping of str to Edges
        Where to count; columns without edges get moments only.
    distinct : bool
        Count distinct values too: exact, and half of the cost.

    Yields
    ------
    tuple of (Group, str, NumericProfile)
        Every group and column.
    """
    for first in range(0, len(columns), COLUMNS_A_STATEMENT):
        chunk = columns[first : first + COLUMNS_A_STATEMENT]
        figures = ", ".join(
            sql
            for column in chunk
            for sql in _figures(canonical, column, edges.get(column))
        )
        values = {
            column: _distinct(connection, canonical, column, grouping)
            for column in (chunk if distinct else ())
        }
        rows = connection.execute(
            grouping.select(f"count(*), {figures}", canonical.unlabelled)
        )
        while batch := rows.fetchmany(64):
            for row in batch:
                group, n = Group(row[0], row[1]), row[2]
                for i, column in enumerate(chunk):
                    part = row[3 + _FIGURES * i : 3 + _FIGURES * (i + 1)]
                    found = _profile(n, part, edges.get(column))
                    number = values.get(column, {}).get(group, 0) if distinct else None
                    yield group, column, replace(found, distinct=number)


def _distinct(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    column: str,
    grouping: Grouping,
) -> dict[Group, int]:
    """Count distinct values; a column a statement is cheaper than all in one."""
    x = canonical.finite(column)
    rows = connection.execute(
        f"SELECT bucket, part, count(x) FROM (SELECT DISTINCT {grouping.bucket} AS "
        f"bucket, {grouping.part} AS part, {x} AS x FROM {canonical.unlabelled} "
        f"WHERE {grouping.where}) GROUP BY ALL"
    ).fetchall()
    return {Group(bucket, part): number for bucket, part, number in rows}


def _figures(canonical: Canonical, column: str, edges: Edges | None) -> list[str]:
    # Over no rows or nulls alone `count_if` is null.
    stored = canonical.ref(column)
    x = canonical.finite(column)
    failed = canonical.failing.get(column)
    if edges is None:
        pivoted, spread, counts = f"fsum({x})", f"var_pop({x}) * count({x})", "NULL"
    else:
        # Squares of deviations from a value inside the reference do not cancel.
        d = f"({x} - {double(_pivot(edges))})"
        pivoted, spread = f"fsum({d})", f"fsum({d} * {d})"
        counts = _counts_sql(x, edges)
    return [
        f"count({x})",
        f"count({stored})",
        f"count(*) FILTER (isnan({stored}))",  # count_if of nulls is NULL
        f"coalesce(count_if({quoted(failed)}), 0)" if failed else "0",
        f"min({x})",
        f"max({x})",
        pivoted,
        spread,
        f"coalesce(count_if({x} = 0), 0)",
        f"coalesce(count_if({x} < 0), 0)",
        f"count({x})"
        if canonical.is_whole(column)
        else f"coalesce(count_if({x} = trunc({x})), 0)",
        counts,
    ]


def _counts_sql(x: str, edges: Edges) -> str:
    if len(edges.values) <= FEW:
        # So few comparisons cost a third of a histogram.
        below = (
            f"coalesce(count_if({x} < {double(edge)}), 0)"
            for edge in edges.values.tolist()
        )
        return f"[{', '.join(below)}]"
    # `histogram` closes its bins on the right; counting -x closes ours left.
    negated = ", ".join(double(-value) for value in edges.values[::-1].tolist())
    return f"histogram(-{x}, [{negated}])"


def _pivot(edges: Edges) -> float:
    return float(edges.values[len(edges.values) // 2])


def _profile(
    rows: int, figures: Sequence[object], edges: Edges | None
) -> NumericProfile:
    n, present, nans, failed, low, high, total, spread = figures[:8]
    zeros, below, whole, found = figures[8:]
    assert isinstance(n, int)  # noqa: S101 - `count` gives whole numbers
    assert isinstance(present, int)  # noqa: S101 - the same
    assert isinstance(nans, int)  # noqa: S101 - the same
    mean, m2 = _moments(n, total, spread, edges)
    return NumericProfile(
        n=n,
        nulls=rows - present,
        nans=nans,
        infinite=present - n - nans,
        failed=_whole(failed),
        minimum=_number(low),
        maximum=_number(high),
        mean=mean,
        m2=m2,
        zeros=_whole(zeros),
        negatives=_whole(below),
        whole=_whole(whole),
        distinct=None,
        counts=_counts(n, found, edges),
    )


def _moments(
    n: int, total: object, spread: object, edges: Edges | None
) -> tuple[float, float]:
    if not n:
        return math.nan, 0.0
    first, second = _number(total), _number(spread)
    if edges is None:
        return first / n, max(second, 0.0)
    return _pivot(edges) + first / n, max(second - first * first / n, 0.0)


def _counts(n: int, found: object, edges: Edges | None) -> Counts:
    if edges is None:
        return np.zeros(0, np.int64)
    if isinstance(found, list):
        steps = [after - before for before, after in pairwise([0, *found, n])]
        return np.array(steps, np.int64)
    counts = np.zeros(edges.n_bins, np.int64)
    if isinstance(found, dict):
        # Keys rise from -(last edge); the overflow, values below the first
        # edge, comes last and only where there are any.
        counts[::-1][: len(found)] = list(found.values())
    return counts


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
