from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from modelowners.core.errors import StateError
from modelowners.store.database import REVISION, Database

ONE_ROW = "insert into leases values ('a', 'me', 1)"


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("select count(*) from leases")).scalar_one())


def test_a_fresh_file_is_made_and_opened_again(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    with Database.open(place) as first, first.write() as connection:
        connection.execute(text(ONE_ROW))
    with Database.open(str(place)) as again:
        assert count(again) == 1


def test_an_exception_undoes_the_whole_transaction(tmp_path: Path) -> None:
    def stop_halfway(database: Database) -> None:
        with database.write() as connection:
            connection.execute(text(ONE_ROW))
            raise KeyError

    with Database.open(tmp_path / "state.db") as database:
        with pytest.raises(KeyError):
            stop_halfway(database)
        assert count(database) == 0


def test_a_reader_keeps_its_view_while_another_writes(tmp_path: Path) -> None:
    with Database.open(tmp_path / "state.db") as database:
        with database.read() as reader:
            before = reader.execute(text("select count(*) from leases")).scalar_one()
            with database.write() as writer:
                writer.execute(text(ONE_ROW))
            after = reader.execute(text("select count(*) from leases")).scalar_one()
        assert (before, after, count(database)) == (0, 0, 1)


def test_what_a_reader_changes_is_not_kept(tmp_path: Path) -> None:
    with Database.open(tmp_path / "state.db") as database:
        with suppress(KeyError), database.read() as connection:
            connection.execute(text(ONE_ROW))
            raise KeyError
        assert count(database) == 0


def test_writers_wait_for_one_another(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    with Database.open(place) as database:
        with database.write() as connection:
            connection.execute(text("insert into leases values ('n', '', 0)"))

        def raise_ten_times() -> None:
            with Database.open(place) as mine:
                for _ in range(10):
                    with mine.write() as connection:
                        until = connection.execute(text("select until from leases"))
                        connection.execute(
                            text("update leases set until = :n"),
                            {"n": until.scalar_one() + 1},
                        )

        threads = [threading.Thread(target=raise_ten_times) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.read() as connection:
            found = connection.execute(text("select until from leases")).scalar_one()
    assert found == 40


def test_a_broken_rule_of_the_schema_is_a_fault_of_ours(tmp_path: Path) -> None:
    with Database.open(tmp_path / "state.db") as database:
        with pytest.raises(IntegrityError), database.write() as connection:
            connection.execute(text("insert into leases values ('a', null, 1)"))
        assert count(database) == 0


def told(place: Path | str) -> str:
    with pytest.raises(StateError) as caught:
        Database.open(place)
    assert str(place) in str(caught.value)
    return str(caught.value)


def test_a_newer_schema(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    Database.open(place).close()
    connection = sqlite3.connect(place)
    connection.execute("update alembic_version set version_num = '9999'")
    connection.commit()
    connection.close()
    message = told(place)
    assert "9999" in message
    assert REVISION in message
    assert "Upgrade modelowners" in message


def test_two_processes_make_one_database(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    code = (
        "import sys; from modelowners.store.database import Database; "
        "Database.open(sys.argv[1]).close()"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(place)], stderr=-1)
        for _ in range(3)
    ]
    for process in started:
        _, stderr = process.communicate()
        assert (process.returncode, stderr) == (0, b"")
    connection = sqlite3.connect(place)
    assert connection.execute("select * from alembic_version").fetchall() == [
        (REVISION,)
    ]
    connection.close()


def test_alembic_is_imported_only_where_it_is_needed(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    code = (
        "import sys; from modelowners.store.database import Database; "
        "Database.open(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    run = [sys.executable, "-c", code, str(place)]
    said = [subprocess.check_output(run, text=True).strip() for _ in range(2)]
    assert said == ["True", "False"]


def test_a_forgotten_database_is_closed(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "state.db")
    pool = database.engine.pool
    assert count(database) == 0
    del database
    assert "Connections in pool: 0" in pool.status()
