"""Tallies of a scan: rows kept and dropped, versions, hours of the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from modelowners.core.time import from_micros
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.engines.duckdb.times import bucket_sql
from modelowners.observations.profiles import NULL, Counts, RowCounts

if TYPE_CHECKING:
    import duckdb


@dataclass(slots=True)
class Tally:
    """Rows of one group: how they fared, versions, and hours, shape (24,)."""

    rows: RowCounts
    versions: dict[str, int] = field(default_factory=dict)
    hours: Counts = field(default_factory=lambda: np.zeros(24, np.int64))


def scan_tallies(
    connection: duckdb.DuckDBPyConnection, canonical: Canonical, *, grouping: Grouping
) -> Mapping[Group, Tally]:
    """
    Count kept rows by group, version and hour.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the views.
    canonical : Canonical
        The rows.
    grouping : Grouping
        Which rows belong together.

    Returns
    -------
    mapping of Group to Tally
        Groups that have rows.
    """
    hours = ", ".join(f"count_if(extract(hour FROM ts) = {hour})" for hour in range(24))
    found: dict[Group, Tally] = {}
    rows = connection.execute(
        grouping.select(
            f"count(*), fsum(weight), epoch_us(min(ts)), epoch_us(max(ts)), {hours}",
            canonical.unlabelled,
        )
    ).fetchall()
    for bucket, part, kept, weight, first, last, *by_hour in rows:
        counts = RowCounts(
            read=kept,
            kept=kept,
            weight=weight,
            first=from_micros(first),
            last=from_micros(last),
        )
        found[Group(bucket, part)] = Tally(counts, hours=np.array(by_hour, np.int64))
    versions = connection.execute(
        f"SELECT {grouping.bucket} AS bucket, {grouping.part} AS part, version, "
        f"count(*) FROM {canonical.unlabelled} WHERE {grouping.where} "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).fetchall()
    for bucket, part, version, number in versions:
        found[Group(bucket, part)].versions[NULL if version is None else version] = (
            number
        )
    return found


def newest_versions(
    connection: duckdb.DuckDBPyConnection, canonical: Canonical, *, rows: int
) -> Mapping[str, int]:
    """
    Count the newest kept rows by the version that answered.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the views.
    canonical : Canonical
        The rows.
    rows : int
        How many at most, at least 1.

    Returns
    -------
    mapping of str to int
        By version; rows without one count under `NULL`.
    """
    found = connection.execute(
        f"SELECT version, count(*) FROM (SELECT version FROM {canonical.unlabelled} "
        f"ORDER BY ts DESC, prediction_id LIMIT {rows:d}) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {NULL if version is None else version: n for version, n in found}


def scan_dropped(
    connection: duckdb.DuckDBPyConnection, canonical: Canonical, *, grouping: Grouping
) -> Mapping[int, Mapping[str, int]]:
    """Count dropped rows by window's number and reason."""
    bucket = "0" if grouping.grain is None else bucket_sql("moment", grouping.grain)
    found: dict[int, dict[str, int]] = {}
    for number, reason, count in connection.execute(
        f"SELECT {bucket}, reason, count(*) FROM {canonical.all_rows} "
        "WHERE reason IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        found.setdefault(number, {})[reason] = count
    return found
