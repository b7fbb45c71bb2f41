from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    Delete,
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    Update,
    delete,
    insert,
    select,
    update,
)

from modelowners.store.statements import PRIMARY_KEY, REGISTER, statement

THINGS = Table("things", MetaData(), Column("n", Integer, primary_key=True))


@pytest.fixture(autouse=True)
def register() -> Iterator[None]:
    before = dict(REGISTER)
    yield
    REGISTER.clear()
    REGISTER.update(before)


def test_the_name_goes_with_the_statement_as_a_comment() -> None:
    @statement(index=PRIMARY_KEY, n=1)
    def one(n: int) -> Select[int]:
        """Find one."""
        return select(THINGS.c.n).where(THINGS.c.n == n)

    assert str(one(3)).startswith("SELECT /* test_statements.one */ things.n")
    assert one.__doc__ == "Find one."


def test_every_sort_of_statement_carries_its_name() -> None:
    @statement()
    def put() -> Insert:
        return insert(THINGS)

    @statement(scan="all of them")
    def change() -> Update:
        return update(THINGS).values(n=1)

    @statement(scan="all of them")
    def drop() -> Delete:
        return delete(THINGS)

    for built, name in ((put(), "put"), (change(), "change"), (drop(), "drop")):
        assert f"/* test_statements.{name} */" in str(built)


def test_the_register_knows_index_reason_and_examples() -> None:
    @statement(index="things_by_n", n=5)
    def one(n: int) -> Select[int]:
        return select(THINGS.c.n).where(THINGS.c.n == n)

    named = REGISTER["test_statements.one"]
    assert (named.index, named.scan, named.examples) == ("things_by_n", None, {"n": 5})
    assert str(named.example()) == str(one(5))


def test_a_repositorys_statements_are_named_after_its_package() -> None:
    from modelowners.ledger import repository  # noqa: PLC0415 - fills the register

    assert REGISTER["ledger.known_ids"].build is repository.known_ids
