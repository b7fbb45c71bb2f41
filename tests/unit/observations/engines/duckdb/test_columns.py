"""Engine types are told apart, and casts that can fail are known to."""

import pytest

from modelowners.observations.engines.duckdb.columns import (
    DECLARABLE,
    Column,
    Kind,
    as_label,
    kind_of,
    number_text,
    target_type,
)
from modelowners.observations.engines.duckdb.connection import connect


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        *((name, Kind.NUMERIC) for name in ("TINYINT", "UBIGINT", "HUGEINT", "FLOAT")),
        *((name, Kind.NUMERIC) for name in ("DECIMAL(38,10)", "DATE", "TIMESTAMP_NS")),
        *((name, Kind.TEXT) for name in ("VARCHAR", "BOOLEAN", "UUID", "ENUM('a')")),
        *((name, Kind.SKIPPED) for name in ("INTEGER[]", "BLOB", "STRUCT(a INTEGER)")),
        *((name, Kind.SKIPPED) for name in ("DOUBLE[3]", "MAP(VARCHAR, DOUBLE)")),
    ],
)
def test_kinds(type_name: str, kind: Kind) -> None:
    assert kind_of(type_name) is kind


def test_every_declarable_type_reads_text() -> None:
    for name in DECLARABLE:
        target = target_type("VARCHAR", name)
        column = Column(name="x", type_name="VARCHAR", target=target)
        assert column.can_fail is (target != "VARCHAR")
    assert target_type("INTEGER[]", "double") == "INTEGER[]"
    assert target_type("BIGINT", "string") == "VARCHAR"
    assert target_type("BIGINT", None) == "BIGINT"


@pytest.mark.parametrize(
    ("stored", "value", "failed"),
    [
        ("' 1.5 '", 1.5, False),
        ("'NA'", None, False),
        ("''", None, False),
        ("NULL", None, False),
        ("'1,5'", None, True),
        ("'high'", None, True),
    ],
)
def test_text_read_as_numbers(stored: str, value: float | None, failed: bool) -> None:
    column = Column(name="x", type_name="VARCHAR", target="DOUBLE")
    found = connect([]).execute(
        f"SELECT {column.value()}, {column.failed()} FROM (SELECT {stored} AS x)"
    )
    assert found.fetchone() == (value, failed)


@pytest.mark.parametrize(
    ("number", "text"), [("2.0", "2"), ("2.5", "2.5"), ("-0.0", "0"), ("1e20", "1e20")]
)
def test_numbers_as_partitions_write_them(number: str, text: str) -> None:
    sql = number_text(f"{number}::DOUBLE")
    (found,) = connect([]).execute(f"SELECT {sql}").fetchone() or ("",)
    assert float(found) == float(text)
    assert found == text or "e" in text
    column = Column(name="x", type_name="DOUBLE", target="DOUBLE")
    assert "BIGINT" in as_label(column)
