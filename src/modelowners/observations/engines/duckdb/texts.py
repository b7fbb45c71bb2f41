"""Text columns of a scan: values counted once, everything else from those counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.profiles import MAX_TEXT_VALUES, TextProfile

if TYPE_CHECKING:
    import duckdb

COLUMNS_A_STATEMENT = 30


def scan_texts(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    columns: Sequence[str],
    *,
    grouping: Grouping,
    private: frozenset[str] = frozenset(),
) -> Iterator[tuple[Group, str, TextProfile]]:
    """
    Profile text columns by group: one `GROUPING SETS` statement per 30 columns.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the views.
    canonical : Canonical
        The rows.
    columns : sequence of str
        Text columns, ``prediction`` among them.
    grouping : Grouping
        Which rows belong together.
    private : frozenset of str
        Columns whose values stay out; they count as the rest.

    Yields
    ------
    tuple of (Group, str, TextProfile)
        Every group that has rows, and column.
    """
    for first in range(0, len(columns), COLUMNS_A_STATEMENT):
        chunk = columns[first : first + COLUMNS_A_STATEMENT]
        rows = connection.execute(_statement(canonical, chunk, grouping))
        while batch := rows.fetchmany(256):
            for bucket, part, number, *figures in batch:
                column = chunk[number]
                yield (
                    Group(bucket, part),
                    column,
                    _profile(figures, private=column in private),
                )


def _statement(canonical: Canonical, columns: Sequence[str], grouping: Grouping) -> str:
    aliases = [f"c{i}" for i in range(len(columns))]
    inner = ", ".join(
        f"{canonical.ref(column)} AS {alias}"
        for column, alias in zip(columns, aliases, strict=True)
    )
    sets = ", ".join(f"(bucket, part, {alias})" for alias in aliases)
    # Of a set, exactly one column is grouped: its bit of GROUPING is 0.
    which = "CASE " + " ".join(
        f"WHEN GROUPING({alias}) = 0 THEN {i}" for i, alias in enumerate(aliases)
    )
    value = "CASE " + " ".join(
        f"WHEN GROUPING({alias}) = 0 THEN {alias}" for alias in aliases
    )
    return f"""
        WITH counted AS (
            SELECT bucket, part, {which} END AS which, {value} END AS v, count(*) AS n
            FROM (SELECT {grouping.bucket} AS bucket, {grouping.part} AS part, {inner}
                  FROM {canonical.unlabelled} WHERE {grouping.where})
            GROUP BY GROUPING SETS ({sets})),
        ranked AS (
            SELECT *, row_number() OVER (
                PARTITION BY bucket, part, which
                ORDER BY v IS NULL, n DESC, v) AS place
            FROM counted)
        SELECT bucket, part, which,
            coalesce(sum(n) FILTER (v IS NOT NULL), 0)::BIGINT,
            coalesce(sum(n) FILTER (v IS NULL), 0)::BIGINT,
            coalesce(sum(n) FILTER (v = ''), 0)::BIGINT,
            count(v),
            coalesce(min(length(v)), 0), coalesce(max(length(v)), 0),
            coalesce(sum(n) FILTER (v <> trim(v)), 0)::BIGINT,
            coalesce(sum(n) FILTER (v = upper(v) AND v <> lower(v)), 0)::BIGINT,
            coalesce(sum(n) FILTER (v = lower(v) AND v <> upper(v)), 0)::BIGINT,
            coalesce(sum(n) FILTER (regexp_full_match(v, '[0-9]+')), 0)::BIGINT,
            list(v ORDER BY place)
                FILTER (v IS NOT NULL AND place <= {MAX_TEXT_VALUES}),
            list(n ORDER BY place)
                FILTER (v IS NOT NULL AND place <= {MAX_TEXT_VALUES})
        FROM ranked GROUP BY ALL ORDER BY 1, 2, 3"""


def _profile(figures: Sequence[object], *, private: bool) -> TextProfile:
    whole = [value if isinstance(value, int) else 0 for value in figures[:10]]
    n, nulls, empty, distinct, shortest, longest, blank, upper, lower, digits = whole
    names, counts = figures[10], figures[11]
    values: dict[str, int] = {}
    if isinstance(names, list) and isinstance(counts, list) and not private:
        values = dict(zip(names, counts, strict=True))
    return TextProfile(
        n=n,
        nulls=nulls,
        empty=empty,
        distinct=distinct,
        values=values,
        other_rows=n - sum(values.values()),
        other_values=distinct - len(values),
        shortest=shortest,
        longest=longest,
        blank=blank,
        upper=upper,
        lower=lower,
        digits=digits,
    )
