"""A slice the model was never good at, whose share of the rows grew."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.detection.frames import Frame
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import figure, percent, rising
from modelowners.diagnosis.symptoms import labelled_masks, outcome_between
from modelowners.observations.profiles import (
    EVERYTHING,
    OTHER,
    LossSums,
    Partition,
)

EXCESS = 1.2
"""Loss of the slice over the loss of all rows, in the reference."""
LEAST_GROWTH = 0.03


def probe(case: Case) -> list[Suspect]:
    """
    Find partitions whose loss is high all along and whose share grew.

    The slice's own loss must not have risen: that would be a fault in its data.
    """
    harmed = case.harmed
    if harmed is None:
        return []
    found = [
        suspect
        for partition in sorted(case.frame.profiles)
        if partition != EVERYTHING and not any(v == OTHER for _, v in partition.where)
        if (suspect := _examine(case, partition, harmed.index)) is not None
    ]
    found.sort(key=lambda s: -s.strength)
    return found[:3]


def _examine(case: Case, partition: Partition, index: int) -> Suspect | None:
    if case.harmed is None:
        return None
    here, everywhere = (
        _sums(case.frame, p, case.loss, index) for p in (partition, EVERYTHING)
    )
    if not here[0].n or not here[1].n or not everywhere[0].n:
        return None
    old_share = here[0].n / everywhere[0].n
    new_share = here[1].n / everywhere[1].n
    growth = everywhere[1].mean - everywhere[0].mean
    if new_share - old_share < LEAST_GROWTH or growth <= 0:
        return None
    if here[0].mean < EXCESS * everywhere[0].mean:
        return None
    mixed = (new_share - old_share) * (here[0].mean - everywhere[0].mean)
    explained = min(mixed / growth, 1.0)
    own = (here[1].mean - here[0].mean) * new_share / growth
    strength = 0.95 * rising(explained, 0.2, 0.8) * (1 - rising(own, 0.2, 0.8))
    if strength <= 0:
        return None
    return Suspect(
        kind=CauseKind.WEAK_SEGMENT,
        segment=dict(partition.where),
        onset=case.harmed.onset,
        strength=strength,
        size=case.harmed.shift.size,
        affected=new_share,
        evidence=(
            Evidence(
                "segment",
                f"rows with {partition} are {percent(new_share)} of all, were "
                f"{percent(old_share)}; their loss is {figure(here[1].mean)}, was "
                f"{figure(here[0].mean)} all along",
                new_share,
                old_share,
                "profile",
            ),
        ),
        repair=f"train on more rows with {partition}",
    )


def _sums(
    frame: Frame, partition: Partition, loss: str, index: int
) -> tuple[LossSums, LossSums]:
    before, after = labelled_masks(frame, index)
    profiles = frame.of(partition)
    return (
        outcome_between(profiles, before).losses.get(loss, LossSums()),
        outcome_between(profiles, after).losses.get(loss, LossSums()),
    )
