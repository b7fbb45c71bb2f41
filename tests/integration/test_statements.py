"""The register of statements, walked: each runs on both databases, by its index."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from schema_worlds import import_all
from sqlalchemy import (
    Connection,
    Delete,
    Index,
    Insert,
    PrimaryKeyConstraint,
    Select,
    Table,
    UniqueConstraint,
    Update,
    insert,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import Compiled, SQLCompiler
from sqlalchemy.types import Boolean, Integer, LargeBinary, String

from modelowners.core.time import EPOCH, HOUR
from modelowners.store import metadata
from modelowners.store.database import Database
from modelowners.store.dialects import Instant, Json, Name
from modelowners.store.statements import PRIMARY_KEY, REGISTER, Named

if TYPE_CHECKING:
    from postgres_worlds import Server

ROWS = 3_000
GROUP = 10

import_all("repository")

NAMES = sorted(name for name in REGISTER if not name.startswith("test_"))
DIALECTS = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]  # the same
}


@pytest.fixture(scope="module", params=DIALECTS)
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Lend a database with some thousands of rows in every table."""
    where = ":memory:"
    if request.param == "postgresql":
        postgres: Server = request.getfixturevalue("postgres")
        where = postgres.fresh()
    with Database.open(where) as database, database.write() as found:
        for table in metadata.sorted_tables:
            if table.name != "schema_revisions":
                found.execute(
                    insert(table), [row(table, n) for n in range(1, ROWS + 1)]
                )
        if request.param == "postgresql":
            found.exec_driver_sql("ANALYZE")
            # So few rows are rightly read at once; the question here is which
            # index can answer.
            for way in ("seqscan", "bitmapscan"):
                found.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        yield found


def row(table: Table, n: int) -> dict[str, object]:
    """Make up a row: what a key of several columns begins with repeats."""
    made: dict[str, object] = {}
    repeating = leading(table)
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
            assert isinstance(column.type, String | Name), f"make up {column.type!r}"
            number = n // GROUP if column.name in repeating else n
            made[column.name] = f"{column.name} {number}"
    return made


def leading(table: Table) -> set[str]:
    """Give the columns that a key or an index of several columns begins with."""
    keys = [list(rule.columns.keys()) for rule in (*table.indexes, *uniques(table))]
    return {key[0] for key in keys if len(key) > 1} - {
        k[0] for k in keys if len(k) == 1
    }


def uniques(table: Table) -> list[PrimaryKeyConstraint | UniqueConstraint]:
    """Give the keys of a table."""
    kinds = PrimaryKeyConstraint, UniqueConstraint
    return [rule for rule in table.constraints if isinstance(rule, kinds)]


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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sql_is_the_one_that_was_reviewed(
    dialect: str, golden: Callable[[str, str], None]
) -> None:
    compiled = {n: str(build(n).compile(dialect=DIALECTS[dialect])) for n in NAMES}
    assert all(f"/* {name} */" in sql for name, sql in compiled.items())
    said = "".join(f"-- {name}\n{sql.strip()};\n\n" for name, sql in compiled.items())
    golden(f"{dialect}.sql", re.sub(r" +\n", "\n", said))


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_uses_its_index(connection: Connection, name: str) -> None:
    built = build(name)
    if isinstance(built, Insert):  # it needs no index
        assert isinstance(built.table, Table)
        with connection.begin_nested() as undone:
            connection.execute(built, [row(built.table, ROWS + 1)])
            undone.rollback()
        return
    if isinstance(built, Update) and not built._values:
        # What is set is the caller's: here each column to what it holds.
        built = built.values({column.name: column for column in built.table.columns})
    compiled = built.compile(
        connection.engine, compile_kwargs={"render_postcompile": True}
    )
    if connection.dialect.name == "postgresql":
        check_postgresql(REGISTER[name], nodes(connection, compiled))
    else:
        check_sqlite(connection, REGISTER[name], steps(connection, compiled))
    with connection.begin_nested() as undone:
        connection.execute(built)
        undone.rollback()


def values_of(compiled: Compiled) -> dict[str, object]:
    """Give the example's values as the driver gets them."""
    assert isinstance(compiled, SQLCompiler)
    given = compiled.construct_params(_check=False)
    processors = compiled._bind_processors
    return {
        name: processors[name](value)  # type: ignore[operator]  # no tuple among ours
        if value is not None and name in processors
        else value
        for name, value in given.items()
    }


def steps(connection: Connection, compiled: SQLCompiler) -> list[str]:
    """Ask SQLite how it would run a statement."""
    values = values_of(compiled)
    bound = tuple(values[name] for name in compiled.positiontup or ())
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", bound)
    return [step.detail for step in plan]


def nodes(connection: Connection, compiled: Compiled) -> list[dict[str, object]]:
    """Ask PostgreSQL how it would run a statement: every node of its plan."""
    asked = f"EXPLAIN (FORMAT JSON, COSTS OFF) {compiled}"
    plan = connection.exec_driver_sql(asked, values_of(compiled)).scalar_one()
    waiting = [
        json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"]
    ]
    found = []
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += node.get("Plans", [])
    return found


def check_postgresql(named: Named, plan: list[dict[str, object]]) -> None:
    told = f"{named.name}: {plan}"
    if named.scan is not None:
        return
    used = {str(node["Index Name"]) for node in plan if "Index Name" in node}
    assert not any(node["Node Type"] == "Seq Scan" for node in plan), told
    if named.index == PRIMARY_KEY:
        assert used & {str(t.primary_key.name) for t in metadata.tables.values()}, told
    else:
        assert named.index in used, told


def check_sqlite(connection: Connection, named: Named, plan: list[str]) -> None:
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
