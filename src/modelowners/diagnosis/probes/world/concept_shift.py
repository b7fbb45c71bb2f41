"""The world answers differently: same inputs, other outcomes."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.diagnosis.symptoms import split_growth
from modelowners.observations.profiles import EVERYTHING

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
    split = split_growth(case.frame, harmed.index, harmed.partition)
    if split is None:
        return []
    residual = 1 - split.explained
    concentration = case.concentration()
    strength = 0.6 * rising(residual, 0.3, 0.8) * (0.7 + 0.3 * concentration)
    if strength <= 0:
        return []
    segment = _segment(case, concentration)
    rows = " and ".join(f"{c}={v}" for c, v in segment.items())
    where = f", most where {rows}" if rows else ""
    return [
        Suspect(
            kind=CauseKind.CONCEPT_SHIFT,
            segment=segment,
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


def _segment(case: Case, concentration: float) -> dict[str, str]:
    """Give the rows that carry the growth, if not all do."""
    harmed, lead = case.harmed, case.worst_slice()
    if harmed is not None and harmed.partition != EVERYTHING:
        return dict(harmed.partition.where)
    return dict(lead.where) if lead and concentration > SLICED else {}
