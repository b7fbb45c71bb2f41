"""PostgreSQL as the state: what it says where it cannot be used, and to whom."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from postgres_worlds import GUARDED, PASSWORD, Server
from psycopg import sql
from schema_worlds import import_all
from sqlalchemy import text

from modelowners.core.errors import MissingExtra, StateError
from modelowners.store import metadata, postgresql
from modelowners.store.database import Database, home_of
from modelowners.store.dialects import Name

QUOTED = quote(PASSWORD, safe="")


def told(place: str) -> str:
    with pytest.raises(StateError) as caught:
        Database.open(place)
    assert "secret" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert QUOTED not in str(caught.value)
    # The driver's own error, with all it says, is not shown beside it.
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return str(caught.value)


@pytest.fixture
def place(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
def made(place: str) -> str:
    Database.open(place).close()
    return place


@pytest.fixture(scope="module")
def guarded(postgres: Server) -> Server:
    """Have a user who must give a password."""
    create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE locked")
    postgres.run(create.format(sql.Identifier(GUARDED), sql.Literal(PASSWORD)))
    return postgres


def test_nobody_answers_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = taken.getsockname()[1]
        said = told(f"postgresql://ann:secret@127.0.0.1:{port}/owners")
    assert "no server answers there" in said
    assert f"postgresql://ann:***@127.0.0.1:{port}/owners" in said
    assert "Start it" in said


def test_a_folder_without_a_socket(tmp_path: Path) -> None:
    said = told(f"postgresql://ann:secret@/owners?host={tmp_path}")
    assert "no server answers there" in said


def test_a_database_that_is_not_there(postgres: Server) -> None:
    said = told(postgres.url("absent"))
    assert "no such database" in said
    assert "createdb" in said


@pytest.mark.parametrize("given", ["", ":secret", ":wr%40ng"])
def test_a_wrong_or_missing_password(guarded: Server, given: str) -> None:
    said = told(guarded.url("postgres", user=GUARDED + given))
    assert "refused the user or the password" in said
    assert ".pgpass" in said


def test_a_user_who_is_not_there(postgres: Server) -> None:
    assert "refused the user" in told(postgres.url("postgres", user="nobody:secret"))


def test_the_right_password_opens_and_is_never_told(
    guarded: Server, place: str
) -> None:
    name = place.partition("?")[0].rpartition("/")[2]
    guarded.run(f"ALTER DATABASE {name} OWNER TO {GUARDED}")
    url = guarded.url(name, user=f"{GUARDED}:{QUOTED}")
    with Database.open(url) as database:
        assert database.place == f"postgresql://{GUARDED}:***@/{name}"
        assert PASSWORD not in repr(database.engine)
        with database.read() as connection:
            assert connection.execute(text("select user")).scalar_one() == GUARDED


def test_an_unquoted_password_is_refused_without_showing_it() -> None:
    said = told(f"postgresql://ann:{PASSWORD}@/owners")
    assert "%XX" in said
    assert "p@ss" not in said
    assert "word:1" not in said


def test_a_user_without_rights(guarded: Server, place: str) -> None:
    name = place.partition("?")[0].rpartition("/")[2]
    said = told(guarded.url(name, user=f"{GUARDED}:{QUOTED}"))
    assert "lacks a right" in said
    assert "own the database" in said


def test_a_server_that_is_too_old(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "OLDEST", 99)
    said = told(place)
    assert "99 or newer is needed" in said


def test_a_database_that_may_only_be_read(postgres: Server, made: str) -> None:
    name = made.partition("?")[0].rpartition("/")[2]
    postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    # Reading is possible all the same.
    with Database.open(made) as database, database.read() as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1
    # A transaction that asks to write says so, and a mere setting gives way.
    with Database.open(made) as database, database.write() as connection:
        connection.execute(text("insert into leases values ('a', 'me', 1)"))


def test_the_driver_is_not_installed(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra) as caught:
        Database.open(place)
    assert "pip install 'modelowners[postgres]'" in str(caught.value)


def test_a_lost_connection_is_said_and_the_next_one_works(
    postgres: Server, made: str
) -> None:
    def lose(database: Database) -> None:
        with database.read() as connection:
            pid = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
            postgres.run(f"SELECT pg_terminate_backend({pid})")
            connection.execute(text("select 1"))

    with Database.open(made) as database:
        with pytest.raises(StateError, match="was lost"):
            lose(database)
        with database.read() as connection:
            assert connection.execute(text("select 1")).scalar_one() == 1


def test_an_idle_connection_that_died_is_replaced(postgres: Server, made: str) -> None:
    with Database.open(made) as database:
        with database.read() as connection:
            pid = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
        postgres.run(f"SELECT pg_terminate_backend({pid})")
        with database.write() as connection:
            connection.execute(text("insert into leases values ('a', 'me', 1)"))


def test_who_waits_too_long_is_told_why(made: str) -> None:
    with Database.open(made) as first, Database.open(made) as second:
        with second.engine.connect() as connection:  # as after half a minute
            connection.exec_driver_sql("SET lock_timeout = '50ms'")
            connection.commit()
        with (
            first.write(),
            pytest.raises(StateError, match="another process has been writing"),
            second.write(),
        ):
            pass


def test_two_states_share_a_database_in_schemas_of_their_own(
    postgres: Server, made: str
) -> None:
    name = made.partition("?")[0].rpartition("/")[2]
    postgres.run("CREATE SCHEMA other", name)
    other = f"{made}&options=-csearch_path%3Dother"
    with Database.open(made) as first, Database.open(other) as second:
        with first.sole("loop") as one, second.sole("loop") as two:
            assert (one, two) == (True, True)
        # Neither waits for the other.
        with first.write(), second.write() as connection:
            connection.execute(text("insert into leases values ('a', 'me', 1)"))
        with first.read() as connection:
            assert connection.execute(text("select * from leases")).all() == []


def test_a_server_that_does_not_wait_for_its_disk_is_made_to(
    postgres: Server, made: str
) -> None:
    name = made.partition("?")[0].rpartition("/")[2]
    for given, used in (("off", "on"), ("remote_apply", "remote_apply")):
        postgres.run(f"ALTER DATABASE {name} SET synchronous_commit = {given}")
        with Database.open(made) as database, database.write() as connection:
            found = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        assert found == used


def test_every_name_is_ordered_byte_by_byte(postgres: Server, made: str) -> None:
    import_all("tables")
    wanted = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Name)
    }
    with psycopg.connect(made) as connection:
        rows = connection.execute(
            "select table_name, column_name from information_schema.columns "
            "where collation_name = 'C' and table_schema = 'public'"
        ).fetchall()
    assert wanted <= set(rows)
    assert len(wanted) > 50


def test_asking_whether_there_is_a_state_fails_aloud(postgres: Server) -> None:
    """ "There is none" would be a lie about a server that cannot be asked."""
    with pytest.raises(StateError, match="no such database"):
        home_of(postgres.url("absent")).exists()
