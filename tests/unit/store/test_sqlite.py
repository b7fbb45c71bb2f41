"""SQLite as a home: its safety belts, its lock file, and what it refuses."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from modelowners.core.errors import StateError
from modelowners.store.database import Database
from modelowners.store.sqlite import BUSY_MILLISECONDS, IN_MEMORY, SqliteFile


def pragma(database: Database, name: str) -> object:
    with database.read() as connection:
        return connection.exec_driver_sql(f"pragma {name}").scalar_one()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("recursive_triggers", 1),
        ("busy_timeout", BUSY_MILLISECONDS),
    ],
)
def test_the_safety_belts_are_on(tmp_path: Path, name: str, value: object) -> None:
    with Database.open(tmp_path / "state.db") as database:
        assert pragma(database, name) == value


def told(place: Path | str) -> str:
    with pytest.raises(StateError) as caught:
        Database.open(place)
    assert str(place) in str(caught.value)
    return str(caught.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    assert "--state" in told(tmp_path / "absent" / "state.db")


def test_a_file_of_something_else(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    place.write_bytes(b"this is a letter, not a database " * 100)
    kept = place.read_bytes()
    assert "no SQLite database" in told(place)
    assert place.read_bytes() == kept


def test_another_programs_database(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    connection = sqlite3.connect(place)
    connection.execute("create table songs (title)")
    connection.close()
    assert "something else" in told(place)


def test_a_damaged_file_says_so_and_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    Database.open(place).close()
    content = bytearray(place.read_bytes())
    content[100:4096] = os.urandom(1) * (4096 - 100)
    place.write_bytes(content)
    assert "damaged" in told(place)
    assert place.read_bytes() == bytes(content)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "writable" in told(tmp_path / "state.db")
    finally:
        tmp_path.chmod(0o700)


def test_a_path_with_odd_characters_is_a_path(tmp_path: Path) -> None:
    place = tmp_path / "a?b=c#d %20é.db"
    Database.open(place).close()
    assert place.exists()


def test_a_missing_table_says_so(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    with Database.open(place) as database:
        connection = sqlite3.connect(place)
        connection.execute("drop table leases")
        connection.commit()
        connection.close()
        with (
            pytest.raises(StateError, match="table of this release's schema"),
            database.read() as reading,
        ):
            reading.exec_driver_sql("select * from leases")


def test_it_exists_once_it_was_made_and_asking_makes_nothing(tmp_path: Path) -> None:
    home = SqliteFile(str(tmp_path / "state.db"))
    assert not home.exists()
    assert list(tmp_path.iterdir()) == []
    Database(home).close()
    assert not home.exists()
    Database.open(home.shown).close()
    assert home.exists()


def test_one_process_at_a_time_does_a_thing(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    ask = (
        "import sys; from modelowners.store.database import Database\n"
        "with Database.open(sys.argv[1]).sole(sys.argv[2]) as alone: print(alone)"
    )

    def other(thing: str) -> str:
        run = [sys.executable, "-c", ask, str(place), thing]
        return subprocess.check_output(run, text=True).strip()

    with Database.open(place) as database:
        with database.sole("loop") as alone:
            assert alone
            assert other("loop") == "False"
            assert other("tidying") == "True"
        assert other("loop") == "True"


def test_in_memory_nobody_else_can_be_at_it() -> None:
    with Database.open(IN_MEMORY) as database, database.sole("loop") as alone:
        assert alone


@pytest.mark.parametrize("said", ["UNIQUE constraint failed: t.a", "near x: syntax"])
def test_a_fault_of_ours_is_not_explained_away(said: str) -> None:
    for kind in (IntegrityError, OperationalError):
        assert SqliteFile("x").explain(kind("", {}, sqlite3.Error(said))) is None
