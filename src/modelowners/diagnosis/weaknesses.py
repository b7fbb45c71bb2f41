"""Standing weaknesses: bad from the beginning, worth knowing, no alarm."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.detection.frames import Frame
from modelowners.diagnosis.strengths import figure, percent
from modelowners.diagnosis.symptoms import outcome_between
from modelowners.observations.profiles import (
    EVERYTHING,
    NULL,
    OTHER,
    ColumnProfile,
    LossSums,
    Partition,
)

MISSES_MOST = 0.5
MISSES_FEW = 0.25
MIN_ROWS = 200
WORSE = 1.3
SHOWN = 5


def standing_weaknesses(frame: Frame, loss: str | None) -> tuple[Evidence, ...]:
    """
    List slices that were never well served in the reference.

    Two kinds: a column that misses most rows of a slice while the others have
    it (a join that never covered them), and a slice whose loss was far above
    the average all along.

    Parameters
    ----------
    frame : Frame
        Profiles in windows.
    loss : str or None
        The primary loss; None where nothing is labelled.

    Returns
    -------
    tuple of Evidence
        At most five of each kind, worst first.
    """
    found = _uncovered(frame)[:SHOWN]
    if loss is not None:
        found += _badly_served(frame, loss)[:SHOWN]
    return tuple(found)


def _slices(frame: Frame) -> list[Partition]:
    return [
        p
        for p in sorted(frame.profiles)
        if p != EVERYTHING and not any(v in {OTHER, NULL} for _, v in p.where)
    ]


def _uncovered(frame: Frame) -> list[Evidence]:
    """Find columns with the same slices missing; columns that miss alike are one."""
    by_slices: dict[tuple[str, ...], tuple[list[str], float, float]] = {}
    for column in frame.columns():
        whole = _nulls(frame, EVERYTHING, column)
        if whole is None:
            continue
        parts: dict[str, list[tuple[Partition, int, int]]] = {}
        for partition in _slices(frame):
            one = _nulls(frame, partition, column)
            if one is not None and one[1] >= MIN_ROWS:
                name = "+".join(c for c, _ in partition.where)
                parts.setdefault(name, []).append((partition, *one))
        for group in parts.values():
            bad = [g for g in group if g[1] / g[2] >= MISSES_MOST]
            good = [g for g in group if g[1] / g[2] < MISSES_MOST]
            missing = sum(g[1] for g in bad)
            rows, rest = sum(g[2] for g in bad), sum(g[2] for g in good)
            elsewhere = sum(g[1] for g in good) / rest if rest else 1.0
            if not bad or elsewhere > MISSES_FEW:
                continue
            names = tuple(str(g[0]) for g in bad)
            known = by_slices.setdefault(names, ([], missing / rows, elsewhere))
            known[0].append(column)
    found = []
    for names, (columns, share, elsewhere) in by_slices.items():
        text = (
            f"{', '.join(columns)} {'is' if len(columns) == 1 else 'are'} missing in "
            f"{percent(share)} of the rows with {' or '.join(names)} "
            f"(elsewhere {percent(elsewhere)}), since the reference"
        )
        found.append(Evidence("weakness", text, share, elsewhere, "profile"))
    return sorted(found, key=lambda e: (-(e.value or 0.0), e.text))


def _nulls(frame: Frame, partition: Partition, column: str) -> tuple[int, int] | None:
    """Count null and all rows of a column in the reference; None where it is absent."""
    nulls = rows = 0
    for profile, inside in zip(frame.of(partition), frame.in_reference, strict=True):
        if profile is None or not inside:
            continue
        found: ColumnProfile | None = profile.columns.get(column)
        if found is not None:
            rows += found.rows
            nulls += found.rows - found.n
    return (nulls, rows) if rows else None


def _badly_served(frame: Frame, loss: str) -> list[Evidence]:
    whole = outcome_between(frame.of(), frame.in_reference).losses.get(loss, LossSums())
    if not whole.n or whole.mean <= 0:
        return []
    found = []
    for partition in _slices(frame):
        sums = outcome_between(frame.of(partition), frame.in_reference).losses.get(
            loss, LossSums()
        )
        if sums.n < MIN_ROWS or sums.mean < WORSE * whole.mean:
            continue
        text = (
            f"rows with {partition} have a {loss} of {figure(sums.mean)}, all rows "
            f"{figure(whole.mean)}, since the reference"
        )
        found.append(Evidence("weakness", text, sums.mean, whole.mean, "profile"))
    return sorted(found, key=lambda e: (-(e.value or 0.0), e.text))
