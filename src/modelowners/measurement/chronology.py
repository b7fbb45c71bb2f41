"""Chronology: an incident's events read as one timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from modelowners.core.ids import AssetId
from modelowners.incidents.events import Event, EventKind
from modelowners.incidents.history import fold
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.tenures import Holder
from modelowners.measurement.ports import OwnerAt
from modelowners.measurement.timelines import OURS, FixedBy, Hold, Step, Timeline


def read_events(
    events: Sequence[Event], *, as_of: datetime, owner_at: OwnerAt
) -> Timeline | None:
    """
    Read the events of one incident as a timeline.

    Parameters
    ----------
    events : sequence of Event
        Its log, in order.
    as_of : datetime
        UTC; what was recorded later is not known yet.
    owner_at : callable
        Who was accountable for an asset at an instant.

    Returns
    -------
    Timeline or None
        None where it was opened later. A step that was skipped stays unknown.
    """
    known = [event for event in events if event.recorded_at <= as_of]
    if not known:
        return None
    incident = fold(known)
    times = incident.times
    cause = incident.confirmed
    asset = None if cause is None else cause.get("asset")
    cause_team = owner_at(AssetId(str(asset)), times.detected) if asset else None
    return Timeline(
        id=incident.id,
        source=OURS,
        opened=times.detected,
        holds=_holds(incident),
        fixed=times.resolved,
        fixed_by=FixedBy.LOG if times.resolved is not None else None,
        closed=times.closed,
        outcome=incident.close_reason,
        asset=incident.model,
        severity=_severities(known)[0],
        relabelled=_severities(known)[0] != incident.severity.value,
        cause_team=cause_team,
        first_team=_first_route(known),
        tosses=incident.tosses,
        began=times.began,
        steps=_steps(incident),
        fate=_fate(incident),
    )


def name_of(holder: Holder) -> str | None:
    """
    Name who counts as the team: it, else the person, else nobody.

    Examples
    --------
    >>> name_of(Holder("feeds", "cy")), name_of(Holder(None, None))
    ('feeds', None)
    """
    return holder.team or holder.person


def _holds(incident: Incident) -> tuple[Hold, ...]:
    fixed = incident.times.resolved
    found: list[Hold] = []
    for tenure in incident.tenures:
        if fixed is not None and tenure.start > fixed:
            break
        one = Hold(name_of(tenure.holder), tenure.start, tenure.acked_at)
        if found and found[-1].team == one.team:
            # Another person of the same team: the team held it all along.
            answered = found[-1].answered or one.answered
            one = Hold(one.team, found[-1].start, answered)
            found.pop()
        found.append(one)
    return tuple(found)


def _severities(events: Sequence[Event]) -> list[str]:
    kinds = {EventKind.INCIDENT_OPENED, EventKind.SEVERITY_CHANGED}
    found = (event.body.get("severity") for event in events if event.kind in kinds)
    return [str(severity) for severity in found if severity is not None] or [""]


def _first_route(events: Sequence[Event]) -> str | None:
    for event in events:
        if event.kind == EventKind.ROUTE_DECIDED:
            return name_of(Holder.read(event.body.get("to")))
    return None


def _steps(incident: Incident) -> Mapping[Step, datetime]:
    found = ((step, getattr(incident.times, step.value)) for step in Step)
    return {step: at for step, at in found if at is not None}


def _fate(incident: Incident) -> str | None:
    """Tell what became of it, where it was not worked on by itself."""
    if incident.state is State.DISMISSED:
        return "dismissed"
    gone = incident.state is State.MERGED or incident.absorbed_into is not None
    return "merged" if gone else None
