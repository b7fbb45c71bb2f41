"""A finding: something that is not as it was, how large, since when, and its harm."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId, FindingId, stable_id
from modelowners.core.time import Onset, TimeWindow
from modelowners.detection.shifts import Shift
from modelowners.detection.streams import Statistic
from modelowners.observations.profiles import EVERYTHING, Partition


class FindingClass(enum.StrEnum):
    """What sort of trouble it is."""

    QUALITY = "quality"
    DATA = "data"
    DRIFT = "drift"
    FRESHNESS = "freshness"
    VOLUME = "volume"
    CONTRACT = "contract"
    PERFORMANCE = "performance"
    CHECK = "check"


class HarmState(enum.StrEnum):
    """How well the harm is known."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    NONE_SHOWN = "none shown"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Harm:
    """
    What it costs: growth of the primary loss per row, in the loss's unit.

    `amount` is None where the state is ``unknown`` or ``none shown``.
    """

    state: HarmState
    amount: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    Something that is not as it was.

    Parameters
    ----------
    asset : AssetId
        The model whose log shows it.
    kind : FindingClass
        What sort of trouble.
    subject : str
        What moved: ``null_share``, ``mean``, ``log_loss``, a relation as text,
        the name of a check …
    columns : tuple of str
        Columns concerned; empty for rows and outcomes.
    partition : Partition
        In which rows.
    before, after : float
        The figure in the reference and since the onset, in `unit`.
    unit : str
        Such as ``share``, ``rows``, or the name of a loss.
    score : float
        Size in units of the figure's own day-to-day spread, at least 0.
    onset : Onset
        When it began.
    ends : TimeWindow or None
        The last window that shows it, where it is over.
    broken : bool
        A broken input (null burst, frozen, unit …), not mere movement.
    harm : Harm
        What it costs.
    evidence : tuple of Evidence
        The statements behind it.
    """

    asset: AssetId
    kind: FindingClass
    subject: str
    columns: tuple[str, ...] = ()
    partition: Partition = EVERYTHING
    before: float
    after: float
    unit: str
    score: float
    onset: Onset
    ends: TimeWindow | None = None
    broken: bool = False
    harm: Harm = Harm(HarmState.UNKNOWN)
    evidence: tuple[Evidence, ...] = ()

    @property
    def id(self) -> FindingId:
        """The same trouble keeps its id over turns: onset and size are not in it."""
        return FindingId(
            stable_id(
                "fnd",
                self.asset,
                self.kind,
                self.subject,
                *self.columns,
                str(self.partition),
            )
        )


CLASS_OF: Mapping[Statistic, FindingClass] = {
    Statistic.VOLUME: FindingClass.VOLUME,
    Statistic.DUPLICATE_SHARE: FindingClass.VOLUME,
    Statistic.DROPPED_SHARE: FindingClass.QUALITY,
    Statistic.LOSS: FindingClass.PERFORMANCE,
    Statistic.LOSS_GAP: FindingClass.PERFORMANCE,
    Statistic.BIAS: FindingClass.PERFORMANCE,
    Statistic.ACTUAL: FindingClass.DRIFT,
    Statistic.NULL_SHARE: FindingClass.QUALITY,
    Statistic.FAILED_SHARE: FindingClass.QUALITY,
}
"""Class by figure; a figure not listed is drift."""


def gather(
    asset: AssetId,
    shifts: Iterable[Shift],
    *,
    loss: str | None,
    harm: Harm,
    under_test: TimeWindow,
) -> tuple[Finding, ...]:
    """
    Turn alarms into findings, one for columns that moved together.

    Parameters
    ----------
    asset : AssetId
        The model.
    shifts : iterable of Shift
        Every stream that moved; only alarms become findings.
    loss : str or None
        Name of the primary loss.
    harm : Harm
        What the model's trouble costs, as far as known.
    under_test : TimeWindow
        Onsets outside it are older stories.

    Returns
    -------
    tuple of Finding
        Performance first, then by size.
    """
    groups: dict[tuple[object, ...], list[Shift]] = {}
    for shift in shifts:
        if not shift.alarm or shift.onset.high <= under_test.start:
            continue
        kind = CLASS_OF.get(shift.key.statistic, FindingClass.DRIFT)
        subject = shift.key.statistic if kind is not FindingClass.DRIFT else None
        key = (kind, subject, shift.key.partition, shift.index)
        groups.setdefault(key, []).append(shift)
    found = [_finding(asset, group, loss, harm) for group in groups.values()]
    first = FindingClass.PERFORMANCE
    return tuple(sorted(found, key=lambda f: (f.kind is not first, -f.score, f.id)))


def _ends(group: Sequence[Shift]) -> TimeWindow | None:
    """Give the last window that shows it; None while one of the figures lasts."""
    ended = [shift.ends for shift in group if shift.ends is not None]
    return max(ended) if len(ended) == len(group) else None


def _finding(
    asset: AssetId, group: Sequence[Shift], loss: str | None, harm: Harm
) -> Finding:
    lead = max(group, key=lambda s: (s.size, s.key.column or ""))
    kind = CLASS_OF.get(lead.key.statistic, FindingClass.DRIFT)
    subject = lead.key.statistic.value
    if lead.key.statistic is Statistic.LOSS and loss is not None:
        subject = loss
    columns = dict.fromkeys(s.key.column for s in group if s.key.column is not None)
    before, after = lead.before, lead.after
    if lead.key.statistic is Statistic.VOLUME:
        # Volume is followed as the logarithm of the rows, no row as half of one.
        before, after = (round(math.exp(v)) if v > 0 else 0.0 for v in (before, after))
    return Finding(
        asset=asset,
        kind=kind,
        subject=subject,
        columns=tuple(sorted(columns)),
        partition=lead.key.partition,
        before=before,
        after=after,
        unit=subject,
        score=lead.size,
        onset=lead.onset,
        ends=_ends(group),
        broken=lead.key.statistic in {Statistic.NULL_SHARE, Statistic.FAILED_SHARE},
        harm=harm,
    )
