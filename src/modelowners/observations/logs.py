"""The prediction log of a model: where it lies and what its columns mean."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, TimeWindow


class Task(enum.StrEnum):
    """What a model predicts."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


PRIMARY_LOSS = {
    Task.BINARY: "log_loss",
    Task.MULTICLASS: "error",
    Task.REGRESSION: "absolute_error",
}

CANONICAL = (
    "prediction_id",
    "request_id",
    "entity_key",
    "ts",
    "logged_at",
    "model_version",
    "prediction",
    "score",
    "weight",
    "status_code",
    "latency_ms",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """
    Where the truth comes from.

    Parameters
    ----------
    source : str or None
        Path or glob of a second file; None where the label is in the same row.
    key : str
        Canonical column that joins: ``prediction_id`` or ``entity_key``.
    key_column : str
        Column of the label source that holds the key.
    actual : str
        Column that holds the truth.
    ts, logged_at : str or None
        Columns of the label source: when it was true, when it was known.
    delay : timedelta
        A window's labels are complete this long after its end.
    """

    actual: str
    source: str | None = None
    key: str = "prediction_id"
    key_column: str = "prediction_id"
    ts: str | None = None
    logged_at: str | None = None
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """
    What an upstream asset delivers: some features, some rows, or both.

    Parameters
    ----------
    asset : AssetId
        The upstream asset.
    features : tuple of str
        Columns it fills; empty where the claim is about whole rows.
    rows : mapping of str to tuple of str
        Column and the values (as text) whose rows it delivers; several
        columns mean *and*; empty where the claim is about columns.
    """

    asset: AssetId
    features: tuple[str, ...] = ()
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionLog:
    """
    One model's log, as its `predictions` facet declares it.

    Parameters
    ----------
    asset : AssetId
        The model.
    root : Path
        Folder that relative sources start from.
    source : tuple of str
        Paths or globs of Parquet or CSV files, as written.
    columns : mapping of str to str
        Canonical name (see `CANONICAL`) to column of the source.
    features : tuple of str
        Feature columns; empty means every column with no other role.
    feature_prefix : str
        Where `features` is empty: only columns that begin so are features.
    feature_types : mapping of str to str
        Declared type by feature, where one is.
    segments : tuple of str
        Columns whose values divide the rows.
    labels : Labels or None
        None where no truth is known.
    task : Task or None
        None where it is to be told from the outputs.
    positive : str
        The label that counts as 1 in a binary task.
    threshold : float
        Scores at or above it predict the positive class.
    timezone : str
        Zone of times without one.
    grain : timedelta
        Length of a base window.
    private : frozenset of str
        Columns whose values are never shown or stored.
    drop_limit : float
        Share of dropped rows, errors and duplicates apart, above which a
        window is a finding.
    delivery_lag : timedelta
        How late rows may arrive before the log counts as stale.
    reference : TimeWindow or None
        Declared reference; None means the 28 days before the window under test.
    upstream : tuple of Claim
        Who delivers which features or rows.
    place : str
        ``file:line:column`` of the declaration.
    version : str or None
        Only rows that this version of the model answered; None: all rows.
    """

    asset: AssetId
    root: Path
    source: tuple[str, ...]
    columns: Mapping[str, str]
    features: tuple[str, ...] = ()
    feature_types: Mapping[str, str] = field(default_factory=dict)
    segments: tuple[str, ...] = ()
    labels: Labels | None = None
    task: Task | None = None
    positive: str = "1"
    threshold: float = 0.5
    timezone: str = "UTC"
    grain: timedelta = DAY
    private: frozenset[str] = frozenset()
    drop_limit: float = 0.01
    delivery_lag: timedelta = timedelta(0)
    reference: TimeWindow | None = None
    upstream: tuple[Claim, ...] = ()
    feature_prefix: str = ""
    place: str = ""
    version: str | None = None

    def claim_for(
        self, column: str | None, rows: Mapping[str, str] | None = None
    ) -> Claim | None:
        """
        Tell which upstream claim covers a column in some rows.

        A claim on the rows comes before one on the column
        (rows with columns, rows, columns).

        Parameters
        ----------
        column : str or None
            A feature, or None for whole rows.
        rows : mapping of str to str, optional
            The segment the finding is confined to.

        Returns
        -------
        Claim or None
            None where nobody declared it.
        """
        best: tuple[int, Claim] | None = None
        for claim in self.upstream:
            by_rows = (
                bool(claim.rows)
                and rows is not None
                and all(
                    _all_of(rows.get(name), values)
                    for name, values in claim.rows.items()
                )
            )
            by_column = column is not None and column in claim.features
            if claim.rows and not by_rows:
                continue
            if claim.features and not by_column:
                continue
            rank = 2 * by_rows + by_column
            if rank and (best is None or rank > best[0]):
                best = (rank, claim)
        return best[1] if best else None


def _all_of(value: str | None, claimed: tuple[str, ...]) -> bool:
    """Tell whether a value, or each of several joined by ``|``, is claimed."""
    if value is None:
        return False
    return value in claimed or set(value.split("|")) <= set(claimed)
