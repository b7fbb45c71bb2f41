"""Values of another type: unreadable ones, lost decimals, text cut short."""

from __future__ import annotations

import math
from dataclasses import replace

from modelowners.core.evidence import Evidence
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.observations.questions import Contrast, Replacement

LEAST_RISE = 0.2
"""Rise of the share without decimals."""
LEAST_UNSEEN = 0.05
"""Share of texts never seen that a cut leaves."""


def probe(case: Case) -> list[Suspect]:
    """
    Find columns that lost their decimals, their length, or their type.

    Rounding that was always there is the reference's own level.
    """
    found: list[Suspect] = []
    for site in case.inputs():
        contrast = case.contrast(site)
        if site.column is None:
            continue
        if (failed := _unreadable(case, site)) is not None:
            found.append(failed)
        elif contrast is not None and contrast.numeric:
            if (rounded := _rounded(case, site, contrast)) is not None:
                found.append(rounded)
        elif contrast is not None and (cut := _cut(site, contrast)) is not None:
            found.append(cut)
    return found


def _unreadable(case: Case, site: Site) -> Suspect | None:
    shift = site.moved(Statistic.FAILED_SHARE)
    if shift is None or shift.change <= 0:
        return None
    found = _suspect(
        site,
        rising(shift.change, 0.0, 0.05),
        f"{percent(shift.after)} of the values of {site.column} cannot be read as its "
        f"type, was {percent(shift.before)}",
        (shift.after, shift.before),
    )
    if found is None:
        return None
    unread = Replacement(
        column=site.column or "",
        form="draw",
        only_null=True,
        reference=case.stretch(site, back=0)[0],
    )
    return replace(found, replacement=unread)


def _rounded(case: Case, site: Site, contrast: Contrast) -> Suspect | None:
    before, after = contrast.before.whole, contrast.after.whole
    if math.isnan(before) or math.isnan(after) or after - before < LEAST_RISE:
        return None
    # Rounding keeps the quantiles to within one; a scale change does not.
    gap = float(abs(contrast.after.quantiles - contrast.before.quantiles).mean())
    near = 1 - rising(gap / (contrast.before.sd or 1.0), 0.2, 0.8)
    del case
    return _suspect(
        site,
        0.85 * rising(after - before, 0.2, 0.7) * near,
        f"{percent(after)} of the values of {site.column} have no decimals, "
        f"was {percent(before)}",
        (after, before),
    )


def _cut(site: Site, contrast: Contrast) -> Suspect | None:
    old, new = contrast.before.lengths[1], contrast.after.lengths[1]
    if not old or new >= old or contrast.after.unseen < LEAST_UNSEEN:
        return None
    prefixes = {v[:new] for v in contrast.before.values}
    matched = sum(r for v, r in contrast.after.values.items() if v in prefixes)
    share = matched / max(contrast.after.n, 1)
    return _suspect(
        site,
        0.9 * rising(share, 0.5, 0.95),
        f"the values of {site.column} are cut to {new} characters, were up to {old}",
        (float(new), float(old)),
    )


def _suspect(
    site: Site, strength: float, text: str, figures: tuple[float, float]
) -> Suspect | None:
    if strength <= 0 or site.column is None:
        return None
    return Suspect(
        kind=CauseKind.TYPE_CHANGE,
        columns=(site.column,),
        segment=site.segment,
        onset=site.onset,
        strength=strength,
        size=site.size,
        evidence=(Evidence("signature", text, figures[0], figures[1], "contrast"),),
        repair=f"deliver {site.column} in its old type",
    )
