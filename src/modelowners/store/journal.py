"""
Journals: tables that only grow, each row chained to the one before.

A row's `hash` is SHA-256 over the previous row's hash and the row's own
canonical JSON. Editing, deleting, inserting or swapping rows therefore breaks
the chain at the row. A tail that was cut off leaves a valid chain: only a head
kept outside the database (a mail, a git note) can show that it is missing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import DDL, Column, String, event, func, insert, select, type_coerce
from sqlalchemy.types import TypeDecorator

from modelowners.core.ids import canonical_json
from modelowners.store.dialects import RowNumber
from modelowners.store.home import ALONE, WRITING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import ColumnElement, Connection, Table

GENESIS = "0" * 64
"""What stands for the hash before the first row."""

HASH = String(64)

_VERIFY_ROWS = 1000

_ONLY_GROWS = """\
CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME
USING ERRCODE = 'integrity_constraint_violation'; END$$"""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Where a chain is broken.

    Parameters
    ----------
    seq : int or None
        The first row that does not fit; None where rows after the last are missing.
    what : str
        What is wrong, for a person.
    """

    seq: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What `verify` found.

    Parameters
    ----------
    rows : int
        Rows that fit, counted from the first.
    head : str
        Hash of the last row that fits: 64 hexadecimal digits.
    fault : Fault or None
        None where the whole chain is sound.
    """

    rows: int
    head: str
    fault: Fault | None = None


def chain_columns() -> tuple[Column[int], Column[str], Column[str]]:
    """
    Give the columns of a journal: its row number, and both ends of its link.

    Returns
    -------
    tuple of Column
        `seq` (primary key, from 1), `prev` and `hash`.
    """
    return (
        Column("seq", RowNumber, primary_key=True, autoincrement=False),
        Column("prev", HASH, nullable=False),
        Column("hash", HASH, nullable=False),
    )


def append_only(table: Table) -> Table:
    """
    Make the database refuse to update or delete rows of a journal.

    Parameters
    ----------
    table : Table
        A journal, as declared; its triggers are made with it.

    Returns
    -------
    Table
        The same table.
    """
    for dialect in ("sqlite", "postgresql"):
        for text in append_only_triggers(table.name, dialect=dialect):
            quoted = text.replace("%", "%%")  # DDL is formatted
            trigger = DDL(quoted)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
            event.listen(table, "after_create", trigger.execute_if(dialect=dialect))
    return table


def append_only_triggers(table: str, *, dialect: str) -> tuple[str, ...]:
    """
    Write the triggers that refuse to alter a journal.

    Parameters
    ----------
    table : str
        Name of the journal.
    dialect : str
        ``sqlite`` or ``postgresql``.

    Returns
    -------
    tuple of str
        Statements, to be run in this order.

    Examples
    --------
    >>> print(append_only_triggers("changes", dialect="sqlite")[1])
    CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes
    BEGIN SELECT RAISE(ABORT, 'changes only grows'); END
    >>> print(append_only_triggers("changes", dialect="postgresql")[1])
    CREATE TRIGGER changes_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION only_grows()
    """
    if dialect == "postgresql":
        acts = "UPDATE OR DELETE OR TRUNCATE"
        trigger = (
            f"CREATE TRIGGER {table}_only_grows BEFORE {acts} ON {table}\n"
            "FOR EACH STATEMENT EXECUTE FUNCTION only_grows()"
        )
        return _ONLY_GROWS, trigger
    return tuple(
        f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}\n"
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        for act in ("update", "delete")
    )


def append(
    connection: Connection, table: Table, rows: Iterable[Mapping[str, object]]
) -> str:
    """
    Add rows at the end of a journal.

    The connection must be in a `Database.write` transaction, which keeps every
    other writer out, so that all appends form one chain.

    Parameters
    ----------
    connection : Connection
        Of `Database.write`.
    table : Table
        A journal.
    rows : iterable of mapping
        Values by column, without those of `chain_columns`; a column left out
        is null.

    Returns
    -------
    str
        The new head.

    Raises
    ------
    RuntimeError
        If others may write meanwhile: two appends could then claim one place.
    """
    if connection.get_execution_options().get(WRITING) != ALONE:
        raise RuntimeError("append to a journal in Database.write, alone")
    seq, prev = _last(connection, table)
    links: list[dict[str, object]] = []
    for row in rows:
        seq += 1
        link = {c.name: row.get(c.name) for c in table.columns} | {"seq": seq}
        digest = _hash(prev, _stored(connection, table, link))
        links.append(link | {"prev": prev, "hash": digest})
        prev = digest
    if links:
        connection.execute(insert(table), links)
    return prev


def head(connection: Connection, table: Table) -> str:
    """
    Give the hash of a journal's last row, to be kept outside the database.

    Returns
    -------
    str
        64 hexadecimal digits; `GENESIS` where the journal is empty.
    """
    return _last(connection, table)[1]


def verify(connection: Connection, table: Table, *, head: str | None = None) -> Verdict:
    """
    Walk a journal from its first row and say whether the chain is whole.

    Parameters
    ----------
    connection : Connection
        Of `Database.read` or `Database.write`.
    table : Table
        A journal.
    head : str, optional
        A head kept outside: without it a tail that was cut is invisible.

    Returns
    -------
    Verdict
        With the first fault, if there is one.
    """
    rows, prev = 0, GENESIS
    seen = head is None or head == GENESIS
    for found in _walk(connection, table):
        stored_prev, stored_hash = found.pop("prev"), found.pop("hash")
        what = None
        if found["seq"] != rows + 1:
            what = f"expected row {rows + 1}, found row {found['seq']}"
        elif stored_prev != prev:
            what = "the link to the row before does not fit"
        elif stored_hash != _hash(prev, found):
            what = "the content does not fit its hash"
        if what is not None:
            return Verdict(rows, prev, Fault(int(str(found["seq"])), what))
        rows, prev = rows + 1, str(stored_hash)
        seen = seen or prev == head
    if not seen:
        lost = "the head kept outside is not in the chain: its tail was cut"
        return Verdict(rows, prev, Fault(None, lost))
    return Verdict(rows, prev)


def _last(connection: Connection, table: Table) -> tuple[int, str]:
    newest = select(func.max(table.c.seq)).scalar_subquery()
    found = connection.execute(
        select(table.c.seq, table.c.hash).where(table.c.seq == newest)
    ).one_or_none()
    return (0, GENESIS) if found is None else (found.seq, found.hash)


def _hash(prev: str, row: Mapping[str, object]) -> str:
    return hashlib.sha256(prev.encode() + canonical_json(row)).hexdigest()


def _stored(
    connection: Connection, table: Table, row: Mapping[str, object]
) -> dict[str, object]:
    """Give the values as the database will hold them, without the link."""
    stored: dict[str, object] = {}
    for column in table.columns:
        if column.name in {"prev", "hash"}:
            continue
        value = row[column.name]
        if isinstance(column.type, TypeDecorator):
            value = column.type.process_bind_param(value, connection.dialect)
        stored[column.name] = value
    return stored


def _walk(connection: Connection, table: Table) -> Iterator[dict[str, object]]:
    columns = [_raw(column).label(column.name) for column in table.columns]
    statement = select(*columns).order_by(table.c.seq)
    # For this statement only: options of a connection would stay with it.
    batches = {"yield_per": _VERIFY_ROWS}
    with connection.execute(statement, execution_options=batches) as result:
        for row in result.mappings():
            yield dict(row)


def _raw(column: Column[object]) -> ColumnElement[object]:
    """Read a column as it is stored: an edit must not hide behind its type."""
    kind = column.type
    if isinstance(kind, TypeDecorator):
        return type_coerce(column, kind.impl_instance)
    return column
