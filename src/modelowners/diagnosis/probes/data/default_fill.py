"""A stand-in value where the true one is unknown: one value takes a sharp share."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.signatures import Excess, value_excess
from modelowners.diagnosis.strengths import figure, percent, rising
from modelowners.observations.questions import Contrast, Replacement

LEAST_RISE = 0.02
FEW_VALUES = 12
"""Columns with fewer distinct values move in shares without any fill."""
NOTHING = frozenset(
    {
        "",
        "0",
        "1",
        "na",
        "n/a",
        "nan",
        "nil",
        "none",
        "null",
        "unknown",
        "unk",
        "missing",
        "other",
        "default",
        "undefined",
        "empty",
        "tbd",
        "xx",
        "xxx",
        "?",
    }
)
"""Texts that stand for no value."""


def probe(case: Case) -> list[Suspect]:
    """
    Find columns in which one value, rare before, took a share of the rows.

    The other values must have kept their mix: a popular product changes the
    mix, a fill takes from every value alike.
    """
    return [s for site in case.inputs() if (s := _examine(case, site)) is not None]


def _examine(case: Case, site: Site) -> Suspect | None:
    contrast, control = case.contrast(site), case.control(site)
    if contrast is None or site.column is None:
        return None
    excess = value_excess(contrast.before, contrast.after)
    if excess is None or _is_bound(contrast, excess):
        return None
    rise = excess.after - excess.before
    if rise < max(LEAST_RISE, 3 * _usual(control)):
        return None
    strength = _strength(contrast, excess)
    return _suspect(case, site, excess, strength) if strength > 0 else None


def _strength(contrast: Contrast, excess: Excess) -> float:
    if contrast.after.distinct <= 1 and contrast.before.distinct > FEW_VALUES:
        return 0.95
    new = excess.before == 0
    if new and not contrast.numeric and not _stands_for_nothing(excess.value):
        return 0.0
    rise = excess.after - excess.before
    rare = 1 - min(excess.before / excess.after, 1.0)
    kept = 1 - rising(excess.rest, 0.05, 0.5)
    if contrast.numeric and new:
        # A number never seen in so many rows at once is nobody's reading; the
        # season may move the others meanwhile.
        kept = max(kept, 0.9 * rising(rise, 0.15, 0.4))
    many = rising(contrast.before.distinct, 2, FEW_VALUES)
    return rising(rise, 0.0, 0.08) * rare * kept * max(many, 0.5 * new)


def _stands_for_nothing(value: str) -> bool:
    """Tell whether a text is one of those written where the value is not known."""
    return value.strip().casefold().strip("<>()[]-_. ") in NOTHING


def _suspect(case: Case, site: Site, excess: Excess, strength: float) -> Suspect:
    column = site.column or ""
    shown = excess.value if case.text(column) else _number(excess.value)
    return Suspect(
        kind=CauseKind.DEFAULT_FILL,
        columns=(column,),
        segment=site.segment,
        onset=site.onset,
        strength=strength,
        size=site.size,
        affected=excess.after - excess.before,
        novel=excess.before == 0,
        evidence=(
            Evidence(
                "signature",
                f"{column} holds {shown or 'an empty text'} in {percent(excess.after)} "
                f"of the rows, was {percent(excess.before)}; its other values kept "
                "their mix",
                excess.after,
                excess.before,
                "contrast",
            ),
        ),
        replacement=Replacement(
            column=column,
            form="draw",
            only_value=excess.value,
            reference=case.stretch(site, back=0)[0],
        ),
        repair=f"deliver {column} instead of {shown or 'an empty text'}",
    )


def _usual(control: Contrast | None) -> float:
    """Give how far a value's share usually moves between such stretches."""
    if control is None:
        return 0.0
    found = value_excess(control.before, control.after)
    return found.after - found.before if found else 0.0


def _is_bound(contrast: Contrast, excess: Excess) -> bool:
    """Tell clipping (mass at a new bound inside the old range) from a fill."""
    if not contrast.numeric or contrast.after.distinct <= 1:
        return False
    value = float(excess.value)
    before, after = contrast.before, contrast.after
    top = value == after.maximum and value < before.maximum
    bottom = value == after.minimum and value > before.minimum
    return top or bottom


def _number(text: str) -> str:
    try:
        return figure(float(text))
    except ValueError:
        return text
