"""Following: how far fixes have come, carried on by what can be seen."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from modelowners.app.desk import answering, record, retried
from modelowners.app.handling import Works as Handles
from modelowners.core.errors import InputError, ModelownersError
from modelowners.core.ids import AssetId
from modelowners.core.time import (
    Clock,
    TimeWindow,
    VirtualClock,
    floor_instant,
)
from modelowners.incidents.events import LOOP
from modelowners.incidents.incident import UNRESOLVED, Incident
from modelowners.incidents.sightings import Sighting, holder_of
from modelowners.remediation import settle, verify
from modelowners.remediation.actions import AliasMove
from modelowners.remediation.fixes import Fix, State
from modelowners.remediation.ports import (
    ModelRegistry,
    RegistryFailed,
    Trigger,
    Wait,
)
from modelowners.remediation.protocol import Tools, watch_alias
from modelowners.remediation.recovery import Measured, look, newest_window
from modelowners.remediation.reports import report
from modelowners.remediation.serving import Serving

if TYPE_CHECKING:
    from modelowners.detection.checks.results import CheckResult
    from modelowners.observations.logs import PredictionLog
    from modelowners.observations.ports import Engine
    from modelowners.remediation.repository import Fixes


logger = logging.getLogger(__name__)


class Works(Handles, Protocol):
    """What fixing needs of the program; `app.wiring.Program` has it."""

    @property
    def fixes(self) -> Fixes:
        """Every fix, and who is applying one."""
        ...

    @property
    def engine(self) -> Engine:
        """Reads logs."""
        ...

    @property
    def trigger(self) -> Trigger:
        """Runs declared commands."""
        ...

    @property
    def wait(self) -> Wait:
        """Lets time pass."""
        ...

    def registry(self, name: str) -> ModelRegistry:
        """Give a model registry by the name of its connector."""
        ...

    def log(self, model: AssetId) -> PredictionLog:
        """Give a model's log."""
        ...

    def check_candidate(self, model: AssetId, version: str) -> tuple[CheckResult, ...]:
        """Run the owner's checks on the rows of one version."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A fix and what new rows show of it."""

    fix: Fix
    serving: Serving | None = None


def status(works: Works, name: str) -> tuple[Incident, tuple[Standing, ...]]:
    """
    Tell how far the fixes of an incident have come; what was interrupted is settled.

    Parameters
    ----------
    works : Works
        The parts.
    name : str
        The incident's id, as typed.
    """
    incident = works.incidents.get(name)
    follow(works, incident, at=works.clock.now())
    fixes = works.fixes.of(incident.id)
    standing = tuple(
        Standing(fix=fix, serving=serving_of(works, fix, fixes, works.clock.now()))
        for fix in fixes
    )
    return works.incidents.get(incident.id), standing


def follow(
    works: Works,
    incident: Incident,
    *,
    at: datetime,
    measured: Measured | None = None,
) -> tuple[Fix, ...]:
    """
    Carry the fixes of an incident as far as what can be seen allows.

    Parameters
    ----------
    works : Works
        The parts.
    incident : Incident
        Any; one without fixes costs one statement.
    at : datetime
        UTC; what is known then counts.
    measured : Measured or None
        The newest full window of its model, where it is known.

    Returns
    -------
    tuple of Fix
        As they stand then.
    """
    fixes = works.fixes.of(incident.id)
    tools = tools_of(works, clock=VirtualClock(max(at, _newest(fixes, at))))
    for fix in fixes:
        carried = settle(fix, tools=tools, actor=LOOP)
        if not carried.terminal:
            carried = watch_alias(carried, fixes, tools=tools, actor=LOOP)
        if not carried.terminal:
            serving = serving_of(works, carried, fixes, at)
            carried = verify(
                carried, serving=serving, measured=measured, tools=tools, actor=LOOP
            )
        publish(works, carried, source="loop")
    return works.fixes.of(incident.id)


def measure(works: Works, sighting: Sighting) -> None:
    """
    Let a look at a model carry the fixes of its incidents on.

    Parameters
    ----------
    works : Works
        The parts.
    sighting : Sighting
        What the look saw: whether the newest full window is well.
    """
    for incident in works.incidents.of(sighting.model):
        if incident.state not in UNRESOLVED:
            continue
        log = works.log(sighting.model)
        delay = log.labels.delay if log.labels is not None else timedelta(0)
        # A window counts once its labels are due: before, nothing was measured.
        due = floor_instant(sighting.at - delay, log.grain)
        end = min(sighting.diagnosis.window.end, due)
        measured = newest_window(end, log.grain, well=not sighting.sick)
        follow(works, incident, at=sighting.at, measured=measured)


def tools_of(works: Works, *, clock: Clock | None = None) -> Tools:
    """Give what a fix is applied with; each step is told to its incident."""

    def registry(name: str) -> ModelRegistry:
        try:
            return works.registry(name)
        except InputError as error:
            # Of a fix that is under way: it was set up when it began.
            why = str(error)
            raise RegistryFailed(registry=name, act="answer", why=why) from None

    def told(fix: Fix) -> None:
        try:
            publish(works, fix, source="cli")
        except ModelownersError as error:
            # The audit has it, and the next look tells it: what is under way goes on.
            logger.warning("fix.untold", extra={"fix": fix.id, "why": str(error)})

    return Tools(
        fixes=works.fixes,
        registries=registry,
        trigger=works.trigger,
        clock=clock or works.clock,
        wait=works.wait,
        told=told,
    )


def _newest(fixes: Sequence[Fix], at: datetime) -> datetime:
    """No step may be written before the one it follows."""
    return max((fix.steps[-1].at for fix in fixes), default=at)


def publish(works: Works, fix: Fix, *, source: str) -> None:
    """Write into the incident's log what it lacks of a fix."""

    def write() -> None:
        incident = works.incidents.get(fix.incident)
        known = {event.key for event in works.incidents.history(incident.id)}
        owner = holder_of(answering(works.catalog, fix.asset, works.clock.now()))
        entries = report(fix, incident, owner=owner, known=known, source=source)
        record(works, incident, entries, at=works.clock.now())

    retried(write)


def serving_of(
    works: Works, fix: Fix, fixes: Sequence[Fix], until: datetime
) -> Serving | None:
    """
    Say what new rows show about the version a fix put in place.

    Parameters
    ----------
    works : Works
        The parts.
    fix : Fix
        Any.
    fixes : sequence of Fix
        Of the same incident.
    until : datetime
        UTC; rows before it are known.

    Returns
    -------
    Serving or None
        None where no version is to be proven.
    """
    if not isinstance(fix.action, AliasMove) or fix.state is State.FAILED:
        return None
    return look(fix, fixes, probe=Probe(works), until=until)


class Probe:
    """
    Counts served versions in a model's log; fills `remediation.ports.ServingProbe`.

    Parameters
    ----------
    works : Works
        The parts.
    """

    def __init__(self, works: Works) -> None:
        self._works = works

    def served(
        self, model: AssetId, *, since: datetime, until: datetime, rows: int
    ) -> Mapping[str, int] | None:
        """Count the newest rows by version; None where the log names none."""
        log = self._works.log(model)
        return self._works.engine.versions(log, TimeWindow(since, until), rows=rows)
