"""
Profiles: what one (asset, partition, window) of a log reduces to.

Every part is additive: profiles of disjoint rows merge into the profile of
their union, in any order, and the empty profile changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_Additive = TypeVar("_Additive", Counts, Floats)

ALL_ROWS = "all"
OTHER = "(other)"
NULL = "(null)"
MAX_SEGMENT_VALUES = 50
MAX_TEXT_VALUES = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """
    Which rows: all, a segment's value, what one upstream claims, or one version's.

    Parameters
    ----------
    kind : str
        ``all``, ``segment``, ``rows`` or ``version`` (only of windows in which
        several versions served).
    where : tuple of (str, str)
        Column and value as text; several mean *and*. Empty for ``all``.
        For ``rows`` with several values of a column, the values joined by ``|``.
    asset : str
        For ``rows``: the upstream asset that claims them, else empty.

    Examples
    --------
    >>> str(Partition("segment", (("vendor", "2"),)))
    'vendor=2'
    """

    kind: str = ALL_ROWS
    where: tuple[tuple[str, str], ...] = ()
    asset: str = ""

    def __str__(self) -> str:
        return " and ".join(f"{c}={v}" for c, v in self.where) or ALL_ROWS


EVERYTHING = Partition()
VERSIONS = "version"
"""Kind of the partitions that hold the rows one model version served."""


@dataclass(frozen=True, slots=True)
class Edges:
    """
    Fixed bin edges of one column, shape (n_edges,), increasing.

    Bins are left-closed: bin 0 holds values below the first edge, bin i
    values in [edge i-1, edge i), the last bin values at or above the last
    edge; so there are n_edges + 1 bins.
    """

    values: Floats
    version: str

    @property
    def n_bins(self) -> int:
        """One more than there are edges."""
        return len(self.values) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericProfile:
    """
    A numeric column in one window.

    Parameters
    ----------
    n : int
        Finite values. `n + nulls + nans + infinite` is the kept rows.
    nulls, nans, infinite, failed : int
        Of `nulls`, `failed` could not be read as the declared type.
    minimum, maximum, mean : float
        NaN where `n` is 0.
    m2 : float
        Sum of squared deviations from the mean.
    zeros, negatives, whole : int
        Values equal to 0, below 0, without fraction.
    distinct : int or None
        Distinct finite values of the window; None once windows are merged.
    counts : ndarray of int64, shape (n_bins,)
        Values per bin of the column's edges; shape (0,) where it has none.
    """

    n: int = 0
    nulls: int = 0
    nans: int = 0
    infinite: int = 0
    failed: int = 0
    minimum: float = math.nan
    maximum: float = math.nan
    mean: float = math.nan
    m2: float = 0.0
    zeros: int = 0
    negatives: int = 0
    whole: int = 0
    distinct: int | None = 0
    counts: Counts = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def rows(self) -> int:
        """Kept rows of the window."""
        return self.n + self.nulls + self.nans + self.infinite


@dataclass(frozen=True, slots=True, kw_only=True)
class TextProfile:
    """
    A text, boolean or other categorical column in one window.

    Parameters
    ----------
    n, nulls, empty : int
        Non-null values (the empty text included), nulls, empty texts.
    distinct : int or None
        Distinct values of the window; None once windows are merged.
    values : mapping of str to int
        Up to 1,000 commonest values and their rows.
    other_rows, other_values : int
        Rows and number of values beyond those.
    shortest, longest : int
        Characters; 0 where `n` is 0.
    blank, upper, lower, digits : int
        Values with surrounding blanks, all upper case, all lower case, only digits.
    """

    n: int = 0
    nulls: int = 0
    empty: int = 0
    distinct: int | None = 0
    values: Mapping[str, int] = field(default_factory=dict)
    other_rows: int = 0
    other_values: int = 0
    shortest: int = 0
    longest: int = 0
    blank: int = 0
    upper: int = 0
    lower: int = 0
    digits: int = 0

    @property
    def rows(self) -> int:
        """Kept rows of the window."""
        return self.n + self.nulls


ColumnProfile = NumericProfile | TextProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """
    How the rows of a window fared.

    Parameters
    ----------
    read, kept : int
        `read = kept + sum(dropped.values())`, always.
    dropped : mapping of str to int
        Rows by reason, duplicates included.
    weight : float
        Sum of weights of the kept rows.
    first, last : datetime or None
        UTC instants of the first and last kept row.
    """

    read: int = 0
    kept: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    weight: float = 0.0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class LossSums:
    """Additive sums of one loss: rows, sum, sum of squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: LossSums) -> LossSums:
        return LossSums(
            self.n + other.n, self.total + other.total, self.squares + other.squares
        )

    @property
    def mean(self) -> float:
        """Mean loss; NaN where there are no rows."""
        return self.total / self.n if self.n else math.nan

    @property
    def variance(self) -> float:
        """Variance between rows, at least 0; NaN where there are no rows."""
        if not self.n:
            return math.nan
        return max(self.squares / self.n - self.mean**2, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeProfile:
    """
    What became of the predictions of one window.

    Parameters
    ----------
    labelled : int
        Kept rows whose truth is known.
    losses : mapping of str to LossSums
        binary: log_loss, brier, error, signed (score - truth);
        regression: absolute_error, squared_error, signed (prediction - truth);
        multiclass: error.
    score_n, score_actual, score_loss : ndarray, shape (n_score_bins,)
        Labelled rows, sum of truths, sum of the primary loss, by bin of the
        score's edges (last entry: null score); shape (0,) where there are none.
    """

    labelled: int = 0
    losses: Mapping[str, LossSums] = field(default_factory=dict)
    score_n: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    score_actual: Floats = field(default_factory=lambda: np.zeros(0, np.float64))
    score_loss: Floats = field(default_factory=lambda: np.zeros(0, np.float64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """
    One (asset, partition, window) of a log.

    Parameters
    ----------
    asset : AssetId
        The model whose log it is.
    partition : Partition
        Which rows.
    window : TimeWindow
        UTC, half-open.
    edges_version : str
        Profiles of different versions never merge.
    rows : RowCounts
        How the rows fared.
    columns : mapping of str to ColumnProfile
        By column of the source: features, segments, the score (``score``), the
        prediction (``prediction``) and unmapped extra columns. Segments carry
        few edges.
    versions : mapping of str to int
        Rows by model version; ``(null)`` where unknown.
    hours : ndarray of int64, shape (24,)
        Kept rows by hour of `ts`, UTC.
    outcome : OutcomeProfile or None
        None where the log has no labels.
    """

    asset: AssetId
    partition: Partition
    window: TimeWindow
    edges_version: str
    rows: RowCounts
    columns: Mapping[str, ColumnProfile]
    versions: Mapping[str, int] = field(default_factory=dict)
    hours: Counts = field(default_factory=lambda: np.zeros(24, np.int64))
    outcome: OutcomeProfile | None = None


def merge_numeric(a: NumericProfile, b: NumericProfile) -> NumericProfile:
    """
    Merge two profiles of one column over disjoint rows.

    References
    ----------
    Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances", Stanford STAN-CS-79-773, 1979.

    Examples
    --------
    >>> one = NumericProfile(n=1, mean=1.0, minimum=1.0, maximum=1.0, distinct=1)
    >>> merge_numeric(one, one).n
    2
    """
    if not a.rows:
        return b
    if not b.rows:
        return a
    n = a.n + b.n
    if a.n and b.n:
        gap = b.mean - a.mean
        mean = a.mean + gap * b.n / n
        m2 = a.m2 + b.m2 + gap * gap * a.n * b.n / n
    else:
        mean, m2 = (a.mean, a.m2) if a.n else (b.mean, b.m2)
    return NumericProfile(
        n=n,
        nulls=a.nulls + b.nulls,
        nans=a.nans + b.nans,
        infinite=a.infinite + b.infinite,
        failed=a.failed + b.failed,
        minimum=_fmin(a.minimum, b.minimum),
        maximum=-_fmin(-a.maximum, -b.maximum),
        mean=mean,
        m2=m2,
        zeros=a.zeros + b.zeros,
        negatives=a.negatives + b.negatives,
        whole=a.whole + b.whole,
        distinct=None,
        counts=_add(a.counts, b.counts),
    )


def merge_text(a: TextProfile, b: TextProfile) -> TextProfile:
    """
    Merge two profiles of one text column over disjoint rows.

    Exact while all values together are at most 1,000; beyond that the rarer
    ones (ties by name) move to the rest.

    Examples
    --------
    >>> one = TextProfile(n=1, values={"JFK": 1}, shortest=3, longest=3, distinct=1)
    >>> dict(merge_text(one, one).values)
    {'JFK': 2}
    """
    if not a.rows:
        return b
    if not b.rows:
        return a
    total = Counter(a.values)
    total.update(b.values)
    ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    kept, rest = ranked[:MAX_TEXT_VALUES], ranked[MAX_TEXT_VALUES:]
    return TextProfile(
        n=a.n + b.n,
        nulls=a.nulls + b.nulls,
        empty=a.empty + b.empty,
        distinct=None,
        values=dict(kept),
        other_rows=a.other_rows + b.other_rows + sum(rows for _, rows in rest),
        other_values=a.other_values + b.other_values + len(rest),
        shortest=min(p.shortest for p in (a, b) if p.n) if a.n or b.n else 0,
        longest=max(a.longest, b.longest),
        blank=a.blank + b.blank,
        upper=a.upper + b.upper,
        lower=a.lower + b.lower,
        digits=a.digits + b.digits,
    )


def merge_outcomes(
    a: OutcomeProfile | None, b: OutcomeProfile | None
) -> OutcomeProfile | None:
    """
    Merge the outcomes of disjoint rows.

    Examples
    --------
    >>> merge_outcomes(None, None) is None
    True
    """
    if a is None or not a.labelled:
        return b if b is not None else a
    if b is None or not b.labelled:
        return a
    losses = dict(a.losses)
    for name, sums in b.losses.items():
        losses[name] = losses.get(name, LossSums()) + sums
    return OutcomeProfile(
        labelled=a.labelled + b.labelled,
        losses=losses,
        score_n=_add(a.score_n, b.score_n),
        score_actual=_add(a.score_actual, b.score_actual),
        score_loss=_add(a.score_loss, b.score_loss),
    )


def _add(a: _Additive, b: _Additive) -> _Additive:
    if not len(a):
        return b
    if not len(b):
        return a
    return np.add(a, b)


def _fmin(a: float, b: float) -> float:
    if math.isnan(a):
        return b
    if math.isnan(b):
        return a
    return min(a, b)
