"""A relation between columns that held in nearly every row, and no longer does."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from modelowners.core.evidence import Evidence
from modelowners.core.time import Onset
from modelowners.detection.onset import locate_onset
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import figure, percent, rising
from modelowners.observations.profiles import EVERYTHING, Partition
from modelowners.observations.questions import Identity, RelationCounts

LEAST_FALL = 0.1
MIN_ROWS = 20
ROOM = 0.3
"""A partition that fell less than this part of the worst one still holds."""


def probe(case: Case) -> list[Suspect]:
    """
    Find sums, products, orders and dependencies that broke, and in which rows.

    Relations are sought in the reference and count only where they held in at
    least 99 % of its rows; accidental ones hold in few rows and are not kept.
    """
    identities = case.identities()
    if not identities:
        return []
    windows = tuple(
        w
        for w, r, t in zip(
            case.frame.windows,
            case.frame.in_reference,
            case.frame.in_test,
            strict=True,
        )
        if r or t
    )
    counts = case.engine.relation(case.log, identities, windows)
    by_identity: dict[Identity, list[RelationCounts]] = {}
    for one in counts:
        by_identity.setdefault(one.identity, []).append(one)
    found = [_examine(case, answers) for answers in by_identity.values()]
    suspects = [s for s in found if s is not None]
    suspects.sort(key=lambda s: (-s.strength, -s.size, s.columns))
    return suspects[:5]


def _examine(case: Case, answers: list[RelationCounts]) -> Suspect | None:
    falls = [(f, a) for a in answers if (f := _fall(case, a)) is not None]
    broken = [(f, a) for f, a in falls if f[0] >= LEAST_FALL]
    if not broken:
        return None
    chosen = _confined(broken, falls)
    fall, onset, before, after, gap = chosen[0]
    answer = chosen[1]
    # 99 % in the reference falling by a tenth is already far beyond chance.
    strength = rising(fall, 0.03, 0.3)
    identity = answer.identity
    where = dict(answer.partition.where)
    rows = f", only where {answer.partition}" if where else ""
    amount = f"; the gap is {figure(gap)} a row" if identity.form == "sum" else ""
    return Suspect(
        kind=CauseKind.RELATION_BROKEN,
        columns=_columns(case, identity),
        segment=where,
        onset=onset,
        strength=strength,
        size=fall / 0.01,
        affected=fall,
        evidence=(
            Evidence(
                "relation",
                f"{_told(case, identity)} holds in {percent(after)} of the rows, was "
                f"{percent(before)}{rows}{amount}",
                after,
                before,
                "relation",
            ),
            *_elsewhere(falls, answer),
        ),
        repair="complete the relation: find the part that is missing or counted twice",
    )


Fall = tuple[float, Onset, float, float, float]


def _fall(case: Case, answer: RelationCounts) -> Fall | None:
    """Give how far the share that holds fell: fall, onset, before, after, gap."""
    rows = answer.rows.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(rows > 0, answer.held / rows, np.nan)
    test = np.array([w.start >= case.frame.test.start for w in answer.windows])
    reference = np.array([w.start in case.frame.reference for w in answer.windows])
    if rows[reference].sum() < MIN_ROWS or rows[test].sum() < MIN_ROWS:
        return None
    error = 1 / np.sqrt(np.maximum(rows, 1)) * 0.3 + 0.005
    onset, index = locate_onset(share, windows=answer.windows, scale=error)
    before = _share(answer, slice(0, index))
    after = _share(answer, slice(index, None))
    loose = rows - answer.held
    weight = loose[index:]
    gap = float((answer.gap[index:] * weight).sum() / max(weight.sum(), 1))
    return before - after, onset, before, after, gap


def _share(answer: RelationCounts, part: slice) -> float:
    rows = int(answer.rows[part].sum())
    return float(answer.held[part].sum()) / rows if rows else 1.0


def _confined(
    broken: list[tuple[Fall, RelationCounts]],
    falls: Iterable[tuple[Fall, RelationCounts]],
) -> tuple[Fall, RelationCounts]:
    """Choose the partition that broke while its siblings still hold, else all rows."""
    pooled = [pair for pair in broken if pair[1].partition == EVERYTHING]
    best: tuple[float, tuple[Fall, RelationCounts]] | None = None
    for pair in broken:
        partition = pair[1].partition
        if partition == EVERYTHING:
            continue
        siblings = [
            f[0]
            for f, a in falls
            if a is not pair[1] and _siblings(a.partition, partition)
        ]
        holds = bool(siblings) and np.median(siblings) < ROOM * pair[0][0]
        # The rows that broke, not only how sharply: a tiny slice explains little.
        lost = pair[0][0] * float(pair[1].rows.sum())
        claimed = 1.2 if partition.kind == "rows" else 1.0
        if holds and (best is None or lost * claimed > best[0]):
            best = (lost * claimed, pair)
    if best is not None and (not pooled or best[1][0][0] > 1.2 * pooled[0][0][0]):
        return best[1]
    if pooled:
        return pooled[0]
    return max(broken, key=lambda pair: (pair[0][0], str(pair[1].partition)))


def _siblings(a: Partition, b: Partition) -> bool:
    return a.kind == b.kind and {c for c, _ in a.where} == {c for c, _ in b.where}


def _elsewhere(
    falls: Iterable[tuple[Fall, RelationCounts]], chosen: RelationCounts
) -> tuple[Evidence, ...]:
    """Say where the relation still holds."""
    for fall, answer in falls:
        if answer is chosen or not _siblings(answer.partition, chosen.partition):
            continue
        if abs(fall[0]) < LEAST_FALL / 2:
            return (
                Evidence(
                    "relation",
                    f"it still holds in {percent(fall[3])} of the rows with "
                    f"{answer.partition}",
                    fall[3],
                    fall[2],
                    "relation",
                ),
            )
    return ()


def _columns(case: Case, identity: Identity) -> tuple[str, ...]:
    names = [identity.target, *(column for _, column in identity.terms)]
    moved = [s.column for s in case.sites() if s.column in names]
    lead = [n for n in names if n in moved[:1]] or names[:1]
    return tuple(_source_name(case, n) for n in dict.fromkeys([*lead, *names]))


def _source_name(case: Case, column: str) -> str:
    labels = case.log.labels
    return labels.actual if column == "actual" and labels is not None else column


def _told(case: Case, identity: Identity) -> str:
    text = str(identity)
    name = _source_name(case, "actual")
    return text.replace("actual", name, 1) if identity.target == "actual" else text
