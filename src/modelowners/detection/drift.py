"""
Drift: how far each column's distribution moved, and nothing else.

This is what a look at drift alone would say. It explains; it never alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelowners.detection.frames import Frame
from modelowners.observations.profiles import (
    ColumnProfile,
    NumericProfile,
    TextProfile,
    merge_numeric,
    merge_text,
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drift:
    """
    How far a column moved from the reference to the windows under test.

    Parameters
    ----------
    column : str
        Which column.
    distance : float
        Largest difference of the two distribution functions (numbers) or half
        the sum of absolute share differences (text); 0 to 1. On binned numbers
        short of the exact one by at most the largest reference bin.
    psi : float
        Population stability index over bins, at least 0.
    """

    column: str
    distance: float
    psi: float


def rank_drift(frame: Frame, columns: Sequence[str]) -> tuple[Drift, ...]:
    """
    Rank columns by how far they moved, loudest first.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    columns : sequence of str
        Which columns.

    Returns
    -------
    tuple of Drift
        Columns that a side lacks are left out.
    """
    found = []
    for column in columns:
        before = _side(frame, column, frame.in_reference)
        after = _side(frame, column, frame.in_test)
        if before is None or after is None:
            continue
        a, b, ordered = _aligned(before, after)
        if not a.sum() or not b.sum():
            continue
        found.append(_drift(column, a, b, ordered=ordered))
    return tuple(sorted(found, key=lambda d: (-d.distance, -d.psi, d.column)))


def _side(
    frame: Frame, column: str, mask: npt.NDArray[np.bool_]
) -> ColumnProfile | None:
    numeric, text = NumericProfile(), TextProfile()
    for profile, inside in zip(frame.of(), mask, strict=True):
        found = profile.columns.get(column) if profile and inside else None
        if isinstance(found, NumericProfile):
            numeric = merge_numeric(numeric, found)
        elif isinstance(found, TextProfile):
            text = merge_text(text, found)
    if numeric.rows:
        return numeric
    return text if text.rows else None


def _aligned(
    before: ColumnProfile, after: ColumnProfile
) -> tuple[Floats, Floats, bool]:
    """Give both sides' counts over the same bins, nulls last, and whether ordered."""
    if isinstance(before, NumericProfile) and isinstance(after, NumericProfile):
        if len(before.counts) != len(after.counts):
            return np.zeros(0), np.zeros(0), True
        sides = [
            np.append(side.counts, side.nulls + side.nans).astype(np.float64)
            for side in (before, after)
        ]
        return sides[0], sides[1], True
    if isinstance(before, TextProfile) and isinstance(after, TextProfile):
        names = sorted(set(before.values) | set(after.values))
        sides = [
            np.array(
                [*(side.values.get(n, 0) for n in names), side.other_rows, side.nulls],
                np.float64,
            )
            for side in (before, after)
        ]
        return sides[0], sides[1], False
    return np.zeros(0), np.zeros(0), True


def _drift(column: str, a: Floats, b: Floats, *, ordered: bool) -> Drift:
    p, q = a / a.sum(), b / b.sum()
    if ordered:
        distance = float(np.abs(np.cumsum(p) - np.cumsum(q)).max())
    else:
        distance = 0.5 * float(np.abs(p - q).sum())
    least = 1e-4
    p, q = np.maximum(p, least), np.maximum(q, least)
    return Drift(column, distance, float(((q - p) * np.log(q / p)).sum()))
