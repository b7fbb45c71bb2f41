"""Imported tickets in the state database, and the only statements that touch them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Delete, Insert, Select, delete, insert, select

from modelowners.core.ids import canonical_json
from modelowners.core.time import EPOCH
from modelowners.measurement.tables import ticket_imports, tickets
from modelowners.measurement.timelines import Timeline, read_timeline
from modelowners.store.statements import PRIMARY_KEY, statement

if TYPE_CHECKING:
    from modelowners.store.database import Database

_AT_ONCE = 500
_Known = tuple[datetime, datetime, object]


@statement(index="tickets_by_opening", before=EPOCH)
def tickets_before(before: datetime) -> Select[str, str, datetime, object]:
    """Every ticket opened before an instant."""
    return select(
        tickets.c.source, tickets.c.id, tickets.c.opened_at, tickets.c.body
    ).where(tickets.c.opened_at < before)


@statement(index=PRIMARY_KEY, source="tickets", names=("1", "2"))
def kept_tickets(
    source: str, names: Sequence[str]
) -> Select[str, datetime, datetime, object]:
    """Those of some tickets that are kept already."""
    return select(
        tickets.c.id, tickets.c.opened_at, tickets.c.last_at, tickets.c.body
    ).where(tickets.c.source == source, tickets.c.id.in_(names))


@statement(index=PRIMARY_KEY, source="tickets", names=("1", "2"))
def drop_tickets(source: str, names: Sequence[str]) -> Delete:
    """Forget tickets, to write them anew."""
    return delete(tickets).where(tickets.c.source == source, tickets.c.id.in_(names))


@statement()
def add_tickets() -> Insert:
    """Keep tickets."""
    return insert(tickets)


@statement(index=PRIMARY_KEY, source="tickets", digest="sha256:0")
def import_of(source: str, digest: str) -> Select[datetime]:
    """When a file was imported."""
    return select(ticket_imports.c.imported_at).where(
        ticket_imports.c.source == source, ticket_imports.c.digest == digest
    )


@statement()
def add_import() -> Insert:
    """Note that a file was imported."""
    return insert(ticket_imports)


@statement(scan="every report names every import; there are few")
def all_imports() -> Select[str, str]:
    """Each import's source and digest."""
    table = ticket_imports.c
    return select(table.source, table.digest).order_by(table.source, table.digest)


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What an import changed.

    Parameters
    ----------
    new, changed, unchanged : int
        Tickets never seen before, told differently now, and as they were.
    older : int
        Tickets of which something newer is known: what was known is kept.
    """

    new: int
    changed: int
    unchanged: int
    older: int


class Tickets:
    """
    Timelines imported from other tools.

    Parameters
    ----------
    database : Database
        Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self,
        timelines: Sequence[Timeline],
        *,
        digest: str,
        at: datetime,
        notes: Mapping[str, object],
    ) -> Kept:
        """
        Keep what an export tells, all or nothing; the same again changes nothing.

        Parameters
        ----------
        timelines : sequence of Timeline
            Of one source, each id once.
        digest : str
            Of the file and the map it was read with.
        at : datetime
            UTC; now.
        notes : mapping of str to JSON value
            What is remembered of the import.

        Returns
        -------
        Kept
            What changed.
        """
        counts = Kept(0, 0, 0, 0)
        source = timelines[0].source if timelines else ""
        with self._database.write() as connection:
            for start in range(0, len(timelines), _AT_ONCE):
                part = timelines[start : start + _AT_ONCE]
                names = [one.id for one in part]
                rows = connection.execute(kept_tickets(source, names)).all()
                known = {
                    name: (opened, last, body) for name, opened, last, body in rows
                }
                told = {one.id: (_told(known.get(one.id), one), one) for one in part}
                counts = _counted(counts, [word for word, _ in told.values()])
                write = [one for word, one in told.values() if word in _WRITTEN]
                if write:
                    stale = [one.id for one in write if one.id in known]
                    if stale:
                        connection.execute(drop_tickets(source, stale))
                    connection.execute(add_tickets(), [_row(one) for one in write])
            done = connection.execute(import_of(source, digest)).one_or_none()
            if timelines and done is None:
                row = {"source": source, "digest": digest, "imported_at": at}
                connection.execute(add_import(), {**row, "body": dict(notes)})
        return counts

    def before(self, at: datetime) -> tuple[Timeline, ...]:
        """Give every ticket opened before an instant (UTC), in no order."""
        with self._database.read() as connection:
            rows = connection.execute(tickets_before(at)).all()
        return tuple(
            read_timeline(source, name, opened, body)
            for source, name, opened, body in rows
        )

    def imports(self) -> tuple[tuple[str, str], ...]:
        """Give source and digest of each import."""
        with self._database.read() as connection:
            rows = connection.execute(all_imports()).all()
        return tuple((row.source, row.digest) for row in rows)


_WRITTEN = frozenset({"new", "changed"})


def _told(known: _Known | None, one: Timeline) -> str:
    """Say what an export adds to what is kept of a ticket."""
    if known is None:
        return "new"
    opened, last, body = known
    if last > (one.last_at or one.opened):
        return "older"
    same = canonical_json(body) == canonical_json(one.plain())
    return "unchanged" if same and opened == one.opened else "changed"


def _counted(counts: Kept, words: Sequence[str]) -> Kept:
    return Kept(
        *(
            getattr(counts, name) + words.count(name)
            for name in ("new", "changed", "unchanged", "older")
        )
    )


def _row(one: Timeline) -> dict[str, object]:
    return {
        "source": one.source,
        "id": one.id,
        "opened_at": one.opened,
        "last_at": one.last_at or one.opened,
        "body": one.plain(),
    }
