from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, UniqueConstraint

from modelowners.store import metadata, schema


def test_there_is_one_schema() -> None:
    assert metadata is schema.metadata


def test_constraints_are_named_after_table_and_columns() -> None:
    """A nameless constraint could not be dropped by a later migration."""
    table = Table(
        "t",
        MetaData(naming_convention=metadata.naming_convention),
        Column("a", Integer, primary_key=True),
        Column("b", Integer),
        UniqueConstraint("a", "b"),
    )
    assert {str(rule.name) for rule in table.constraints} == {"pk_t", "uq_t_a_b"}
