"""Files are found, told apart and read together whatever they are called."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from modelowners.observations.engines.duckdb.connection import (
    connect,
    double,
    literal,
    quoted,
)
from modelowners.observations.engines.duckdb.sources import (
    NoLogFiles,
    Source,
    UnknownFileKind,
    find_files,
    read_source,
    relation_sql,
)


def make(path: Path, select: str) -> None:
    form = "csv" if ".csv" in path.name else "parquet"
    connection = duckdb.connect()
    connection.execute(f"COPY ({select}) TO {literal(str(path))} (FORMAT {form})")
    connection.close()


def opened(folder: Path, *patterns: str) -> tuple[duckdb.DuckDBPyConnection, Source]:
    files = find_files(folder, patterns)
    connection = connect([file.path for file in files])
    return connection, read_source(connection, files)


def test_globs_reach_into_folders_and_find_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    make(tmp_path / "a" / "b" / "x.parquet", "SELECT 1 AS n")
    make(tmp_path / "y.parquet", "SELECT 1 AS n")
    found = find_files(tmp_path, ["**/*.parquet", "y.parquet"])
    assert [file.name for file in found] == ["a/b/x.parquet", "y.parquet"]


@pytest.mark.parametrize("name", ["a[1].parquet", "a'b.parquet", "é 😀.parquet", "a?"])
def test_names_are_taken_literally(tmp_path: Path, name: str) -> None:
    make(tmp_path / name, "SELECT 7 AS n")
    connection, source = opened(tmp_path, name)
    scan = relation_sql(connection, source)
    assert connection.execute(f"SELECT n FROM {scan}").fetchall() == [(7,)]


def test_nothing_found_and_another_kind(tmp_path: Path) -> None:
    with pytest.raises(NoLogFiles, match="No file matches"):
        find_files(tmp_path, ["*.parquet"])
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(UnknownFileKind, match="neither Parquet nor CSV"):
        find_files(tmp_path, ["*.xlsx"])


def test_no_other_file_can_be_read(tmp_path: Path) -> None:
    make(tmp_path / "a.parquet", "SELECT 1 AS n")
    make(tmp_path / "b.csv", "SELECT 2 AS n")
    connection, _ = opened(tmp_path, "a.parquet")
    other = literal(str(tmp_path / "b.csv"))
    for statement in (
        f"SELECT * FROM read_csv({other})",
        f"COPY (SELECT 1) TO {other}",
        "SET TimeZone = 'Asia/Tokyo'",
        "INSTALL httpfs",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(statement)


def test_columns_are_united_by_name(tmp_path: Path) -> None:
    make(tmp_path / "a.parquet", "SELECT 1 AS n, 'x' AS t, 5 AS only_a")
    make(tmp_path / "b.parquet", "SELECT 2.5::DOUBLE AS N, 3 AS t")
    connection, source = opened(tmp_path, "*.parquet")
    assert source.types == {"n": "DOUBLE", "t": "VARCHAR", "only_a": "INTEGER"}
    assert source.targets == {"t": "DOUBLE"}
    assert source.differing["t"] == "INTEGER in 1, VARCHAR in 1"
    assert source.differing["only_a"] == "missing in 1 of 2"
    for files in (source.files, source.files[1:]):
        scan = relation_sql(connection, source.only(files))
        row = connection.execute(f"SELECT n, t, only_a FROM {scan}").fetchall()[-1]
        assert row == (2.5, "3", None)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "NA"], "BIGINT"),
        (["1", "2.5", ""], "DOUBLE"),
        (["007", "12", "3"], "VARCHAR"),
        (["true", "False", ""], "BOOLEAN"),
        (["2026-01-01 10:00", "2026-01-02", "NULL"], "TIMESTAMP"),
        (["NA", "DE", "FR"], "VARCHAR"),
        (["", "", ""], "VARCHAR"),
        (["nan", "1", "2"], "DOUBLE"),
    ],
)
def test_csv_columns_look_like_their_first_values(
    tmp_path: Path, values: list[str], kind: str
) -> None:
    lines = "\n".join(f"{value},x" for value in values)
    (tmp_path / "a.csv").write_text(f"v,w\n{lines}\n")
    _, source = opened(tmp_path, "a.csv")
    assert source.types["v"] == "VARCHAR"
    assert source.targets.get("v", "VARCHAR") == kind


def test_parquet_and_csv_read_as_one(tmp_path: Path) -> None:
    make(tmp_path / "a.csv", "SELECT 1 AS n, 'x' AS t")
    make(tmp_path / "b.parquet", "SELECT 2 AS n, 'y' AS t")
    connection, source = opened(tmp_path, "*")
    scan = relation_sql(connection, source)
    found = connection.execute(
        f'SELECT n, t, "modelowners:file", "modelowners:row" FROM {scan} ORDER BY n'
    ).fetchall()
    assert found == [("1", "x", 0, 0), ("2", "y", 1, 0)]


def test_columns_called_like_row_numbers_stay_columns(tmp_path: Path) -> None:
    make(tmp_path / "a.parquet", "SELECT 9 AS file_row_number, 8 AS file_index")
    connection, source = opened(tmp_path, "a.parquet")
    scan = relation_sql(connection, source)
    found = connection.execute(
        f'SELECT file_row_number, file_index, "modelowners:row" FROM {scan}'
    ).fetchall()
    assert found == [(9, 8, 0)]


def test_broken_files_are_named(tmp_path: Path) -> None:
    make(tmp_path / "a.parquet", "SELECT 1 AS n")
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    Path(tmp_path / "c.parquet").symlink_to(tmp_path / "gone")
    _, source = opened(tmp_path, "*.parquet")
    assert [file.name for file in source.files] == ["a.parquet"]
    assert list(source.unreadable) == ["b.parquet"]


def test_literals_keep_what_they_are_given() -> None:
    connection = connect([])
    for value in (0.1, -1e300, 5e-324, 123456789.123456789, 0.1 + 0.2):
        row = connection.execute(f"SELECT {double(value)}").fetchone()
        assert row == (value,)
    for text in ("it's", 'a"b', "é😀\n"):
        row = connection.execute(f"SELECT {literal(text)} AS {quoted(text)}").fetchone()
        assert row == (text,)
