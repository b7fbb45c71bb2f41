"""The program's own statements: catalog revisions, leases, and the inbox."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Delete, Insert, Select, Update, delete, insert, select, update

from modelowners.app.inbox import Post, PostState
from modelowners.app.revisions import Revision
from modelowners.app.tables import catalog_revisions, inbox, leases
from modelowners.core.time import EPOCH
from modelowners.store.statements import PRIMARY_KEY, statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelowners.core.time import Clock
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


@statement(scan="every revision was asked for; a change of the file adds one")
def every_revision() -> Select[datetime, object]:
    """Each revision's content, and from when it was in force, oldest first."""
    table = catalog_revisions.c
    wanted = select(table.in_force_from, table.body)
    return wanted.order_by(table.in_force_from, table.id)


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


@statement()
def add_post() -> Insert:
    """Keep what a receiver was sent; tell its number."""
    return insert(inbox).returning(inbox.c.id)


@statement(index="inbox_by_state", state=PostState.WAITING, after=0, limit=20)
def posts_in(
    state: str, after: int, limit: int
) -> Select[int, str, datetime, str, str | None, bytes]:
    """Find posts in one state behind a number, in the order they came in."""
    table = inbox.c
    row = (table.id, table.source, table.received_at, table.state, table.reason)
    wanted = select(*row, table.body).where(table.state == state, table.id > after)
    return wanted.order_by(table.id).limit(limit)


@statement(index=PRIMARY_KEY, ids=(1, 2), state=PostState.DONE)
def settle_posts(ids: Sequence[int], state: str, reason: str | None = None) -> Update:
    """Change where some posts stand, and why."""
    changed = update(inbox).where(inbox.c.id.in_(ids))
    return changed.values(state=state, reason=reason)


@statement(index="inbox_by_state", state=PostState.DONE, before=EPOCH)
def drop_posts(state: str, before: datetime) -> Delete:
    """Forget posts in one state that came in before an instant."""
    old = inbox.c.received_at < before
    return delete(inbox).where(inbox.c.state == state, old)


class Inbox:
    """
    What receivers were sent, from the moment it is kept to when it is dealt with.

    Parameters
    ----------
    database : Database
        Where it is kept.
    clock : Clock
        Tells when it came in.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, source: str, body: bytes, *, refused: str | None = None) -> str:
        """Keep a body, durably; see `incidents.ports.Spool`."""
        row = {
            "source": source,
            "received_at": self._clock.now(),
            "state": (PostState.REFUSED if refused else PostState.WAITING).value,
            "reason": refused,
            "body": body,
        }
        with self._database.write(alone=False) as connection:
            return str(connection.execute(add_post(), row).scalar_one())

    def posts(
        self, state: PostState = PostState.WAITING, *, after: int = 0, limit: int = 20
    ) -> tuple[Post, ...]:
        """Give some posts in one state behind a number, in the order they came in."""
        with self._database.read() as connection:
            rows = connection.execute(posts_in(state.value, after, limit)).all()
        return tuple(
            Post(row.id, row.source, row.received_at, state, row.reason, row.body)
            for row in rows
        )

    def settle(
        self, posts: Sequence[Post], state: PostState, *, reason: str | None = None
    ) -> None:
        """Write where posts stand now, and why."""
        ids = [post.id for post in posts]
        with self._database.write(alone=False) as connection:
            connection.execute(settle_posts(ids, state.value, reason))

    def forget(self, state: PostState, *, before: datetime) -> int:
        """Forget posts in one state that came in before an instant; count them."""
        with self._database.write(alone=False) as connection:
            return connection.execute(drop_posts(state.value, before)).rowcount


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

    def contents(self) -> tuple[tuple[datetime, object], ...]:
        """Give from when (UTC) each content was in force, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(every_revision()).all()
        return tuple((since, body) for since, body in rows)

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
