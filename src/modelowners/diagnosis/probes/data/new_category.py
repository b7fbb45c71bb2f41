"""A category that was never there before, with no old one gone."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.probes.data.category_renamed import renaming_of
from modelowners.diagnosis.signatures import shares
from modelowners.diagnosis.strengths import percent, rising

LEAST_SHARE = 0.01


def probe(case: Case) -> list[Suspect]:
    """
    Find columns with new values whose rows no vanished value accounts for.

    New spellings of old values are renamings, not new categories.
    """
    return [s for site in case.inputs() if (s := _examine(case, site)) is not None]


def _examine(case: Case, site: Site) -> Suspect | None:
    if site.column is None or not case.text(site.column):
        return None
    if site.moved(Statistic.UNSEEN_SHARE) is None:
        return None
    contrast = case.contrast(site)
    if contrast is None:
        return None
    old, new = shares(contrast.before), shares(contrast.after)
    renamed = renaming_of(case, site)
    taken = set(renamed[0].pairs) if renamed else set()
    fresh = {v: s for v, s in new.items() if not old.get(v) and v not in taken}
    mass = sum(fresh.values())
    if mass < LEAST_SHARE:
        return None
    lead = max(fresh, key=lambda v: (fresh[v], v))
    return Suspect(
        kind=CauseKind.NEW_CATEGORY,
        columns=(site.column,),
        segment=site.segment,
        onset=site.onset,
        strength=0.8 * rising(mass, 0.0, 0.05),
        size=site.size,
        affected=mass,
        evidence=(
            Evidence(
                "signature",
                f'{site.column} holds values never seen before, such as "{lead}", in '
                f"{percent(mass)} of the rows; no old value went away for them",
                mass,
                0.0,
                "contrast",
            ),
        ),
        repair=f"tell the model's owner what the new values of {site.column} mean",
    )
