"""Outcomes of a scan: sums of losses, and truths and losses by score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.connection import double
from modelowners.observations.engines.duckdb.edges import finite_sql
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.logs import Task
from modelowners.observations.profiles import Edges, Floats, LossSums, OutcomeProfile

if TYPE_CHECKING:
    import duckdb


def scan_outcomes(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    *,
    grouping: Grouping,
    score_edges: Edges | None,
) -> Mapping[Group, OutcomeProfile]:
    """
    Sum losses by group, and truths and losses by bin of the score.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the views.
    canonical : Canonical
        The rows; of a log with labels.
    grouping : Grouping
        Which rows belong together.
    score_edges : Edges or None
        Bins of the score, the last entry for rows without one; None: none.

    Returns
    -------
    mapping of Group to OutcomeProfile
        Groups that have rows, labelled or not.
    """
    names = list(canonical.losses)
    columns = ", ".join(
        f"{_finite(sql)} AS loss_{i}" for i, sql in enumerate(canonical.losses.values())
    )
    figures = ", ".join(
        f"count(loss_{i}), coalesce(fsum(loss_{i}), 0), "
        f"coalesce(fsum(loss_{i} * loss_{i}), 0)"
        for i in range(len(names))
    )
    rows = connection.execute(
        f"SELECT bucket, part, count(actual), {figures} FROM ("
        f"SELECT {grouping.bucket} AS bucket, {grouping.part} AS part, actual, "
        f"{columns} FROM {canonical.name} WHERE {grouping.where}) "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    by_score: Mapping[Group, _ByScore] = {}
    if score_edges is not None and canonical.has_score:
        by_score = _scan_scores(connection, canonical, grouping, score_edges)
    found: dict[Group, OutcomeProfile] = {}
    for bucket, part, labelled, *sums in rows:
        group = Group(bucket, part)
        binned = by_score.get(group, _ByScore.empty(score_edges))
        found[group] = OutcomeProfile(
            labelled=labelled,
            losses={
                name: LossSums(*sums[3 * i : 3 * i + 3]) for i, name in enumerate(names)
            },
            score_n=binned.figures[0].astype(np.int64),
            score_actual=binned.figures[1],
            score_loss=binned.figures[2],
        )
    return found


class _ByScore:
    """Rows, truths and losses by bin, shape (3, n_bins + 1)."""

    def __init__(self, figures: Floats) -> None:
        self.figures = figures

    @classmethod
    def empty(cls, edges: Edges | None) -> _ByScore:
        return cls(np.zeros((3, edges.n_bins + 1 if edges else 0)))


def _scan_scores(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    grouping: Grouping,
    edges: Edges,
) -> Mapping[Group, _ByScore]:
    truth = "0" if canonical.task is Task.MULTICLASS else "actual"
    place = bin_sql("score", edges.values.tolist())
    found: dict[Group, _ByScore] = {}
    rows = connection.execute(
        f"SELECT bucket, part, place, count(*), coalesce(fsum(truth), 0), "
        f"coalesce(fsum(loss), 0) FROM ("
        f"SELECT {grouping.bucket} AS bucket, {grouping.part} AS part, "
        f"CASE WHEN score IS NULL THEN {edges.n_bins} ELSE {place} END AS place, "
        f"{truth} AS truth, {_finite('loss')} AS loss "
        f"FROM {canonical.name} WHERE actual IS NOT NULL AND ({grouping.where})) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for bucket, part, number, n, truths, loss in rows:
        binned = found.setdefault(Group(bucket, part), _ByScore.empty(edges))
        binned.figures[:, number] = (n, truths, loss)
    return found


def _finite(sql: str) -> str:
    return finite_sql(f"({sql})")


def bin_sql(value: str, edges: Sequence[float]) -> str:
    """
    Give the SQL of a value's bin: a balanced tree of comparisons.

    Of 95 edges each value is compared with 7.

    Examples
    --------
    >>> bin_sql("x", [1.0])
    'CASE WHEN x < 1.0e0 THEN 0 ELSE 1 END'
    """
    return _tree(value, edges, 0, len(edges))


def _tree(value: str, edges: Sequence[float], low: int, high: int) -> str:
    if low == high:
        return str(low)
    middle = (low + high) // 2
    return (
        f"CASE WHEN {value} < {double(edges[middle])} "
        f"THEN {_tree(value, edges, low, middle)} "
        f"ELSE {_tree(value, edges, middle + 1, high)} END"
    )
