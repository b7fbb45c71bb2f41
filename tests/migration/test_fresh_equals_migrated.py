"""What the revisions build is what the tables declare, to the last trigger."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect

import modelowners
from modelowners.store import metadata
from modelowners.store.database import Database

PACKAGES = [m.name for m in pkgutil.iter_modules(modelowners.__path__) if m.ispkg]


@pytest.fixture(autouse=True)
def every_table() -> None:
    """Import every module that declares tables."""
    folder = Path(modelowners.__path__[0])
    for package in PACKAGES:
        if (folder / package / "tables.py").is_file():
            importlib.import_module(f"modelowners.{package}.tables")


@pytest.fixture
def migrated() -> Iterator[Connection]:
    with Database.open(":memory:") as database, database.write() as connection:
        yield connection


@pytest.fixture
def declared() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()


def columns(connection: Connection) -> dict[str, object]:
    found = inspect(connection)
    return {
        table: {
            str(c["name"]): (str(c["type"]), c["nullable"], c["default"])
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


def written(connection: Connection, kind: str) -> dict[str, str]:
    """Give the statements that made indexes or triggers, freed from layout."""
    found = connection.exec_driver_sql(
        "select name, sql from sqlite_master where type = ? and sql is not null",
        (kind,),
    )
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
