"""Staleness: whether a column's values repeat those of some windows ago."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.samples import (
    dividing_columns,
    finite,
    span,
    window_index,
    within,
)
from modelowners.observations.profiles import Floats
from modelowners.observations.questions import Staleness

if TYPE_CHECKING:
    import duckdb

_EQUAL = 1e-9
_GROUPING_VALUES = (2, 60)
_MAX_GROUPINGS = 6
_TOGETHER = 2
_ONE_VALUE = 0.9
_FEWEST_REPEATED = 20


def lagged(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    columns: Sequence[str],
    *,
    windows: Sequence[TimeWindow],
    lags: Sequence[int],
) -> tuple[Staleness, ...]:
    """
    Tell how many group values equal those of some windows ago.

    A group is an hour of the day (UTC) and, where the column has one value in
    each hour of each place, tenant or other low-cardinality column, that
    column's value too; else the declared segments. Groups whose value never
    changes are left out.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    columns : sequence of str
        Those that are no numbers are left out of the answer.
    windows : sequence of TimeWindow
        UTC, half-open, of one length, oldest first.
    lags : sequence of int
        Windows back, at least 1; with 1 a frozen column shows too.

    Returns
    -------
    tuple of Staleness
        Columns in order, of each all lags.
    """
    asked = [c for c in dict.fromkeys(columns) if c in canonical.numeric]
    if not asked or not windows:
        return ()
    groupings = _groupings(connection, canonical, windows)
    best: dict[str, _Means] = {}
    for grouping in groupings:
        for column, means in _read(connection, canonical, asked, (grouping, windows)):
            # The coarsest grouping in which the column has one value a group:
            # finer ones only lose groups, coarser ones mix them.
            if column not in best or (
                means.one_value >= _ONE_VALUE > best[column].one_value
            ):
                best[column] = means
    return tuple(
        Staleness(
            column=column,
            lag=lag,
            windows=tuple(windows),
            equal=_share_equal(best[column].table, windows, lag),
        )
        for column in asked
        for lag in lags
    )


def _groupings(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    windows: Sequence[TimeWindow],
) -> list[tuple[str, ...]]:
    """List what may divide the rows: the segments together, nothing, single columns."""
    segments = dividing_columns(connection, canonical)
    others = [*segments, *(c for c in canonical.text if c not in segments)]
    if not others:
        return [()]
    distinct = ", ".join(f"approx_count_distinct({canonical.ref(c)})" for c in others)
    counts = connection.execute(
        f"SELECT {distinct} FROM {canonical.unlabelled} WHERE {within(span(windows))}"
    ).fetchone()
    few = [
        column
        for column, n in zip(others, counts or (), strict=False)
        if _GROUPING_VALUES[0] <= n <= _GROUPING_VALUES[1]
    ]
    declared = tuple(c for c in segments if c in few)[:_TOGETHER]
    single = [(c,) for c in few[:_MAX_GROUPINGS]]
    return list(dict.fromkeys([declared, (), *single]))


@dataclass(frozen=True, slots=True)
class _Means:
    """Group means of one column, shape (n_groups, n_windows), NaN where no rows."""

    table: Floats
    one_value: float
    """Share of groups of several rows in which all are equal, 0 to 1."""


def _read(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    columns: Sequence[str],
    where: tuple[tuple[str, ...], Sequence[TimeWindow]],
) -> Iterator[tuple[str, _Means]]:
    grouping, windows = where
    keys = "".join(f"{canonical.ref(c)} AS k{i}, " for i, c in enumerate(grouping))
    names = "".join(f"k{i}, " for i in range(len(grouping)))
    values = ", ".join(
        f"{finite(canonical.ref(c))} AS c{i}" for i, c in enumerate(columns)
    )
    sums = ", ".join(
        f"fsum(c{i}) AS s{i}, count(c{i}) AS n{i}, "
        f"CAST(min(c{i}) = max(c{i}) AS DOUBLE) AS e{i}"
        for i in range(len(columns))
    )
    found = connection.execute(
        f"SELECT dense_rank() OVER (ORDER BY {names}h) - 1 AS g, * FROM ("
        f"SELECT w, {names}h, {sums} FROM (SELECT {window_index(windows)} AS w, "
        f"{keys}hour(ts) AS h, {values} FROM {canonical.unlabelled} "
        f"WHERE {within(span(windows))}) WHERE w IS NOT NULL GROUP BY ALL)"
    ).fetchnumpy()
    window = np.asarray(found["w"], np.int64)
    group = np.asarray(found["g"], np.int64)
    shape = (int(group.max()) + 1 if len(group) else 0, len(windows))
    for i, column in enumerate(columns):
        n = np.asarray(found[f"n{i}"], np.float64)
        total = np.ma.filled(np.ma.asarray(found[f"s{i}"], np.float64), np.nan)
        same = np.ma.filled(np.ma.asarray(found[f"e{i}"], np.float64), 0.0)
        table = np.full(shape, np.nan)
        some = n > 0
        table[group[some], window[some]] = total[some] / n[some]
        several = n > 1
        one_value = (
            float(same[several].mean()) if several.sum() >= _FEWEST_REPEATED else 0.0
        )
        yield column, _Means(table, one_value)


def _share_equal(table: Floats, windows: Sequence[TimeWindow], lag: int) -> Floats:
    """Give each window's share of groups equal to those `lag` windows earlier."""
    earlier = _earlier(windows, lag)
    equal = np.full(len(windows), np.nan)
    if not len(table):
        return equal
    spread = _spread(table)
    moving = table[spread > 0]
    for now, then in enumerate(earlier):
        if then is None:
            continue
        a, b = moving[:, now], moving[:, then]
        both = np.isfinite(a) & np.isfinite(b)
        if both.any():
            close = np.abs(a - b) <= _EQUAL * np.maximum(np.abs(a), np.abs(b))
            equal[now] = float(close[both].mean())
    return equal


def _spread(table: Floats) -> Floats:
    """Give each group's range beyond rounding, shape (n_groups,)."""
    known = np.isfinite(table)
    high = np.where(known, table, -np.inf).max(axis=1)
    low = np.where(known, table, np.inf).min(axis=1)
    rounding = _EQUAL * np.maximum(np.abs(high), np.abs(low))
    spread: Floats = np.where(known.any(axis=1), high - low - rounding, 0.0)
    return spread


def _earlier(windows: Sequence[TimeWindow], lag: int) -> list[int | None]:
    """Find each window's position `lag` lengths earlier, where there is one."""
    at: Mapping[TimeWindow, int] = {w: i for i, w in enumerate(windows)}
    return [
        at.get(TimeWindow(w.start - lag * w.length, w.end - lag * w.length))
        for w in windows
    ]
