"""SQLite as the home of the state: one file, for one machine."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from modelowners.store.home import ALONE, WAIT_SECONDS, WRITING, Explanation

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.exc import DatabaseError

IN_MEMORY = ":memory:"

BUSY_MILLISECONDS = 1000 * WAIT_SECONDS

_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    "PRAGMA journal_mode = WAL",
    # What was committed survives a power cut, not only a crash of ours.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Without it INSERT OR REPLACE deletes past the append-only triggers.
    "PRAGMA recursive_triggers = ON",
)


class SqliteFile:
    """
    A file that holds the state; fills `store.home.Home`.

    Parameters
    ----------
    place : str
        Its path, or ``:memory:``.
    """

    def __init__(self, place: str) -> None:
        self.shown = place

    def exists(self) -> bool:
        """Tell whether the file is there."""
        return Path(self.shown).is_file()

    def engine(self) -> Engine:
        """Give connections with the safety belts on."""
        if self.shown == IN_MEMORY:
            # One connection for every thread: a second would be another database.
            shared = {"check_same_thread": False}
            engine = create_engine(
                "sqlite://", poolclass=StaticPool, connect_args=shared
            )
        else:
            # No error may carry values: they end up in logs and reports.
            url = URL.create("sqlite", database=self.shown)
            engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def reading(self, connection: Connection) -> Connection:
        """Leave it as it is: any transaction sees one state throughout."""
        return connection

    def writing(self, connection: Connection, how: str) -> Connection:
        """Mark it: there is one writer at a time, whatever was asked for."""
        del how
        return connection.execution_options(**{WRITING: ALONE})

    @contextmanager
    def sole(self, engine: Engine, name: str) -> Iterator[bool]:
        """
        Lock a file beside the database while it lasts.

        Yields
        ------
        bool
            False where another process has it. The operating system ends the
            hold of a process that dies, however it dies.
        """
        del engine
        if self.shown == IN_MEMORY or sys.platform == "win32":
            yield True
            return
        import fcntl  # noqa: PLC0415 - not everywhere

        with Path(self.shown).with_name(f"{name}.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    def explain(self, error: DatabaseError) -> Explanation | None:
        """Say what a refusal means, by what SQLite says."""
        said = str(error.orig)
        return next((told for sign, told in _EXPLAINED.items() if sign in said), None)


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    del record
    # The driver's own transactions begin too late and skip DDL; `_begin` replaces them.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    # IMMEDIATE: a writer waits at its start, and never fails halfway.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


_EXPLAINED = {
    "unable to open": Explanation(
        "the file cannot be opened or made",
        "Make its folder writable, or name another with --state",
    ),
    "readonly database": Explanation(
        "it may not be written",
        "Make file and folder writable, or name another with --state",
    ),
    "not a database": Explanation(
        "the file is no SQLite database, or is damaged",
        "Restore a copy, or move the file away to start afresh",
    ),
    "malformed": Explanation(
        "the database is damaged",
        "Restore a copy, or move the file away to start afresh",
    ),
    "no such table": Explanation(
        "a table of this release's schema is missing",
        "Restore a copy, or move the file away to start afresh",
    ),
    "disk is full": Explanation(
        "the disk is full", "Free some space and repeat the command"
    ),
    "disk I/O error": Explanation(
        "the disk cannot be read or written",
        "Check the disk, or name another folder with --state",
    ),
    "database is locked": Explanation(
        f"another process has been writing for {WAIT_SECONDS} s",
        "Wait for it to end and repeat the command",
    ),
}
"""What SQLite says, what it means, and what to do about it."""
