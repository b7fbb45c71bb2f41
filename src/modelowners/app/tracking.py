"""Tracking: what a sighting means for the incidents of its model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from modelowners.app.desk import record
from modelowners.app.memory import Works, remember
from modelowners.core.ids import IncidentId
from modelowners.incidents import (
    absorb,
    clear,
    open_incident,
    reassess,
    release,
    reopen,
)
from modelowners.incidents.absorption import explaining, explains, is_over
from modelowners.incidents.dossier import cause_key
from modelowners.incidents.entries import Entry
from modelowners.incidents.events import LOOP
from modelowners.incidents.grouping import RECURRENCE, earlier, joined, lingering
from modelowners.incidents.incident import ACTIVE, UNRESOLVED, Incident, State
from modelowners.incidents.openings import is_rethought
from modelowners.incidents.sightings import Sighting


def track(
    program: Works, sighting: Sighting
) -> tuple[Incident | None, tuple[str, ...]]:
    """
    Open, continue, absorb, release or clear the incident a sighting is about.

    Parameters
    ----------
    program : Works
        The parts.
    sighting : Sighting
        What one turn knows about one model.

    Returns
    -------
    Incident or None
        The incident it concerns, as it stands then; None where there is none.
    tuple of str
        Kinds of the events that were added.
    """
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
        return _recorded(
            program, current, _further(program, current, sighting), sighting
        )
    known = lingering(
        past,
        symptom=sighting.symptom,
        findings=sighting.finding_ids,
        window_end=sighting.diagnosis.window.end,
    )
    if known is not None and not _is_loose(program, known):
        worse = sighting.grading().severity.value < known.judged.value
        news = known.state is State.DISMISSED and worse
        entries = reopen(known, sighting) if news else ()
        return _recorded(program, known, entries, sighting)
    last = earlier(past, symptom=sighting.symptom)
    if last is not None and _is_fresh(last, sighting.at):
        return _recorded(program, last, reopen(last, sighting), sighting)
    sighting = _informed(program, sighting)
    if (parent := _explaining(program, sighting)) is not None:
        return _recorded(program, None, absorb(None, sighting, parent), sighting)
    opening = open_incident(sighting, recurrence_of=last.id if last else None)
    return _recorded(program, None, opening, sighting)


def _further(
    program: Works, current: Incident, sighting: Sighting
) -> tuple[Entry, ...]:
    """Give what one more look at an unresolved incident records."""
    if is_rethought(current, sighting):
        sighting = _informed(program, sighting)
    parent = _root(program, current.absorbed_into)
    if parent is not None:
        gone = is_over(parent, sighting.at) or not explains(parent, sighting)
        if gone:
            return release(current, sighting, parent=parent)
        return reassess(current, sighting)
    if _is_free(program, current):
        found = _explaining(program, sighting, before=current)
        if found is not None:
            return absorb(current, sighting, found)
    return reassess(current, sighting)


def _informed(program: Works, sighting: Sighting) -> Sighting:
    """Add what is known besides: the log keeps it with the cause that is proposed."""
    extra = {**sighting.extra, **remember(program, sighting)}
    return replace(sighting, extra=extra)


def _is_free(program: Works, incident: Incident) -> bool:
    """Tell whether nobody has touched an incident, and it explains no other."""
    untouched = incident.state is State.OPEN and not incident.heard
    by_hand = incident.tenure.by != LOOP or incident.confirmed is not None
    by_hand = by_hand or incident.alone
    others = program.incidents.within(UNRESOLVED)
    explains_some = any(one.absorbed_into == incident.id for one in others)
    return untouched and not by_hand and not explains_some


def _explaining(
    program: Works, sighting: Sighting, before: Incident | None = None
) -> Incident | None:
    """Find an incident, older than another, that explains a sighting."""
    others = program.incidents.within(UNRESOLVED)
    if before is not None:
        others = tuple(one for one in others if one.number < before.number)
    return explaining(others, sighting, lineage=program.lineage)


def _root(program: Works, name: IncidentId | None) -> Incident | None:
    """Follow merges to the incident that stands for another now."""
    met: set[IncidentId] = set()
    while name is not None and name not in met:
        met.add(name)
        found = program.incidents.get(name)
        if found.merged_into is None:
            return found
        name = found.merged_into
    return None


def _is_loose(program: Works, incident: Incident) -> bool:
    """Tell whether what an incident was merged into has come to its end."""
    if incident.state is not State.MERGED:
        return False
    root = _root(program, incident.merged_into)
    return root is None or root.state not in UNRESOLVED


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
        if incident.state is State.CLOSED:
            continue
        found, more = _recorded(program, incident, clear(incident, sighting), sighting)
        if incident.state in ACTIVE or incident.state is not getattr(
            found, "state", None
        ):
            seen, did = found, did + more
    return seen, did
