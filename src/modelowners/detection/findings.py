"""A finding: something that is not as it was, how large, since when, and its harm."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId, FindingId, stable_id
from modelowners.core.time import Onset, TimeWindow
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
