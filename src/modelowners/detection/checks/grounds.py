"""Grounds: what a check stands on, as profiles, and what it may ask the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, reduce

from modelowners.core.errors import InputError
from modelowners.core.facets import nearest
from modelowners.core.time import TimeWindow
from modelowners.detection.frames import Frame
from modelowners.observations.logs import PredictionLog, Task
from modelowners.observations.ports import Engine
from modelowners.observations.profiles import (
    EVERYTHING,
    ColumnProfile,
    NumericProfile,
    OutcomeProfile,
    Partition,
    Profile,
    TextProfile,
    merge_numeric,
    merge_outcomes,
    merge_text,
)
from modelowners.observations.questions import Identity, Side
from modelowners.observations.windows import REFERENCE


class CannotJudge(InputError):
    """{why}."""


Held = tuple[int, int]
"""Rows a relation applies to, and those in which it holds."""


@dataclass
class Questions:
    """
    Precise questions about a log, asked as of one instant.

    The first question reads only the rows it is about; the next one that goes
    beyond them reads all windows once, so that looking back stays cheap.

    Parameters
    ----------
    engine : Engine
        Reads the log.
    log : PredictionLog
        Which log.
    windows : tuple of TimeWindow
        Base windows that may be asked about, oldest first.
    as_of : datetime or None
        Only what was known then, UTC; None: everything.
    """

    engine: Engine
    log: PredictionLog
    windows: tuple[TimeWindow, ...]
    as_of: datetime | None = None
    _held: TimeWindow | None = field(default=None, init=False)
    _counts: dict[Identity, dict[TimeWindow, dict[Partition, Held]]] = field(
        default_factory=dict, init=False
    )

    def relation(
        self, identity: Identity, windows: Sequence[TimeWindow]
    ) -> list[Mapping[Partition, Held]]:
        """
        Count in how many rows a relation holds, by window and part of the rows.

        Returns
        -------
        list of mapping of Partition to (int, int)
            One per window; empty mappings where the log lacks a numeric column
            of the relation.
        """
        known = self._counts.setdefault(identity, {})
        if any(window not in known for window in windows):
            self._count(identity, self.windows if known else windows)
        return [known[window] for window in windows]

    def _count(self, identity: Identity, windows: Sequence[TimeWindow]) -> None:
        self._hold(TimeWindow(windows[0].start, windows[-1].end))
        known = self._counts[identity]
        known.update({window: {} for window in windows})
        for counts in self.engine.relation(self.log, [identity], windows):
            for i, window in enumerate(windows):
                known[window][counts.partition] = (
                    int(counts.rows[i]),
                    int(counts.held[i]),
                )

    def values(
        self, column: str, window: TimeWindow, partition: Partition
    ) -> Side | None:
        """Give a column's commonest values; None where the log has no such column."""
        self._hold(window)
        found = self.engine.contrast(
            self.log, [column], before=window, after=window, partition=partition
        )
        # Rows of both sides count as those of the later one.
        return found[column].after if column in found else None

    def _hold(self, window: TimeWindow) -> None:
        held = self._held
        if held is not None and held.start <= window.start and window.end <= held.end:
            return
        whole = TimeWindow(self.windows[0].start, self.windows[-1].end)
        self._held = window if held is None else whole
        self.engine.hold(self.log, self._held, as_of=self.as_of)


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """
    What the checks of one model stand on.

    Parameters
    ----------
    log : PredictionLog
        The declaration.
    frame : Frame
        Profiles in base windows; the last one may still be filling up.
    complete : int
        Windows before this index are over.
    now : datetime
        UTC: the instant asked about; freshness is judged here.
    task : Task or None
        What the model predicts; None where the log holds no row.
    questions : Questions or None
        Asks the engine; None where there is nothing to ask.
    """

    log: PredictionLog
    frame: Frame
    complete: int
    now: datetime
    task: Task | None = None
    questions: Questions | None = None

    @property
    def labelled(self) -> int:
        """Windows before this index are over and their labels are due."""
        return min(self.frame.labelled, self.complete)

    def partition(self, where: Mapping[str, str]) -> Partition:
        """
        Find the rows a check is about.

        Raises
        ------
        CannotJudge
            If the log is not divided by that column.
        """
        if not where:
            return EVERYTHING
        wanted = tuple(where.items())
        for partition in self.frame.profiles:
            if partition.where == wanted:
                return partition
        columns = {
            p.where[0][0]
            for p in self.frame.profiles
            if p.kind == "segment" and p.where
        }
        column = wanted[0][0]
        if column not in columns and self.frame.profiles:
            known = dict.fromkeys(columns)
            raise CannotJudge(
                why=f'"{column}" divides no rows{nearest(column, known)}; '
                "name it under `predictions: segments`"
            )
        return Partition("segment", wanted)

    def column(self, name: str) -> str:
        """
        Give what a profile calls a column, by its name in the source.

        Raises
        ------
        CannotJudge
            If no window has it.
        """
        known = self.frame.columns()
        roles = [role for role, column in self.log.columns.items() if column == name]
        # A regression's prediction is profiled as its score.
        outputs = [*roles, *("score" for role in roles if role == "prediction")]
        for found in (name, *outputs):
            if found in known:
                return found
        raise CannotJudge(
            why=f'no column "{name}" is profiled{nearest(name, dict.fromkeys(known))}'
        )

    def is_private(self, name: str) -> bool:
        """Tell whether a column's values must not be shown."""
        roles = {role for role, column in self.log.columns.items() if column == name}
        return bool({name, self.log.columns.get(name, name), *roles} & self.log.private)

    def reference_of(self, span: TimeWindow) -> TimeWindow:
        """Give what a span is compared with: as declared, else the 28 days before."""
        return self.log.reference or TimeWindow(span.start - REFERENCE, span.start)


@dataclass(frozen=True)
class View:
    """
    The rows one verdict is about.

    Parameters
    ----------
    grounds : Grounds
        All there is.
    partition : Partition
        Which rows.
    first, last : int
        Base windows ``first <= i < last``.
    """

    grounds: Grounds
    partition: Partition
    first: int
    last: int

    @property
    def windows(self) -> tuple[TimeWindow, ...]:
        """The base windows, oldest first."""
        return self.grounds.frame.windows[self.first : self.last]

    @property
    def span(self) -> TimeWindow | None:
        """From the first window's start to the last one's end."""
        if self.last <= self.first:
            return None
        return self.grounds.frame.span(self.first, self.last - 1)

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """Profiles of those windows that have rows."""
        found = self.grounds.frame.of(self.partition)[self.first : self.last]
        return tuple(profile for profile in found if profile is not None)

    @property
    def rows(self) -> int:
        """Kept rows."""
        return sum(profile.rows.kept for profile in self.profiles)

    def numbers(self, name: str) -> NumericProfile | None:
        """
        Give a column of numbers; None where these windows do not have it.

        Raises
        ------
        CannotJudge
            If it holds text.
        """
        found = self.column(name)
        if isinstance(found, TextProfile):
            raise CannotJudge(why=f'"{name}" holds text; numbers are needed')
        return found

    def column(self, name: str) -> ColumnProfile | None:
        """
        Give a column; None where these windows do not have it, though others do.

        Raises
        ------
        CannotJudge
            If it holds text in some windows and numbers in others.
        """
        known = self.grounds.column(name)
        parts = [p.columns[known] for p in self.profiles if known in p.columns]
        numeric = [part for part in parts if isinstance(part, NumericProfile)]
        texts = [part for part in parts if isinstance(part, TextProfile)]
        if numeric and texts:
            raise CannotJudge(
                why=f'"{name}" holds text in some windows, numbers in others'
            )
        if numeric:
            return reduce(merge_numeric, numeric)
        return reduce(merge_text, texts) if texts else None

    @cached_property
    def outcome(self) -> OutcomeProfile | None:
        """What became of the predictions; None where nothing is labelled."""
        whole: OutcomeProfile | None = None
        for profile in self.profiles:
            whole = merge_outcomes(whole, profile.outcome)
        return whole

    def within(self, window: TimeWindow) -> View:
        """Give the same rows in the base windows that start in a window."""
        starts = [
            i for i, w in enumerate(self.grounds.frame.windows) if w.start in window
        ]
        first, last = (starts[0], starts[-1] + 1) if starts else (0, 0)
        return View(self.grounds, self.partition, first, last)

    def held(self, identity: Identity) -> tuple[int, int] | None:
        """
        Count the rows a relation applies to, and those in which it holds.

        Returns
        -------
        tuple of (int, int) or None
            None where the log lacks a numeric column of the relation.
        """
        questions = self.grounds.questions
        if questions is None or not self.windows:
            return None
        counted = questions.relation(identity, self.windows)
        if not any(counted):
            return None
        # A part without rows in a window has no count there.
        mine = [counts.get(self.partition, (0, 0)) for counts in counted]
        return sum(rows for rows, _ in mine), sum(held for _, held in mine)

    def common_values(self, name: str) -> Side | None:
        """Ask for the commonest values of a column in these rows."""
        questions, span = self.grounds.questions, self.span
        if questions is None or span is None:
            return None
        return questions.values(self.grounds.column(name), span, self.partition)
