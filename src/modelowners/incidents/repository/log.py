"""The event log and the incidents folded from it: statements, and what runs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Delete, Insert, Select, delete, func, insert, select

from modelowners.core.ids import AssetId, IncidentId
from modelowners.incidents.events import Draft, Event
from modelowners.incidents.history import advance
from modelowners.incidents.incident import Incident
from modelowners.incidents.refusals import NoIncident
from modelowners.incidents.tables import events, incidents, packets
from modelowners.store import journal
from modelowners.store.statements import PRIMARY_KEY, statement

if TYPE_CHECKING:
    from sqlalchemy import Connection


@statement(index="uq_events_incident_n", incident="INC-1")
def events_of(incident: IncidentId) -> Select[object]:
    """Every event of one incident, in order."""
    return select(*events.c).where(events.c.incident == incident).order_by(events.c.n)


@statement(
    index="uq_events_incident_idempotency_key", incident="INC-1", keys=("a", "b")
)
def recorded_keys(
    incident: IncidentId, keys: Sequence[str]
) -> Select[str | None, str, object]:
    """Those of some idempotency keys that one incident holds, with their content."""
    return select(events.c.idempotency_key, events.c.kind, events.c.body).where(
        events.c.incident == incident, events.c.idempotency_key.in_(keys)
    )


@statement(index="uq_events_incident_n", incident="INC-1")
def hashes_of(incident: IncidentId) -> Select[int, str]:
    """Give the link of each event of one incident in the chain, in order."""
    return (
        select(events.c.n, events.c.hash)
        .where(events.c.incident == incident)
        .order_by(events.c.n)
    )


@statement(index=PRIMARY_KEY, incident="INC-1")
def cached_incident(incident: IncidentId) -> Select[object]:
    """One incident as it stands."""
    return select(incidents.c.body).where(incidents.c.id == incident)


@statement(index="incidents_by_asset", asset="model:eta")
def incidents_of(asset: AssetId) -> Select[object]:
    """Every incident of one asset, oldest first."""
    return (
        select(incidents.c.body)
        .where(incidents.c.asset == asset)
        .order_by(incidents.c.opened_at, incidents.c.id)
    )


@statement(index="incidents_by_state", states=("open", "acknowledged"))
def incidents_in(states: Sequence[str]) -> Select[object]:
    """Every incident in some states, oldest first."""
    return (
        select(incidents.c.body)
        .where(incidents.c.state.in_(states))
        .order_by(incidents.c.opened_at, incidents.c.id)
    )


@statement(scan="the list of all incidents was asked for")
def all_incidents() -> Select[object]:
    """Every incident, oldest first."""
    return select(incidents.c.body).order_by(incidents.c.opened_at, incidents.c.id)


@statement(scan="counts incidents, which are never deleted")
def count_incidents() -> Select[int]:
    """How many incidents there are."""
    return select(func.count()).select_from(incidents)


@statement(index=PRIMARY_KEY, incident="INC-1")
def drop_cached(incident: IncidentId) -> Delete:
    """Forget one cached incident, to write it anew."""
    return delete(incidents).where(incidents.c.id == incident)


@statement()
def add_cached() -> Insert:
    """One incident as it stands."""
    return insert(incidents)


@statement()
def add_packet() -> Insert:
    """Add the context packet of one revision."""
    return insert(packets)


@statement(index=PRIMARY_KEY, incident="INC-1")
def packets_of(incident: IncidentId) -> Select[int, str, object]:
    """Each packet of one incident, oldest first."""
    return (
        select(packets.c.revision, packets.c.hash, packets.c.body)
        .where(packets.c.incident == incident)
        .order_by(packets.c.revision)
    )


def append(
    connection: Connection,
    incident: IncidentId,
    drafts: Iterable[Draft],
    *,
    at: datetime,
) -> Incident:
    """
    Record drafts that are not recorded yet; see `Incidents.append`.

    Raises
    ------
    NoIncident
        If there is none.
    """
    found = cached(connection, incident)
    if found is None:
        raise NoIncident(found=incident)
    wanted = {draft.idempotency_key: draft for draft in drafts}
    rows = connection.execute(recorded_keys(incident, list(wanted))).all()
    for key, _, _ in rows:
        wanted.pop(str(key))
    new = [
        draft.recorded(incident, n=found.revision + place, at=at)
        for place, draft in enumerate(wanted.values(), start=1)
    ]
    for event in new:
        found = advance(found, event)
    if new:
        write(connection, found, new)
    return found


def cached(connection: Connection, incident: IncidentId) -> Incident | None:
    """Give one incident as it stands; None where there is none."""
    body = connection.execute(cached_incident(incident)).scalar_one_or_none()
    return None if body is None else msgspec.convert(body, Incident)


def history(connection: Connection, incident: IncidentId) -> tuple[Event, ...]:
    """Give every event of one incident, in order."""
    rows = connection.execute(events_of(incident)).mappings()
    return tuple(
        Event(
            incident=IncidentId(row["incident"]),
            n=row["n"],
            kind=row["kind"],
            occurred_at=row["occurred_at"],
            recorded_at=row["recorded_at"],
            actor=row["actor"],
            source=row["source"],
            body=row["body"],
            key=row["idempotency_key"] or "",
        )
        for row in rows
    )


def write(connection: Connection, after: Incident, new: Sequence[Event]) -> None:
    """Add events to the chain, and keep what they make of the incident."""
    journal.append(connection, events, map(_event_row, new))
    cache(connection, after)


def cache(connection: Connection, incident: Incident) -> None:
    """Keep one incident as it stands."""
    connection.execute(drop_cached(incident.id))
    connection.execute(
        add_cached(),
        {
            "id": incident.id,
            "asset": incident.model,
            "symptom_class": incident.symptom_class,
            "state": incident.state.value,
            "severity": incident.severity.value,
            "holder_team": incident.holder.team,
            "holder_person": incident.holder.person,
            "opened_at": incident.times.detected,
            "n": incident.revision,
            "body": msgspec.to_builtins(incident),
        },
    )


def _event_row(event: Event) -> dict[str, object]:
    return {
        "incident": event.incident,
        "n": event.n,
        "kind": str(event.kind),
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "actor": event.actor,
        "source": event.source,
        "body": dict(event.body),
        "idempotency_key": event.key,
    }
