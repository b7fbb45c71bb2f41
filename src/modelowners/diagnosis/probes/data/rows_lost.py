"""Rows that no longer arrive: the volume of all rows or of a slice falls."""

from __future__ import annotations

import math

import numpy as np

from modelowners.core.evidence import Evidence
from modelowners.detection.shifts import Shift
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import CONTRAST_WINDOWS, Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.observations.profiles import EVERYTHING, OTHER

LEAST_LOSS = 0.15
SLICE_FACTOR = 1.3
"""A slice must have lost this much more (in log rows) than the whole."""
MOSTLY = 0.5
"""Part of a slice's loss that all rows must lack for its rows to be gone."""


def probe(case: Case) -> list[Suspect]:
    """
    Find rows or slices whose weekday-adjusted volume fell.

    The whole is preferred to a slice unless the slice lost clearly more; a
    holiday is a short dip, and the reference's own variance knows it.
    """
    lost = [
        s
        for s in case.shifts
        if s.key.statistic is Statistic.VOLUME and s.change < math.log(1 - LEAST_LOSS)
    ]
    whole = next((s for s in lost if s.key.partition == EVERYTHING), None)
    found = [_suspect(case, whole)] if whole is not None else []
    for shift in lost:
        if shift.key.partition == EVERYTHING or any(
            value == OTHER for _, value in shift.key.partition.where
        ):
            continue
        if _renamed(case, shift):
            continue
        if whole is None or shift.change < SLICE_FACTOR * whole.change:
            found.append(_suspect(case, shift))
    return [s for s in found if s.strength > 0][:5]


def _renamed(case: Case, shift: Shift) -> bool:
    """Tell whether a slice is gone because the column that names it was altered."""
    names = {column for column, _ in shift.key.partition.where}
    altered = any(
        site.column in names and abs(site.index - shift.index) <= 1
        for site in case.sites()
    )
    return altered and not _gone_from_the_whole(case, shift)


def _gone_from_the_whole(case: Case, shift: Shift) -> bool:
    """Tell lost rows, which all rows lack, from rows that another slice now has."""
    index = shift.index
    kept = np.array([p.rows.kept if p is not None else 0 for p in case.frame.of()])
    before = kept[max(index - CONTRAST_WINDOWS, 0) : index]
    if not len(before):
        return False
    lacking = float(np.median(before) - np.median(kept[index:]))
    lost = math.exp(shift.before) - math.exp(shift.after)
    return lacking >= MOSTLY * lost


def _usual_rows(case: Case) -> float:
    """Give the median rows of a reference window."""
    rows = [
        p.rows.kept
        for p, inside in zip(case.frame.of(), case.frame.in_reference, strict=True)
        if inside and p is not None
    ]
    return float(np.median(rows)) if rows else 0.0


def _suspect(case: Case, shift: Shift) -> Suspect:
    share = 1 - math.exp(shift.change)
    part = math.exp(shift.before) / max(_usual_rows(case), 1.0)
    where = dict(shift.key.partition.where)
    rows = f"rows with {shift.key.partition}" if where else "rows"
    lasting = rising(case.frame.n_windows - shift.index, 0, 2)
    return Suspect(
        kind=CauseKind.ROWS_LOST,
        segment=where,
        onset=shift.onset,
        strength=rising(share, 0.1, 0.5)
        * rising(shift.size, 2.5, 6.0)
        * rising(share * part, 0.005, 0.03)
        * lasting,
        size=shift.size,
        affected=share * min(part, 1.0),
        evidence=(
            Evidence(
                "volume",
                f"{percent(share)} of the {rows} no longer arrive "
                f"({math.exp(shift.after):,.0f} a window, "
                f"was {math.exp(shift.before):,.0f})",
                math.exp(shift.after),
                math.exp(shift.before),
                "profile",
            ),
        ),
        repair=f"deliver the missing {rows} again",
    )
