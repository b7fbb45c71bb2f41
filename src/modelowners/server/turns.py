"""Turns: the loop inside the server, one at a time, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from modelowners.app.phrases import clean
from modelowners.app.views.moments import moment, say_distance
from modelowners.app.views.shell import Heartbeat
from modelowners.core.errors import ModelownersError, StateError

if TYPE_CHECKING:
    from modelowners.app.loop import TurnReport
    from modelowners.app.views.readings import Readings
    from modelowners.app.wiring import Program
    from modelowners.core.time import Clock

logger = logging.getLogger(__name__)

REST = 1.0
"""Seconds at least between two turns, however much is posted."""

PATIENCE = 10.0
"""Seconds that a turn under way is given to end when the server stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """
    How the loop is.

    Parameters
    ----------
    count : int
        Turns finished.
    busy_since : datetime or None
        UTC; since when one is under way.
    done_at : datetime or None
        UTC; when the last one ended.
    looked : int
        Models it looked at.
    notes : tuple of str
        What went wrong in it.
    error : str
        Why there was no turn at all.
    """

    count: int = 0
    busy_since: datetime | None = None
    done_at: datetime | None = None
    looked: int = 0
    notes: tuple[str, ...] = ()
    error: str = ""


class Turns:
    """
    Takes a turn each interval until it is stopped.

    Parameters
    ----------
    start : callable
        Wires a fresh program, so that each turn reads the ownership file anew.
    readings : Readings
        Told what each turn saw.
    clock : Clock
        The present.
    interval : timedelta
        From the end of a turn to the beginning of the next.
    """

    def __init__(
        self,
        start: Callable[[], Program],
        readings: Readings,
        *,
        clock: Clock,
        interval: timedelta,
    ) -> None:
        self._start, self._readings = start, readings
        self._clock, self._interval = clock, interval
        self._stopping, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)
        self.pulse = Pulse()

    def begin(self) -> None:
        """Take the first turn at once, beside whatever else is done."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further turn; give the one under way a while to end."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def wake(self) -> None:
        """Take the next turn soon: something was posted that it may learn from."""
        self._woken.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            self.take()
            if self._woken.wait(self._interval.total_seconds()):
                self._stopping.wait(REST)

    def take(self) -> None:
        """Take one turn; whatever fails is shown, and the next is still taken."""
        self.pulse = replace(self.pulse, busy_since=self._clock.now())
        looked, error = 0, ""
        notes: tuple[str, ...] = ()
        try:
            report = self._turn()
            looked, notes = len(report.looks), report.notes
        except ModelownersError as failure:
            error = str(failure)
        except Exception as failure:
            logger.exception("loop.failed")
            error = f"unexpected {type(failure).__name__}: {failure}"
        self.pulse = Pulse(
            count=self.pulse.count + 1,
            done_at=self._clock.now(),
            looked=looked or (self.pulse.looked if error else 0),
            notes=tuple(notes),
            error=error,
        )

    def _turn(self) -> TurnReport:
        from modelowners.app.loop import turn  # noqa: PLC0415 - the whole program

        program = self._start()
        with self._alone(program):
            # Nobody else lives who could have claimed them: a lost process had.
            program.incidents.release()
            report = turn(program, as_of=self._clock.now())
        for look in report.looks:
            if self._stopping.is_set():
                return report
            self._readings.look(program, look, at=report.as_of)
        self._readings.renew(program)
        return report

    @contextmanager
    def _alone(self, program: Program) -> Iterator[None]:
        """
        Be the only loop on this state; an act being delivered ends in a moment.

        Yields
        ------
        None
            While it is.

        Raises
        ------
        StateError
            If another one stays at work on it.
        """
        for last in (False, False, False, True):
            with program.incidents.sole() as alone:
                if alone:
                    yield
                    return
            if last or self._stopping.wait(1.0):
                break
        raise StateError(
            place=program.database.place,
            why="another `watch` or `serve` is at work on it",
            remedy="End it, or name another state with --state",
        )

    def heartbeat(self) -> Heartbeat:
        """Say how the loop is, for every page."""
        pulse, now = self.pulse, self._clock.now()
        at = moment(pulse.done_at, now) if pulse.done_at else None
        notes = tuple(map(clean, pulse.notes))
        if pulse.error:
            text = f"The loop could not look: {clean(pulse.error)}"
            return Heartbeat(text=text, tone="bad", at=at, notes=notes)
        if pulse.done_at is None:
            return Heartbeat(text="The first look is under way", tone="unknown")
        late = now - pulse.done_at > 3 * self._interval + timedelta(minutes=1)
        models = "1 model" if pulse.looked == 1 else f"{pulse.looked} models"
        text = f"Looked at {models} {say_distance(now - pulse.done_at)}"
        tone = "bad" if late else "good"
        return Heartbeat(text=text, tone=tone, at=at, notes=notes)
