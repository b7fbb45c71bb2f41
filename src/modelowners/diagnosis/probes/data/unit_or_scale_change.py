"""The same quantity in another unit or scale: quantiles map by a straight line."""

from __future__ import annotations

import math

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.signatures import (
    Affine,
    fit_affine,
    known_pair,
    movement,
)
from modelowners.diagnosis.strengths import figure, rising
from modelowners.observations.questions import Contrast, Replacement

LEAST_MOVE = 0.15
"""Standard deviations that the quantiles must have moved."""
LEAST_LOG_SCALE = 0.04


def probe(case: Case) -> list[Suspect]:
    """
    Find columns whose quantiles after are a multiple (plus a shift) of those before.

    Inflation and hotter months move gradually and other columns with them; here
    the fit must be tighter than the column's usual movement, the scale must
    leave 1 clearly, and new values must appear at once.
    """
    return [s for site in case.sites() if (s := _examine(case, site)) is not None]


def _examine(case: Case, site: Site) -> Suspect | None:
    contrast, control = case.contrast(site), case.control(site)
    if contrast is None or site.column is None or not contrast.numeric:
        return None
    fits = fit_affine(contrast.before, contrast.after)
    if fits is None or contrast.after.distinct <= 2:  # noqa: PLR2004
        return None
    move = movement(contrast.before, contrast.after)
    usual, usual_scale = usual_movement(control)
    if move < max(LEAST_MOVE, 1.5 * usual):
        return None
    named = known_pair(contrast.before, contrast.after)
    best, name = _choose(fits, named, usual)
    if best.scale <= 0 or abs(math.log(best.scale)) < LEAST_LOG_SCALE + 2 * usual_scale:
        return None
    strength = _strength(contrast, best, move=move, usual=usual, named=bool(name))
    if strength <= 0:
        return None
    return Suspect(
        kind=CauseKind.UNIT_OR_SCALE_CHANGE,
        columns=(site.column,),
        segment=site.segment,
        onset=site.onset,
        strength=strength,
        size=site.size,
        evidence=tuple(_evidence(site.column, contrast, best, name)),
        replacement=Replacement(
            column=site.column,
            form="affine",
            scale=1 / best.scale,
            shift=-best.shift / best.scale,
        ),
        repair=f"convert {site.column} back: {_inverse(best)}",
    )


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


def _choose(
    fits: tuple[Affine, Affine, Affine],
    named: tuple[str, Affine] | None,
    usual: float,
) -> tuple[Affine, str]:
    """Prefer a known pair, then a pure factor, where they fit nearly as well."""
    scale, shift, both = fits
    room = max(0.5 * usual, 0.03)
    if named is not None and named[1].residual <= both.residual + room:
        pair = named[1]
        near = abs(math.log(max(both.scale, 1e-12) / pair.scale)) < 0.25  # noqa: PLR2004
        if near and pair.scale != 1.0 and pair.residual < shift.residual:
            return pair, named[0]
    if scale.residual <= both.residual + room:
        return scale, ""
    return both, ""


def _strength(
    contrast: Contrast, best: Affine, *, move: float, usual: float, named: bool
) -> float:
    clear = rising(move, 1.5 * usual, 4 * usual + 0.3)
    # What the line leaves unexplained, against the whole move and usual movement.
    left = best.residual / max(move / max(best.scale, 1.0), best.residual, 1e-9)
    natural = usual + 0.05
    tight = 1 - rising(best.residual, 0.6 * natural + 0.02, 2.5 * natural + 0.1)
    tight *= 1 - 0.5 * rising(left, 0.3, 0.9)
    novel = contrast.after.unseen - contrast.control_unseen
    far = rising(abs(math.log(best.scale)), 0.04, 0.5)
    support = max(rising(novel, 0.05, 0.5), far if named else 0.7 * far)
    if not named and best.shift != 0:
        # Two free figures fit many natural moves: only values off the old grid speak.
        support = rising(novel, 0.2, 0.7)
        tight *= support
    return clear * tight * (0.45 + 0.55 * support) * (1.0 if named else 0.92)


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
