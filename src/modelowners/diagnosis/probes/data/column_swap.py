"""Two columns that exchanged their contents."""

from __future__ import annotations

import numpy as np

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.falls import Fall
from modelowners.diagnosis.relations import broken_relations
from modelowners.diagnosis.signatures import movement, shares
from modelowners.diagnosis.strengths import percent, rising
from modelowners.observations.questions import Contrast, Replacement, Side

LEAST_MOVE = 0.3
REVERSED = 0.15
"""Share of rows in the old order below which the order counts as reversed."""


def probe(case: Case) -> list[Suspect]:
    """
    Find pairs of columns in which each now looks as the other did.

    Twins that always looked alike do not move when swapped, so both must have
    moved away from themselves.
    """
    sites = case.inputs()
    found: list[Suspect] = []
    for place, one in enumerate(sites):
        for other in sites[place + 1 :]:
            if (
                one.column != other.column
                and one.partition == other.partition
                and abs(one.index - other.index) <= 1
            ):
                suspect = _examine(case, one, other)
                if suspect is not None:
                    found.append(suspect)
    return [*found, *_by_order(case)]


def _in_order(case: Case, one: str, other: str) -> tuple[str, str]:
    """Put two columns in the order the model takes them in, whatever their names."""
    place = {column: index for index, column in enumerate(case.features())}
    first, second = sorted((one, other), key=lambda c: place.get(c, len(place)))
    return first, second


def _by_order(case: Case) -> list[Suspect]:
    """Judge pairs that always stood in one order and now stand in the other."""
    found = []
    for fall in broken_relations(case):
        identity = fall.identity
        if identity.form != "order" or fall.after > REVERSED:
            continue
        first, second = _in_order(case, identity.target, identity.terms[0][1])
        sites = [s for s in case.inputs() if s.column in {first, second}]
        if not sites:
            continue
        if not _crossed(case, fall, first, second):
            continue
        found.append(
            Suspect(
                kind=CauseKind.COLUMN_SWAP,
                columns=(first, second),
                segment=dict(fall.partition.where),
                onset=fall.onset,
                strength=0.9 * rising(fall.before - fall.after, 0.5, 0.9),
                size=fall.size,
                evidence=(
                    Evidence(
                        "relation",
                        f"{identity} held in {percent(fall.before)} of the rows, now "
                        f"in {percent(fall.after)}: the two stand in the other order",
                        fall.after,
                        fall.before,
                        "relation",
                    ),
                ),
                replacement=Replacement(column=first, form="copy", other=second),
                repair=f"exchange {first} and {second} again",
            )
        )
    return found


def _crossed(case: Case, fall: Fall, first: str, second: str) -> bool:
    """
    Tell whether each of two columns now lies nearer to where the other lay.

    An order turns around too when only one column is altered; then the other
    still looks like itself.
    """
    index = case.frame.index_of(fall.onset)
    a, b = (
        case.contrast(
            Site(
                column=c,
                partition=fall.partition,
                index=index,
                onset=fall.onset,
                shifts=(),
            )
        )
        for c in (first, second)
    )
    if a is None or b is None:
        return False
    own = _distance(a.before, a.after), _distance(b.before, b.after)
    other = _distance(b.before, a.after), _distance(a.before, b.after)
    return other[0] < own[0] and other[1] < own[1]


def _examine(case: Case, one: Site, other: Site) -> Suspect | None:
    a, b = case.contrast(one), case.contrast(other)
    if a is None or b is None or a.numeric != b.numeric:
        return None
    own = min(_distance(a.before, a.after), _distance(b.before, b.after))
    crossed = max(_distance(b.before, a.after), _distance(a.before, b.after))
    usual = max(_usual(case, one), _usual(case, other))
    if own < LEAST_MOVE + 2 * usual:
        return None
    strength = rising(1 - crossed / own, 0.4, 0.9) * (
        1 - rising(crossed, 1.5 * usual + 0.1, 3 * usual + 0.4)
    )
    if strength <= 0:
        return None
    first, second = _in_order(case, one.column or "", other.column or "")
    return Suspect(
        kind=CauseKind.COLUMN_SWAP,
        columns=(first, second),
        segment=one.segment,
        onset=max(one, other, key=lambda s: s.size).onset,
        strength=strength,
        size=max(one.size, other.size),
        evidence=(
            Evidence(
                "signature",
                f"{first} now looks as {second} did before, and {second} as {first}",
                crossed,
                own,
                "contrast",
            ),
        ),
        replacement=Replacement(column=first, form="copy", other=second),
        repair=f"exchange {first} and {second} again",
    )


def _usual(case: Case, site: Site) -> float:
    control: Contrast | None = case.control(site)
    return _distance(control.before, control.after) if control else 0.0


def _distance(a: Side, b: Side) -> float:
    """Give how far two sides lie apart: quantiles in spreads, or shares."""
    if len(a.quantiles) and len(b.quantiles):
        spread = max(float(np.std(a.quantiles)), float(np.std(b.quantiles)))
        return movement(a, b) if spread else 0.0
    old, new = shares(a), shares(b)
    return 0.5 * sum(abs(new.get(v, 0) - old.get(v, 0)) for v in old | new)
