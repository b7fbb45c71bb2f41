"""What the revisions build is what the tables declare, to the last trigger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from schema_worlds import import_all
from sqlalchemy import Connection, inspect

from modelowners.store import metadata
from modelowners.store.database import Database, home_of

if TYPE_CHECKING:
    from postgres_worlds import Server

import_all("tables")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Give two places for a state, both fresh."""
    if request.param == "sqlite":
        return ":memory:", ":memory:"
    postgres: Server = request.getfixturevalue("postgres")
    return postgres.fresh(), postgres.fresh()


@pytest.fixture(scope="module")
def migrated(places: tuple[str, str]) -> Iterator[Connection]:
    with Database.open(places[0]) as database, database.write() as connection:
        yield connection


@pytest.fixture(scope="module")
def declared(places: tuple[str, str]) -> Iterator[Connection]:
    with Database(home_of(places[1])) as database, database.write() as connection:
        metadata.create_all(connection)
        yield connection


def columns(connection: Connection) -> dict[str, object]:
    found = inspect(connection)
    return {
        table: {
            str(c["name"]): (repr(c["type"]), c["nullable"], c["default"])
            for c in found.get_columns(table)
        }
        for table in sorted(set(found.get_table_names()) - {"alembic_version"})
    }


def rules(connection: Connection) -> dict[str, object]:
    """Give keys and constraints, with their names."""
    found = inspect(connection)
    return {
        table: (
            found.get_pk_constraint(table),
            sorted(str(sorted(c.items())) for c in found.get_unique_constraints(table)),
            sorted(str(sorted(c.items())) for c in found.get_foreign_keys(table)),
            sorted(str(sorted(c.items())) for c in found.get_check_constraints(table)),
        )
        for table in sorted(set(found.get_table_names()) - {"alembic_version"})
    }


WRITTEN = {
    "sqlite": {
        kind: "select name, sql from sqlite_master "
        f"where type = '{kind}' and sql is not null"
        for kind in ("index", "trigger")
    },
    "postgresql": {
        "index": "select indexname, indexdef from pg_indexes "
        "where schemaname = 'public' and tablename <> 'alembic_version'",
        "trigger": "select tgname, "
        "pg_get_triggerdef(oid) || pg_get_functiondef(tgfoid) "
        "from pg_trigger where not tgisinternal",
    },
}


def written(connection: Connection, kind: str) -> dict[str, str]:
    """Give the statements that made indexes or triggers, freed from layout."""
    asked = WRITTEN[connection.dialect.name][kind]
    found = connection.exec_driver_sql(asked.replace("%", "%%"))
    return {name: re.sub(r"[\s\"]+", " ", sql) for name, sql in found}


def test_columns(migrated: Connection, declared: Connection) -> None:
    assert columns(migrated) == columns(declared)


def test_keys_and_constraints(migrated: Connection, declared: Connection) -> None:
    assert rules(migrated) == rules(declared)


@pytest.mark.parametrize("kind", ["index", "trigger"])
def test_indexes_and_triggers(
    migrated: Connection, declared: Connection, kind: str
) -> None:
    assert written(migrated, kind) == written(declared, kind)
    assert written(migrated, kind)


def test_alembic_itself_sees_no_difference(migrated: Connection) -> None:
    context = MigrationContext.configure(migrated, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []
