"""Rivals: what moved loudly and is not the cause, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import Against, CauseKind
from modelowners.diagnosis.hypotheses import Hypothesis
from modelowners.diagnosis.symptoms import growth
from modelowners.observations.profiles import EVERYTHING

SHOWN = 3
HARDLY = 0.02
"""Influence below which the model hardly uses a column."""
UNHARMED = 0.1
"""Part of the whole growth below which rows count as not harmed."""


def what_is_not(
    case: Case, ranked: Sequence[Hypothesis], winners: Sequence[Hypothesis]
) -> tuple[Against, ...]:
    """
    Say why the loudest drifts are not the cause.

    Parameters
    ----------
    case : Case
        With everything that moved.
    ranked : sequence of Hypothesis
        All stories.
    winners : sequence of Hypothesis
        Those that are told as causes: their columns are spoken of elsewhere.

    Returns
    -------
    tuple of Against
        At most three: first what repair speaks against, then what is merely loud.
    """
    told: set[str] = set()
    lines = (*_refuted(ranked, winners, told), *_merely_loud(case, winners, told))
    return tuple(islice(lines, SHOWN))


def _belongs(
    column: str, segment: Mapping[str, str], winners: Sequence[Hypothesis]
) -> bool:
    """Tell whether a column's move in some rows is part of a told story."""
    return any(
        column in story.columns
        and (not story.lead.segment or dict(story.lead.segment) == dict(segment))
        for story in winners
    )


def _refuted(
    ranked: Sequence[Hypothesis], winners: Sequence[Hypothesis], told: set[str]
) -> Iterator[Against]:
    for story in sorted(ranked, key=lambda h: -h.lead.size):
        column = story.lead.columns[0] if story.lead.columns else None
        if column is None or column in told or not story.said_against:
            continue
        if _belongs(column, story.lead.segment, winners):
            continue
        told.add(column)
        where = ", ".join(f"{c}={v}" for c, v in story.lead.segment.items())
        rows = f" where {where}" if where else ""
        text = f"{column} moved too{rows}, but {story.said_against[0].text}"
        yield Against(text=text, kind=story.lead.kind, column=column)


def _merely_loud(
    case: Case, winners: Sequence[Hypothesis], told: set[str]
) -> Iterator[Against]:
    for site in sorted(case.inputs(), key=lambda s: (_is_pooled(s), -s.size)):
        column = site.column or ""
        if column in told or _belongs(column, site.segment, winners):
            continue
        told.add(column)
        where = "" if _is_pooled(site) else f" where {site.partition}"
        text = f"{column} drifts{where}, but {_reason(case, site)}"
        yield Against(text=text, kind=CauseKind.COVARIATE_SHIFT, column=column)


def _is_pooled(site: Site) -> bool:
    return site.partition == EVERYTHING


def _reason(case: Case, site: Site) -> str:
    known = case.surrogate.influence if case.surrogate is not None else {}
    if known.get(site.column or "", 1.0) < HARDLY:
        return "the model hardly uses it"
    if case.harmed is not None and not _is_pooled(site):
        here, everywhere = (
            growth(case.frame, case.loss, case.harmed.index, partition)
            for partition in (site.partition, EVERYTHING)
        )
        if None not in (here, everywhere) and (here or 0) < UNHARMED * (
            everywhere or 0
        ):
            return "the loss of those rows did not grow"
    return "its values carry no sign of a fault"
