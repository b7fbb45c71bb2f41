from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from modelowners.observations.engines.duckdb.exports import BadParquet, Export


def write(place: Path, sql: str) -> Path:
    duckdb.sql(f"copy ({sql}) to '{place}' (format parquet)")
    return place


def test_rows_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    place = write(tmp_path / "t.parquet", "select range as n from range(30000)")
    found = [row[0] for row in Export(place).rows()]
    assert found == [str(n) for n in range(30_000)]


def test_columns_may_be_called_anything(tmp_path: Path) -> None:
    place = write(tmp_path / "t.parquet", 'select 1 as "a ""b", 2 as "select"')
    export = Export(place)
    assert export.columns == ('a "b', "select")
    assert list(export.rows()) == [["1", "2"]]


def test_nested_values_are_text(tmp_path: Path) -> None:
    place = write(tmp_path / "t.parquet", "select [1, 2] as list, {'a': 1} as map")
    assert list(Export(place).rows()) == [["[1, 2]", "{'a': 1}"]]


def test_damage_is_told_in_one_line(tmp_path: Path) -> None:
    place = tmp_path / "t.parquet"
    place.write_bytes(b"PAR1" + b"\0" * 40 + b"PAR1")
    with pytest.raises(BadParquet) as refused:
        Export(place)
    assert str(refused.value).startswith(f"Cannot read {place} as Parquet: ")
    assert "\n" not in str(refused.value)
