"""A metric over time in one line of block characters, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"


def draw_sparkline(values: Sequence[float]) -> str:
    """
    Draw values as blocks, the least as the lowest and the greatest as the highest.

    Parameters
    ----------
    values : sequence of float, shape (n,)
        In any unit; those that are not finite are left blank.

    Returns
    -------
    str
        `n` characters; where all values are equal, all are the lowest block.

    Examples
    --------
    >>> draw_sparkline([1.0, 1.2, float("nan"), 2.0])
    '▁▂ █'
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    # Halved before they are subtracted: the largest floats must not overflow.
    span = high / 2 - low / 2
    top = len(BLOCKS) - 1
    return "".join(
        BLOCKS[round(top * ((value / 2 - low / 2) / span)) if span > 0 else 0]
        if math.isfinite(value)
        else " "
        for value in values
    )
