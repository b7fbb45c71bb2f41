"""The state database: opened, checked, and lent out one transaction at a time."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import DatabaseError

from modelowners.core.errors import StateError
from modelowners.store.home import ALONE, BESIDE
from modelowners.store.schema import schema_revisions
from modelowners.store.sqlite import SqliteFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Connection

    from modelowners.store.home import Home

REVISION = "0001"
"""The newest schema this release knows: a fresh database gets it."""

NEEDED = "0001"
"""The oldest schema this release runs on; later ones of it only contract."""


class Upgrade(NamedTuple):
    """
    What `Database.upgrade` did.

    Parameters
    ----------
    before : str or None
        The revision that was found; None where the database was empty.
    after : str
        The revision it is at now.
    """

    before: str | None
    after: str


class Database:
    """
    One state database.

    Parameters
    ----------
    home : Home
        Where it lives; use `open`.

    Examples
    --------
    >>> from sqlalchemy import text
    >>> with Database.open(":memory:") as database, database.read() as connection:
    ...     connection.execute(text("select 1")).scalar_one()
    1
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self.engine: Engine = home.engine()
        # Connections of a forgotten database are closed, not left to the collector.
        self._dispose = weakref.finalize(self, self.engine.dispose)

    @property
    def place(self) -> str:
        """Where it is, as it may be printed: without a password."""
        return self._home.shown

    @classmethod
    def open(cls, place: str | Path) -> Self:
        """
        Open a database; make it where it is fresh, and expand it where it is behind.

        Parameters
        ----------
        place : str or Path
            Path of an SQLite file, ``:memory:``, or a ``postgresql://`` URL.

        Returns
        -------
        Database
            At a schema from `NEEDED` on, or a newer one that serves this release.

        Raises
        ------
        StateError
            If it cannot be reached or written, is no database of ours, or was
            left behind by a newer release.
        """
        database = cls(home_of(place))
        with database._told(), database._transaction() as connection:
            ready = database._ready(connection)
        if not ready:
            database._migrate(NEEDED)
        return database

    @classmethod
    def upgrade(cls, place: str | Path) -> Upgrade:
        """
        Bring a database to `REVISION`, contractions included.

        Older releases that a contraction no longer serves refuse the database
        afterwards: stop them first.

        Parameters
        ----------
        place : str or Path
            As for `open`.
        """
        with cls(home_of(place)) as database:
            return database._migrate(REVISION)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Lend a connection that sees one state of the database throughout.

        Yields
        ------
        Connection
            It is for reading: on PostgreSQL a change is refused.
        """
        with self._told(), self._transaction() as connection:
            yield connection

    @contextmanager
    def write(self, *, alone: bool = True) -> Iterator[Connection]:
        """
        Lend a writing connection; commit at the end, or nothing at all.

        Parameters
        ----------
        alone : bool
            Whether other writers wait until it is given back: what is read in
            it stays true until it commits. False is for a statement that locks
            the rows it changes; an SQLite file has one writer in any case.

        Yields
        ------
        Connection
            To be used for all that one request changes.
        """
        how = ALONE if alone else BESIDE
        with self._told(), self._transaction(how) as connection:
            yield connection

    @contextmanager
    def sole(self, name: str) -> Iterator[bool]:
        """
        Be the only process that does a thing with this database, while it lasts.

        Parameters
        ----------
        name : str
            Of the thing, such as ``loop``.

        Yields
        ------
        bool
            False where another process is at it. A process that dies, however
            it dies, no longer holds it.

        Raises
        ------
        StateError
            If the schema is a newer release's: then it is that one's to do.
        """
        with self.read() as connection:
            found = _revision(connection, self._home.shown)
        if found is None or found > REVISION:
            raise StateError(
                place=self._home.shown,
                why=f"its schema {found} is newer than this release's {REVISION}",
                remedy="Leave this to the newer release, or upgrade modelowners",
            )
        with self._told(), self._home.sole(self.engine, name) as alone:
            yield alone

    def close(self) -> None:
        """Close every connection."""
        self._dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self, how: str | None = None) -> Iterator[Connection]:
        home = self._home
        with self.engine.connect() as free:
            connection = home.writing(free, how) if how else home.reading(free)
            with connection.begin():
                yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """
        Turn what the database refuses into an error a person can act on.

        Raises
        ------
        StateError
            If the database cannot be used at all.
        DatabaseError
            If a statement broke a constraint: a fault of ours.
        """
        try:
            yield
        except DatabaseError as error:
            told = self._home.explain(error)
            if told is None:
                raise
            raise StateError(place=self._home.shown, **told._asdict()) from None

    def _ready(self, connection: Connection) -> bool:
        """
        Tell whether this release can use the schema as it is.

        Raises
        ------
        StateError
            If it is something else's, or a newer release's that left us behind.
        """
        found = _revision(connection, self._home.shown)
        if found is None or found < NEEDED:
            return False
        if found <= REVISION:
            return True
        serves = select(schema_revisions.c.serves)
        oldest = connection.execute(serves.where(schema_revisions.c.revision == found))
        if (oldest.scalar_one_or_none() or found) <= REVISION:
            return True
        raise StateError(
            place=self._home.shown,
            why=f"its schema {found} is newer than this release's {REVISION}",
            remedy="Upgrade modelowners, or name another place with --state",
        )

    def _migrate(self, target: str) -> Upgrade:
        """Make or migrate the schema, once, whoever else tries at the same time."""
        from modelowners.store import migrations  # noqa: PLC0415 - Alembic is heavy

        with self.write() as connection:
            # Read again: another process may have been faster.
            self._ready(connection)
            before = _revision(connection, self._home.shown)
            if before is None:
                target = REVISION
            if before is None or before < target:
                migrations.upgrade(connection, target)
                return Upgrade(before, target)
        return Upgrade(before, before)


def home_of(place: str | Path) -> Home:
    """
    Tell what kind of database a place names.

    Parameters
    ----------
    place : str or Path
        Path of an SQLite file, ``:memory:``, or a ``postgresql://`` URL.

    Examples
    --------
    >>> home_of("state/state.db").shown
    'state/state.db'
    """
    text = str(place)
    if "://" not in text:
        return SqliteFile(text)
    from modelowners.store.postgresql import (  # noqa: PLC0415 - only where asked for
        PostgresDatabase,
    )

    return PostgresDatabase(text)


def _revision(connection: Connection, place: str) -> str | None:
    """
    Read the stored revision; None where the database is empty.

    Raises
    ------
    StateError
        If it holds tables that are not ours.
    """
    found = inspect(connection)
    if found.has_table("alembic_version"):
        stored = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        return str(stored.scalar_one())
    if found.get_table_names():
        raise StateError(
            place=place,
            why="it is a database of something else",
            remedy="Name another with --state; on PostgreSQL a schema of its own will "
            "do: ?options=-csearch_path=NAME",
        )
    return None
