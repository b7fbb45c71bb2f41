"""The same quantity in another unit or scale: quantiles map by a straight line."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.signatures import (
    Affine,
    Line,
    Part,
    best_line,
    fit_affine,
    movement,
    novelty,
    part_outside,
)
from modelowners.diagnosis.strengths import figure, percent, rising
from modelowners.observations.questions import Contrast, Replacement

LEAST_MOVE = 0.15
"""Standard deviations that the quantiles must have moved."""
LEAST_LOG_SCALE = 0.04
ALL_NEW = 4.0
"""Sharpness from which a known pair needs no wider scale than it has."""
CONVINCING = 0.4
"""Strength from which a story about a part of the rows is told."""
FEW = 2
"""Distinct values of which no line can be told."""


def probe(case: Case) -> list[Suspect]:
    """
    Find columns whose quantiles after are a multiple (plus a shift) of those before.

    Inflation and hotter months move gradually and other columns with them; here
    the fit must be tighter than the column's usual movement, the scale must
    leave 1 clearly, and new values must appear at once.
    """
    return [s for site in case.inputs() if (s := _examine(case, site)) is not None]


def _examine(case: Case, site: Site) -> Suspect | None:
    contrast, control = case.contrast(site), case.control(site)
    if contrast is None or site.column is None or not contrast.numeric:
        return None
    part = part_outside(contrast.before, contrast.after)
    if part is not None:
        altered = replace(
            contrast.after,
            quantiles=part.quantiles,
            unseen=1.0,
            sd=float(np.std(part.quantiles)),
        )
        found = _judge(case, site, replace(contrast, after=altered), control)
        if found is not None and found.strength > CONVINCING:
            return _of_part(found, site.column, part)
    return _judge(case, site, contrast, control)


def _judge(
    case: Case, site: Site, contrast: Contrast, control: Contrast | None
) -> Suspect | None:
    column = site.column or ""
    move = movement(contrast.before, contrast.after)
    usual, usual_scale = usual_movement(control)
    line = best_line(contrast.before, contrast.after, usual)
    if line is None or line.form == "shift" or contrast.after.distinct <= FEW:
        return None
    if move < max(LEAST_MOVE, 1.5 * usual):
        return None
    best, name = line.fit, line.name
    sharp = sharpness(case, site, contrast)
    # Spread changes with the weather; values all new at once do not come with it.
    room = 0.0 if name and sharp >= ALL_NEW else 2 * usual_scale
    if best.scale <= 0 or abs(math.log(best.scale)) < LEAST_LOG_SCALE + room:
        return None
    strength = _strength(contrast, line, move=move, usual=usual) * rising(sharp, 1.5, 4)
    if strength <= 0:
        return None
    return Suspect(
        kind=CauseKind.UNIT_OR_SCALE_CHANGE,
        columns=(column,),
        segment=site.segment,
        onset=site.onset,
        strength=strength,
        size=4 * sharp,
        evidence=tuple(_evidence(column, contrast, best, name)),
        replacement=Replacement(
            column=column,
            form="affine",
            scale=1 / best.scale,
            shift=-best.shift / best.scale,
        ),
        repair=f"convert {column} back: {_inverse(best)}",
    )


def _of_part(found: Suspect, column: str, part: Part) -> Suspect:
    """Confine a finding to the rows that left the old range."""
    replacement = found.replacement
    if replacement is not None:
        replacement = replace(
            replacement,
            only_below=part.bound if part.below else None,
            only_above=None if part.below else part.bound,
        )
    side = "below" if part.below else "above"
    note = Evidence(
        "signature",
        f"{percent(part.share)} of the rows hold values of {column} {side} "
        f"{figure(part.bound)}, where there were none; the others are as before",
        part.share,
        0.0,
        "contrast",
    )
    return replace(
        found,
        affected=part.share,
        replacement=replacement,
        evidence=(found.evidence[0], note),
    )


def sharpness(case: Case, site: Site, contrast: Contrast) -> float:
    """
    Tell how sharply a number changed: by its step, or by values never seen.

    Returns
    -------
    float
        In usual steps, at least 0; where most values are new, at least 5.
    """
    novel = contrast.after.unseen - contrast.control_unseen
    return max(case.abruptness(site), 5.0 * rising(novel, 0.35, 0.8))


def usual_movement(control: Contrast | None) -> tuple[float, float]:
    """Give how far quantiles, and the log of their scale, usually move."""
    if control is None:
        return 0.0, 0.0
    fits = fit_affine(control.before, control.after)
    scale = fits[2].scale if fits else 1.0
    return (
        movement(control.before, control.after),
        abs(math.log(scale)) if scale > 0 else 0.0,
    )


def _strength(contrast: Contrast, line: Line, *, move: float, usual: float) -> float:
    best = line.fit
    clear = rising(move, 1.5 * usual, 4 * usual + 0.3)
    # What the line leaves unexplained, against the whole move and usual movement.
    left = best.residual / max(move / max(best.scale, 1.0), best.residual, 1e-9)
    natural = usual + 0.05
    tight = 1 - rising(best.residual, 0.6 * natural + 0.02, 2.5 * natural + 0.1)
    tight *= 1 - 0.5 * rising(left, 0.3, 0.9)
    novel = novelty(contrast)
    far = rising(abs(math.log(best.scale)), 0.04, 0.5)
    support = max(rising(novel, 0.05, 0.5), far if line.name else 0.7 * far)
    if line.form == "both":
        # Two free figures fit many natural moves: only values off the old grid speak.
        support = rising(novel, 0.2, 0.7)
        tight *= support
    return clear * tight * (0.45 + 0.55 * support) * (1.0 if line.name else 0.92)


def _evidence(
    column: str, contrast: Contrast, best: Affine, name: str
) -> list[Evidence]:
    line = f"{figure(best.scale)} x before" + (
        f" {'+' if best.shift >= 0 else '-'} {figure(abs(best.shift))}"
        if best.shift
        else ""
    )
    middle = len(contrast.before.quantiles) // 2
    old = float(contrast.before.quantiles[middle])
    new = float(contrast.after.quantiles[middle])
    told = f", which is {name}" if name else ""
    found = [
        Evidence(
            "signature",
            f"{column} now follows {line}{told}: "
            f"its median went from {figure(old)} to {figure(new)}",
            new,
            old,
            "contrast",
        )
    ]
    if contrast.after.unseen > contrast.control_unseen + 0.1:
        found.append(
            Evidence(
                "signature",
                f"{100 * contrast.after.unseen:.0f} % of the rows hold values of "
                f"{column} never seen before",
                contrast.after.unseen,
                contrast.control_unseen,
                "contrast",
            )
        )
    return found


def _inverse(best: Affine) -> str:
    text = f"divide by {figure(best.scale)}"
    if best.shift:
        verb = "subtract" if best.shift > 0 else "add"
        text = f"{verb} {figure(abs(best.shift))}, then {text}"
    return text
