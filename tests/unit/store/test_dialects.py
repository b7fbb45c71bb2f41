from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from modelowners.core.ids import canonical_json
from modelowners.core.time import EPOCH, parse_instant, to_micros
from modelowners.store.database import Database
from modelowners.store.dialects import Instant, Json, RowNumber

instants = st.integers(-62_135_510_400, 253_402_214_399).map(
    lambda seconds: EPOCH + timedelta(seconds=seconds, microseconds=seconds % 1_000_003)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
SQLITE = sqlite.dialect()


@given(instants)
def test_an_instant_comes_back_as_it_went(at: datetime) -> None:
    kind = Instant()
    stored = kind.process_bind_param(at, SQLITE)
    assert isinstance(stored, int)
    assert kind.process_result_value(stored, SQLITE) == at


@given(instants, instants)
def test_instants_keep_their_order(one: datetime, other: datetime) -> None:
    assert (one < other) == (to_micros(one) < to_micros(other))


@given(json_values)
def test_a_json_value_comes_back_and_is_canonical(value: object) -> None:
    kind = Json()
    stored = kind.process_bind_param(value, SQLITE)
    assert stored.encode() == canonical_json(value)
    assert canonical_json(kind.process_result_value(stored, SQLITE)) == stored.encode()


def test_nothing_stays_nothing() -> None:
    assert Instant().process_bind_param(None, SQLITE) is None
    assert Instant().process_result_value(None, SQLITE) is None
    assert Json().process_result_value(None, SQLITE) is None


def test_types_through_a_real_table() -> None:
    table = Table(
        "t",
        MetaData(),
        Column("n", RowNumber, primary_key=True),
        Column("at", Instant),
        Column("body", Json),
    )
    at = parse_instant("2026-06-01T12:00:00.000001Z")
    with Database.open(":memory:") as database, database.write() as connection:
        table.create(connection)
        connection.execute(insert(table), {"at": at, "body": {"b": 1, "a": [None]}})
        connection.execute(insert(table), {"at": None, "body": None})
        first, second = connection.execute(select(table).order_by(table.c.n)).all()
        raw = connection.exec_driver_sql("select at, body from t order by n").all()
    assert first == (1, at, {"a": [None], "b": 1})
    assert second == (2, None, None)
    assert raw == [(to_micros(at), '{"a":[null],"b":1}'), (None, "null")]


def test_a_row_number_is_sqlites_own_and_big_elsewhere() -> None:
    table = Table("t", MetaData(), Column("n", RowNumber, primary_key=True))
    assert "n INTEGER" in str(CreateTable(table).compile(dialect=SQLITE))
    other = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    elsewhere = str(CreateTable(table).compile(dialect=other))
    assert "BIGSERIAL" in elsewhere
