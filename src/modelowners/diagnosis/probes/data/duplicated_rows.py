"""Rows that arrive more than once."""

from __future__ import annotations

import math

import numpy as np

from modelowners.core.evidence import Evidence
from modelowners.detection.shifts import Shift
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.observations.profiles import EVERYTHING, NumericProfile

LEAST_RISE = 0.02
LEAST_GROWTH = 0.1
SHARP_COLUMN = 0.3
"""Distinct values per row from which a column can tell a copy from a new row."""


def probe(case: Case) -> list[Suspect]:
    """
    Find ids that repeat, or more rows without more distinct content.

    Retries that were always there are the reference's own level.
    """
    found = [
        _by_id(s)
        for s in case.shifts
        if s.key.statistic is Statistic.DUPLICATE_SHARE and s.change > LEAST_RISE
    ]
    if not found:
        found = [
            suspect
            for s in case.shifts
            if s.key.statistic is Statistic.VOLUME
            and s.key.partition == EVERYTHING
            and s.change > LEAST_GROWTH
            and (suspect := _by_content(case, s)) is not None
        ]
    return found


def _by_id(shift: Shift) -> Suspect:
    return Suspect(
        kind=CauseKind.DUPLICATED_ROWS,
        onset=shift.onset,
        strength=rising(shift.change, 0.0, 0.1),
        size=shift.size,
        affected=shift.change,
        evidence=(
            Evidence(
                "volume",
                f"{percent(shift.after)} of the rows repeat an id, "
                f"was {percent(shift.before)}",
                shift.after,
                shift.before,
                "profile",
            ),
        ),
        repair="keep the first row of each id",
    )


def _by_content(case: Case, shift: Shift) -> Suspect | None:
    """Judge more rows: copies leave the number of distinct values where it was."""
    ratios = [r for c in case.frame.columns() if (r := _growth(case, c, shift))]
    if not ratios:
        return None
    grown = math.exp(shift.change)
    distinct = float(np.median(ratios))
    # Fresh rows would bring nearly as many new values as rows.
    copied = rising((grown - distinct) / (grown - 1), 0.5, 0.95)
    if copied <= 0:
        return None
    return Suspect(
        kind=CauseKind.DUPLICATED_ROWS,
        onset=shift.onset,
        strength=0.9 * copied * rising(shift.change, 0.05, 0.3),
        size=shift.size,
        affected=1 - 1 / grown,
        evidence=(
            Evidence(
                "volume",
                f"{grown:.2f} times as many rows as before, but only {distinct:.2f} "
                "times as many different values",
                grown,
                distinct,
                "profile",
            ),
        ),
        repair="keep one of each repeated row",
    )


def _growth(case: Case, column: str, shift: Shift) -> float | None:
    """Give how the distinct values of a sharp column grew, or None."""
    old: list[tuple[int, int]] = []
    new: list[tuple[int, int]] = []
    for index, profile in enumerate(case.frame.of()):
        found = profile.columns.get(column) if profile else None
        if not isinstance(found, NumericProfile) or not found.n or not found.distinct:
            continue
        (new if index >= shift.index else old).append((found.distinct, found.n))
    if not old or not new:
        return None
    if float(np.median([d / n for d, n in old])) < SHARP_COLUMN:
        return None
    return float(np.median([d for d, _ in new]) / np.median([d for d, _ in old]))
