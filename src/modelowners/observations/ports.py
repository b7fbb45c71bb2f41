"""What observations need from outside: an engine that reads logs where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from modelowners.core.time import TimeWindow
from modelowners.observations.logs import PredictionLog, Task
from modelowners.observations.profiles import Edges, Partition, Profile
from modelowners.observations.questions import (
    Contrast,
    Identity,
    LogShape,
    RelationCounts,
    Repair,
    Replacement,
    Slice,
    Staleness,
    Surrogate,
)

Progress = Callable[[str, float], None]
"""Told a short sentence and the share done, 0 to 1."""


class Engine(Protocol):
    """
    Reads a log and answers bounded questions about it; rows never leave it.

    Every method takes the log and `as_of`, the instant up to which rows and
    labels are known (None: all that is there).
    """

    def describe(self, log: PredictionLog) -> LogShape:
        """Give columns, types, rows, time range, files and unreadable files."""
        ...

    def task(self, log: PredictionLog) -> Task:
        """Tell what the model predicts: as declared, else from its outputs."""
        ...

    def edges(self, log: PredictionLog, reference: TimeWindow) -> Mapping[str, Edges]:
        """Give bin edges per numeric column (and ``score``), from the reference."""
        ...

    def profile(
        self,
        log: PredictionLog,
        windows: Sequence[TimeWindow],
        *,
        edges: Mapping[str, Edges],
        as_of: datetime | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Profile]:
        """Yield one profile per partition and window, windows in order."""
        ...

    def contrast(
        self,
        log: PredictionLog,
        columns: Sequence[str],
        *,
        before: TimeWindow,
        after: TimeWindow,
        partition: Partition,
    ) -> Mapping[str, Contrast]:
        """Compare columns before and after: exact quantiles and common values."""
        ...

    def identities(
        self, log: PredictionLog, reference: TimeWindow
    ) -> tuple[Identity, ...]:
        """Find relations between columns that hold in >= 99 % of reference rows."""
        ...

    def relation(
        self,
        log: PredictionLog,
        candidates: Sequence[Identity],
        windows: Sequence[TimeWindow],
    ) -> tuple[RelationCounts, ...]:
        """Count per window and partition in how many rows each relation holds."""
        ...

    def lagged(
        self,
        log: PredictionLog,
        columns: Sequence[str],
        *,
        windows: Sequence[TimeWindow],
        lags: Sequence[int],
    ) -> tuple[Staleness, ...]:
        """Tell how many group values equal those of some windows ago."""
        ...

    def surrogate(
        self, log: PredictionLog, reference: TimeWindow, *, columns: Sequence[str]
    ) -> Surrogate | None:
        """Fit an additive stand-in of the model on logged inputs and outputs."""
        ...

    def repair(
        self,
        log: PredictionLog,
        replacements: Sequence[Replacement],
        *,
        surrogate: Surrogate,
        window: TimeWindow,
        partition: Partition,
    ) -> Repair | None:
        """Estimate the loss had these columns not been altered; None unlabelled."""
        ...

    def slices(
        self, log: PredictionLog, *, before: TimeWindow, after: TimeWindow
    ) -> tuple[Slice, ...]:
        """Find slices by up to two columns with their losses before and after."""
        ...
