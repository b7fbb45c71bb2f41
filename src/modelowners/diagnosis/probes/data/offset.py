"""A constant added to every value: quantiles move by the same amount."""

from __future__ import annotations

import math

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.probes.data.unit_or_scale_change import usual_movement
from modelowners.diagnosis.signatures import fit_affine, movement
from modelowners.diagnosis.strengths import figure, rising
from modelowners.observations.questions import Replacement

LEAST_MOVE = 0.15
SAME_SCALE = 0.12
"""Log of the scale below which two sides count as equally spread."""


def probe(case: Case) -> list[Suspect]:
    """
    Find columns whose quantiles all moved by one amount, the spread unchanged.

    A later schedule or a warmer week moves quantiles unevenly and over days.
    """
    return [s for site in case.sites() if (s := _examine(case, site)) is not None]


def _examine(case: Case, site: Site) -> Suspect | None:
    contrast, control = case.contrast(site), case.control(site)
    if contrast is None or site.column is None or not contrast.numeric:
        return None
    fits = fit_affine(contrast.before, contrast.after)
    if fits is None or contrast.after.distinct <= 2:  # noqa: PLR2004
        return None
    _, shift, both = fits
    move = movement(contrast.before, contrast.after)
    usual, usual_scale = usual_movement(control)
    if both.scale <= 0 or abs(math.log(both.scale)) > SAME_SCALE + 2 * usual_scale:
        return None
    if move < max(LEAST_MOVE, 1.5 * usual):
        return None
    natural = usual + 0.05
    tight = 1 - rising(shift.residual, 0.5 * natural + 0.02, 2 * natural + 0.1)
    clear = rising(move, 1.5 * usual, 4 * usual + 0.3)
    novel = rising(contrast.after.unseen - contrast.control_unseen, 0.05, 0.5)
    strength = clear * tight * (0.5 + 0.5 * max(novel, rising(move, 0.5, 2.0)))
    if strength <= 0:
        return None
    sign = "more" if shift.shift > 0 else "less"
    return Suspect(
        kind=CauseKind.OFFSET,
        columns=(site.column,),
        segment=site.segment,
        onset=site.onset,
        strength=0.95 * strength,
        size=site.size,
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
