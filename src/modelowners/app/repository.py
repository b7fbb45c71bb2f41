"""The program's own statements: catalog revisions and leases."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Delete, Insert, Select, delete, insert, select

from modelowners.app.revisions import Revision
from modelowners.app.tables import catalog_revisions, leases
from modelowners.core.time import EPOCH
from modelowners.store.statements import PRIMARY_KEY, statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelowners.store.database import Database

_Row = Select[str, str | None, datetime, datetime]


@statement(index=PRIMARY_KEY)
def newest_revision() -> _Row:
    """Find the revision that was recorded last."""
    return _revision().order_by(catalog_revisions.c.id.desc()).limit(1)


@statement(index="catalog_revisions_by_time", at=EPOCH)
def revision_at(at: datetime) -> _Row:
    """Find the revision that was in force at an instant."""
    table = catalog_revisions.c
    newest_first = (table.in_force_from.desc(), table.id.desc())
    wanted = _revision().where(table.in_force_from <= at)
    return wanted.order_by(*newest_first).limit(1)


@statement()
def add_revision() -> Insert:
    """Keep a revision."""
    return insert(catalog_revisions)


@statement(index=PRIMARY_KEY, name="loop")
def lease_of(name: str) -> Select[str, datetime]:
    """Find who holds a lease, and until when."""
    return select(leases.c.holder, leases.c.until).where(leases.c.name == name)


@statement(index=PRIMARY_KEY, name="loop")
def drop_lease(name: str) -> Delete:
    """End a lease."""
    return delete(leases).where(leases.c.name == name)


@statement()
def add_lease() -> Insert:
    """Begin a lease."""
    return insert(leases)


class Revisions:
    """
    Which catalog was in force when.

    Parameters
    ----------
    database : Database
        Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, new: Revision, *, body: Mapping[str, object]) -> bool:
        """
        Keep a revision, unless the newest one has the same content.

        Parameters
        ----------
        new : Revision
            What is in force now.
        body : mapping
            The catalog's content as JSON values.

        Returns
        -------
        bool
            Whether it was new.
        """
        row = {
            "digest": new.digest,
            "commit": new.commit,
            "in_force_from": new.in_force_from,
            "recorded_at": new.recorded_at,
            "body": dict(body),
        }
        with self._database.write() as connection:
            last = connection.execute(newest_revision()).one_or_none()
            if last is not None and last.digest == new.digest:
                return False
            if last is not None and last.in_force_from > new.in_force_from:
                # An older commit came back: in force only since it was seen.
                row["in_force_from"] = new.recorded_at
            connection.execute(add_revision(), row)
        return True

    def newest(self) -> Revision | None:
        """Give the revision that was recorded last; None before the first."""
        return self._one(newest_revision())

    def at(self, at: datetime) -> Revision | None:
        """Give the revision in force at an instant (UTC); None where unknown."""
        return self._one(revision_at(at))

    def _one(self, wanted: _Row) -> Revision | None:
        with self._database.read() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else Revision(*row)


class Leases:
    """
    Who may do a thing that only one process should do at a time.

    Parameters
    ----------
    database : Database
        Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, *, holder: str, now: datetime, until: datetime) -> bool:
        """
        Take or prolong a lease.

        Parameters
        ----------
        name : str
            Of the thing.
        holder : str
            Who asks.
        now, until : datetime
            UTC; when it is asked, and how long the lease shall run.

        Returns
        -------
        bool
            False while somebody else holds it.
        """
        with self._database.write() as connection:
            held = connection.execute(lease_of(name)).one_or_none()
            if held is not None and held.holder != holder and held.until > now:
                return False
            connection.execute(drop_lease(name))
            row = {"name": name, "holder": holder, "until": until}
            connection.execute(add_lease(), row)
        return True

    def give_back(self, name: str, *, holder: str) -> None:
        """End a lease before its time; another's is left alone."""
        with self._database.write() as connection:
            held = connection.execute(lease_of(name)).one_or_none()
            if held is not None and held.holder == holder:
                connection.execute(drop_lease(name))


def _revision() -> _Row:
    table = catalog_revisions.c
    return select(table.digest, table.commit, table.in_force_from, table.recorded_at)
