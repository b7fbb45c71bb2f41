"""Releases: which model version took over, and what changed with it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from modelowners.core.time import Onset
from modelowners.detection.onset import locate_onset
from modelowners.diagnosis.cases import CONTRAST_WINDOWS, Case
from modelowners.diagnosis.strengths import rising
from modelowners.observations.profiles import NULL, LossSums

LEAST_SHARE = 0.05
MOST = 0.5
"""Share of the rows with which a version rules a window."""
FEWEST = 30
"""Labelled rows of each version below which they are not compared."""
FEWEST_WINDOWS = 3
"""Windows that both must serve to be compared."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Losses of the previous and of the new version in the windows both serve."""

    old: LossSums
    new: LossSums

    @property
    def excess(self) -> float:
        """How much worse the new one is, as part of the old one's loss."""
        return (self.new.mean - self.old.mean) / max(abs(self.old.mean), 1e-9)

    @property
    def clear(self) -> float:
        """How many standard errors the new one is worse; below 0: better."""
        error = math.sqrt(
            self.old.variance / self.old.n + self.new.variance / self.new.n
        )
        return (self.new.mean - self.old.mean) / max(error, 1e-12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """
    A version that took rows over from another.

    Parameters
    ----------
    version, previous : str
        The one that came, and the commonest before.
    onset : Onset
        When its first rows came.
    share : float
        Its share of the rows since, 0 to 1.
    returned : bool
        It had been served before the previous one.
    side_by_side : Comparison or None
        Losses in the windows both versions serve; None where they never do.
    mapping_moved : float or None
        How far outputs at equal inputs moved, over their usual movement.
    strength : float
        0 to 1.
    """

    version: str
    previous: str
    onset: Onset
    share: float
    returned: bool
    side_by_side: Comparison | None
    mapping_moved: float | None
    strength: float


def find_release(case: Case) -> Release | None:
    """
    Find the version that took over nearest to the harm.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    Release or None
        None where no version took over under test, or versions are unknown.
    """
    frame = case.frame
    harm = case.harmed.index if case.harmed is not None else frame.first_test
    shares = _shares(case)
    first = int(np.argmax(frame.in_reference | frame.in_test))
    best: tuple[int, str] | None = None
    for version in sorted(shares):
        if version == NULL:
            continue
        series = shares[version]
        start = _takes_over(series, frame.first_test)
        if start is None:
            continue
        gap = abs(start - harm)
        if best is None or gap < best[0]:
            best = (gap, version)
    if best is None:
        return None
    return _describe(case, best[1], shares, first)


def _shares(case: Case) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Give each version's share of the rows per window, shape (n_windows,)."""
    out: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for index, profile in enumerate(case.frame.of()):
        if profile is None:
            continue
        total = max(sum(profile.versions.values()), 1)
        for version, rows in profile.versions.items():
            if version not in out:
                out[version] = np.zeros(case.frame.n_windows)
            out[version][index] = rows / total
    return out


def _takes_over(
    series: np.ndarray[tuple[int], np.dtype[np.float64]], first_test: int
) -> int | None:
    """Give the window under test in which a version gains clearly, or None."""
    # Of late: a version that took over before the test is no release under it, and
    # one that served long ago may come back.
    recent = series[max(first_test - CONTRAST_WINDOWS, 0) : first_test]
    usual = float(np.median(recent)) if first_test else 0.0
    gained = np.flatnonzero(series[first_test:] > usual + LEAST_SHARE)
    # A version that just served everything keeps serving: no release here.
    if usual > 1 - LEAST_SHARE or not len(gained):
        return None
    return int(gained[0]) + first_test


def _describe(
    case: Case,
    version: str,
    shares: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]],
    first: int,
) -> Release | None:
    frame = case.frame
    series = shares[version]
    onset, index = locate_onset(
        series[first:],
        windows=frame.windows[first:],
        scale=np.full(frame.n_windows - first, 0.02),
    )
    index += first
    before = Counter(
        {v: float(s[max(index - 7, 0) : index].sum()) for v, s in shares.items()}
    )
    before.pop(version, None)
    if not before:
        return None
    previous = max(before, key=lambda v: (before[v], v))
    share = float(np.median(series[index:]))
    takeover = np.flatnonzero(shares[previous] > MOST)
    returned = bool(len(takeover)) and bool(
        (series[: int(takeover[0])] > LEAST_SHARE).any()
    )
    side = _side_by_side(case, version, previous)
    moved = case.mapping_moved(index)
    near = 1.0
    if case.harmed is not None:
        near = 1 - rising(abs(index - case.harmed.index), 3.0, 10.0)
    proof = 0.5
    if side is not None:
        proof += _proof_of(side)
    elif moved is not None:
        proof += 0.4 * rising(moved, 1.5, 4.0) - 0.3 * (1 - rising(moved, 0.5, 1.5))
    return Release(
        version=version,
        previous=previous,
        onset=onset,
        share=share,
        returned=returned,
        side_by_side=side,
        mapping_moved=moved,
        strength=max(proof, 0.0) * near,
    )


def _proof_of(side: Comparison) -> float:
    """Weigh a comparison of versions on the same days: -0.45 to 0.4."""
    worse = rising(side.excess, 0.02, 0.15) * rising(side.clear, 1.5, 4.0)
    # Enough rows to see a tenth more loss, and none to be seen: it was not this.
    blind = min(max(side.clear, 0.0) / 3.0, 1.0)
    return 0.4 * worse - 0.45 * (1 - worse) * (1 - blind)


def _side_by_side(case: Case, version: str, previous: str) -> Comparison | None:
    """Compare losses in the windows that both versions serve."""
    sides = [case.frame.versions.get(v, ()) for v in (previous, version)]
    totals, windows = [LossSums(), LossSums()], 0
    for old, new in zip(*sides, strict=False):
        if old is None or new is None or old.outcome is None or new.outcome is None:
            continue
        windows += 1
        for place, outcome in enumerate((old.outcome, new.outcome)):
            sums = outcome.losses.get(case.loss, LossSums())
            totals[place] += sums
    # One shared day is that of the change itself: morning against afternoon.
    if min(t.n for t in totals) < FEWEST or windows < FEWEST_WINDOWS:
        return None
    return Comparison(*totals)
