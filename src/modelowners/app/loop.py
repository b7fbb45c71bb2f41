"""
The loop: the whole program in one sentence.

*Capture changes, profile observations, detect findings, diagnose causes, open
an incident, route it, deliver, escalate.* A turn is idempotent: repeated, or
repeated after a crash at any point, it adds no event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from modelowners.app.auditor import audit_notices
from modelowners.app.boards import show_incidents
from modelowners.app.departures import departures
from modelowners.app.desk import Desk, answering, due_steps, record, retried
from modelowners.app.investigation import named_cause
from modelowners.app.reception import take_posts
from modelowners.app.sentences import headline
from modelowners.app.signals import take_signals
from modelowners.app.tracking import track
from modelowners.catalog import resolve
from modelowners.catalog.files import Catalog
from modelowners.catalog.lineage import Lineage
from modelowners.core.errors import ModelownersError
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY
from modelowners.detection.findings import Finding
from modelowners.diagnosis.causes import Diagnosis
from modelowners.incidents import (
    close,
    deliver,
    settle,
)
from modelowners.incidents.alarms import steer
from modelowners.incidents.delivery import Delivered
from modelowners.incidents.incident import ACTIVE, Incident, State
from modelowners.incidents.ports import Board, Receiver
from modelowners.incidents.sightings import Sighting
from modelowners.incidents.signals import Signal
from modelowners.ledger.changes import Change

if TYPE_CHECKING:
    from modelowners.app.intake import Intake
    from modelowners.app.repository import Inbox
    from modelowners.ledger.repository import Ledger

logger = logging.getLogger(__name__)

OBSERVED = "predictions"
"""The facet that says where a model's log is: without it there is nothing to see."""

REGISTERED = "registry"
"""The facet that says which model registry knows an asset."""

LOOK_BACK = 7 * DAY
"""How long before the onset changes are gathered for the packet."""


class Works(Desk, Protocol):
    """What a turn needs of the program; `app.wiring.Program` has it."""

    @property
    def ledger(self) -> Ledger:
        """Every change."""
        ...

    @property
    def lineage(self) -> Lineage:
        """What is made from what."""
        ...

    @property
    def inbox(self) -> Inbox:
        """What other systems posted."""
        ...

    @property
    def receivers(self) -> Mapping[str, Receiver]:
        """Who understands it."""
        ...

    @property
    def boards(self) -> Sequence[Board]:
        """Where incidents are shown."""
        ...

    def take_in(self) -> Intake:
        """Read what every connector knows of changes."""
        ...

    def served_version(self, model: AssetId, at: datetime) -> str | None:
        """Say which version of a model its newest rows name; None where none does."""
        ...

    def record_revision(self) -> object:
        """Keep which catalog is in force."""
        ...

    def diagnose(
        self, model: AssetId, *, as_of: datetime
    ) -> tuple[Diagnosis, tuple[Finding, ...]]:
        """Profile, detect and diagnose."""
        ...

    def measure_fixes(self, sighting: Sighting) -> None:
        """Carry the fixes of a model's incidents as far as a look shows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """
    What one turn saw of one model.

    Parameters
    ----------
    model : AssetId
        Which.
    incident : Incident or None
        The incident it concerns, as it stands after the turn.
    did : tuple of str
        Kinds of the events the turn added.
    drifts : int
        Findings without an incident: movement that harms nothing, at least 0.
    error : str or None
        Why it could not be looked at.
    """

    model: AssetId
    incident: Incident | None = None
    did: tuple[str, ...] = ()
    drifts: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnReport:
    """
    What one turn did.

    Parameters
    ----------
    as_of : datetime
        UTC; what could be known.
    looks : tuple of Look
        One per model that is observed, by id.
    unobserved : tuple of AssetId
        Models without a ``predictions`` section.
    notes : tuple of str
        What else went wrong: sources unread, messages not yet taken.
    delivered : Delivered
        What the sinks took, and what waits.
    overdue : int
        Messages that should have been told and were not, at least 0.
    active : tuple of Incident
        Everything on which somebody has to act, oldest first.
    """

    as_of: datetime
    looks: tuple[Look, ...]
    unobserved: tuple[AssetId, ...] = ()
    notes: tuple[str, ...] = ()
    delivered: Delivered = field(default_factory=Delivered)
    overdue: int = 0
    active: tuple[Incident, ...] = ()

    @property
    def pages(self) -> bool:
        """Whether an incident that pages is open."""
        return any(incident.pages for incident in self.active)

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell."""
        trouble = any(look.error or look.incident for look in self.looks)
        return not trouble and not self.active and not self.notes


def turn(program: Works, *, as_of: datetime) -> TurnReport:
    """
    Look at every model once, and tell the owner of each cause.

    Parameters
    ----------
    program : Works
        The parts.
    as_of : datetime
        UTC; what is known then counts, and steps due then are taken.

    Returns
    -------
    TurnReport
        One model's failure is in it and does not stop the others.
    """
    notes = _capture(program)
    notes += take_posts(program, at=as_of)
    take_signals(program, _departed(program, as_of), at=as_of)
    observed, unobserved = _models(program.catalog)
    looks = [_look(program, model, as_of) for model in observed]
    notes += _steer(program, as_of)
    notes += _settle(program, as_of)
    notes += _close(program, as_of)
    notes += _escalate(program, as_of)
    delivered = deliver(program.incidents, program.notifiers, clock=program.clock)
    audited = audit_notices(program, at=program.clock.now())
    if audited.lost or audited.rerouted:
        notes.append(
            f"{len(audited.overdue)} message(s) should have been told and were not: "
            f"{audited.lost} were lost, {audited.rerouted} go another way"
        )
        again = deliver(program.incidents, program.notifiers, clock=program.clock)
        delivered = delivered.joined(again)
    notes += [f"not yet told: {d.address}: {d.reason}" for d in delivered.failed]
    notes += show_incidents(program, at=as_of)
    return TurnReport(
        as_of=as_of,
        looks=tuple(_refreshed(program, look) for look in looks),
        unobserved=unobserved,
        notes=tuple(notes),
        delivered=delivered,
        overdue=len(audited.overdue),
        active=program.incidents.within(ACTIVE),
    )


def _capture(program: Works) -> list[str]:
    program.record_revision()
    intake = program.take_in()
    return [
        f"changes not read: {one.connector} {one.instance}: {one.why}"
        for one in intake.unread
    ]


def _departed(program: Works, at: datetime) -> tuple[Signal, ...]:
    """Tell of the aliases that a registry has lost, or has got back, of late."""
    catalog = program.catalog
    registered = [m for m in catalog.models() if REGISTERED in catalog.asset(m).facets]
    if not registered:
        return ()
    since = at - LOOK_BACK
    return departures(program.ledger.changes(registered, since=since, until=at))


def _models(catalog: Catalog) -> tuple[list[AssetId], tuple[AssetId, ...]]:
    models = catalog.models()
    observed = [m for m in models if OBSERVED in catalog.asset(m).facets]
    return observed, tuple(m for m in models if m not in observed)


def _look(program: Works, model: AssetId, as_of: datetime) -> Look:
    """Guard one model: whatever fails is reported, and the others are looked at."""
    try:
        diagnosis, findings = program.diagnose(model, as_of=as_of)
        sighting = sight(program, diagnosis, findings, at=as_of)
        program.measure_fixes(sighting)
        incident, did = retried(lambda: track(program, sighting))
    except ModelownersError as error:
        return Look(model=model, error=str(error))
    except Exception as error:
        logger.debug("model.failed", extra={"model": model}, exc_info=True)
        return Look(model=model, error=f"unexpected {type(error).__name__}: {error}")
    drifts = 0 if incident else len(sighting.live)
    return Look(model=model, incident=incident, did=did, drifts=drifts)


def sight(
    program: Works,
    diagnosis: Diagnosis,
    findings: Sequence[Finding],
    *,
    at: datetime,
) -> Sighting:
    """
    Gather what an incident needs to know besides the diagnosis.

    Parameters
    ----------
    program : Works
        The parts.
    diagnosis : Diagnosis
        Of one model.
    findings : sequence of Finding
        What it rests on.
    at : datetime
        UTC; owners are those of that instant.
    """
    catalog, model = program.catalog, diagnosis.model
    lineage = program.lineage
    downstream = lineage.downstream(model)
    assets = {model, *(cause.asset for cause in diagnosis.causes)}
    return Sighting(
        at=at,
        diagnosis=diagnosis,
        findings=tuple(findings),
        ownership={asset: resolve(catalog, asset, at) for asset in sorted(assets)},
        headline=headline(_dated(diagnosis)),
        changes=_changes(program, diagnosis, {model, *lineage.upstream(model)}, at),
        catalog=catalog.digest,
        blast={
            "assets": len(downstream),
            "tier1": sum(catalog.asset(asset).tier == 1 for asset in downstream),
        },
        extra={"runbook": catalog.asset(model).runbook},
    )


def _dated(diagnosis: Diagnosis) -> Diagnosis:
    """Let the headline say since when the cause is there, where one is known."""
    cause, symptom = named_cause(diagnosis), diagnosis.symptom
    if cause is None or symptom is None:
        return diagnosis
    return replace(diagnosis, symptom=replace(symptom, onset=cause.onset))


def _changes(
    program: Works, diagnosis: Diagnosis, assets: set[AssetId], at: datetime
) -> tuple[Change, ...]:
    if diagnosis.symptom is None:
        return ()
    onsets = [diagnosis.symptom.onset, *(cause.onset for cause in diagnosis.causes)]
    since = min(onset.low for onset in onsets) - LOOK_BACK
    return program.ledger.changes(assets, since=since, until=at)


def _steer(program: Works, as_of: datetime) -> list[str]:
    """Route what no diagnosis of this turn has given a route."""

    def step(incident: Incident) -> None:
        if not incident.route and incident.absorbed_into is None:
            whose = answering(program.catalog, incident.model, as_of)
            entry = steer(incident, whose, at=as_of)
            record(program, incident, (entry,), at=as_of)

    return _each(program, {State.OPEN}, step)


def _settle(program: Works, as_of: datetime) -> list[str]:
    """End what nothing shows any more."""

    def step(incident: Incident) -> None:
        record(program, incident, settle(incident, as_of), at=as_of)

    return _each(program, ACTIVE, step)


def _escalate(program: Works, as_of: datetime) -> list[str]:
    """Take every step that is due."""

    def advance(incident: Incident) -> None:
        record(program, incident, due_steps(program, incident, as_of), at=as_of)

    return _each(program, ACTIVE, advance)


def _close(program: Works, as_of: datetime) -> list[str]:
    def end(incident: Incident) -> None:
        record(program, incident, close(incident, as_of), at=as_of)

    return _each(program, {State.RESOLVED}, end)


def _each(
    program: Works, states: Collection[State], step: Callable[[Incident], None]
) -> list[str]:
    """Take a step of each incident; one that fails does not stop the others."""
    notes = []
    for incident in program.incidents.within(states):
        try:
            retried(partial(_fresh_step, program, incident, step))
        except ModelownersError as error:
            notes.append(f"{incident.id}: {error}")
        except Exception as error:
            logger.debug("incident.failed", exc_info=True)
            notes.append(f"{incident.id}: unexpected {type(error).__name__}: {error}")
    return notes


def _fresh_step(
    program: Works, incident: Incident, step: Callable[[Incident], None]
) -> None:
    step(program.incidents.get(incident.id))


def _refreshed(program: Works, look: Look) -> Look:
    """Show an incident as it stands after pages and deliveries."""
    if look.incident is None:
        return look
    return replace(look, incident=program.incidents.get(look.incident.id))
