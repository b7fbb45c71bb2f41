"""Mapping: whether a model still answers equal inputs alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.additive import effect_of, to_link
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.samples import (
    finite,
    has_column,
    is_numeric,
    sample,
    span,
    window_index,
    within,
)
from modelowners.observations.profiles import Floats
from modelowners.observations.questions import Surrogate

if TYPE_CHECKING:
    import duckdb

_FEWEST = 10


def mapping(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    *,
    surrogate: Surrogate,
    windows: Sequence[TimeWindow],
    limit: int = 20_000,
) -> Floats:
    """
    Give the distance of outputs from the stand-in's, per window.

    It moves when the model changes, and not when its inputs do: as far as the
    stand-in knows the model.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    surrogate : Surrogate
        Of the model as it was.
    windows : sequence of TimeWindow
        UTC, half-open.
    limit : int
        At most so many rows in all.

    Returns
    -------
    ndarray, shape (n_windows,)
        Root mean square on the link scale; NaN where a window has fewer than
        ten rows.
    """
    out = np.full(len(windows), np.nan)
    columns = [c for c in surrogate.effects if has_column(canonical, c)]
    if not windows or not columns or not canonical.has_score:
        return out
    wanted = {"": "score", "(window)": window_index(windows)}
    for column in columns:
        value = canonical.ref(column)
        wanted[column] = finite(value) if is_numeric(canonical, column) else value
    rows = sample(
        connection,
        canonical,
        wanted,
        where=f"{within(span(windows))} AND isfinite(score)",
        limit=limit,
    )
    scores = np.asarray(rows.pop(""), np.float64)
    place = np.asarray(rows.pop("(window)"), np.float64)
    if not len(scores):
        return out
    expected = surrogate.intercept + effect_of(surrogate, rows, columns)
    gap = (to_link(scores, logit=surrogate.logit, clip=1e-3) - expected) ** 2
    for index in range(len(windows)):
        here = gap[place == index]
        if len(here) >= _FEWEST:
            out[index] = float(np.sqrt(np.mean(here)))
    return out
