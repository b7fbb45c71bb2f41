"""Frames made of plain figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, TimeWindow, parse_instant
from modelowners.detection.frames import Frame, arrange
from modelowners.observations.profiles import (
    EVERYTHING,
    LossSums,
    NumericProfile,
    OutcomeProfile,
    Partition,
    Profile,
    RowCounts,
    TextProfile,
)

MODEL = AssetId("model:eta")
START = parse_instant("2026-01-05")
EDGES = np.linspace(-3, 3, 25)


def numeric(values: np.ndarray, nulls: int = 0) -> NumericProfile:
    """Reduce plain values as an engine would."""
    n = len(values)
    counts = np.bincount(
        np.searchsorted(EDGES, values, side="right"), minlength=len(EDGES) + 1
    )
    return NumericProfile(
        n=n,
        nulls=nulls,
        minimum=float(values.min()) if n else np.nan,
        maximum=float(values.max()) if n else np.nan,
        mean=float(values.mean()) if n else np.nan,
        m2=float(((values - values.mean()) ** 2).sum()) if n else 0.0,
        zeros=int((values == 0).sum()),
        negatives=int((values < 0).sum()),
        whole=int((values == np.floor(values)).sum()),
        distinct=len(np.unique(values)),
        counts=counts.astype(np.int64),
    )


def text(values: Sequence[str], nulls: int = 0) -> TextProfile:
    """Reduce plain texts as an engine would."""
    names, rows = np.unique(np.array(values), return_counts=True)
    return TextProfile(
        n=len(values),
        nulls=nulls,
        distinct=len(names),
        values={str(n): int(r) for n, r in zip(names, rows, strict=True)},
        shortest=min(map(len, values)),
        longest=max(map(len, values)),
    )


def profile(
    day: int,
    columns: dict[str, NumericProfile | TextProfile],
    *,
    partition: Partition = EVERYTHING,
    losses: np.ndarray | None = None,
    rows: int | None = None,
    duplicates: int = 0,
) -> Profile:
    """One day's profile of a model."""
    kept = rows if rows is not None else max(c.rows for c in columns.values())
    outcome = None
    if losses is not None:
        sums = LossSums(len(losses), float(losses.sum()), float((losses**2).sum()))
        outcome = OutcomeProfile(labelled=len(losses), losses={"log_loss": sums})
    return Profile(
        asset=MODEL,
        partition=partition,
        window=TimeWindow(START + day * DAY, START + (day + 1) * DAY),
        edges_version="v1",
        rows=RowCounts(
            read=kept + duplicates,
            kept=kept,
            dropped={"duplicate": duplicates} if duplicates else {},
        ),
        columns=columns,
        outcome=outcome,
    )


def frame(
    profiles: Sequence[Profile], *, history: int, test: int, reference: int = 28
) -> Frame:
    """Arrange profiles of consecutive days: history, of it the reference, and test."""
    windows = tuple(
        TimeWindow(START + d * DAY, START + (d + 1) * DAY)
        for d in range(history + test)
    )
    start = START + history * DAY
    return Frame(
        windows=windows,
        reference=TimeWindow(start - min(reference, history) * DAY, start),
        test=TimeWindow(start, start + test * DAY),
        profiles=arrange(profiles, windows),
    )
