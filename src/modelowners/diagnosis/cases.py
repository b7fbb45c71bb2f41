"""
Cases: one diagnosis in the making, as the probes see it.

A case holds the frame, the shifts and the engine, and answers the probes'
questions once each. A site is one column (or the rows) in one partition at one
moment: where a probe looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from modelowners.core.time import Onset, TimeWindow
from modelowners.detection.frames import Frame
from modelowners.detection.onset import join
from modelowners.detection.shifts import Shift
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.falls import Fall
from modelowners.diagnosis.symptoms import Harmed, labelled_masks, outcome_between
from modelowners.observations.logs import PredictionLog, Task
from modelowners.observations.ports import Engine
from modelowners.observations.profiles import (
    EVERYTHING,
    OTHER,
    LossSums,
    NumericProfile,
    Partition,
    TextProfile,
)
from modelowners.observations.questions import (
    Contrast,
    Identity,
    LogShape,
    Slice,
    Surrogate,
)

CONTRAST_WINDOWS = 7
"""Base windows on either side of an onset, at a grain of a day."""
ENOUGH_ROWS = 300
"""Rows a side of a contrast should have; it grows up to four times to have them."""
LEAST_ROWS = 0.01
"""A partition with a smaller share of the rows than this is no site of its own."""
NEAR = 2
"""Windows within which two moves count as one moment."""
MOMENTS = 2
"""Moments looked at per column and rows."""
CONFINED = 1.5
"""A partition must move this much more than all rows to own the move."""
OUTPUT_COLUMNS = frozenset({"score", "prediction"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    Where a probe looks.

    Parameters
    ----------
    column : str or None
        None for the rows themselves.
    partition : Partition
        In which rows.
    index : int
        Window of the onset.
    onset : Onset
        When it moved.
    shifts : tuple of Shift
        The figures that moved there, largest first.
    """

    column: str | None
    partition: Partition
    index: int
    onset: Onset
    shifts: tuple[Shift, ...]

    @property
    def size(self) -> float:
        """The largest move, in spreads."""
        return max((s.size for s in self.shifts), default=0.0)

    @property
    def segment(self) -> Mapping[str, str]:
        """The rows, as a condition; empty for all."""
        return dict(self.partition.where)

    def moved(self, *statistics: Statistic) -> Shift | None:
        """Give the largest move of any of these figures."""
        return next((s for s in self.shifts if s.key.statistic in statistics), None)


@dataclass(slots=True)
class Case:
    """
    One diagnosis in the making.

    Parameters
    ----------
    log : PredictionLog
        The model's log.
    task : Task
        What it predicts.
    loss : str
        The primary loss.
    frame : Frame
        Profiles in windows.
    shifts : tuple of Shift
        All streams that moved, largest first.
    engine : Engine
        Answers questions.
    harmed : Harmed or None
        Where the loss grew.
    surrogate : Surrogate or None
        The stand-in of the model, where one could be fitted.
    shape : LogShape or None
        What the log looks like.
    notes : list of str
        What was not looked at, and why.
    interrupted : bool
        Somebody stopped it before every probe was asked.
    """

    log: PredictionLog
    task: Task
    loss: str
    frame: Frame
    shifts: tuple[Shift, ...]
    engine: Engine
    harmed: Harmed | None = None
    surrogate: Surrogate | None = None
    shape: LogShape | None = None
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False
    falls: dict[Identity, list[Fall]] | None = None
    _contrasts: dict[tuple[object, ...], dict[str, Contrast | None]] = field(
        default_factory=dict
    )
    _sites: tuple[Site, ...] | None = None
    _identities: tuple[Identity, ...] | None = None
    _slices: tuple[Slice, ...] | None = None
    _mapping: npt.NDArray[np.float64] | None = None

    def sites(self) -> tuple[Site, ...]:
        """Give every column that moved, where and when it moved most."""
        if self._sites is None:
            self._sites = tuple(_find_sites(self.frame, self.shifts))
        return self._sites

    def inputs(self) -> tuple[Site, ...]:
        """Give the sites of the model's input columns: where values can be broken."""
        features = set(self.features())
        return tuple(s for s in self.sites() if s.column in features)

    def abruptness(self, site: Site) -> float:
        """
        Tell how sharply a number's mean or spread broke at a site.

        Seasons move a column over days; a fault moves it between two of them.

        Returns
        -------
        float
            The largest step between the three windows before the onset's and
            the three after it, over the usual size of such steps; at least 0.
        """
        series = np.full((2, self.frame.n_windows), np.nan)
        for index, profile in enumerate(self.frame.of(site.partition)):
            found = profile.columns.get(site.column or "") if profile else None
            if isinstance(found, NumericProfile) and found.n > 1:
                series[:, index] = found.mean, np.log(found.m2 / found.n + 1e-12) / 2
        return max(_step(row, site.index) for row in series)

    def at_harm(self, column: str) -> Site | None:
        """Look at a column at the moment of the symptom, moved or not."""
        if self.harmed is None:
            return None
        known = [s for s in self.sites() if s.column == column]
        for site in known:
            if abs(site.index - self.harmed.index) <= 1:
                return site
        return Site(
            column=column,
            partition=EVERYTHING,
            index=self.harmed.index,
            onset=self.harmed.onset,
            shifts=(),
        )

    def contrast(self, site: Site) -> Contrast | None:
        """Compare a site's column before and after its onset."""
        before, after = self.stretch(site, back=0)
        return self._ask(site, before, after)

    def control(self, site: Site) -> Contrast | None:
        """Compare the stretch before the onset with the one before that."""
        earlier, before = self.stretch(site, back=1)
        if earlier == before:
            return None
        return self._ask(site, earlier, before)

    def _ask(
        self, site: Site, before: TimeWindow, after: TimeWindow
    ) -> Contrast | None:
        key = (site.partition, before, after)
        known = self._contrasts.setdefault(key, {})
        if site.column is not None and site.column not in known:
            found = self.engine.contrast(
                self.log,
                self._companions(site) if not known else (site.column,),
                before=before,
                after=after,
                partition=site.partition,
            )
            known.update(found)
            known.setdefault(site.column, None)
        return known.get(site.column or "")

    def _companions(self, site: Site) -> tuple[str, ...]:
        """Give all columns that moved in the same rows, to ask about them at once."""
        names = {
            s.column
            for s in self.sites()
            if s.column is not None and s.partition == site.partition
        }
        return tuple(sorted(names | ({site.column} if site.column else set())))

    def stretch(self, site: Site, *, back: int) -> tuple[TimeWindow, TimeWindow]:
        """
        Give the windows before and after an onset, or one step earlier.

        Whole weeks where there are enough, so that weekdays balance; longer
        where rows are few.
        """
        frame, index = self.frame, site.index
        starts_clean = site.onset.at <= frame.windows[index].start
        first_after = index if starts_clean else min(index + 1, frame.n_windows - 1)
        per_day = max(round(86_400 / frame.grain.total_seconds()), 1)
        length = CONTRAST_WINDOWS * per_day
        kept = np.array([p.rows.kept if p else 0 for p in frame.of(site.partition)])
        while (
            length < 4 * CONTRAST_WINDOWS * per_day
            and kept[max(index - length, 0) : index].sum() < ENOUGH_ROWS
        ):
            length *= 2
        low = max(index - length, 0)
        before = frame.span(low, max(index - 1, low))
        if back:
            start = max(low - length, 0)
            return (frame.span(start, max(low - 1, start)), before)
        last = min(first_after + length, frame.n_windows) - 1
        return before, frame.span(first_after, last)

    def identities(self) -> tuple[Identity, ...]:
        """Give the relations between columns that held in the reference."""
        if self._identities is None:
            self._identities = self.engine.identities(self.log, self.frame.reference)
        return self._identities

    def slices(self) -> tuple[Slice, ...]:
        """Give slices with their losses before and after the symptom's onset."""
        if self._slices is None:
            self._slices = ()
            if self.harmed is not None:
                site = Site(
                    column=None,
                    partition=EVERYTHING,
                    index=self.harmed.index,
                    onset=self.harmed.onset,
                    shifts=(),
                )
                before, after = self.stretch(site, back=0)
                self._slices = self.engine.slices(self.log, before=before, after=after)
        return self._slices

    def worst_slice(self) -> Slice | None:
        """Give the slice that carries most of the growth, if any was confirmed."""
        grown = [s for s in self.slices() if s.loss_after > s.loss_before]
        return max(
            grown,
            key=lambda s: (s.loss_after - s.loss_before) * s.rows_after,
            default=None,
        )

    def concentration(self) -> float:
        """
        Tell how much of the growth lies in one slice beyond its rows, 0 to 1.

        0 where growth is spread like the rows, 1 where a small slice has it all.
        """
        lead = self.worst_slice()
        if self.harmed is None:
            return 0.0
        if self.harmed.partition != EVERYTHING:
            return 1.0
        if lead is None:
            return 0.0
        before, after = labelled_masks(self.frame, self.harmed.index)
        old = outcome_between(self.frame.of(), before).losses.get(self.loss, LossSums())
        new = outcome_between(self.frame.of(), after).losses.get(self.loss, LossSums())
        rows = sum(
            p.outcome.labelled
            for p in self.frame.of()[self.harmed.index :][: 2 * CONTRAST_WINDOWS]
            if p is not None and p.outcome is not None
        )
        growth = (new.mean - old.mean) if old.n and new.n else 0.0
        if growth <= 0 or not rows:
            return 0.0
        share = (lead.loss_after - lead.loss_before) / growth * lead.rows_after / rows
        return float(np.clip((share - lead.rows_after / rows) * 1.5, 0.0, 1.0))

    def mapping_moved(self, index: int) -> float | None:
        """Tell how far outputs at equal inputs moved, over their usual movement."""
        if self._mapping is None:
            # Of the model as it was: the windows under test must not shape it.
            before = self.engine.surrogate(
                self.log,
                self.frame.reference,
                columns=[c for c in self.features() if c in self.frame.columns()],
            )
            if before is None:
                return None
            self._mapping = self.engine.mapping(
                self.log, surrogate=before, windows=self.frame.windows
            )
        moved = self._mapping
        history = moved[: min(index, self.frame.first_test)]
        history, later = history[~np.isnan(history)], moved[index:]
        later = later[~np.isnan(later)]
        if len(history) < CONTRAST_WINDOWS or not len(later):
            return None
        level = float(np.median(history))
        usual = float(np.quantile(np.abs(history - level), 0.9)) or 1e-9
        return abs(float(np.median(later)) - level) / usual

    def text(self, column: str) -> bool:
        """Tell whether a column holds categories."""
        for profile in self.frame.of():
            if profile is not None and column in profile.columns:
                return isinstance(profile.columns[column], TextProfile)
        return False

    def is_absent(self, column: str, index: int) -> bool:
        """Tell whether the files themselves lack a column from some window on."""
        later = [p for p in self.frame.of()[index:] if p is not None]
        gone = all(
            column not in p.columns or not p.columns[column].n for p in later[-3:]
        )
        if not later or not gone:
            return False
        if self.shape is not None and "missing" in self.shape.differing.get(column, ""):
            return True
        return all(column not in p.columns for p in later[-3:])

    def features(self) -> tuple[str, ...]:
        """Give the model's input columns."""
        if self.log.features:
            return self.log.features
        roles = set(self.log.columns.values()) | OUTPUT_COLUMNS
        if self.log.labels is not None and self.log.labels.source is None:
            roles.add(self.log.labels.actual)
        return tuple(c for c in self.frame.columns() if c not in roles)

    def after_mask(self, index: int) -> npt.NDArray[np.bool_]:
        """Mark the windows from an onset on, shape (n_windows,)."""
        return np.arange(self.frame.n_windows) >= index


def _step(values: npt.NDArray[np.float64], index: int) -> float:
    """Give the step at an index over the 90 % quantile of earlier steps."""
    steps = np.full(len(values), np.nan)
    for place in range(1, len(values) - 1):
        before = values[max(place - 3, 0) : place]
        after = values[place + 1 : place + 4]
        if not (np.isnan(before).all() or np.isnan(after).all()):
            steps[place] = abs(np.nanmean(after) - np.nanmean(before))
    earlier = steps[: max(index - 3, 0)]
    earlier = earlier[~np.isnan(earlier)]
    here = steps[index] if index < len(steps) else np.nan
    if index == len(values) - 1 and index > 0:
        here = abs(values[index] - np.nanmean(values[max(index - 3, 0) : index]))
    if np.isnan(here) or len(earlier) < CONTRAST_WINDOWS:
        return 0.0
    usual = float(np.quantile(earlier, 0.9))
    return float(here) / max(usual, 1e-9 * max(abs(float(here)), 1.0))


def _find_sites(frame: Frame, shifts: Sequence[Shift]) -> list[Site]:
    """Group moves by column, find the rows they are confined to, and the moments."""
    kept = {p: _rows(frame, p) for p in frame.profiles}
    least = LEAST_ROWS * kept.get(EVERYTHING, 0)
    by_column: dict[str, list[Shift]] = {}
    for shift in shifts:
        if shift.key.column is not None and kept.get(shift.key.partition, 0) >= least:
            by_column.setdefault(shift.key.column, []).append(shift)
    sites: list[Site] = []
    for column in sorted(by_column):
        moves = by_column[column]
        for partition in _owners_of_move(moves):
            here = [s for s in moves if s.key.partition == partition]
            sites.extend(_moments(column, partition, here))
    sites.sort(key=lambda s: (-s.size, s.column or "", s.partition))
    return sites


def _rows(frame: Frame, partition: Partition) -> int:
    return sum(p.rows.kept for p in frame.of(partition) if p is not None)


def _owners_of_move(moves: Sequence[Shift]) -> list[Partition]:
    """Give the partitions whose move is not merely that of all rows."""
    pooled = [s for s in moves if s.key.partition == EVERYTHING]
    parts = sorted({s.key.partition for s in moves} - {EVERYTHING})
    owners: list[Partition] = []
    for partition in parts:
        if any(value == OTHER for _, value in partition.where):
            continue
        here = [s for s in moves if s.key.partition == partition]
        if any(_confined(s, pooled, moves) for s in here):
            owners.append(partition)
    if not pooled:
        return owners or parts[:1]
    return [EVERYTHING, *owners]


def _confined(shift: Shift, pooled: Sequence[Shift], moves: Sequence[Shift]) -> bool:
    """Tell whether a partition moves clearly more than all rows and its siblings."""
    same = [
        s
        for s in pooled
        if (s.key.statistic, s.key.value) == (shift.key.statistic, shift.key.value)
        and abs(s.index - shift.index) <= NEAR
    ]
    whole = max((abs(s.change) for s in same), default=0.0)
    if not shift.alarm:
        return False
    names = {c for c, _ in shift.key.partition.where}
    siblings = [
        s
        for s in moves
        if s.key.statistic == shift.key.statistic
        and s.key.value == shift.key.value
        and s.key.partition not in {EVERYTHING, shift.key.partition}
        and {c for c, _ in s.key.partition.where} == names
        and abs(s.index - shift.index) <= NEAR
        and abs(s.change) >= 0.5 * abs(shift.change)
    ]
    return abs(shift.change) >= CONFINED * whole and not siblings


def _moments(column: str, partition: Partition, moves: Sequence[Shift]) -> list[Site]:
    """Split one column's moves into at most two moments."""
    found: list[Site] = []
    left = sorted(moves, key=lambda s: -s.size)
    while left and len(found) < MOMENTS:
        lead = left[0]
        near = [s for s in left if abs(s.index - lead.index) <= NEAR]
        sure = [s.onset for s in near if s.size >= 0.5 * lead.size]
        agreed = join(sure)
        index = lead.index
        onset = Onset(
            min(max(lead.onset.at, agreed.low), agreed.high), agreed.low, agreed.high
        )
        found.append(
            Site(
                column=column,
                partition=partition,
                index=index,
                onset=onset,
                shifts=tuple(near),
            )
        )
        left = [s for s in left if s not in near]
    return found
