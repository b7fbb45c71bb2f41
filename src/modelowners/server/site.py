"""The site: what all routes share, and the program as one request sees it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modelowners.app.views.readings import Readings
from modelowners.app.views.roster import Roster
from modelowners.app.wiring import Program
from modelowners.core.errors import InputError
from modelowners.core.time import Clock, SystemClock
from modelowners.server.turns import Turns

if TYPE_CHECKING:
    from modelowners.app.settings import Settings

ACTING = "acting"
"""The cookie that says who acts; on this machine nobody has to prove it."""

MINUTE = timedelta(minutes=1)


class Site:
    """
    What all routes share.

    Parameters
    ----------
    settings : Settings
        Where the ownership file and the state are.
    clock : Clock
        The present.
    interval : timedelta
        Between two turns of the loop.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        interval: timedelta = MINUTE,
    ) -> None:
        self.clock = clock or SystemClock()
        self.root = Program(settings, clock=self.clock)
        self.readings, self.roster = Readings(), Roster()
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._seen: Mapping[Path, tuple[int, int]] = {}
        self._base: Program | None = None
        self.trouble = ""
        self.turns = Turns(
            self._fresh, self.readings, clock=self.clock, interval=interval
        )

    def _fresh(self) -> Program:
        """Wire a program that reads everything but the state anew."""
        return self.root.beside(anew=True)

    def program(self, acting: str | None = None) -> Program:
        """
        Give the program for one request.

        Parameters
        ----------
        acting : str or None
            Who acts, where that is chosen on the page.

        Returns
        -------
        Program
            With the ownership file as it is now; where it cannot be read, as
            it last was, which `trouble` then says.
        """
        with self._lock:
            base = self._base = self._renewed(self._base)
        return base.beside(user=acting)

    def _renewed(self, base: Program | None) -> Program:
        """
        Read the ownership file anew where one of its files has changed.

        Raises
        ------
        InputError
            If it cannot be read at the very start.
        """
        if base is not None and _stamps(base.catalog.files) == self._seen:
            return base
        fresh = self._fresh()
        try:
            files = fresh.catalog.files
        except InputError as error:
            if base is None:
                raise
            self.trouble, fresh, files = str(error), base, base.catalog.files
        else:
            self.trouble = ""
        self._seen = _stamps(files)
        return fresh

    def person(self, chosen: str | None) -> str | None:
        """
        Say who acts: whoever was chosen, else as settings or git have it.

        Parameters
        ----------
        chosen : str or None
            From the cookie; somebody unknown counts as nobody chosen.
        """
        people = self.program().catalog.people
        if chosen and chosen in people:
            return chosen
        return self._usual

    @cached_property
    def _usual(self) -> str | None:
        try:
            return self.program().acting.person
        except InputError:
            return None

    @property
    def stamp(self) -> str:
        """Give what changes whenever a page may show something else."""
        head = self._fresh().incidents.head()
        return f"{head[-16:]}.{self.turns.pulse.count}"

    def stop(self) -> None:
        """End what runs beside the requests."""
        self.stopping.set()
        self.turns.stop()


def _stamps(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    found = {}
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            found[file] = (0, 0)
        else:
            found[file] = (stat.st_mtime_ns, stat.st_size)
    return found
