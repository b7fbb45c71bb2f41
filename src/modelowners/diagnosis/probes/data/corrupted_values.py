"""Values made noisy, clipped or garbled."""

from __future__ import annotations

import numpy as np

from modelowners.core.evidence import Evidence
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.probes.data.unit_or_scale_change import sharpness
from modelowners.diagnosis.signatures import novelty, shares
from modelowners.diagnosis.strengths import figure, percent, rising
from modelowners.observations.questions import Contrast, Replacement

LEAST_NOVEL = 0.1
"""Share of values never seen that alone raises the question."""
FEW_VALUES = 8
"""Distinct values below which any of them is a bound."""
USUAL_VALUES = 20
NEAR = 2
"""Windows within which spreads rise together."""
SHARED = 0.8
"""Part of the strength that two neighbours take away."""


def probe(case: Case) -> list[Suspect]:
    """
    Find columns whose spread rose while the middle stayed, or that hit a new bound.

    True volatility moves neighbours too, and brings no values off the usual grid.
    """
    found: list[Suspect] = []
    for site in case.inputs():
        contrast, control = case.contrast(site), case.control(site)
        if contrast is None or site.column is None or not contrast.numeric:
            continue
        both = (_noisy(case, site, contrast, control), _clipped(case, site, contrast))
        found.extend(suspect for suspect in both if suspect is not None)
    return found


def _noisy(
    case: Case, site: Site, contrast: Contrast, control: Contrast | None
) -> Suspect | None:
    before, after = contrast.before, contrast.after
    shift = site.moved(Statistic.SPREAD)
    outside = site.moved(Statistic.OUTSIDE_SHARE, Statistic.NEGATIVE_SHARE)
    novel = novelty(contrast)
    if shift is None and outside is None and novel < LEAST_NOVEL:
        return None
    if not before.sd or not len(before.quantiles) or not len(after.quantiles):
        return None
    widened = after.sd / before.sd
    usual = (
        abs(control.after.sd / control.before.sd - 1)
        if (control is not None and control.before.sd)
        else 0.0
    )
    middle = len(before.quantiles) // 2
    moved = abs(after.quantiles[middle] - before.quantiles[middle])
    moved /= max(before.sd, after.sd)
    grown = rising(widened - 1, 1.5 * usual + 0.05, 3 * usual + 0.5)
    still = 1 - rising(moved, 0.15, 0.6 + usual)
    # Noise leaves the grid of a column whose readings repeat; of one whose never
    # do, new values say nothing.
    repeats = 1 - rising(contrast.control_unseen, 0.2, 0.6)
    off_grid = max(rising(novel, 0.05, 0.5), 0.35 * (1 - repeats))
    sharp = sharpness(case, site, contrast)
    strength = 0.9 * grown * still * off_grid * rising(sharp, 1.5, 4.0)
    # Noise is one column's; a storm widens its neighbours in the same days.
    strength *= 1 - SHARED * min(_neighbours(case, site), 2) / 2
    if strength <= 0:
        return None
    return Suspect(
        kind=CauseKind.CORRUPTED_VALUES,
        columns=(site.column or "",),
        segment=site.segment,
        onset=site.onset,
        strength=strength,
        size=4 * sharp,
        evidence=(
            Evidence(
                "signature",
                f"{site.column} spreads {figure(widened)} times as wide around the "
                f"same middle; {percent(max(novel, 0.0))} of the rows hold values "
                "never seen",
                after.sd,
                before.sd,
                "contrast",
            ),
        ),
        replacement=Replacement(
            column=site.column or "",
            form="draw",
            reference=case.stretch(site, back=0)[0],
        ),
        repair=f"deliver {site.column} without the noise",
    )


def _neighbours(case: Case, site: Site) -> int:
    """Count the other columns whose spread rose in the same rows and days."""
    return sum(
        1
        for other in case.inputs()
        if other.column != site.column
        and other.partition == site.partition
        and abs(other.index - site.index) <= NEAR
        and (spread := other.moved(Statistic.SPREAD)) is not None
        and spread.change > 0
    )


def _clipped(case: Case, site: Site, contrast: Contrast) -> Suspect | None:
    before, after = contrast.before, contrast.after
    old, new = shares(before), shares(after)
    if not len(before.quantiles) or before.distinct < FEW_VALUES:
        return None
    low, high = before.quantiles[0], before.quantiles[-1]
    for bound, cut in (
        (after.maximum, after.maximum < high),
        (after.minimum, after.minimum > low),
    ):
        held = next((v for v in new if float(v) == bound), None)
        if not cut or held is None:
            continue
        rise = new[held] - old.get(held, 0.0)
        # Readings shared by many rows pile up anywhere; a cut piles up here only.
        usual = float(np.median(sorted(new.values())[-USUAL_VALUES:])) or 1.0
        strength = 0.85 * rising(rise, 0.01, 0.05) * rising(new[held] / usual, 2.0, 5.0)
        if strength > 0:
            return Suspect(
                kind=CauseKind.CORRUPTED_VALUES,
                columns=(site.column or "",),
                segment=site.segment,
                onset=site.onset,
                strength=strength,
                size=site.size,
                affected=rise,
                evidence=(
                    Evidence(
                        "signature",
                        f"{site.column} is cut off at {figure(bound)}, which "
                        f"{percent(new[held])} of the rows now hold",
                        new[held],
                        old.get(held, 0.0),
                        "contrast",
                    ),
                ),
                replacement=Replacement(
                    column=site.column or "",
                    form="draw",
                    only_value=held,
                    reference=case.stretch(site, back=0)[0],
                ),
                repair=f"deliver {site.column} without the cut",
            )
    return None
