from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from modelowners.connectors.tickets import (
    BadExport,
    BadForm,
    CsvTable,
    ParquetTable,
    open_table,
    read_form,
)
from modelowners.core.errors import InputError
from modelowners.measurement.ticketmap import BadMap

TEXT = 'id,team\n1,desk\n2,"a, b"\n'
MAP = "shape: states\nid: n\nat: t\nteam: g\n"


def write(place: Path, data: bytes | str) -> Path:
    place.write_bytes(data if isinstance(data, bytes) else data.encode())
    return place


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        gzip.compress(TEXT.encode()),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\n\n").encode(),
    ],
    ids=["plain", "gzip", "byte-order mark", "windows", "blank lines"],
)
def test_csv_in_all_its_clothes(tmp_path: Path, data: bytes) -> None:
    place = write(tmp_path / "tickets.csv", data)
    table = open_table(place)
    assert isinstance(table, CsvTable)
    assert list(table.columns) == ["id", "team"]
    assert list(table.rows()) == [["1", "desk"], ["2", "a, b"]]
    assert table.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_are_seen_in_the_header(tmp_path: Path, mark: str) -> None:
    place = write(tmp_path / "t.csv", f"id{mark}team\n1{mark}a,b\n")
    assert list(open_table(place).rows()) == [["1", "a,b"]]


def test_the_name_of_a_file_does_not_tell_its_format(tmp_path: Path) -> None:
    place = write(tmp_path / "tickets.parquet", TEXT)
    assert isinstance(open_table(place), CsvTable)


def test_parquet_gives_times_as_times_and_all_else_as_text(tmp_path: Path) -> None:
    place = tmp_path / "[t] it's.csv"
    quoted = str(place).replace("'", "''")
    duckdb.sql(
        "copy (select 7 as id, timestamp '2026-06-01 01:02:03' as naive, "
        "timestamptz '2026-06-01 01:00:00+02' as aware, date '2026-06-02' as day, "
        f"null::varchar as team, true as open) to '{quoted}' (format parquet)"
    )
    table = open_table(place)
    assert isinstance(table, ParquetTable)
    assert list(table.columns) == ["id", "naive", "aware", "day", "team", "open"]
    assert list(table.rows()) == [
        [
            "7",
            datetime(2026, 6, 1, 1, 2, 3),  # noqa: DTZ001 - the file names no zone
            datetime(2026, 5, 31, 23, tzinfo=UTC),
            datetime(2026, 6, 2),  # noqa: DTZ001 - the same
            None,
            "true",
        ]
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"\n1,2\n", "its first line names no columns"),
        (b"id,id\n1,2\n", 'two columns are called "id"'),
        (b"id,t\xff\n", "it is not UTF-8 text"),
        (gzip.compress(TEXT.encode())[:-9], "its gzip stream is damaged"),
        (b"\x1f\x8b\x08 no gzip", "its gzip stream is damaged"),
        (b'id,team\n1,"' + b"x" * 200_000, "field larger than field limit"),
        (b"PAR1 no parquet", "Parquet"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_says_why(tmp_path: Path, data: bytes, why: str) -> None:
    place = write(tmp_path / "t.csv", data)
    with pytest.raises(InputError) as refused:
        list(open_table(place).rows())
    assert why in str(refused.value)
    assert str(place) in str(refused.value)


def test_what_is_not_there_says_so(tmp_path: Path) -> None:
    for place in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadExport, match="Cannot read"):
            open_table(place)


def test_a_map_is_read_strictly(tmp_path: Path) -> None:
    assert read_form(write(tmp_path / "m.yaml", MAP)).team == ("g",)
    with pytest.raises(BadForm, match="No such file"):
        read_form(tmp_path / "none.yaml")
    with pytest.raises(BadForm, match="it is empty"):
        read_form(write(tmp_path / "m.yaml", ""))
    with pytest.raises(BadForm, match=r"duplicate key"):
        read_form(write(tmp_path / "m.yaml", MAP + "id: m\n"))
    with pytest.raises(BadMap, match='lacks "team"'):
        read_form(write(tmp_path / "m.yaml", MAP.replace("team: g\n", "")))
