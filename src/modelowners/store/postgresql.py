"""
PostgreSQL as the home of the state: for several processes and machines at once.

A database is named by a URL, ``postgresql://user@host:5432/name``, with the
options of libpq after ``?``. Its password may stand in the URL, but is better
left to libpq: ``~/.pgpass``, ``PGPASSWORD`` or a service file. No message of
ours prints it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError

from modelowners.core.errors import MissingExtra, StateError
from modelowners.store.home import ALONE, WAIT_SECONDS, WRITING, Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from sqlalchemy import Connection

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")

OLDEST = 15
"""The oldest major version of the server that is supported."""

CONNECT_SECONDS = "10"
IDLE_SECONDS = 60
"""A writer that stands still so long has its transaction ended by the server."""

# Once per connection. Only what would break a promise of ours is overruled: a
# server that does not wait for its disk is made to.
_SETTINGS = f"""
SELECT set_config('lock_timeout', '{WAIT_SECONDS}s', false),
       set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', false),
       set_config('tcp_keepalives_idle', '{WAIT_SECONDS}', false),
       set_config('synchronous_commit',
           replace(current_setting('synchronous_commit'), 'off', 'on'), false)
"""

# The schema is part of the key: two states in one database do not wait for
# each other.
_KEY = "hashtextextended('modelowners/' || current_schema() || '/' || :name, 0)"
_WRITER = text(f"SELECT pg_advisory_xact_lock({_KEY})").bindparams(name="writer")
_TAKE = text(f"SELECT pg_try_advisory_lock({_KEY})")
_GIVE_BACK = text(f"SELECT pg_advisory_unlock({_KEY})")


class PostgresDatabase:
    """
    A database of a PostgreSQL server; fills `store.home.Home`.

    Parameters
    ----------
    url : str
        Where it is.

    Raises
    ------
    StateError
        If the URL cannot be read.

    Examples
    --------
    >>> PostgresDatabase("postgresql://ann:secret@db.example/owners").shown
    'postgresql://ann:***@db.example/owners'
    """

    def __init__(self, url: str) -> None:
        self.shown = masked(url)
        self._url = _parsed(url, self.shown)

    def exists(self) -> bool:
        """
        Tell whether a state was made there.

        Raises
        ------
        StateError
            If the server cannot be asked.
        """
        engine = self.engine()
        try:
            with engine.connect() as connection:
                return inspect(connection).has_table("alembic_version")
        except DatabaseError as error:
            told = self.explain(error) or _NO_SERVER
            raise StateError(place=self.shown, **told._asdict()) from None
        finally:
            engine.dispose()

    def engine(self) -> Engine:
        """
        Give connections with our settings, tested before each use.

        Raises
        ------
        MissingExtra
            If the driver is not installed.
        """
        if find_spec("psycopg") is None:
            raise MissingExtra(extra="postgres")
        given = self._url.query
        ours = {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "modelowners",
        }
        try:
            engine = create_engine(
                self._url,
                connect_args={k: v for k, v in ours.items() if k not in given},
                # No error may carry values: they end up in logs and reports.
                hide_parameters=True,
                pool_pre_ping=True,
                use_native_hstore=False,
            )
        except ImportError:  # the driver is there, its library is not
            raise MissingExtra(extra="postgres") from None
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def _prepare(self, connection: psycopg.Connection, record: object) -> None:
        """
        Set up a new connection.

        Raises
        ------
        StateError
            If the server is too old.
        """
        del record
        major = connection.info.server_version // 10_000
        if major < OLDEST:
            raise StateError(
                place=self.shown,
                why=f"its server is PostgreSQL {major}; {OLDEST} or newer is needed",
                remedy="Upgrade the server, or name another database with --state",
            )
        connection.execute(_SETTINGS)
        connection.commit()

    def reading(self, connection: Connection) -> Connection:
        """Let the transaction see one state throughout, and write nothing."""
        return connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def writing(self, connection: Connection, how: str) -> Connection:
        """Let each statement see what was committed until it, see `_begin`."""
        return connection.execution_options(
            isolation_level="READ COMMITTED",
            postgresql_readonly=False,
            **{WRITING: how},
        )

    @contextmanager
    def sole(self, engine: Engine, name: str) -> Iterator[bool]:
        """
        Hold an advisory lock while it lasts.

        Yields
        ------
        bool
            False where another process has it. The server ends the hold of a
            process whose connection ends, however it ends.
        """
        with engine.connect() as free:
            connection = free.execution_options(isolation_level="AUTOCOMMIT")
            if not connection.execute(_TAKE, {"name": name}).scalar_one():
                yield False
                return
            try:
                yield True
            finally:
                # With the connection the lock is gone as well.
                with suppress(DatabaseError):
                    connection.execute(_GIVE_BACK, {"name": name})

    def explain(self, error: DatabaseError) -> Explanation | None:
        """Say what a refusal means: by its SQLSTATE, else by what was said."""
        state = getattr(error.orig, "sqlstate", None)
        if state is not None:
            return _BY_STATE.get(state) or _BY_STATE.get(state[:2])
        said = str(error.orig)
        for pattern, told in _BY_WORDS:
            if re.search(pattern, said, re.IGNORECASE):
                return told
        if type(error.orig).__name__ != "OperationalError":
            return None
        return Explanation(
            f"the connection failed: {self._cleaned(said)}",
            "Correct what it names, or name another database with --state",
        )

    def _cleaned(self, said: str) -> str:
        """Give the first line of a message, without the password."""
        line = said.strip().partition("\n")[0].rstrip(". ")
        secrets = [self._url.password, *map(str, self._url.query.values())]
        for secret in filter(None, secrets):
            line = line.replace(secret, "***")
        return line


def masked(url: str) -> str:
    """
    Show a URL without its password and options, however oddly it is written.

    Examples
    --------
    >>> masked("postgresql://ann:p@ss/word@db:5432/owners?sslmode=require")
    'postgresql://ann:***@db:5432/owners'
    >>> masked("postgresql://db/owners?password=secret")
    'postgresql://db/owners'
    >>> masked("postgresql://ann:secret")
    'postgresql://***'
    """
    scheme, _, rest = url.partition("://")
    # An unquoted "@" may stand in the password: the last one ends it.
    before, at, after = rest.rpartition("@")
    user, colon, _ = before.partition(":")
    where = after.partition("?")[0]
    odd_port = re.search(r":(?!\d+(,|/|$))", re.sub(r"\[.*?\]", "", where))
    if odd_port or re.search(r"[/?]", user):
        return f"{scheme}://***"
    return f"{scheme}://{user}{':***' if colon else ''}{at}{where}"


def _parsed(url: str, shown: str) -> URL:
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        raise StateError(
            place=shown,
            why="a state is a folder or a postgresql:// address",
            remedy="Give one of these with --state",
        )
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    # A second "@" stands in an unquoted password: it would be read as a host.
    if parsed is None or url.count("@") > 1 or not parsed.database:
        raise StateError(
            place=shown,
            why="expected postgresql://USER@HOST:PORT/DATABASE",
            remedy="Write special characters of user and password as %XX",
        )
    return parsed.set(drivername="postgresql+psycopg")


def _begin(connection: Connection) -> None:
    # Taken first, under READ COMMITTED: what is read afterwards is what the
    # writer before has left. That makes all appends to a journal one chain.
    if connection.get_execution_options().get(WRITING) == ALONE:
        connection.execute(_WRITER)


_REPEAT = "Repeat the command; what was finished is kept"
_LOST = Explanation("the connection to the server was lost", _REPEAT)
_REFUSED = Explanation(
    "the server refused the user or the password",
    "Correct them in the URL, in ~/.pgpass or in PGPASSWORD",
)
_FULL = Explanation(
    "the server has no connection left",
    "Repeat the command later, or let the server take more connections",
)
_NO_SERVER = Explanation(
    "no server answers there", "Start it, or correct host and port in the URL"
)

_BY_STATE = {
    "25006": Explanation(
        "it may only be read: a standby, or read-only by its settings",
        "Name the primary server's database with --state",
    ),
    "25P03": _LOST,
    "08": _LOST,
    "57": _LOST,
    "28": _REFUSED,
    "3D000": Explanation(
        "the server has no such database",
        "Make it with createdb, or correct its name in the URL",
    ),
    "3F000": Explanation(
        "there is no schema to make tables in",
        "Make it with CREATE SCHEMA, or correct search_path in the URL",
    ),
    "42501": Explanation(
        "the user lacks a right it needs",
        "Let the user own the database or its schema, or name another user",
    ),
    "42P01": Explanation(
        "a table of this release's schema is missing",
        "Restore a backup, or name another database with --state",
    ),
    "53100": Explanation(
        "the server's disk is full", "Free some space and repeat the command"
    ),
    "53300": _FULL,
    "55P03": Explanation(
        f"another process has been writing for {WAIT_SECONDS} s",
        "Wait for it to end and repeat the command",
    ),
    "57014": Explanation(
        "the server ended a statement that took too long",
        "Raise the user's statement_timeout and repeat the command",
    ),
    "XX": Explanation(
        "the database is damaged", "Look at the server's log, and restore a backup"
    ),
}
"""What an SQLSTATE, or the class it begins with, means and asks for."""

_BY_WORDS = (
    (r"authentication failed|no password supplied|role .* does not exist", _REFUSED),
    (r"database .* does not exist", _BY_STATE["3D000"]),
    (
        r"pg_hba\.conf",
        Explanation(
            "the server lets nobody in from here",
            "Add this machine and user to its pg_hba.conf, or try ?sslmode=require",
        ),
    ),
    (r"too many clients|connection slots are reserved", _FULL),
    (
        r"starting up|shutting down|in recovery",
        Explanation("the server is starting or stopping", _REPEAT),
    ),
    (
        r"refused|timed? ?out|translate|resolve|no such file|unreachable|no route",
        _NO_SERVER,
    ),
    (r"connection is (closed|lost)|closed the connection|consuming input", _LOST),
)
"""What is said where there is no SQLSTATE: by the library, or at the door."""
