"""The world answers differently: same inputs, other outcomes."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.diagnosis.symptoms import split_growth

SLICED = 0.5
"""Concentration from which a slice is named."""


def probe(case: Case) -> list[Suspect]:
    """
    Judge whether outcomes at equal scores changed.

    A fault in the data leaves the same trace in the outcomes but has a
    signature of its own, which then ranks first.
    """
    harmed = case.harmed
    if harmed is None:
        return []
    split = split_growth(case.frame, harmed.index)
    if split is None:
        return []
    residual = 1 - split.explained
    concentration = case.concentration()
    strength = 0.6 * rising(residual, 0.3, 0.8) * (0.7 + 0.3 * concentration)
    if strength <= 0:
        return []
    lead = case.worst_slice()
    where = ""
    if lead is not None:
        rows = " and ".join(f"{c}={v}" for c, v in lead.where)
        where = f", most where {rows}"
    return [
        Suspect(
            kind=CauseKind.CONCEPT_SHIFT,
            segment=dict(lead.where) if lead and concentration > SLICED else {},
            onset=harmed.onset,
            strength=strength,
            size=min(harmed.shift.size, 10.0),
            evidence=(
                Evidence(
                    "decomposition",
                    f"{percent(residual)} of the growth is at equal scores: outcomes "
                    f"changed while inputs give no reason{where}",
                    residual,
                    None,
                    "profile",
                ),
            ),
            repair="retrain on rows since the onset",
        )
    ]
