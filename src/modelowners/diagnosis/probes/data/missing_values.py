"""Values that are no longer there: the share of nulls jumps."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.observations.questions import Replacement

LEAST_RISE = 0.01
MOSTLY = 0.5
"""Part of the rise from which values are unreadable rather than missing."""


def probe(case: Case) -> list[Suspect]:
    """
    Find columns whose null share jumped beyond its usual movement.

    A column that was never filled in these rows is no news: only the rise counts.
    Values that cannot be read, or a column that the files lack, are other stories.
    """
    return [s for site in case.inputs() if (s := _examine(case, site)) is not None]


def _examine(case: Case, site: Site) -> Suspect | None:
    shift = site.moved(Statistic.NULL_SHARE)
    if shift is None or site.column is None or shift.change < LEAST_RISE:
        return None
    failed = site.moved(Statistic.FAILED_SHARE)
    if failed is not None and failed.change >= MOSTLY * shift.change:
        return None
    if case.is_absent(site.column, shift.index):
        return None
    contrast, control = case.contrast(site), case.control(site)
    if contrast is None:
        return None
    before, after = _null_share(contrast.before), _null_share(contrast.after)
    wobble = (
        abs(_null_share(control.after) - _null_share(control.before))
        if control
        else 0.0
    )
    rise = after - before
    if rise < max(LEAST_RISE, 2 * wobble):
        return None
    strength = rising(rise, 0.0, 0.05) * (1 - min(wobble / rise, 1.0))
    return Suspect(
        kind=CauseKind.MISSING_VALUES,
        columns=(site.column,),
        segment=site.segment,
        onset=shift.onset,
        strength=strength,
        size=shift.size,
        affected=rise,
        evidence=(
            Evidence(
                "signature",
                f"{site.column} is missing in {percent(after)} of the rows, "
                f"was {percent(before)}",
                after,
                before,
                "contrast",
            ),
        ),
        replacement=Replacement(
            column=site.column,
            form="draw",
            only_null=True,
            reference=case.stretch(site, back=0)[0],
        ),
        repair=f"deliver {site.column} again; until then impute it",
    )


def _null_share(side: object) -> float:
    rows = getattr(side, "rows", 0)
    return getattr(side, "nulls", 0) / rows if rows else 0.0
