"""Samples: which rows of a canonical view a question reads, and some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from modelowners.core.time import TimeWindow, to_micros
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.profiles import EVERYTHING, Floats, Partition

if TYPE_CHECKING:
    import duckdb

Texts = npt.NDArray[np.object_]
Values = npt.NDArray[np.generic]
"""One column, shape (n_rows,): float64 with NaN, or text with None, where null."""
"""One column, shape (n_rows,): float64 with NaN, or text with None, where null."""

_HASHES = 2**64
_SLACK = 1.25
_SMALL = 4
_LOOK = 20_000
_FEW_VALUES = (2, 12)
_IMPLICIT = 3


def within(window: TimeWindow) -> str:
    """
    Give the SQL condition that a row is in a window.

    Examples
    --------
    >>> within(TimeWindow.parse("1970-01-01"))
    '(ts >= make_timestamp(0) AND ts < make_timestamp(86400000000))'
    """
    start, end = to_micros(window.start), to_micros(window.end)
    return f"(ts >= make_timestamp({start}) AND ts < make_timestamp({end}))"


def window_index(windows: Sequence[TimeWindow]) -> str:
    """
    Give the SQL of a row's position among windows; null outside all of them.

    Parameters
    ----------
    windows : sequence of TimeWindow
        UTC, half-open, not overlapping, in any order.

    Examples
    --------
    >>> window_index([TimeWindow.parse("1970-01-01")])[:38]
    'CASE WHEN ts >= make_timestamp(0) AND '
    """
    if not windows:
        return "CAST(NULL AS INTEGER)"
    first, length = windows[0].start, windows[0].length
    even = all(
        w.start == first + i * length and w.length == length
        for i, w in enumerate(windows)
    )
    if even:
        start, end = to_micros(first), to_micros(windows[-1].end)
        step = to_micros(windows[0].end) - start
        return (
            f"CASE WHEN ts >= make_timestamp({start}) AND ts < make_timestamp({end}) "
            f"THEN (epoch_us(ts) - {start}) // {step} END"
        )
    cases = " ".join(f"WHEN {within(w)} THEN {i}" for i, w in enumerate(windows))
    return f"CASE {cases} END"


def span(windows: Sequence[TimeWindow]) -> TimeWindow:
    """Give the window from the earliest start to the latest end."""
    return TimeWindow(min(w.start for w in windows), max(w.end for w in windows))


def finite(expression: str) -> str:
    """Give the SQL of a DOUBLE that is null where it is NaN or infinite."""
    return f"CASE WHEN isfinite({expression}) THEN {expression} END"


def has_column(canonical: Canonical, column: str) -> bool:
    """Tell whether a question can read this column."""
    if column == "score":
        return canonical.has_score
    return column in canonical.numeric or column in canonical.text


def is_numeric(canonical: Canonical, column: str) -> bool:
    """Tell whether a column's values are numbers (or times)."""
    return column == "score" or column in canonical.numeric


def dividing_columns(
    connection: duckdb.DuckDBPyConnection, canonical: Canonical
) -> tuple[str, ...]:
    """Give the declared segments, else up to three text features of few values."""
    declared = tuple(c for c in canonical.segments if has_column(canonical, c))
    names = [c for c in canonical.text if c in canonical.features]
    if declared or not names:
        return declared
    distinct = ", ".join(f"count(DISTINCT {canonical.ref(name)})" for name in names)
    counts = connection.execute(
        f"SELECT {distinct} FROM (FROM {canonical.unlabelled} LIMIT {_LOOK})"
    ).fetchone()
    few = [
        name
        for name, count in zip(names, counts or (), strict=False)
        if _FEW_VALUES[0] <= count <= _FEW_VALUES[1]
    ]
    return tuple(few[:_IMPLICIT])


def sample(  # noqa: PLR0913 - what, where, how many: each is plain
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    expressions: Mapping[str, str],
    *,
    where: str,
    limit: int,
    seed: int = 0,
) -> dict[str, Values]:
    """
    Fetch some rows, chosen and ordered by a hash of their id.

    The same rows whatever the order of the log, and no row more often than
    another; `seed` chooses others.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    expressions : mapping of str to str
        Name and SQL of what to fetch of each row.
    where : str
        SQL condition.
    limit : int
        At most so many rows, at least 1.
    seed : int
        Any whole number.

    Returns
    -------
    dict of str to ndarray, shape (n_rows,)
        Numbers as float64, NaN where null; text as objects, None where null.
    """
    found = connection.execute(
        f"SELECT count(*) FROM {canonical.name} WHERE {where}"
    ).fetchone()
    rows = int(found[0]) if found else 0
    chance = f"hash(prediction_id, {int(seed)})"
    some = "TRUE"
    if rows > _SMALL * limit:
        # Sorting a tenth of the rows is cheaper than sorting all of them.
        some = f"{chance} < {int(_HASHES * (limit * _SLACK + 1_000) / rows)}"
    chosen = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(expressions.values()))
    table = connection.execute(
        f"SELECT {chosen} FROM {canonical.name} WHERE {where} AND {some} "
        f"ORDER BY {chance}, prediction_id, ts LIMIT {int(limit)}"
    ).fetchnumpy()
    return {name: _unmasked(table[f"c{i}"]) for i, name in enumerate(expressions)}


def _unmasked(values: Values) -> Values:
    if values.dtype == object:
        texts: Texts = np.array(np.ma.getdata(values), dtype=object)
        # `filled(None)` would put numpy's own fill value, a question mark.
        texts[np.ma.getmaskarray(values)] = None
        return texts
    numbers: Floats = np.ma.filled(np.ma.asarray(values, np.float64), np.nan)
    return numbers


def rows_of(
    canonical: Canonical, window: TimeWindow, partition: Partition = EVERYTHING
) -> str:
    """Give the SQL condition that a row is in a window and a partition."""
    return f"{within(window)} AND ({canonical.where(partition)})"
