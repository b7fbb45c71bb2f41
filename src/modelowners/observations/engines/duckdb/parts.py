"""Parts of a log's rows: what upstream assets claim, and the values of segments."""

from __future__ import annotations

from dataclasses import replace

from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.columns import Kind
from modelowners.observations.engines.duckdb.grouping import Grouping
from modelowners.observations.engines.duckdb.session import Session
from modelowners.observations.engines.duckdb.sources import relation_sql
from modelowners.observations.logs import Claim
from modelowners.observations.profiles import (
    MAX_SEGMENT_VALUES,
    NULL,
    OTHER,
    VERSIONS,
    Partition,
)

IMPLICIT_SEGMENTS = 3
"""Text features that stand in where no segment is declared, at most."""

_FEWEST, _MOST = 2, 12
_LOOK = 20_000
_VALUE = "(value) "
"""Before a segment's value in SQL, so that no value can pass for the rest."""


def claims_of(session: Session) -> tuple[Claim, ...]:
    """Give the row claims whose columns are there."""
    there = {column.name for column in session.roles.segments}
    return tuple(
        claim
        for claim in session.log.upstream
        if claim.rows and set(claim.rows) <= there
    )


def claim_partition(claim: Claim) -> Partition:
    """
    Give the partition of a row claim.

    Examples
    --------
    >>> from modelowners.core.ids import asset_id
    >>> claim = Claim(asset=asset_id("dataset:feed"), rows={"vendor": ("1", "2")})
    >>> str(claim_partition(claim))
    'vendor=1|2'
    """
    where = tuple((column, "|".join(values)) for column, values in claim.rows.items())
    return Partition("rows", where, claim.asset)


def segments_of(session: Session, canonical: Canonical) -> tuple[str, ...]:
    """
    Give the declared segments, else up to three text features of 2 to 12 values.

    The latter are told from the first 20,000 rows of the first file, so that
    the answer does not depend on which windows are asked for.
    """
    if session.log.segments:
        return tuple(
            name for name in session.log.segments if name in canonical.segments
        )
    if "segments" not in session.made:
        session.made["segments"] = _implicit(session)
    found = session.made["segments"]
    assert isinstance(found, tuple)  # noqa: S101 - only this function fills it
    return found


def _implicit(session: Session) -> tuple[str, ...]:
    columns = [
        column
        for column in session.roles.features
        if column.kind is Kind.TEXT and column.name not in session.log.private
    ]
    if not columns:
        return ()
    first = session.source.only(session.source.files[:1])
    relation = relation_sql(session.connection, first, session.roles.names)
    counts = session.connection.execute(
        "SELECT "
        + ", ".join(f"count(DISTINCT {column.value()})" for column in columns)
        + f" FROM (SELECT * FROM {relation} LIMIT {_LOOK})"
    ).fetchone()
    few = [
        column.name
        for column, count in zip(columns, counts or (), strict=False)
        if _FEWEST <= count <= _MOST
    ]
    return tuple(few[:IMPLICIT_SEGMENTS])


def segment_partition(segment: str, part: str | None) -> Partition:
    """
    Give the partition of a segment's part.

    Examples
    --------
    >>> str(segment_partition("vendor", "(value) 2")), str(
    ...     segment_partition("vendor", "(other)")
    ... )
    ('vendor=2', 'vendor=(other)')
    """
    value = (part or NULL).removeprefix(_VALUE)
    return Partition("segment", ((segment, value),))


def version_partition(part: str | None) -> Partition:
    """
    Give the partition of the rows one version served.

    Examples
    --------
    >>> str(version_partition("(value) 2"))
    'model_version=2'
    """
    return replace(segment_partition("model_version", part), kind=VERSIONS)


def part_sql(
    session: Session, canonical: Canonical, label: str, grouping: Grouping
) -> str:
    """Give the SQL of a label's part of the rows; beyond 50 a window, the rest."""
    counted = (
        f"SELECT {grouping.bucket} AS bucket, {label} AS value, count(*) AS n "
        f"FROM {canonical.unlabelled} WHERE {label} IS NOT NULL GROUP BY 1, 2"
    )
    most = session.connection.execute(
        f"SELECT max(n) FROM (SELECT bucket, count(*) AS n FROM ({counted}) GROUP BY 1)"
    ).fetchone()
    if most is None or (most[0] or 0) <= MAX_SEGMENT_VALUES:
        return f"CASE WHEN {label} IS NULL THEN '{NULL}' ELSE '{_VALUE}' || {label} END"
    table = f"common_{len(session.made)}_{canonical.name}"
    session.made[table] = label
    session.connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT bucket, value FROM ({counted}) "
        "QUALIFY row_number() OVER (PARTITION BY bucket ORDER BY n DESC, value) "
        f"<= {MAX_SEGMENT_VALUES}"
    )
    return (
        f"CASE WHEN {label} IS NULL THEN '{NULL}' "
        f"WHEN ({grouping.bucket}, {label}) IN (SELECT (bucket, value) FROM {table}) "
        f"THEN '{_VALUE}' || {label} ELSE '{OTHER}' END"
    )
