"""Accounts: how every row of a log fared, and what its columns turned out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.core.ids import AssetId
from modelowners.observations.logs import Task
from modelowners.observations.profiles import ColumnProfile
from modelowners.observations.questions import LogShape

EXPECTED_REASONS = ("duplicate", "error_status")
"""Reasons that say nothing against the mapping: they never break the drop limit."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows dropped for one reason, and the first: its file and row, from 0."""

    rows: int
    file: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """
    The value of a column farthest from its usual ones.

    `low` and `high` hold 99.9 % of the values; `value` is more than 20 times
    their distance beyond. `prediction_id` and `ts` (UTC) say in which row.
    """

    column: str
    value: float
    low: float
    high: float
    prediction_id: str
    ts: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    What a log holds, in one window or in all.

    Parameters
    ----------
    asset : AssetId
        The model.
    shape : LogShape
        Files and columns.
    task : Task
        What the model predicts.
    task_declared : bool
        False where it was told from the outputs.
    read, kept : int
        `read = kept + sum of dropped rows`, always.
    dropped : mapping of str to Dropped
        By reason.
    differing_duplicates : int
        Of the duplicates, those whose content is not that of the row kept.
    first, last : datetime or None
        UTC; of the kept rows.
    versioned, labelled : int
        Kept rows whose model version, and whose truth, is known.
    has_labels, has_version : bool
        Whether the log declares them at all.
    labels_due : datetime or None
        When the last kept row's label is due; None without labels.
    weight : float
        Sum of weights of the kept rows.
    features, missing, extra, skipped : tuple of str
        Features there and not there; columns with no role; nested or binary
        columns, which are not profiled.
    uncounted : int
        Columns with no role beyond the first 200, which are not profiled.
    type_differs : mapping of str to (str, str)
        Column, the type found and the type declared or meant.
    claims : mapping of AssetId to int
        Kept rows of each upstream asset that claims rows.
    unclaimed : int
        Kept rows that no asset claims.
    zone_note : str
        How times without a zone were read; empty where all have one.
    columns : mapping of str to ColumnProfile
        Every profiled column over all kept rows, without counts between edges.
    extremes : tuple of Extreme
        At most one per column.
    inexact : tuple of str
        Columns of whole numbers beyond 2^53, whose last digits are lost.
    """

    asset: AssetId
    shape: LogShape
    task: Task
    task_declared: bool
    read: int
    kept: int
    dropped: Mapping[str, Dropped]
    differing_duplicates: int = 0
    first: datetime | None
    last: datetime | None
    versioned: int
    labelled: int
    has_labels: bool
    has_version: bool
    labels_due: datetime | None = None
    weight: float
    features: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    skipped: tuple[str, ...]
    uncounted: int = 0
    type_differs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    claims: Mapping[AssetId, int] = field(default_factory=dict)
    unclaimed: int = 0
    zone_note: str = ""
    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    extremes: tuple[Extreme, ...] = ()
    inexact: tuple[str, ...] = ()

    @property
    def dropped_share(self) -> float:
        """Share of the rows read that were dropped unexpectedly, 0 to 1."""
        lost = sum(
            one.rows
            for reason, one in self.dropped.items()
            if reason not in EXPECTED_REASONS
        )
        return lost / self.read if self.read else 0.0

    @property
    def all_null(self) -> tuple[str, ...]:
        """Columns that hold no value in any kept row."""
        if not self.kept:
            return ()
        return tuple(
            name
            for name, column in self.columns.items()
            if column.nulls == column.rows and column.rows
        )
