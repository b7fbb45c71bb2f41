"""The state database: opened, checked, and lent out one transaction at a time."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from sqlalchemy import URL, Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from modelowners.core.errors import StateError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Connection

REVISION = "0001"
"""The schema this release reads and writes."""

IN_MEMORY = ":memory:"

BUSY_MILLISECONDS = 30_000
"""How long a transaction waits for another process's to end."""

_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    "PRAGMA journal_mode = WAL",
    # What was committed survives a power cut, not only a crash of ours.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Without it INSERT OR REPLACE deletes past the append-only triggers.
    "PRAGMA recursive_triggers = ON",
)


class Database:
    """
    One state database.

    Parameters
    ----------
    engine : Engine
        Of an opened database; use `open`.

    Examples
    --------
    >>> from sqlalchemy import text
    >>> with Database.open(":memory:") as database, database.read() as connection:
    ...     connection.execute(text("select 1")).scalar_one()
    1
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Connections of a forgotten database are closed, not left to the collector.
        self._dispose = weakref.finalize(self, engine.dispose)

    @classmethod
    def open(cls, place: str | Path) -> Self:
        """
        Open a database; make or migrate it where it is fresh or behind.

        Parameters
        ----------
        place : str or Path
            Path of an SQLite file, or ``:memory:``.

        Returns
        -------
        Database
            At schema `REVISION`.

        Raises
        ------
        StateError
            If the file cannot be written, is no database of ours, or was
            written by a newer release.
        """
        engine = _engine(str(place))
        database = cls(engine)
        with _told(place):
            _bring_up_to_date(engine, str(place))
        return database

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Lend a connection that sees one state of the database throughout.

        Yields
        ------
        Connection
            Its changes, if any, are rolled back.
        """
        with (
            _told(self.engine.url.database),
            self.engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """
        Lend the one writing connection; commit at the end, or nothing at all.

        Yields
        ------
        Connection
            Other writers wait until it is given back.
        """
        with _told(self.engine.url.database), self.engine.connect() as connection:
            writing = connection.execution_options(**_WRITING)
            with writing.begin():
                yield writing

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
def _told(place: object) -> Iterator[None]:
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
        for sign, (why, remedy) in _EXPLAINED.items():
            if sign in str(error.orig):
                raise StateError(place=place, why=why, remedy=remedy) from None
        raise


_WRITING = {"modelowners_writing": True}


def _engine(place: str) -> Engine:
    if "://" in place:
        raise StateError(
            place=place.partition("://")[0] + "://…",
            why="only SQLite files are supported so far",
            remedy="Give the path of a file",
        )
    if place == IN_MEMORY:
        # One connection for every thread: a second would be another database.
        shared = {"check_same_thread": False}
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=shared)
    else:
        # No error may carry values: they end up in logs and reports.
        url = URL.create("sqlite", database=place)
        engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    del record
    # The driver's own transactions begin too late and skip DDL; `_begin` replaces them.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("modelowners_writing")
    # IMMEDIATE: a writer waits at its start, and never fails halfway.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _bring_up_to_date(engine: Engine, place: str) -> None:
    """
    Make or migrate the schema, once, whoever else tries at the same time.

    Raises
    ------
    StateError
        If it was written by a newer release.
    """
    with engine.connect() as connection, connection.begin():
        if _revision(connection, place) == REVISION:
            return
    from modelowners.store import migrations  # noqa: PLC0415 - Alembic is heavy

    writing = engine.execution_options(**_WRITING)
    with writing.connect() as connection, connection.begin():
        # Read again: another process may have been faster.
        found = _revision(connection, place)
        if found == REVISION:
            return
        if found is not None and found not in migrations.known():
            raise StateError(
                place=place,
                why=f"its schema {found} is newer than this release's {REVISION}",
                remedy="Upgrade modelowners, or name another folder with --state",
            )
        migrations.upgrade(connection)


def _revision(connection: Connection, place: str) -> str | None:
    """
    Read the stored revision; None where the database is empty.

    Raises
    ------
    StateError
        If it holds tables that are not ours.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise StateError(
            place=place,
            why="it is a database of something else",
            remedy="Name another folder with --state",
        )
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    return str(found.scalar_one())


# What SQLite says, what it means, and what to do about it.
_EXPLAINED = {
    "unable to open": (
        "the file cannot be opened or made",
        "Make its folder writable, or name another with --state",
    ),
    "readonly database": (
        "it may not be written",
        "Make file and folder writable, or name another with --state",
    ),
    "not a database": (
        "the file is no SQLite database, or is damaged",
        "Restore a copy, or move the file away to start afresh",
    ),
    "malformed": (
        "the database is damaged",
        "Restore a copy, or move the file away to start afresh",
    ),
    "disk is full": ("the disk is full", "Free some space and repeat the command"),
    "disk I/O error": (
        "the disk cannot be read or written",
        "Check the disk, or name another folder with --state",
    ),
    "database is locked": (
        f"another process has been writing for {BUSY_MILLISECONDS // 1000} s",
        "Wait for it to end and repeat the command",
    ),
}
