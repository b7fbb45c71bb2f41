"""Answers to an engine's questions: small tables, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.core.time import TimeWindow
from modelowners.observations.profiles import EVERYTHING, Counts, Floats, Partition

QUANTILE_LEVELS = tuple(round(0.025 * i, 3) for i in range(1, 40))
"""Levels of `Contrast` quantiles: 0.025 to 0.975 by 0.025, shape (39,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogShape:
    """
    What a log looks like, from footers and a short look.

    Parameters
    ----------
    columns : mapping of str to str
        Column and the engine's type name, in order of the first file.
    rows : int
        Rows in all readable files.
    first, last : datetime or None
        UTC; None where there are no rows.
    files : tuple of str
        Readable files.
    unreadable : mapping of str to str
        File and why.
    differing : mapping of str to str
        Column and how it differs between files.
    """

    columns: Mapping[str, str]
    rows: int
    first: datetime | None
    last: datetime | None
    files: tuple[str, ...]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    differing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """
    One column on one side of a contrast.

    Parameters
    ----------
    rows, n, nulls : int
        Kept rows; rows with a finite (or text) value; nulls and NaN.
    quantiles : ndarray, shape (39,)
        At `QUANTILE_LEVELS`; shape (0,) for text.
    mean, sd : float
        NaN for text.
    minimum, maximum : float
        NaN for text.
    values : mapping of str to int
        Rows of each of the 40 commonest values of either side; numbers as
        text with up to 12 significant digits.
    mean_actual : mapping of str to float
        Mean truth (or share of the positive label) of those values' rows, where
        labelled.
    distinct : int
        Distinct values.
    unseen : float
        Share of rows whose value does not occur on the other side, 0 to 1.
    whole : float
        Share of values without fraction, 0 to 1; NaN for text.
    lengths : tuple of (int, int)
        Shortest and longest text; (0, 0) for numbers.
    """

    rows: int = 0
    n: int = 0
    nulls: int = 0
    quantiles: Floats
    mean: float
    sd: float
    minimum: float
    maximum: float
    values: Mapping[str, int] = field(default_factory=dict)
    mean_actual: Mapping[str, float] = field(default_factory=dict)
    distinct: int = 0
    unseen: float = 0.0
    whole: float = 0.0
    lengths: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One column before and after, and a control: before against earlier still."""

    column: str
    numeric: bool
    before: Side
    after: Side
    control_unseen: float = 0.0
    """Share unseen when the second half of `before` is held against its first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """
    A relation between columns of one row.

    Parameters
    ----------
    form : str
        ``sum`` (target = sum of sign * term + constant), ``product``
        (target = a * b), ``order`` (a <= b, target = a), ``key`` (one value of
        `terms[0]` has one value of the target).
    target : str
        Column on the left.
    terms : tuple of (float, str)
        Coefficient and column.
    constant : float
        Added to the sum.
    tolerance : float
        Absolute difference that still holds.
    """

    form: str
    target: str
    terms: tuple[tuple[float, str], ...]
    constant: float = 0.0
    tolerance: float = 0.0
    held: float = 1.0
    """Share of reference rows in which it holds, 0 to 1."""
    learned: TimeWindow | None = None
    """For ``key``: the window whose commonest value of each key is the right one."""

    def __str__(self) -> str:
        if self.form == "order":
            return f"{self.target} <= {self.terms[0][1]}"
        if self.form == "product":
            return f"{self.target} = {self.terms[0][1]} * {self.terms[1][1]}"
        if self.form == "key":
            return f"{self.terms[0][1]} determines {self.target}"
        text = ""
        for weight, column in self.terms:
            sign = "-" if weight < 0 else "+"
            text += f" {sign} {column}"
        if self.constant:
            text += f" {'-' if self.constant < 0 else '+'} {abs(self.constant):g}"
        return f"{self.target} = {text.removeprefix(' + ').strip()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationCounts:
    """
    How often one relation held, per window.

    `rows` and `held` have shape (n_windows,); rows where a column is null do
    not count. `gap` is the mean of target minus right side over the rows where
    it does not hold (0 where none).
    """

    identity: Identity
    partition: Partition
    windows: tuple[TimeWindow, ...]
    rows: Counts
    held: Counts
    gap: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Staleness:
    """
    Whether a column's group values repeat those of `lag` windows ago.

    `equal` has shape (n_windows,): the share of groups (segment and hour of
    day) whose mean equals the one `lag` windows earlier; NaN where no group is
    in both.
    """

    column: str
    lag: int
    windows: tuple[TimeWindow, ...]
    equal: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogate:
    """
    An additive stand-in: link(output) is near a sum of one effect per column.

    Parameters
    ----------
    effects : mapping of str to ndarray, shape (n_levels,)
        Effect of each level of each column; the last one is that of null.
    edges : mapping of str to ndarray, shape (n_levels - 1,)
        Values of a numeric column at which its effects stand, increasing; the
        effect is linear between them and flat beyond.
    values : mapping of str to tuple of str
        Levels of a text column; the level before null is ``(other)``.
    intercept : float
        On the link scale.
    logit : bool
        Link is logit (outputs are probabilities), else identity.
    explained : float
        Share of the outputs' variance it explains on held-out rows.
    influence : mapping of str to float
        Share of the explained variance by column, 0 to 1; a pair counts half
        for each of its columns.
    pairs : mapping of (str, str) to ndarray, shape (n_a, n_b)
        What two columns' levels add together, where that explains clearly
        more; the last row and column are those of null. Empty where not.
    grid_edges : mapping of str to ndarray
        Inner edges of a numeric column's levels in `pairs`; left-closed.
    grid_values : mapping of str to tuple of str
        Levels of a text column in `pairs`; then ``(other)``, then null.
    """

    effects: Mapping[str, Floats]
    edges: Mapping[str, Floats]
    values: Mapping[str, tuple[str, ...]]
    intercept: float
    logit: bool
    explained: float
    influence: Mapping[str, float]
    pairs: Mapping[tuple[str, str], Floats] = field(default_factory=dict)
    grid_edges: Mapping[str, Floats] = field(default_factory=dict)
    grid_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """
    What a column would have held.

    Parameters
    ----------
    column : str
        The altered column.
    form : str
        ``affine`` (scale * value + shift), ``recode`` (by `recode`), ``copy``
        (the value of column `other`), ``rotate`` (value + shift, modulo scale),
        ``draw`` (unknown: drawn as in
        `reference`, so the harm of the altered values is measured there).
    """

    column: str
    form: str
    scale: float = 1.0
    shift: float = 0.0
    recode: Mapping[str, str] = field(default_factory=dict)
    other: str | None = None
    reference: TimeWindow | None = None
    only_value: str | None = None
    """Replace only rows holding this value (numbers as text); None: all rows."""
    only_null: bool = False
    """Replace only null rows."""
    only_below: float | None = None
    only_above: float | None = None
    """Replace only rows whose value lies below, or above, this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Mean primary loss of the sampled rows as logged and as repaired."""

    rows: int
    loss: float
    repaired: float
    low: float
    high: float
    """95 % interval of `repaired - loss`, by bootstrap over rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A set of rows and its primary loss before and after."""

    where: tuple[tuple[str, str], ...]
    rows_before: int
    rows_after: int
    loss_before: float
    loss_after: float
    partition: Partition = EVERYTHING
