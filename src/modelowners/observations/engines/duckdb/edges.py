"""Edges: quantiles of a sample of the reference that no order of rows can change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modelowners.observations.binning import INNER_LEVELS, place_edges
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.profiles import Edges

if TYPE_CHECKING:
    import duckdb

SAMPLE_ROWS = 20_000
_SEED = 20_260_101


def find_edges(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    *,
    private: frozenset[str] = frozenset(),
) -> Mapping[str, Edges]:
    """
    Give bin edges of every numeric column, and of the score.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the views.
    canonical : Canonical
        The reference rows.
    private : frozenset of str
        Columns that get none, since edges are values.

    Returns
    -------
    mapping of str to Edges
        Without columns that have no finite value in the sample: the 20,000
        rows with the smallest hash of their id.
    """
    columns = [name for name in canonical.numeric if name not in private]
    if canonical.has_score:
        columns.append("score")
    if not columns:
        return {}
    place = f"hash(prediction_id, {_SEED})"
    limit = connection.execute(
        f"SELECT max(place) FROM (SELECT {place} AS place FROM {canonical.unlabelled} "
        f"ORDER BY place LIMIT {SAMPLE_ROWS})"
    ).fetchone()
    if limit is None or limit[0] is None:
        return {}
    levels = ", ".join(repr(level) for level in INNER_LEVELS)
    figures = ", ".join(
        f"quantile_disc({value}, [{levels}]), min({value}), max({value})"
        for value in (finite_sql(canonical.ref(name)) for name in columns)
    )
    row = connection.execute(
        f"SELECT {figures} FROM {canonical.unlabelled} WHERE {place} <= {limit[0]}"
    ).fetchone()
    if row is None:
        return {}
    found: dict[str, Edges] = {}
    for i, name in enumerate(columns):
        quantiles, low, high = row[3 * i : 3 * i + 3]
        if low is not None:
            found[name] = place_edges(quantiles, low, high)
    return found


def finite_sql(reference: str) -> str:
    """
    Give the SQL of a number, null where it is not finite.

    Examples
    --------
    >>> finite_sql('"fare"')
    'CASE WHEN isfinite("fare") THEN "fare" END'
    """
    return f"CASE WHEN isfinite({reference}) THEN {reference} END"
