"""The incidents' statements, and the only code that runs them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from modelowners.core.ids import AssetId, IncidentId, canonical_json
from modelowners.core.time import EPOCH
from modelowners.incidents.entries import Commit
from modelowners.incidents.events import Draft, Event
from modelowners.incidents.history import advance, fold
from modelowners.incidents.incident import Incident
from modelowners.incidents.notices import Address, Notice
from modelowners.incidents.outbox import Delivery, DeliveryState, claim
from modelowners.incidents.refusals import KeyReused, NoIncident, Stale
from modelowners.incidents.tables import events, incidents, outbox, packets
from modelowners.store import journal
from modelowners.store.statements import PRIMARY_KEY, statement

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from modelowners.store.database import Database

PREFIX = "INC-"

_TO_SEND = (DeliveryState.PENDING.value, DeliveryState.LEASED.value)


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


@statement()
def add_deliveries() -> Insert:
    """Add deliveries."""
    return insert(outbox)


@statement(index="outbox_by_due", at=EPOCH, limit=100)
def deliveries_due(at: datetime, limit: int) -> Select[object]:
    """Deliveries that may be claimed, in the order they came in."""
    lost = outbox.c.leased_until <= at
    return (
        select(*outbox.c)
        .where(
            outbox.c.state.in_(_TO_SEND),
            outbox.c.due_at <= at,
            or_(outbox.c.state == DeliveryState.PENDING.value, lost),
        )
        .order_by(outbox.c.id)
        .limit(limit)
    )


@statement(index="uq_outbox_incident_event_n_sink_target", incident="INC-1", n=1)
def deliveries_of(incident: IncidentId, n: int) -> Select[object]:
    """Each delivery that one event implies."""
    return (
        select(*outbox.c)
        .where(outbox.c.incident == incident, outbox.c.event_n == n)
        .order_by(outbox.c.id)
    )


@statement(index="outbox_by_due")
def deliveries_waiting() -> Select[object]:
    """Everything not yet accepted, nor given up, in the order it came in."""
    return select(*outbox.c).where(outbox.c.state.in_(_TO_SEND)).order_by(outbox.c.id)


@statement(
    index="uq_outbox_incident_event_n_sink_target",
    incident="INC-1",
    n=1,
    address=Address("console"),
)
def change_delivery(incident: IncidentId, n: int, address: Address) -> Update:
    """One delivery's standing."""
    return update(outbox).where(
        outbox.c.incident == incident,
        outbox.c.event_n == n,
        outbox.c.sink == address.sink,
        outbox.c.target == address.target,
    )


@statement(index="outbox_by_due")
def release_leases() -> Update:
    """Give back what a lost process had claimed: it may have been sent."""
    return (
        update(outbox)
        .where(outbox.c.state == DeliveryState.LEASED.value)
        .values(state=DeliveryState.PENDING.value, leased_until=None, repeat=True)
    )


class Incidents:
    """
    Every incident: its chained events, their fold, and the outbox.

    Parameters
    ----------
    database : Database
        Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def commit(self, commit: Commit) -> bool:
        """
        Write events, deliveries and the new state, all or nothing.

        Parameters
        ----------
        commit : Commit
            From `assemble`.

        Returns
        -------
        bool
            False where the same commit was written before: nothing changed.

        Raises
        ------
        Stale
            If the incident has moved on since.
        KeyReused
            If a key was recorded with another content.
        """
        with self._database.write() as connection:
            if self._replayed(connection, commit):
                return False
            found = _cached(connection, commit.incident)
            revision = found.revision if found else 0
            if revision != commit.expected:
                raise Stale(
                    incident=commit.incident,
                    found=revision,
                    expected=commit.expected,
                )
            _write(connection, commit.after, commit.events)
            rows = [_outbox_row(delivery) for delivery in commit.deliveries]
            if rows:
                connection.execute(add_deliveries(), rows)
            if commit.packet is not None:
                packet = {
                    "incident": commit.incident,
                    "revision": commit.after.revision,
                    "hash": commit.packet.hash,
                    "body": dict(commit.packet.document),
                }
                connection.execute(add_packet(), packet)
        return True

    def _replayed(self, connection: Connection, commit: Commit) -> bool:
        keys = [event.key for event in commit.events]
        rows = connection.execute(recorded_keys(commit.incident, keys)).all()
        known = {key: (kind, canonical_json(body)) for key, kind, body in rows}
        for event in commit.events:
            said = (event.kind, canonical_json(dict(event.body)))
            if known.get(event.key, said) != said:
                raise KeyReused(incident=commit.incident, key=event.key)
        if known and len(known) < len(set(keys)):
            raise Stale(
                incident=commit.incident,
                found="a revision with part of this",
                expected=commit.expected,
            )
        return bool(known)

    def append(
        self, incident: IncidentId, drafts: Iterable[Draft], *, at: datetime
    ) -> Incident:
        """
        Record what depends on no revision, such as an accepted delivery.

        Parameters
        ----------
        incident : IncidentId
            Which.
        drafts : iterable of Draft
            In order; those recorded before are left out.
        at : datetime
            UTC; when it is recorded.

        Returns
        -------
        Incident
            As it stands then.
        """
        with self._database.write() as connection:
            return _append(connection, incident, drafts, at=at)

    def get(self, incident: str) -> Incident:
        """
        Give one incident as it stands.

        Parameters
        ----------
        incident : str
            Its id, such as ``INC-12``; ``12`` and ``inc-12`` will do.

        Raises
        ------
        NoIncident
            If there is none.
        """
        name = _name(incident)
        with self._database.read() as connection:
            found = _cached(connection, name)
        if found is None:
            raise NoIncident(found=incident)
        return found

    def find(self, incident: IncidentId) -> Incident | None:
        """Give one incident as it stands; None where there is none."""
        with self._database.read() as connection:
            return _cached(connection, incident)

    def history(self, incident: IncidentId) -> tuple[Event, ...]:
        """Give every event of one incident, in order."""
        with self._database.read() as connection:
            return _history(connection, incident)

    def of(self, model: AssetId) -> tuple[Incident, ...]:
        """Give every incident of a model, oldest first."""
        return self._incidents(incidents_of(model))

    def within(self, states: Collection[str] | None = None) -> tuple[Incident, ...]:
        """Give the incidents in some states, or all, oldest first."""
        if states is None:
            return self._incidents(all_incidents())
        return self._incidents(incidents_in(sorted(states)))

    def _incidents(self, wanted: Select[object]) -> tuple[Incident, ...]:
        with self._database.read() as connection:
            bodies = connection.execute(wanted).scalars().all()
        return tuple(msgspec.convert(body, Incident) for body in bodies)

    def next_id(self) -> IncidentId:
        """Give the id of the next incident; `commit` refuses it if it was taken."""
        with self._database.read() as connection:
            count = connection.execute(count_incidents()).scalar_one()
        return IncidentId(f"{PREFIX}{count + 1}")

    def packets(self, incident: IncidentId) -> tuple[tuple[int, str, object], ...]:
        """Give revision, hash and document of each stored packet, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(packets_of(incident)).all()
        return tuple((row.revision, row.hash, row.body) for row in rows)

    def claim(self, at: datetime, *, limit: int = 100) -> tuple[Delivery, ...]:
        """
        Lease what is due, in the order it came in.

        Parameters
        ----------
        at : datetime
            UTC.
        limit : int
            At most so many, at least 1.

        Returns
        -------
        tuple of Delivery
            Nobody else gets them until the lease ends.
        """
        with self._database.write() as connection:
            rows = connection.execute(deliveries_due(at, limit)).mappings().all()
            claimed = tuple(claim(_delivery(row), at) for row in rows)
            for delivery in claimed:
                _change(connection, delivery)
        return claimed

    def release(self) -> int:
        """
        Give back every lease, where it is certain that no claimer lives.

        Returns
        -------
        int
            How many; each is marked as a possible repeat.
        """
        with self._database.write() as connection:
            return connection.execute(release_leases()).rowcount

    def settle(
        self,
        delivery: Delivery,
        draft: Draft | None,
        *,
        at: datetime,
        instead: Delivery | None = None,
    ) -> None:
        """
        Write how a try ended, with its event, in one transaction.

        Parameters
        ----------
        delivery : Delivery
            As it stands after the try.
        draft : Draft or None
            ``notified`` or ``notify.failed``; None where it is tried again.
        at : datetime
            UTC; when it is recorded.
        instead : Delivery, optional
            Another channel for the same event.
        """
        with self._database.write() as connection:
            _change(connection, delivery)
            if instead is not None:
                connection.execute(add_deliveries(), [_outbox_row(instead)])
            if draft is not None:
                incident = delivery.notice.incident
                _append(connection, incident, [draft], at=at)

    def deliveries(self, event: Event | Delivery) -> tuple[Delivery, ...]:
        """Give what an event implies, or the siblings of a delivery."""
        name = event.event if isinstance(event, Delivery) else event.id
        incident, n = _event(name)
        with self._database.read() as connection:
            rows = connection.execute(deliveries_of(incident, n)).mappings().all()
        return tuple(map(_delivery, rows))

    def waiting(self) -> tuple[Delivery, ...]:
        """Give what is still to be told, in the order it came in."""
        with self._database.read() as connection:
            rows = connection.execute(deliveries_waiting()).mappings().all()
        return tuple(map(_delivery, rows))

    def rebuild(self) -> tuple[IncidentId, ...]:
        """
        Fold every log anew.

        Returns
        -------
        tuple of IncidentId
            Those whose cached state differed, now mended; empty when all was well.
        """
        differed = []
        with self._database.write() as connection:
            bodies = connection.execute(all_incidents()).scalars().all()
            for cached in (msgspec.convert(body, Incident) for body in bodies):
                found = fold(_history(connection, cached.id))
                if found != cached:
                    differed.append(cached.id)
                    _cache(connection, found)
        return tuple(differed)

    def verify(self, *, head: str | None = None) -> journal.Verdict:
        """Say whether the events' chain is whole; see `store.journal.verify`."""
        with self._database.read() as connection:
            return journal.verify(connection, events, head=head)

    def head(self) -> str:
        """Give the hash of the last event, to be kept outside the database."""
        with self._database.read() as connection:
            return journal.head(connection, events)


def _name(text: str) -> IncidentId:
    bare = text.strip().upper().removeprefix(PREFIX)
    return IncidentId(f"{PREFIX}{bare}")


def _event(name: str) -> tuple[IncidentId, int]:
    incident, _, n = name.rpartition(".")
    return IncidentId(incident), int(n)


def _append(
    connection: Connection,
    incident: IncidentId,
    drafts: Iterable[Draft],
    *,
    at: datetime,
) -> Incident:
    found = _cached(connection, incident)
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
        _write(connection, found, new)
    return found


def _cached(connection: Connection, incident: IncidentId) -> Incident | None:
    body = connection.execute(cached_incident(incident)).scalar_one_or_none()
    return None if body is None else msgspec.convert(body, Incident)


def _history(connection: Connection, incident: IncidentId) -> tuple[Event, ...]:
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


def _write(connection: Connection, after: Incident, new: Sequence[Event]) -> None:
    journal.append(connection, events, map(_event_row, new))
    _cache(connection, after)


def _cache(connection: Connection, incident: Incident) -> None:
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


def _outbox_row(delivery: Delivery) -> dict[str, object]:
    incident, n = _event(delivery.event)
    return {
        "incident": incident,
        "event_n": n,
        "sink": delivery.address.sink,
        "target": delivery.address.target,
        "body": msgspec.to_builtins(delivery.notice),
        **_standing(delivery),
    }


def _standing(delivery: Delivery) -> dict[str, object]:
    return {
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "due_at": delivery.due_at,
        "leased_until": delivery.leased_until,
        "repeat": delivery.repeat,
        "ref": delivery.ref,
        "reason": delivery.reason,
    }


def _change(connection: Connection, delivery: Delivery) -> None:
    incident, n = _event(delivery.event)
    changing = change_delivery(incident, n, delivery.address)
    connection.execute(changing.values(**_standing(delivery)))


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        event=f"{row['incident']}.{row['event_n']}",
        address=Address(row["sink"], row["target"]),
        notice=msgspec.convert(row["body"], Notice),
        state=DeliveryState(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        leased_until=row["leased_until"],
        repeat=row["repeat"],
        ref=row["ref"],
        reason=row["reason"],
    )
