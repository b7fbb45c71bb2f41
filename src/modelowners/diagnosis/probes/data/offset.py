"""A constant added to every value: quantiles move by the same amount."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.probes.data.unit_or_scale_change import (
    FEW,
    sharpness,
    usual_movement,
)
from modelowners.diagnosis.signatures import best_line, movement
from modelowners.diagnosis.strengths import figure, rising
from modelowners.observations.questions import Replacement

LEAST_MOVE = 0.15


def probe(case: Case) -> list[Suspect]:
    """
    Find columns whose quantiles all moved by one amount, the spread unchanged.

    A later schedule or a warmer week moves quantiles unevenly and over days.
    """
    return [s for site in case.inputs() if (s := _examine(case, site)) is not None]


def _examine(case: Case, site: Site) -> Suspect | None:
    contrast, control = case.contrast(site), case.control(site)
    if contrast is None or site.column is None or not contrast.numeric:
        return None
    move = movement(contrast.before, contrast.after)
    usual, _ = usual_movement(control)
    line = best_line(contrast.before, contrast.after, usual)
    if line is None or line.form != "shift" or contrast.after.distinct <= FEW:
        return None
    if move < max(LEAST_MOVE, 1.5 * usual):
        return None
    shift = line.fit
    natural = usual + 0.05
    tight = 1 - rising(shift.residual, 0.5 * natural + 0.02, 2 * natural + 0.1)
    clear = rising(move, 1.5 * usual, 4 * usual + 0.3)
    novel = rising(contrast.after.unseen - contrast.control_unseen, 0.3, 0.8)
    sharp = sharpness(case, site, contrast)
    strength = clear * tight * (0.5 + 0.5 * max(novel, rising(move, 0.5, 2.0)))
    strength *= rising(sharp, 2.0, 4.5)
    if strength <= 0:
        return None
    sign = "more" if shift.shift > 0 else "less"
    return Suspect(
        kind=CauseKind.OFFSET,
        columns=(site.column,),
        segment=site.segment,
        onset=site.onset,
        strength=0.95 * strength,
        size=4 * sharp,
        evidence=(
            Evidence(
                "signature",
                f"every value of {site.column} is {figure(abs(shift.shift))} {sign} "
                "than before, spread unchanged",
                contrast.after.mean,
                contrast.before.mean,
                "contrast",
            ),
        ),
        replacement=Replacement(column=site.column, form="affine", shift=-shift.shift),
        repair=f"subtract {figure(shift.shift)} from {site.column}",
    )
