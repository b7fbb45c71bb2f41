"""The same categories under other spellings."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.signatures import Renaming, match_renamed, shares
from modelowners.diagnosis.strengths import percent, rising
from modelowners.observations.questions import Contrast, Replacement

SHOWN = 3
MOST_CODES = 40
"""Distinct numbers up to which a column can hold codes of categories."""


def probe(case: Case) -> list[Suspect]:
    """
    Find columns in which values vanished while others took over their rows.

    Shares must agree, and spelling or outcomes too: a new product that replaces
    an old one has outcomes of its own.
    """
    return [s for site in case.inputs() if (s := _examine(case, site)) is not None]


def renaming_of(case: Case, site: Site) -> tuple[Renaming, Contrast] | None:
    """Match new spellings with vanished ones at a site; None where there are none."""
    contrast, control = case.contrast(site), case.control(site)
    if contrast is None or site.column is None:
        return None
    if (
        contrast.numeric
        and max(contrast.before.distinct, contrast.after.distinct) > MOST_CODES
    ):
        return None
    found = match_renamed(contrast.before, contrast.after, usual_share(control))
    return (found, contrast) if found is not None else None


def usual_share(control: Contrast | None) -> float:
    """Give how far the share of a category usually moves between such stretches."""
    if control is None:
        return 0.0
    old, new = shares(control.before), shares(control.after)
    return max((abs(new.get(v, 0) - old.get(v, 0)) for v in old | new), default=0.0)


def _examine(case: Case, site: Site) -> Suspect | None:
    matched = renaming_of(case, site)
    if matched is None:
        return None
    renaming, contrast = matched
    kin = rising(renaming.alike, 0.5, 0.8)
    truth = renaming.truth if renaming.truth is not None else 0.5
    same = max(kin, 0.7 * truth if len(renaming.pairs) > 1 else 0.55 * truth)
    strength = rising(renaming.mass, 0.0, 0.03) * (0.3 + 0.7 * renaming.fit) * same
    # Numbers that merely moved are no spellings.
    if contrast.numeric:
        strength *= 0.4
    if strength <= 0:
        return None
    column = site.column or ""
    listed = sorted(renaming.pairs.items(), key=lambda p: -contrast.after.values[p[0]])
    told = ", ".join(f'"{old}" became "{new}"' for new, old in listed[:SHOWN])
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return Suspect(
        kind=CauseKind.CATEGORY_RENAMED,
        columns=(column,),
        segment=site.segment,
        onset=site.onset,
        strength=strength,
        size=site.size,
        affected=renaming.mass,
        evidence=(
            Evidence(
                "signature",
                f"in {column}, {told}{more}: {percent(renaming.mass)} of the rows",
                renaming.mass,
                0.0,
                "contrast",
            ),
        ),
        replacement=Replacement(
            column=column, form="recode", recode=dict(renaming.pairs)
        ),
        repair=f"map the new spellings of {column} back",
    )
