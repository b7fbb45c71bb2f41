"""A relation between columns that held in nearly every row, and no longer does."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.falls import Fall
from modelowners.diagnosis.relations import (
    LEAST_FALL,
    are_siblings,
    broken_relations,
    falls_of,
)
from modelowners.diagnosis.strengths import figure, percent, rising
from modelowners.observations.questions import Identity

SHOWN = 5
SAME = 0.2
"""Relative difference up to which a change is as large as the gap."""


def probe(case: Case) -> list[Suspect]:
    """
    Find sums, products, orders and dependencies that broke, and in which rows.

    Relations are sought in the reference and count only where they held in at
    least 99 % of its rows; accidental ones hold in few rows and are not kept.
    """
    suspects = [_suspect(case, fall) for fall in broken_relations(case)]
    suspects.sort(key=lambda s: (-s.strength, -s.size, s.columns))
    return suspects[:SHOWN]


def _suspect(case: Case, fall: Fall) -> Suspect:
    identity = fall.identity
    where = dict(fall.partition.where)
    rows = f", only where {fall.partition}" if where else ""
    amount = f"; the gap is {figure(fall.gap)} a row" if identity.form == "sum" else ""
    return Suspect(
        kind=CauseKind.RELATION_BROKEN,
        columns=_columns(case, fall),
        segment=where,
        onset=fall.onset,
        # 99 % in the reference falling by a tenth is already far beyond chance.
        strength=rising(fall.depth, 0.03, 0.3),
        size=fall.size,
        affected=fall.depth,
        evidence=(
            Evidence(
                "relation",
                f"{_told(case, identity)} holds in {percent(fall.after)} of the rows, "
                f"was {percent(fall.before)}{rows}{amount}",
                fall.after,
                fall.before,
                "relation",
            ),
            *_missing_part(case, fall),
            *_elsewhere(case, fall),
        ),
        repair="complete the relation: find the part that is missing or counted twice",
    )


def _elsewhere(case: Case, chosen: Fall) -> tuple[Evidence, ...]:
    """Say where the relation still holds."""
    for fall in falls_of(case)[chosen.identity]:
        sibling = are_siblings(fall.partition, chosen.partition)
        if fall is chosen or not sibling or abs(fall.depth) >= LEAST_FALL / 2:
            continue
        return (
            Evidence(
                "relation",
                f"it still holds in {percent(fall.after)} of the rows with "
                f"{fall.partition}",
                fall.after,
                fall.before,
                "relation",
            ),
        )
    return ()


def _missing_part(case: Case, fall: Fall) -> tuple[Evidence, ...]:
    """Name a column that came into use with the break and is as large as the gap."""
    known = {fall.identity.target, *(c for _, c in fall.identity.terms)}
    if fall.identity.form != "sum" or not fall.gap:
        return ()
    for site in case.sites():
        shift = site.moved(Statistic.MEAN)
        if shift is None or site.column is None or site.column in known:
            continue
        met = site.onset.low <= fall.onset.high and fall.onset.low <= site.onset.high
        if met and abs(shift.change - fall.gap) <= SAME * abs(fall.gap):
            text = (
                f"{site.column} changed at the same time by {figure(shift.change)} a "
                "row: the part that is missing from the sum"
            )
            return (Evidence("schema", text, shift.after, shift.before, "profile"),)
    return ()


def _columns(case: Case, fall: Fall) -> tuple[str, ...]:
    """Name the column that moved in these rows first, then the others."""
    identity = fall.identity
    names = [identity.target, *(column for _, column in identity.terms)]
    moved = [
        s.column
        for s in case.sites()
        if s.column in names and s.partition.where == fall.partition.where
    ]
    lead = [n for n in names if n in moved[:1]] or names[:1]
    return tuple(_source_name(case, n) for n in dict.fromkeys([*lead, *names]))


def _source_name(case: Case, column: str) -> str:
    labels = case.log.labels
    return labels.actual if column == "actual" and labels is not None else column


def _told(case: Case, identity: Identity) -> str:
    text = str(identity)
    name = _source_name(case, "actual")
    return text.replace("actual", name, 1) if identity.target == "actual" else text
