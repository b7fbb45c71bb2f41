"""A connection reads what it was opened for, and nothing on this machine else."""

from __future__ import annotations

import gc
import math
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.observations.engines.duckdb.connection import (
    connect,
    double,
    literal,
    quoted,
)


def write(path: Path) -> str:
    with duckdb.connect() as writer:
        writer.execute(f"COPY (SELECT 7 AS x) TO {literal(str(path))} (FORMAT parquet)")
    return str(path)


@pytest.mark.parametrize(
    "name", ["a.parquet", "it's.parquet", "a[1].parquet", "ä b.pq"]
)
def test_the_named_file_is_read_and_its_neighbour_is_not(
    tmp_path: Path, name: str
) -> None:
    for folder in ("mine", "elsewhere"):
        (tmp_path / folder).mkdir()
    mine = write(tmp_path / "mine" / name)
    other = write(tmp_path / "elsewhere" / "b.parquet")
    connection = connect([mine])
    # A name in brackets is a pattern to DuckDB: as one of its own it is quoted.
    shown = mine.replace("[", "[[]") if "[" in mine else mine
    read = f"SELECT x FROM read_parquet({literal(shown)})"
    assert connection.execute(read).fetchone() == (7,)
    with pytest.raises(duckdb.PermissionException):
        connection.execute(f"SELECT x FROM read_parquet({literal(other)})")


@pytest.mark.parametrize(
    "statement",
    [
        "SET TimeZone = 'Europe/Madrid'",
        "SET enable_external_access = true",
        "SET threads = 64",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH '/tmp/elsewhere.db' AS elsewhere",
        "COPY (SELECT 1) TO '/tmp/elsewhere.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_csv('http://localhost:1/a.csv')",
    ],
)
def test_nothing_reaches_outside_or_unlocks(statement: str) -> None:
    with pytest.raises(duckdb.Error):
        connect([]).execute(statement)


def test_the_zone_is_utc_on_any_machine() -> None:
    code = (
        "from modelowners.observations.engines.duckdb.connection import connect\n"
        "print(connect([]).execute(\"SELECT TIMESTAMPTZ '2026-07-01 00:00:00+00'"
        '::VARCHAR").fetchone()[0])'
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "2026-07-01 00:00:00+00"


def test_threads_are_as_asked() -> None:
    found = connect([], threads=1).execute("SELECT current_setting('threads')")
    assert found.fetchone() == (1,)


def test_the_private_folder_goes_away_with_the_connection() -> None:
    connection = connect([])
    row = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    assert row is not None
    assert Path(row[0]).is_dir()
    del connection
    gc.collect()
    assert not Path(row[0]).exists()


@settings(max_examples=30, derandomize=True, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_any_text_comes_back_as_a_value_and_as_a_name(text: str) -> None:
    connection = duckdb.connect()
    assert connection.execute(f"SELECT {literal(text)}").fetchone() == (text,)
    name = f"n{text}"
    found = connection.execute(f"SELECT 1 AS {quoted(name)}")
    assert [column[0] for column in found.description] == [name]


@settings(max_examples=50, derandomize=True, deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_any_finite_number_comes_back_to_the_last_bit(value: float) -> None:
    row = duckdb.connect().execute(f"SELECT {double(value)}, typeof({double(value)})")
    found = row.fetchone()
    assert found is not None
    assert (found[0], found[1]) == (value, "DOUBLE")
    assert math.copysign(1.0, found[0]) == math.copysign(1.0, value) or value == 0
