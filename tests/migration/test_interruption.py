"""A migration happens wholly or not at all."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.engine import Engine

from modelowners.store.database import Database

KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from modelowners.store.database import Database

seen = 0

@event.listens_for(Engine, "before_cursor_execute")
def pull_the_plug(connection, cursor, statement, *rest):
    global seen
    seen += statement.lstrip().startswith("CREATE")
    if seen == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

Database.open(sys.argv[1])
"""


@pytest.mark.parametrize("at", [1, 2, 9, 20])
def test_killed_while_migrating_then_opened_again(place: str, at: int) -> None:
    run = [sys.executable, "-c", KILLED, place, str(at)]
    assert subprocess.run(run, check=False).returncode == -9
    with Database.open(place) as database, database.read() as connection:
        assert "changes" in inspect(connection).get_table_names()


def test_an_error_while_migrating_leaves_the_database_empty(place: str) -> None:
    def fail(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if "outbox" in statement and statement.lstrip().startswith("CREATE"):
            raise RuntimeError(statement)

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(RuntimeError):
            Database.open(place)
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    with Database.open(place) as database, database.read() as connection:
        assert "outbox" in inspect(connection).get_table_names()
