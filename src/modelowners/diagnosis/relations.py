"""Relations: which identities of the reference broke, when, and in which rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from modelowners.detection.onset import locate_onset
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.falls import Fall
from modelowners.observations.profiles import EVERYTHING, Partition
from modelowners.observations.questions import Identity, RelationCounts

LEAST_FALL = 0.1
MIN_ROWS = 20
ROOM = 0.3
"""A partition that fell less than this part of the worst one still holds."""


def falls_of(case: Case) -> dict[Identity, list[Fall]]:
    """
    Follow every relation of the reference through reference and test.

    Parameters
    ----------
    case : Case
        Asked once; the answer is kept with it.

    Returns
    -------
    dict of Identity to list of Fall
        One entry per partition with enough rows.
    """
    if case.falls is None:
        case.falls = _ask(case)
    return case.falls


def _ask(case: Case) -> dict[Identity, list[Fall]]:
    identities = case.identities()
    if not identities:
        return {}
    frame = case.frame
    windows = tuple(
        window
        for window, inside in zip(
            frame.windows, frame.in_reference | frame.in_test, strict=True
        )
        if inside
    )
    found: dict[Identity, list[Fall]] = {}
    for answer in case.engine.relation(case.log, identities, windows):
        fall = _fall(case, answer)
        if fall is not None:
            found.setdefault(answer.identity, []).append(fall)
    return found


def broken_relations(case: Case) -> list[Fall]:
    """
    Give each relation that broke once, in the rows it is confined to.

    Returns
    -------
    list of Fall
        Those that hold in at least a tenth of the rows less than before.
    """
    chosen = []
    for falls in falls_of(case).values():
        broken = [fall for fall in falls if fall.depth >= LEAST_FALL]
        if broken:
            chosen.append(_confined(broken, falls))
    return chosen


def _fall(case: Case, answer: RelationCounts) -> Fall | None:
    rows = answer.rows.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(rows > 0, answer.held / rows, np.nan)
    test = np.array([w.start >= case.frame.test.start for w in answer.windows])
    reference = np.array([w.start in case.frame.reference for w in answer.windows])
    if rows[reference].sum() < MIN_ROWS or rows[test].sum() < MIN_ROWS:
        return None
    error = 1 / np.sqrt(np.maximum(rows, 1)) * 0.3 + 0.005
    onset, index = locate_onset(share, windows=answer.windows, scale=error)
    weight = (rows - answer.held)[index:]
    return Fall(
        identity=answer.identity,
        partition=answer.partition,
        onset=onset,
        before=_share(answer, slice(0, index)),
        after=_share(answer, slice(index, None)),
        gap=float((answer.gap[index:] * weight).sum() / max(weight.sum(), 1)),
        rows=int(rows.sum()),
    )


def _share(answer: RelationCounts, part: slice) -> float:
    rows = int(answer.rows[part].sum())
    return float(answer.held[part].sum()) / rows if rows else 1.0


def _confined(broken: Sequence[Fall], falls: Iterable[Fall]) -> Fall:
    """Choose the partition that broke while its siblings still hold, else all rows."""
    pooled = [fall for fall in broken if fall.partition == EVERYTHING]
    best: tuple[float, Fall] | None = None
    for fall in broken:
        if fall.partition == EVERYTHING:
            continue
        siblings = [
            other.depth
            for other in falls
            if other is not fall and are_siblings(other.partition, fall.partition)
        ]
        holds = bool(siblings) and np.median(siblings) < ROOM * fall.depth
        # The rows that broke, not only how sharply: a tiny slice explains little.
        claimed = 1.2 if fall.partition.kind == "rows" else 1.0
        lost = fall.depth * fall.rows * claimed
        if holds and (best is None or lost > best[0]):
            best = (lost, fall)
    if best is not None and (not pooled or best[1].depth > 1.2 * pooled[0].depth):
        return best[1]
    if pooled:
        return pooled[0]
    return max(broken, key=lambda fall: (fall.depth, str(fall.partition)))


def are_siblings(a: Partition, b: Partition) -> bool:
    """
    Tell whether two partitions divide the rows by the same columns.

    Examples
    --------
    >>> one, two = (Partition("segment", (("vendor", v),)) for v in "12")
    >>> are_siblings(one, two), are_siblings(one, EVERYTHING)
    (True, False)
    """
    return a.kind == b.kind and {c for c, _ in a.where} == {c for c, _ in b.where}
