"""The register of statements, walked: each runs, compiles elsewhere, uses its index."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import (
    Connection,
    Delete,
    Index,
    Insert,
    Select,
    Table,
    UniqueConstraint,
    Update,
    insert,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.compiler import Compiled, SQLCompiler
from sqlalchemy.types import Boolean, Integer, LargeBinary, String

import modelowners
from modelowners.core.time import EPOCH, HOUR
from modelowners.store import metadata
from modelowners.store.database import Database
from modelowners.store.dialects import Instant, Json
from modelowners.store.statements import PRIMARY_KEY, REGISTER, Named

ROWS = 3_000

for package in pkgutil.iter_modules(modelowners.__path__):
    place = Path(modelowners.__path__[0]) / package.name / "repository.py"
    if place.is_file():
        importlib.import_module(f"modelowners.{package.name}.repository")

NAMES = sorted(name for name in REGISTER if not name.startswith("test_"))


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """Lend a database with some thousands of rows in every table."""
    with Database.open(":memory:") as database, database.write() as found:
        for table in metadata.sorted_tables:
            found.execute(insert(table), [row(table, n) for n in range(1, ROWS + 1)])
        yield found


def row(table: Table, n: int) -> dict[str, object]:
    """Make up a row; few columns repeat, so that every index is worth its while."""
    made: dict[str, object] = {}
    for column in table.columns:
        if isinstance(column.type, Instant):
            made[column.name] = EPOCH + n * HOUR
        elif isinstance(column.type, Json):
            made[column.name] = {"n": n}
        elif isinstance(column.type, LargeBinary):
            made[column.name] = b"%d" % n
        elif isinstance(column.type, Boolean):
            made[column.name] = n % 2 == 0
        elif isinstance(column.type, Integer):
            made[column.name] = n
        else:
            assert isinstance(column.type, String), f"make up a {column.type!r}"
            made[column.name] = f"{column.name} {n}"
    return made


def build(name: str) -> Select[object] | Insert | Update | Delete:
    built = REGISTER[name].example()
    assert isinstance(built, Select | Insert | Update | Delete)
    return built


def test_the_register_is_not_empty() -> None:
    assert {"ledger.changes_of", "app.newest_revision"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_reads_or_why_it_scans(name: str) -> None:
    named = REGISTER[name]
    if not isinstance(build(name), Insert):
        assert (named.index is None) != (named.scan is None)


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles_for_postgresql(name: str) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    sql = str(build(name).compile(dialect=dialect))
    assert f"/* {name} */" in sql


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_uses_its_index(connection: Connection, name: str) -> None:
    built = build(name)
    if isinstance(built, Insert):
        pytest.skip("an insert needs no index; the suites of its package run it")
    compiled = built.compile(
        connection.engine, compile_kwargs={"render_postcompile": True}
    )
    values = compiled.construct_params(_check=False)
    plan = connection.exec_driver_sql(
        f"EXPLAIN QUERY PLAN {compiled}",
        tuple(
            bound(compiled, name, values[name]) for name in compiled.positiontup or ()
        ),
    )
    check(connection, REGISTER[name], [step.detail for step in plan])
    if not any(parameter.required for parameter in compiled.binds.values()):
        with connection.begin_nested() as undone:
            connection.execute(built)
            undone.rollback()


def bound(compiled: Compiled, name: str, value: object) -> object:
    """Give a value as the driver gets it."""
    assert isinstance(compiled, SQLCompiler)
    process = compiled._bind_processors.get(name)
    return process(value) if callable(process) and value is not None else value


def check(connection: Connection, named: Named, plan: list[str]) -> None:
    told = f"{named.name}: {plan}"
    if named.scan is not None:
        return
    reads = [re.search(r"INDEX (\w+)|INTEGER PRIMARY KEY", step) for step in plan]
    used = [columns(connection, found[1]) for found in reads if found]
    if named.index == PRIMARY_KEY:
        keys = [
            list(table.primary_key.columns.keys()) for table in metadata.tables.values()
        ]
        newest = any(step.startswith("SCAN") for step in plan)
        assert newest or any(index is None or index in keys for index in used), told
        assert not any("TEMP B-TREE" in step for step in plan), told
    else:
        assert declared(str(named.index)) in used, told
        assert not any(step.startswith("SCAN ") for step in plan), told


def columns(connection: Connection, index: str | None) -> list[str] | None:
    """Give the columns of an index of SQLite; None of the row's own number."""
    if index is None:
        return None
    return [
        info[2] for info in connection.exec_driver_sql(f"pragma index_info({index})")
    ]


def declared(name: str) -> list[str]:
    """Give the columns of an index or a unique constraint, as its table declares it."""
    for table in metadata.tables.values():
        for rule in (*table.indexes, *table.constraints):
            if isinstance(rule, Index | UniqueConstraint) and rule.name == name:
                return [column.name for column in rule.columns]
    raise AssertionError(name)
