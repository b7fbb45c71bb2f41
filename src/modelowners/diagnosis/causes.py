"""Causes: what broke a model, ranked, with evidence; the answer of `debug`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId, ChangeId
from modelowners.core.time import Onset, TimeWindow
from modelowners.observations.questions import Replacement


class Category(enum.StrEnum):
    """Where a cause lies."""

    DATA = "data"
    INTERFACE = "interface"
    MODEL = "model"
    DEPLOYMENT = "deployment"
    WORLD = "world"
    INFRASTRUCTURE = "infrastructure"
    UNKNOWN = "unknown"


class CauseKind(enum.StrEnum):
    """What sort of fault it is; each has its probe, scenarios and reference entry."""

    MISSING_VALUES = "missing_values"
    DEFAULT_FILL = "default_fill"
    UNIT_OR_SCALE_CHANGE = "unit_or_scale_change"
    OFFSET = "offset"
    CLOCK_SHIFT = "clock_shift"
    CATEGORY_RENAMED = "category_renamed"
    NEW_CATEGORY = "new_category"
    STALE_OR_FROZEN = "stale_or_frozen"
    ROWS_LOST = "rows_lost"
    DUPLICATED_ROWS = "duplicated_rows"
    COLUMN_SWAP = "column_swap"
    CORRUPTED_VALUES = "corrupted_values"
    TYPE_CHANGE = "type_change"
    LABEL_FAULT = "label_fault"
    RELATION_BROKEN = "relation_broken"
    SCHEMA_CHANGE = "schema_change"
    WEAK_SEGMENT = "weak_segment"
    BAD_RETRAIN = "bad_retrain"
    WRONG_VERSION_SERVED = "wrong_version_served"
    COVARIATE_SHIFT = "covariate_shift"
    CONCEPT_SHIFT = "concept_shift"
    UNKNOWN = "unknown"


CATEGORY = {
    CauseKind.SCHEMA_CHANGE: Category.INTERFACE,
    CauseKind.WEAK_SEGMENT: Category.MODEL,
    CauseKind.BAD_RETRAIN: Category.MODEL,
    CauseKind.WRONG_VERSION_SERVED: Category.DEPLOYMENT,
    CauseKind.COVARIATE_SHIFT: Category.WORLD,
    CauseKind.CONCEPT_SHIFT: Category.WORLD,
    CauseKind.UNKNOWN: Category.UNKNOWN,
}
"""Category by kind; a kind not listed lies in the data."""


def category_of(kind: CauseKind) -> Category:
    """
    Tell where a kind of cause lies.

    Examples
    --------
    >>> category_of(CauseKind.OFFSET).value
    'data'
    """
    return CATEGORY.get(kind, Category.DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseOwner:
    """Whose a cause is: team and accountable person at the onset, and why."""

    team: str | None
    person: str | None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Something loud that is *not* the cause, and why not."""

    text: str
    kind: CauseKind | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlan:
    """What would mend it, and the mean loss that would remain (None: not known)."""

    action: str
    harm_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """
    One ranked cause.

    Parameters
    ----------
    rank : int
        From 1.
    kind : CauseKind
        What sort of fault.
    asset : AssetId
        Where it broke: the finest asset that evidence names.
    level : str
        ``source``, ``feature``, ``served`` or ``model``.
    column : str or None
        The column with the strongest proof.
    columns : tuple of str
        All columns that one origin altered.
    segment : mapping of str to str
        The rows concerned; empty for all.
    change_id : ChangeId or None
        The matched ledger entry.
    onset : Onset
        When it began.
    probability : float
        0 to 1; those of all causes sum to at most 1.
    share : float or None
        Part of the harm this cause explains, 0 to 1; None where not knowable.
    owner : CauseOwner
        At the onset.
    evidence : tuple of Evidence
        Strongest first.
    against : tuple of Against
        What speaks against the louder suspects.
    repair : RepairPlan or None
        What would mend it.
    """

    rank: int
    kind: CauseKind
    asset: AssetId
    level: str
    onset: Onset
    probability: float
    owner: CauseOwner
    column: str | None = None
    columns: tuple[str, ...] = ()
    segment: Mapping[str, str] = field(default_factory=dict)
    change_id: ChangeId | None = None
    share: float | None = None
    evidence: tuple[Evidence, ...] = ()
    against: tuple[Against, ...] = ()
    repair: RepairPlan | None = None

    @property
    def category(self) -> Category:
        """Where its kind lies."""
        return category_of(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentHarm:
    """A slice of the symptom: where, the metric after, how many rows."""

    where: Mapping[str, str]
    before: float
    after: float
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """
    What is worse.

    Parameters
    ----------
    metric : str
        Such as ``log_loss`` or ``mae``; ``score`` where nothing is labelled.
    before, after : float
        Mean in the reference and since the onset, in the metric's unit.
    ci : tuple of float
        95 % interval of `after`.
    state : str
        ``measured``, ``estimated``, ``not yet measurable`` (a broken input, the
        labels are not there), or ``none shown`` (a broken input, the labels
        show no harm: told when asked, never paged).
    onset : Onset
        When it began.
    segments : tuple of SegmentHarm
        Worst first, at most five.
    rows : int
        Rows since the onset.
    """

    metric: str
    before: float
    after: float
    ci: tuple[float, float]
    state: str
    onset: Onset
    segments: tuple[SegmentHarm, ...] = ()
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Who would be told, and as what."""

    person: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the window is held against, and why that."""

    window: TimeWindow
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """
    The answer of `debug`.

    Parameters
    ----------
    model : AssetId
        Which model.
    window : TimeWindow
        The window under test.
    reference : Reference
        What it is held against.
    symptom : Symptom or None
        None where nothing is worse and no input is broken.
    causes : tuple of Cause
        Ranked; probabilities sum to at most 1, the rest is unknown.
    unexplained : float or None
        Part of the harm that no cause explains, 0 to 1.
    weaknesses : tuple of Evidence
        Standing weaknesses: bad from the beginning, no alarm.
    not_looked_at : tuple of str
        What could not be asked, and why.
    notified_would_be : tuple of Notice
        Who would be told.
    """

    model: AssetId
    window: TimeWindow
    reference: Reference
    symptom: Symptom | None
    causes: tuple[Cause, ...] = ()
    unexplained: float | None = None
    weaknesses: tuple[Evidence, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    notified_would_be: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """
    What a probe returns: a possible cause before ranking.

    Parameters
    ----------
    kind : CauseKind
        What the probe looks for.
    columns : tuple of str
        Columns altered; empty for rows, outcomes, versions.
    segment : mapping of str to str
        The rows concerned; empty for all.
    onset : Onset
        The probe's own estimate.
    strength : float
        Strength of the proof, 0 (none) to 1 (would be false under every look-alike).
    size : float
        Size against the figure's natural variation, in spreads, at least 0.
    evidence : tuple of Evidence
        What supports it.
    counter : tuple of Evidence
        What speaks against it.
    replacement : Replacement or None
        The exact inverse, or the best stand-in, of what was done to the column.
    repair : str
        What would mend it, for a person.
    affected : float
        Share of rows concerned, 0 to 1.
    novel : bool
        The column now holds values it never held: what the model does with
        them is not known from how it treats the usual ones.
    """

    kind: CauseKind
    onset: Onset
    strength: float
    size: float
    columns: tuple[str, ...] = ()
    segment: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    counter: tuple[Evidence, ...] = ()
    replacement: Replacement | None = None
    repair: str = ""
    affected: float = 1.0
    novel: bool = False
