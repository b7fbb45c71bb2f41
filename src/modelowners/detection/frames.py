"""Frames: the windows looked at, and which of them are reference and test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from modelowners.core.time import Onset, TimeWindow
from modelowners.observations.profiles import EVERYTHING, Partition, Profile

REFERENCE_DAYS = timedelta(days=28)
HISTORY_DAYS = timedelta(days=91)

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """
    Profiles of one model in consecutive base windows.

    Parameters
    ----------
    windows : tuple of TimeWindow
        Base windows, oldest first, without gaps.
    reference : TimeWindow
        Against what; inside the windows' span.
    test : TimeWindow
        The window under test; it ends where the windows end.
    profiles : mapping of Partition to sequence of (Profile or None)
        One entry per window; None where the partition has no rows there.
    why : str
        Why this reference.
    labelled_until : int
        Windows before this index have complete labels.
    versions : mapping of str to sequence of (Profile or None)
        By model version, in the windows that several versions served; what
        they are compared by, not parts to be watched.
    """

    windows: tuple[TimeWindow, ...]
    reference: TimeWindow
    test: TimeWindow
    profiles: Mapping[Partition, Sequence[Profile | None]]
    why: str = "the 28 days before the window"
    labelled_until: int | None = None
    versions: Mapping[str, Sequence[Profile | None]] = field(default_factory=dict)

    @property
    def n_windows(self) -> int:
        """How many base windows."""
        return len(self.windows)

    @cached_property
    def in_reference(self) -> Bools:
        """Which windows are reference, shape (n_windows,)."""
        return np.array([w.start in self.reference for w in self.windows], np.bool_)

    @cached_property
    def in_test(self) -> Bools:
        """Which windows are under test, shape (n_windows,)."""
        return np.array([w.start in self.test for w in self.windows], np.bool_)

    @cached_property
    def in_history(self) -> Bools:
        """Which windows come before the test, shape (n_windows,)."""
        return np.array([w.start < self.test.start for w in self.windows], np.bool_)

    @property
    def first_test(self) -> int:
        """Index of the first window under test."""
        return int(np.argmax(self.in_test)) if self.in_test.any() else self.n_windows

    @property
    def grain(self) -> timedelta:
        """Length of a base window."""
        return self.windows[0].length

    @cached_property
    def labelled(self) -> int:
        """Index of the first window whose labels may be incomplete."""
        return self.n_windows if self.labelled_until is None else self.labelled_until

    def of(self, partition: Partition = EVERYTHING) -> Sequence[Profile | None]:
        """Give a partition's profiles, one per window."""
        return self.profiles.get(partition, (None,) * self.n_windows)

    def columns(self) -> tuple[str, ...]:
        """Give every column that any window of all rows has, in order."""
        names: dict[str, None] = {}
        for profile in self.of():
            if profile is not None:
                names.update(dict.fromkeys(profile.columns))
        return tuple(names)

    def phases(self) -> npt.NDArray[np.int64]:
        """Give each window's place in the weekly cycle, shape (n_windows,)."""
        if self.grain >= timedelta(days=1):
            return np.array([w.start.weekday() for w in self.windows], np.int64)
        return np.array(
            [w.start.weekday() * 24 + w.start.hour for w in self.windows], np.int64
        )

    def span(self, first: int, last: int) -> TimeWindow:
        """Give the window from the start of one base window to the end of another."""
        return TimeWindow(self.windows[first].start, self.windows[last].end)

    def index_of(self, onset: Onset) -> int:
        """Give the index of the base window in which an onset lies."""
        for index, window in enumerate(self.windows):
            if onset.at < window.end:
                return index
        return self.n_windows - 1


def arrange(
    profiles: Sequence[Profile], windows: Sequence[TimeWindow]
) -> dict[Partition, list[Profile | None]]:
    """
    Arrange profiles by partition and window.

    Parameters
    ----------
    profiles : sequence of Profile
        In any order; at most one per partition and window.
    windows : sequence of TimeWindow
        Base windows, oldest first.

    Returns
    -------
    dict of Partition to list of (Profile or None)
        One entry per window; None where a partition has no profile.
    """
    place = {window.start: index for index, window in enumerate(windows)}
    grid: dict[Partition, list[Profile | None]] = {}
    for profile in profiles:
        index = place.get(profile.window.start)
        if index is not None:
            row = grid.setdefault(profile.partition, [None] * len(windows))
            row[index] = profile
    return grid
