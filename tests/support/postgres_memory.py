"""
A pytest plugin: what a test opens in memory lies on a PostgreSQL server instead.

``POSTGRES_SOCKET=FOLDER pytest -p postgres_memory …`` runs a suite that was
written for `Database.open(":memory:")` on a server that listens there.
"""

from __future__ import annotations

import os
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from hypothesis import settings
from postgres_worlds import Server

from modelowners.store import database
from modelowners.store.database import Database
from modelowners.store.home import Home
from modelowners.store.sqlite import IN_MEMORY

if TYPE_CHECKING:
    import pytest

AT_ONCE = 8
"""Databases that one test may have open; then the first is emptied and lent anew."""

EXAMPLES = 5
"""Drawn by a property: that it holds was proven in memory, thousands of times."""

_home_of = database.home_of


@cache
def _databases() -> cycle[str]:
    server = Server(os.environ["POSTGRES_SOCKET"], data="")
    return cycle([server.fresh() for _ in range(AT_ONCE)])


def _empty(url: str) -> None:
    """Forget all rows, whatever triggers say and whoever still reads."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "do $$ begin execute (select 'truncate ' || string_agg(tablename, ', ') "
            "|| ' restart identity' from pg_tables where schemaname = 'public' "
            "and tablename not in ('alembic_version', 'schema_revisions')); end $$"
        )


@cache
def _made(url: str) -> None:
    Database.open(url).close()


def _elsewhere(place: str | Path) -> Home:
    """Give a database of the server for each that would have been in memory."""
    if str(place) != IN_MEMORY:
        return _home_of(place)
    url = next(_databases())
    _made(url)
    _empty(url)
    return _home_of(url)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Take the place of what tells which kind of database a place names."""
    del session
    settings.register_profile("few", settings.default, max_examples=EXAMPLES)
    settings.load_profile("few")
    database.home_of = _elsewhere
