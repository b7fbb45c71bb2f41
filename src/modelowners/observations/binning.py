"""Binning: where the bins of a numeric column lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelowners.core.ids import digest
from modelowners.observations.profiles import Edges, Floats

INNER_LEVELS = tuple(i / 64 for i in range(1, 64))
"""Levels of the inner edges, shape (63,)."""

DOUBLINGS = 16
"""Edges beyond each end: a factor of 1,000 is still measured, not only outside."""

FEW = 6
"""Edges kept for segments."""


def place_edges(quantiles: Sequence[float], low: float, high: float) -> Edges:
    """
    Place edges at reference quantiles, and 16 doublings of the range beyond.

    Parameters
    ----------
    quantiles : sequence of float, shape (n,)
        Reference values at `INNER_LEVELS`; finite, increasing, repeats allowed.
    low, high : float
        Least and greatest reference value, finite.

    Returns
    -------
    Edges
        Between 33 and 97 edges; the version is a digest of their values.

    Examples
    --------
    >>> edges = place_edges([1.0, 2.0, 3.0], 0.0, 4.0)
    >>> edges.values[15:23].tolist()
    [-4.0, 0.0, 1.0, 2.0, 3.0, 4.0, 8.0, 16.0]
    """
    # A constant column has no range; its own size, or 1, stands in.
    span = high - low if high > low else max(abs(low), 1.0)
    steps = span * (2.0 ** np.arange(1, DOUBLINGS + 1) - 1)
    with np.errstate(over="ignore"):
        values = np.concatenate([low - steps, [low], quantiles, [high], high + steps])
    kept = np.unique(values[np.isfinite(values)]) + 0.0
    return Edges(kept, edges_version(kept))


def few_edges(edges: Edges) -> Edges:
    """
    Give the six of a column's edges that its segments are counted between.

    Examples
    --------
    >>> few_edges(place_edges([1.0, 2.0, 3.0], 0.0, 4.0)).values.tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    inner = edges.values[DOUBLINGS:-DOUBLINGS]
    if len(inner) > FEW:
        places = np.linspace(0, len(inner) - 1, FEW + 2)[1:-1].round().astype(int)
        inner = inner[places]
    return Edges(inner, edges_version(inner))


def edges_version(values: Floats) -> str:
    """
    Name a set of edges by its values.

    Examples
    --------
    >>> edges_version(np.array([0.0])) == edges_version(np.array([0.0]))
    True
    """
    return digest([value.hex() for value in values.tolist()])[7:19]
