"""Columns added, dropped or filled for the first time."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising

EMPTY, FILLED = 0.98, 0.9


def probe(case: Case) -> list[Suspect]:
    """
    Find columns that came into use or went out of it at one moment.

    An added column that nobody needs harms nothing; it is told only with the
    harm that begins with it.
    """
    return [s for site in case.sites() if (s := _examine(case, site)) is not None]


def _examine(case: Case, site: Site) -> Suspect | None:
    shift = site.moved(Statistic.NULL_SHARE)
    if shift is None or site.column is None:
        return None
    column = site.column
    used = column in case.features()
    if shift.before >= EMPTY and shift.after <= FILLED:
        text = (
            f"{column} is filled in {percent(1 - shift.after)} of the rows; "
            "it was empty before"
        )
        strength = 0.5 * rising(shift.before - shift.after, 0.05, 0.5)
        repair = f"tell the model's owner what {column} means"
    elif shift.after >= EMPTY and shift.before <= FILLED and used:
        if not case.is_absent(column, shift.index):
            return None
        text = f"{column} is no longer delivered at all"
        strength, repair = 0.97, f"deliver {column} again"
    else:
        return None
    return Suspect(
        kind=CauseKind.SCHEMA_CHANGE,
        columns=(column,),
        segment=site.segment,
        onset=shift.onset,
        strength=strength,
        size=shift.size,
        affected=abs(shift.change),
        evidence=(Evidence("schema", text, shift.after, shift.before, "profile"),),
        repair=repair,
    )
