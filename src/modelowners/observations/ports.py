"""What observations need from outside: an engine that reads logs where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow
from modelowners.observations.accounts import Account
from modelowners.observations.logs import PredictionLog, Task
from modelowners.observations.profiles import Edges, Floats, Partition, Profile
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
from modelowners.observations.records import Record

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

    def account(
        self,
        log: PredictionLog,
        window: TimeWindow | None = None,
        *,
        as_of: datetime | None = None,
    ) -> Account:
        """Say how every row fared and what the columns turned out to be."""
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

    def versions(
        self,
        log: PredictionLog,
        window: TimeWindow,
        *,
        rows: int,
        as_of: datetime | None = None,
    ) -> Mapping[str, int] | None:
        """
        Count the newest `rows` rows of a window by the version that answered.

        None where the log does not say which did.
        """
        ...

    def hold(
        self,
        log: PredictionLog,
        window: TimeWindow,
        *,
        as_of: datetime | None = None,
    ) -> None:
        """
        Say that a window's rows will be asked many questions.

        Until another is held, questions inside it see only rows and labels
        known as of that instant.
        """
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

    def mapping(
        self,
        log: PredictionLog,
        *,
        surrogate: Surrogate,
        windows: Sequence[TimeWindow],
    ) -> Floats:
        """
        Give the mean distance of outputs from the stand-in's, per window.

        Shape (n_windows,), root mean square on the link scale; NaN where a
        window has no rows. It moves when the model changes, not when inputs do.
        """
        ...

    def slices(
        self, log: PredictionLog, *, before: TimeWindow, after: TimeWindow
    ) -> tuple[Slice, ...]:
        """Find slices by up to two columns with their losses before and after."""
        ...


class ProfileCache(Protocol):
    """Keeps what was read of a log between runs; losing it costs time only."""

    def find(
        self, asset: AssetId, mapping: str, span: TimeWindow
    ) -> Mapping[tuple[TimeWindow, str], Record]:
        """Give the kept parts of windows that start in a span."""
        ...

    def keep(self, asset: AssetId, mapping: str, records: Sequence[Record]) -> None:
        """Keep parts of windows in place of what was kept of them, all or none."""
        ...

    def note(self, asset: AssetId, kind: str, name: str) -> bytes | None:
        """Give what is kept under a kind and a name."""
        ...

    def keep_note(self, asset: AssetId, kind: str, name: str, body: bytes) -> None:
        """Keep something under a kind and a name, in place of others of the kind."""
        ...
