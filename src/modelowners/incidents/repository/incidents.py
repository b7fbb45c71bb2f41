"""Every incident, as the rest of the program asks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from modelowners.core.ids import AssetId, IncidentId, canonical_json
from modelowners.incidents.entries import Commit
from modelowners.incidents.events import Draft, Event
from modelowners.incidents.history import fold
from modelowners.incidents.incident import Incident
from modelowners.incidents.notices import Address
from modelowners.incidents.outbox import Delivery, claim
from modelowners.incidents.refusals import KeyReused, NoIncident, Stale
from modelowners.incidents.repository.deliveries import (
    add_deliveries,
    addresses_of,
    change,
    continued,
    deliveries_due,
    deliveries_of,
    deliveries_waiting,
    delivery_of,
    place_of,
    release_leases,
    row_of,
)
from modelowners.incidents.repository.log import (
    add_packet,
    all_incidents,
    append,
    cache,
    cached,
    count_incidents,
    hashes_of,
    history,
    incidents_in,
    incidents_of,
    packets_of,
    recorded_keys,
    write,
)
from modelowners.incidents.tables import events
from modelowners.store import journal

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from modelowners.store.database import Database

PREFIX = "INC-"

LOOP = "loop"
"""What only one process does with a state at a time."""


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
            found = cached(connection, commit.incident)
            revision = found.revision if found else 0
            if revision != commit.expected:
                raise Stale(
                    incident=commit.incident,
                    found=revision,
                    expected=commit.expected,
                )
            write(connection, commit.after, commit.events)
            rows = [row_of(delivery) for delivery in commit.deliveries]
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
            return append(connection, incident, drafts, at=at)

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
            found = cached(connection, name)
        if found is None:
            raise NoIncident(found=incident)
        return found

    def find(self, incident: IncidentId) -> Incident | None:
        """Give one incident as it stands; None where there is none."""
        with self._database.read() as connection:
            return cached(connection, incident)

    def history(self, incident: IncidentId) -> tuple[Event, ...]:
        """Give every event of one incident, in order."""
        with self._database.read() as connection:
            return history(connection, incident)

    def recorded(self, incident: IncidentId, key: str) -> Mapping[str, object] | None:
        """Give the content of the event that an idempotency key recorded, if one."""
        with self._database.read() as connection:
            rows = connection.execute(recorded_keys(incident, [key])).all()
        return next((_content(row.body) for row in rows), None)

    def known(self, incident: IncidentId, keys: Sequence[str]) -> frozenset[str]:
        """Give those of some idempotency keys that an incident has recorded."""
        with self._database.read() as connection:
            rows = connection.execute(recorded_keys(incident, keys)).all()
        return frozenset(str(key) for key, _, _ in rows)

    def hashes(self, incident: IncidentId) -> Mapping[int, str]:
        """Give the hash of each event of one incident, by its number."""
        with self._database.read() as connection:
            rows = connection.execute(hashes_of(incident)).all()
        return {row.n: row.hash for row in rows}

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
        found = [msgspec.convert(body, Incident) for body in bodies]
        # Of those that began at one instant, INC-9 is older than INC-10.
        return tuple(sorted(found, key=lambda one: (one.times.detected, one.number)))

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
        with self._database.write(alone=False) as connection:
            rows = connection.execute(deliveries_due(at, limit)).mappings().all()
            claimed = tuple(claim(delivery_of(row), at) for row in rows)
            for delivery in claimed:
                change(connection, delivery)
            return tuple(continued(connection, one) for one in claimed)

    def sole(self) -> AbstractContextManager[bool]:
        """
        Be the only process that looks and delivers, while it lasts.

        Returns
        -------
        context manager of bool
            False where another one is at it; see `store.database.Database.sole`.
        """
        return self._database.sole(LOOP)

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
            change(connection, delivery)
            if instead is not None:
                connection.execute(add_deliveries(), [row_of(instead)])
            if draft is not None:
                incident = delivery.notice.incident
                append(connection, incident, [draft], at=at)

    def deliveries(self, event: Event | Delivery) -> tuple[Delivery, ...]:
        """Give what an event implies, or the siblings of a delivery."""
        name = event.event if isinstance(event, Delivery) else event.id
        incident, n = place_of(name)
        with self._database.read() as connection:
            rows = connection.execute(deliveries_of(incident, n)).mappings().all()
        return tuple(map(delivery_of, rows))

    def addresses(self, incident: IncidentId) -> tuple[Address, ...]:
        """Give each address that an incident was to be told at, sorted."""
        with self._database.read() as connection:
            rows = connection.execute(addresses_of(incident)).all()
        return tuple(Address(sink, target) for sink, target in rows)

    def supply(self, deliveries: Iterable[Delivery]) -> int:
        """
        Add deliveries that an event implies and the outbox lacks.

        Parameters
        ----------
        deliveries : iterable of Delivery
            Those that are there already are left alone.

        Returns
        -------
        int
            How many were added.
        """
        added = 0
        with self._database.write() as connection:
            for one in deliveries:
                incident, n = place_of(one.event)
                rows = connection.execute(deliveries_of(incident, n)).mappings()
                if one.address not in {delivery_of(row).address for row in rows}:
                    connection.execute(add_deliveries(), [row_of(one)])
                    added += 1
        return added

    def waiting(self) -> tuple[Delivery, ...]:
        """Give what is still to be told, in the order it came in."""
        with self._database.read() as connection:
            rows = connection.execute(deliveries_waiting()).mappings().all()
        return tuple(map(delivery_of, rows))

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
                found = fold(history(connection, cached.id))
                if found != cached:
                    differed.append(cached.id)
                    cache(connection, found)
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


def _content(body: object) -> Mapping[str, object]:
    return body if isinstance(body, Mapping) else {}
