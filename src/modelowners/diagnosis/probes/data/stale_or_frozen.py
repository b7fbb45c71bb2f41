"""A feed that stands still: values repeat those of earlier windows, or never change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from modelowners.core.evidence import Evidence
from modelowners.core.time import Onset
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.observations.profiles import EVERYTHING, NumericProfile
from modelowners.observations.questions import Replacement, Staleness

LAGS = (1, 2, 3, 7)
"""Windows back at which values are compared."""
LEAST_RISE = 0.2
FEWEST = 3
"""Windows of which a usual share of repeats can be told."""
CLEAR = 0.4
"""Strength from which a column counts as repeating."""
MOSTLY = 0.9
"""Share of one value from which a column is filled rather than stale."""
FULL = 0.8
"""Share of repeats from which a whole window repeats."""
COLLAPSE = -0.7
"""Log of the number of distinct values, against before: half or fewer."""
MANY_DISTINCT = 8


def probe(case: Case) -> list[Suspect]:
    """
    Find columns that repeat earlier values or stopped varying.

    Night hours and quiet instruments always repeated: only a rise counts.
    """
    found = [s for site in case.inputs() if (s := _frozen(case, site)) is not None]
    return [*found, *_stale(case)]


def _frozen(case: Case, site: Site) -> Suspect | None:
    """Judge a column whose distinct values collapsed within each window."""
    shift = site.moved(Statistic.DISTINCT)
    if shift is None or site.column is None or shift.change > COLLAPSE:
        return None
    contrast = case.contrast(site)
    if contrast is None or contrast.before.distinct < MANY_DISTINCT:
        return None
    nulls = contrast.after.nulls / max(contrast.after.rows, 1)
    if nulls > 0.5 or contrast.after.n == 0:  # noqa: PLR2004 - gone, not frozen
        return None
    left = np.exp(shift.after) / max(np.exp(shift.before), 1e-9)
    rows_left = contrast.after.n / max(contrast.before.n, 1)
    strength = rising(-shift.change, 0.7, 2.0) * rising(
        rows_left, float(left), 2 * float(left) + 0.1
    )
    # A new spelling or unit keeps the number of values; a stand-in is a fill.
    unseen = contrast.after.unseen - contrast.control_unseen
    strength *= 1 - 0.7 * rising(unseen, 0.3, 0.9)
    if contrast.after.distinct <= 1:
        # One value for all: a frozen feed keeps a value for each of its sources.
        strength *= 0.6
    if strength <= 0:
        return None
    return Suspect(
        kind=CauseKind.STALE_OR_FROZEN,
        columns=(site.column,),
        segment=site.segment,
        onset=shift.onset,
        strength=strength,
        size=site.size,
        evidence=(
            Evidence(
                "signature",
                f"{site.column} takes {np.exp(shift.after):.0f} different values a "
                f"window, was {np.exp(shift.before):.0f}",
                float(np.exp(shift.after)),
                float(np.exp(shift.before)),
                "profile",
            ),
        ),
        replacement=Replacement(
            column=site.column, form="draw", reference=case.stretch(site, back=0)[0]
        ),
        repair=f"restart the feed of {site.column}",
    )


def _stale(case: Case) -> list[Suspect]:
    """Judge columns whose group values repeat those of some windows ago."""
    columns = [c for c in case.features() if _varies(case, c)]
    if not columns or (case.harmed is None and not case.sites()):
        return []
    answers = case.engine.lagged(
        case.log, columns, windows=case.frame.windows, lags=LAGS
    )
    best: dict[str, tuple[float, Suspect]] = {}
    constant = {s.column for s in case.inputs() if _is_constant(case, s)}
    for answer in answers:
        if answer.column in constant:
            continue
        suspect = _judge(case, answer)
        if suspect is not None:
            known = best.get(answer.column)
            if known is None or suspect.strength > known[0]:
                best[answer.column] = (suspect.strength, suspect)
    return _of_feeds(case, [best[c][1] for c in columns if c in best])


def _of_feeds(case: Case, found: list[Suspect]) -> list[Suspect]:
    """
    Weaken repeats that run through several feeds at once.

    A feed that stands still repeats alone; where columns of others repeat with
    it, whole rows came again.
    """
    assets = {
        claim.asset
        for suspect in found
        if suspect.strength >= CLEAR
        and (claim := case.log.claim_for(suspect.columns[0])) is not None
    }
    if len(assets) < 2:  # noqa: PLR2004 - one feed is what this probe looks for
        return found
    return [replace(s, strength=0.2 * s.strength) for s in found]


def _is_constant(case: Case, site: Site) -> bool:
    """Tell whether a column holds one value for most rows: a fill, not a feed."""
    contrast = case.contrast(site)
    if contrast is None or not contrast.after.n:
        return False
    return max(contrast.after.values.values(), default=0) >= MOSTLY * contrast.after.n


def _varies(case: Case, column: str) -> bool:
    """Tell whether a column has enough different values for repeats to mean much."""
    found = [
        p.columns[column].distinct
        for p in case.frame.of(EVERYTHING)
        if p is not None and isinstance(p.columns.get(column), NumericProfile)
    ]
    known = [d for d in found if d]
    return bool(known) and float(np.median(known)) >= MANY_DISTINCT


def _judge(case: Case, answer: Staleness) -> Suspect | None:
    frame, equal = case.frame, answer.equal
    usual = equal[frame.in_history & ~np.isnan(equal)]
    now = equal[frame.in_test & ~np.isnan(equal)]
    if len(usual) < FEWEST or not len(now):
        return None
    level, top = float(np.median(usual)), float(np.max(now))
    wobble = float(np.quantile(usual, 0.95)) - level
    rise = top - level
    if rise < max(LEAST_RISE, 2 * wobble):
        return None
    onset, index = _when(case, equal, level + rise / 2)
    # A feed that is `lag` windows late repeats for so many windows, then compares
    # stale with staler; one that stands still repeats to the end.
    first = equal[index : index + max(answer.lag, 2)]
    first = first[~np.isnan(first)]
    share = float(np.max(first)) if len(first) else 0.0
    strength = rising(share - level, LEAST_RISE / 2, 0.6)
    if strength <= 0:
        return None
    return Suspect(
        kind=CauseKind.STALE_OR_FROZEN,
        columns=(answer.column,),
        onset=onset,
        strength=strength,
        size=10 * rise,
        evidence=(
            Evidence(
                "signature",
                f"{percent(share)} of the hourly values of {answer.column} equal those "
                f"of {answer.lag} window{'s' if answer.lag > 1 else ''} before, was "
                f"{percent(level)}",
                share,
                level,
                "lagged",
            ),
        ),
        replacement=Replacement(
            column=answer.column,
            form="draw",
            reference=frame.span(max(index - 7, 0), max(index - 1, 0)),
        ),
        repair=f"restart the feed of {answer.column}",
    )


def _when(case: Case, equal: npt.NDArray[np.float64], half: float) -> tuple[Onset, int]:
    """Give the first window under test in which values repeat."""
    windows = case.frame.windows
    high = np.nan_to_num(equal) >= half
    index = int(np.flatnonzero(high & case.frame.in_test)[0])
    # A window that repeats in part began inside it; a full one perhaps just before.
    low = (
        windows[index].start if equal[index] < FULL else windows[max(index - 1, 0)].end
    )
    return Onset(windows[index].start, low, windows[index].end), index
