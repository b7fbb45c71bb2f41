"""Falls: how one relation between columns fared in some rows."""

from __future__ import annotations

from dataclasses import dataclass

from modelowners.core.time import Onset
from modelowners.observations.profiles import Partition
from modelowners.observations.questions import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """
    How one relation fared in one partition.

    Parameters
    ----------
    identity : Identity
        The relation.
    partition : Partition
        In which rows.
    onset : Onset
        When it broke.
    before, after : float
        Share of the rows in which it holds, 0 to 1.
    gap : float
        Mean of the left side minus the right, where it does not hold.
    rows : int
        Rows looked at.
    """

    identity: Identity
    partition: Partition
    onset: Onset
    before: float
    after: float
    gap: float
    rows: int

    @property
    def depth(self) -> float:
        """How much less often it holds, -1 to 1."""
        return self.before - self.after

    @property
    def size(self) -> float:
        """The fall in hundredths: what held in 99 % has no other yardstick."""
        return max(self.depth, 0.0) / 0.01
