"""
Readings: what logs say, kept in memory between two looks for the pages.

A reading is made of profiles, which the state keeps; no page reads rows, save
for the one column before and after that a cause is about.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from modelowners.app.card import Claim, beside
from modelowners.app.checking import check
from modelowners.app.debugging import plan_windows
from modelowners.app.framing import frame_of
from modelowners.app.views.reading import Glance, Reading, glance_at, read_frame
from modelowners.core.errors import ModelownersError
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow
from modelowners.detection.frames import Frame
from modelowners.diagnosis.causes import Diagnosis
from modelowners.diagnosis.symptoms import LOSS_NAMES
from modelowners.observations.logs import PRIMARY_LOSS, PredictionLog
from modelowners.observations.profiles import EVERYTHING, Partition
from modelowners.observations.questions import Contrast

if TYPE_CHECKING:
    from modelowners.app.loop import Look
    from modelowners.app.wiring import Program

KEPT = 128
"""Answers kept at most, the least asked for dropped first."""


@dataclass
class Kept:
    """An answer, how to get it anew, and whether anybody asked since the last look."""

    value: object
    ask: Callable[[Program], object]
    wanted: bool = True


class Readings:
    """
    What logs say, kept between two looks of the loop, and a glance at every model.

    A page never waits for what was read before: the loop reads it anew after
    each look, and until then pages show the old answer.
    """

    def __init__(self) -> None:
        self.glances: dict[AssetId, Glance] = {}
        self._kept: OrderedDict[tuple[object, ...], Kept] = OrderedDict()
        self._lock = threading.Lock()
        # The pages' engine belongs to one thread at a time.
        self._reading = threading.Lock()

    def _answer(
        self,
        program: Program,
        key: tuple[object, ...],
        ask: Callable[[Program], object],
    ) -> object:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                found.wanted = True
                self._kept.move_to_end(key)
                return found.value
        with self._reading:
            value = _told(program, ask)
        self._keep(key, Kept(value, ask))
        return value

    def _keep(self, key: tuple[object, ...], kept: Kept) -> None:
        with self._lock:
            self._kept[key] = kept
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def renew(self, program: Program) -> None:
        """
        Read anew what pages asked for since the last look; forget the rest.

        Parameters
        ----------
        program : Program
            The loop's own, with an engine of its own.
        """
        with self._lock:
            wanted = [(key, one) for key, one in self._kept.items() if one.wanted]
            for key in [key for key, one in self._kept.items() if not one.wanted]:
                del self._kept[key]
        for key, one in wanted:
            self._keep(key, Kept(_told(program, one.ask), one.ask, wanted=False))

    def read(
        self,
        program: Program,
        model: AssetId,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        loss: str | None = None,
    ) -> Reading | str:
        """
        Read a log over time.

        Parameters
        ----------
        program : Program
            Reads it.
        model : AssetId
            Whose log.
        since, until : datetime or None
            UTC; bounds of the window under test. None: the last 28 days of
            complete windows.
        loss : str or None
            Metric, as the diagnosis names it; None: the task's own.

        Returns
        -------
        Reading or str
            Why there is none, where the log cannot be read.
        """

        def ask(asked: Program) -> Reading:
            now = asked.clock.now()
            window = TimeWindow(since, until or now) if since else None
            return _read(asked, model, at=now, window=window, loss=loss)

        found = self._answer(program, ("reading", model, since, until, loss), ask)
        return found if isinstance(found, Reading) else str(found)

    def contrasts(
        self, program: Program, diagnosis: Diagnosis
    ) -> Mapping[int, Contrast]:
        """
        Give, by a cause's rank, its column before and after.

        Parameters
        ----------
        program : Program
            Reads the log.
        diagnosis : Diagnosis
            Whose causes.
        """
        found = {}
        for cause in diagnosis.causes:
            after = TimeWindow(
                cause.onset.high, max(diagnosis.window.end, cause.onset.high)
            )
            question = Question(
                model=diagnosis.model,
                column=cause.column or "",
                before=diagnosis.reference.window,
                after=after,
                where=tuple(sorted(cause.segment.items())),
            )
            contrast = self.contrast(program, question)
            if contrast is not None:
                found[cause.rank] = contrast
        return found

    def contrast(self, program: Program, question: Question) -> Contrast | None:
        """Compare one column before and after; None where the log cannot tell."""
        if not question.column or question.after.end <= question.after.start:
            return None
        found = self._answer(
            program, ("contrast", question), lambda asked: _ask(asked, question)
        )
        return found if isinstance(found, Contrast) else None

    def claims(self, program: Program, model: AssetId) -> tuple[Claim, ...] | str:
        """
        Run a model's checks and claims, broken ones first.

        Parameters
        ----------
        program : Program
            Reads the log.
        model : AssetId
            Whose claims.

        Returns
        -------
        tuple of Claim or str
            Why there is none, where they cannot be tested.
        """

        def ask(asked: Program) -> tuple[Claim, ...]:
            return beside(check(asked, model, as_of=asked.clock.now()))

        found = self._answer(program, ("claims", model), ask)
        return found if isinstance(found, tuple) else str(found)

    def look(self, program: Program, look: Look, *, at: datetime) -> None:
        """Read a log after a look, and keep what a list of models shows of it."""
        found: Reading | str
        if look.error:
            found = look.error
        else:
            read = _told(program, lambda asked: _read(asked, look.model, at=at))
            found = read if isinstance(read, Reading) else str(read)
        if isinstance(found, str):
            seen = Glance(at=at, error=found)
        else:
            seen = replace(glance_at(found, at), drifts=look.drifts)
        self.glances[look.model] = seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which column of a log to hold against itself: before, after, in which rows."""

    model: AssetId
    column: str
    before: TimeWindow
    after: TimeWindow
    where: tuple[tuple[str, str], ...] = ()


def _told(program: Program, ask: Callable[[Program], object]) -> object:
    """Ask, and give what was refused as text."""
    try:
        return ask(program)
    except (ModelownersError, OSError) as error:
        return str(error)


def _read(
    bench: Program,
    model: AssetId,
    *,
    at: datetime,
    window: TimeWindow | None = None,
    loss: str | None = None,
) -> Reading:
    log, engine = bench.log(model), bench.engine
    shape = engine.describe(log)
    plan = plan_windows(log, shape, window=window, as_of=at)
    frame = frame_of(engine, log, plan, as_of=at, progress=_silent)
    usual = LOSS_NAMES.get(loss or "", loss) or PRIMARY_LOSS[engine.task(log)]
    return read_frame(
        frame, plan, model=model, features=_features(log, frame), loss=usual
    )


def _features(log: PredictionLog, frame: Frame) -> set[str]:
    if log.features:
        return set(log.features)
    roles = {*log.columns.values(), *log.segments, "score", "prediction"}
    if log.labels is not None:
        roles |= {log.labels.actual, log.labels.key_column}
    return {column for column in frame.columns() if column not in roles}


def _ask(bench: Program, question: Question) -> Contrast | None:
    log = bench.log(question.model)
    if question.column in log.private:
        return None
    where = question.where
    return bench.engine.contrast(
        log,
        [question.column],
        before=question.before,
        after=question.after,
        partition=Partition("segment", where) if where else EVERYTHING,
    ).get(question.column)


def _silent(text: str, done: float) -> None:
    del text, done
