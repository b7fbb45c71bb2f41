"""The world sends other cases: harder ones, with inputs in order."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.diagnosis.symptoms import split_growth

INFLUENTIAL = 0.02
"""Share of the outputs' explained variance from which a column is named."""


def probe(case: Case) -> list[Suspect]:
    """
    Judge whether the mix of scores explains at least two thirds of the growth.

    At equal scores the model is then as right as before: nothing is broken.
    """
    harmed = case.harmed
    if harmed is None:
        return []
    split = split_growth(case.frame, harmed.index, harmed.partition)
    if split is None:
        return []
    strength = 0.75 * rising(split.explained, 0.4, 0.85)
    if strength <= 0:
        return []
    influence = case.surrogate.influence if case.surrogate is not None else {}
    moved = [
        s.column
        for s in case.sites()
        if s.column in case.features() and influence.get(s.column, 0.0) > INFLUENTIAL
    ]
    return [
        Suspect(
            kind=CauseKind.COVARIATE_SHIFT,
            columns=tuple(dict.fromkeys(c for c in moved if c))[:5],
            onset=harmed.onset,
            strength=strength,
            size=min(harmed.shift.size, 10.0),
            evidence=(
                Evidence(
                    "decomposition",
                    f"{percent(split.explained)} of the growth comes from harder "
                    "cases: at equal scores the model is as right as before",
                    split.explained,
                    None,
                    "profile",
                ),
            ),
            repair="retrain on recent rows",
        )
    ]
