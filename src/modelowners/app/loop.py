"""
The loop: the whole program in one sentence.

*Capture changes, profile observations, detect findings, diagnose causes, open
an incident, route it, deliver, escalate.* A turn is idempotent: repeated, or
repeated after a crash at any point, it adds no event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from modelowners.app.desk import Desk, due_steps, record, retried
from modelowners.app.sentences import headline
from modelowners.catalog import resolve
from modelowners.catalog.files import Catalog
from modelowners.catalog.lineage import Lineage
from modelowners.core.errors import ModelownersError
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY
from modelowners.detection.findings import Finding
from modelowners.diagnosis.causes import Diagnosis
from modelowners.incidents import (
    clear,
    close,
    deliver,
    open_incident,
    reassess,
    reopen,
)
from modelowners.incidents.delivery import Delivered
from modelowners.incidents.dossier import cause_key
from modelowners.incidents.entries import Entry
from modelowners.incidents.grouping import RECURRENCE, earlier, joined
from modelowners.incidents.incident import ACTIVE, Incident, State
from modelowners.incidents.openings import Sighting
from modelowners.ledger.changes import Change

if TYPE_CHECKING:
    from modelowners.app.intake import Intake
    from modelowners.ledger.repository import Ledger

logger = logging.getLogger(__name__)

OBSERVED = "predictions"
"""The facet that says where a model's log is: without it there is nothing to see."""

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

    def take_in(self) -> Intake:
        """Read what every connector knows of changes."""
        ...

    def record_revision(self) -> object:
        """Keep which catalog is in force."""
        ...

    def diagnose(
        self, model: AssetId, *, as_of: datetime
    ) -> tuple[Diagnosis, tuple[Finding, ...]]:
        """Profile, detect and diagnose."""
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
    active : tuple of Incident
        Everything on which somebody has to act, oldest first.
    """

    as_of: datetime
    looks: tuple[Look, ...]
    unobserved: tuple[AssetId, ...] = ()
    notes: tuple[str, ...] = ()
    delivered: Delivered = field(default_factory=Delivered)
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
    observed, unobserved = _models(program.catalog)
    looks = [_look(program, model, as_of) for model in observed]
    notes += _close(program, as_of)
    notes += _escalate(program, as_of)
    delivered = deliver(program.incidents, program.notifiers, clock=program.clock)
    notes += [f"not yet told: {d.address}: {d.reason}" for d in delivered.failed]
    return TurnReport(
        as_of=as_of,
        looks=tuple(_refreshed(program, look) for look in looks),
        unobserved=unobserved,
        notes=tuple(notes),
        delivered=delivered,
        active=program.incidents.within(ACTIVE),
    )


def _capture(program: Works) -> list[str]:
    program.record_revision()
    intake = program.take_in()
    return [
        f"changes not read: {one.connector} {one.instance}: {one.why}"
        for one in intake.unread
    ]


def _models(catalog: Catalog) -> tuple[list[AssetId], tuple[AssetId, ...]]:
    models = catalog.models()
    observed = [m for m in models if OBSERVED in catalog.asset(m).facets]
    return observed, tuple(m for m in models if m not in observed)


def _look(program: Works, model: AssetId, as_of: datetime) -> Look:
    """Guard one model: whatever fails is reported, and the others are looked at."""
    try:
        diagnosis, findings = program.diagnose(model, as_of=as_of)
        sighting = sight(program, diagnosis, findings, at=as_of)
        incident, did = retried(lambda: _record(program, sighting))
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
        headline=headline(diagnosis),
        changes=_changes(program, diagnosis, {model, *lineage.upstream(model)}, at),
        catalog=catalog.digest,
        blast={
            "assets": len(downstream),
            "tier1": sum(catalog.asset(asset).tier == 1 for asset in downstream),
        },
        extra={"runbook": catalog.asset(model).runbook},
    )


def _changes(
    program: Works, diagnosis: Diagnosis, assets: set[AssetId], at: datetime
) -> tuple[Change, ...]:
    if diagnosis.symptom is None:
        return ()
    onsets = [diagnosis.symptom.onset, *(cause.onset for cause in diagnosis.causes)]
    since = min(onset.low for onset in onsets) - LOOK_BACK
    return program.ledger.changes(assets, since=since, until=at)


def _record(
    program: Works, sighting: Sighting
) -> tuple[Incident | None, tuple[str, ...]]:
    """Open, continue or clear the incident that a sighting is about."""
    past = program.incidents.of(sighting.model)
    if not sighting.sick:
        return _recover(program, past, sighting)
    current = joined(
        past,
        symptom=sighting.symptom,
        findings=sighting.finding_ids,
        cause=cause_key(sighting.diagnosis),
    )
    if current is not None:
        return _recorded(program, current, reassess(current, sighting), sighting)
    last = earlier(past, symptom=sighting.symptom)
    if last is not None and _is_fresh(last, sighting.at):
        return _recorded(program, last, reopen(last, sighting), sighting)
    opening = open_incident(sighting, recurrence_of=last.id if last else None)
    return _recorded(program, None, opening, sighting)


def _recorded(
    program: Works,
    before: Incident | None,
    entries: Sequence[Entry],
    sighting: Sighting,
) -> tuple[Incident | None, tuple[str, ...]]:
    made = record(program, before, entries, at=sighting.at)
    if made is None:
        return before, ()
    return made.after, tuple(str(event.kind) for event in made.events)


def _is_fresh(last: Incident, at: datetime) -> bool:
    resolved = last.times.resolved
    soon = resolved is not None and at <= resolved + RECURRENCE
    return soon and last.state is State.RESOLVED


def _recover(
    program: Works, past: Sequence[Incident], sighting: Sighting
) -> tuple[Incident | None, tuple[str, ...]]:
    seen: Incident | None = None
    did: tuple[str, ...] = ()
    for incident in past:
        if incident.state in ACTIVE:
            entries = clear(incident, sighting)
            seen, more = _recorded(program, incident, entries, sighting)
            did += more
    return seen, did


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
