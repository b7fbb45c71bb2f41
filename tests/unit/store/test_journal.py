from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, MetaData, String, Table, text
from sqlalchemy.exc import IntegrityError

from modelowners.core.ids import canonical_json
from modelowners.core.time import EPOCH
from modelowners.store import journal
from modelowners.store.database import Database
from modelowners.store.dialects import Instant, Json
from modelowners.store.journal import GENESIS, Fault, Verdict

LOG = journal.append_only(
    Table(
        "log",
        MetaData(),
        *journal.chain_columns(),
        Column("at", Instant),
        Column("note", String),
        Column("body", Json),
    )
)
Rows = list[dict[str, object]]

bodies = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5))
row_lists = st.lists(
    st.fixed_dictionaries({"note": st.text(max_size=5) | st.none(), "body": bodies}),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def connection() -> Iterator[Connection]:
    with Database.open(":memory:") as database, database.write() as found:
        LOG.create(found)
        yield found


def rows(n: int) -> Rows:
    return [{"at": EPOCH, "note": f"n{i}", "body": {"i": i}} for i in range(n)]


def unlock(connection: Connection) -> None:
    """Be the administrator who drops the triggers."""
    for act in ("update", "delete"):
        connection.execute(text(f"drop trigger log_no_{act}"))


def test_an_empty_journal_is_sound(connection: Connection) -> None:
    assert journal.head(connection, LOG) == GENESIS
    assert journal.verify(connection, LOG) == Verdict(0, GENESIS)
    assert journal.append(connection, LOG, []) == GENESIS
    assert journal.verify(connection, LOG, head=GENESIS).fault is None


def test_the_hash_is_the_one_that_is_documented(connection: Connection) -> None:
    row = {"at": EPOCH, "note": "a", "body": {"y": 1, "x": None}}
    stored = {"seq": 1, "at": 0, "note": "a", "body": '{"x":null,"y":1}'}
    expected = hashlib.sha256(GENESIS.encode() + canonical_json(stored)).hexdigest()
    assert journal.append(connection, LOG, [row]) == expected
    found = connection.execute(text("select seq, prev, hash from log")).one()
    assert found == (1, GENESIS, expected)


@given(row_lists, st.data())
def test_batches_make_no_difference(new: Rows, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(new)))
    heads = []
    for parts in ([new], [new[:cut], new[cut:]], [[row] for row in new]):
        with Database.open(":memory:") as database, database.write() as connection:
            LOG.create(connection)
            for part in parts:
                journal.append(connection, LOG, part)
            heads.append(journal.head(connection, LOG))
            verdict = journal.verify(connection, LOG, head=heads[-1])
            assert verdict == Verdict(len(new), heads[-1])
    assert len(set(heads)) == 1


@pytest.mark.parametrize("act", ["update log set note = 'x'", "delete from log"])
def test_the_database_refuses_to_alter_a_row(connection: Connection, act: str) -> None:
    journal.append(connection, LOG, rows(2))
    with pytest.raises(IntegrityError, match="log only grows"):
        connection.execute(text(act))


def test_replacing_a_row_is_refused_too(connection: Connection) -> None:
    journal.append(connection, LOG, rows(2))
    replace = "insert or replace into log (seq, prev, hash) values (1, 'x', 'x')"
    with pytest.raises(IntegrityError, match="log only grows"):
        connection.execute(text(replace))


def edit(connection: Connection, at: int, last: int) -> int:
    del last
    connection.execute(text(f"update log set note = 'forged' where seq = {at}"))
    return at


def edit_hidden_by_its_type(connection: Connection, at: int, last: int) -> int:
    """Add a blank to the JSON: the value is the same, the bytes are not."""
    del last
    connection.execute(text(f"update log set body = body || ' ' where seq = {at}"))
    return at


def cut_out(connection: Connection, at: int, last: int) -> int:
    connection.execute(text(f"delete from log where seq = {at}"))
    return at + 1 if at < last else 0


def close_the_gap(connection: Connection, at: int, last: int) -> int:
    connection.execute(text(f"delete from log where seq = {at}"))
    for seq in range(at + 1, last + 1):
        connection.execute(text(f"update log set seq = {seq - 1} where seq = {seq}"))
    return at if at < last else 0


def swap(connection: Connection, at: int, last: int) -> int:
    other = at + 1 if at < last else at - 1
    for old, new in ((at, 0), (other, at), (0, other)):
        connection.execute(text(f"update log set seq = {new} where seq = {old}"))
    return min(at, other)


def push_in(connection: Connection, at: int, last: int) -> int:
    for seq in range(last, at - 1, -1):
        connection.execute(text(f"update log set seq = {seq + 1} where seq = {seq}"))
    prev = "select hash from log where seq = " + str(at - 1)
    found = connection.execute(text(prev)).scalar() or GENESIS
    forged = hashlib.sha256(b"guess").hexdigest()
    connection.execute(
        text(f"insert into log (seq, prev, hash, body) values ({at}, :p, :h, '{{}}')"),
        {"p": found, "h": forged},
    )
    return at


def relink(connection: Connection, at: int, last: int) -> int:
    del last
    connection.execute(text(f"update log set prev = '{'f' * 64}' where seq = {at}"))
    return at


Forgery = Callable[[Connection, int, int], int]


@pytest.mark.parametrize(
    "forge",
    [
        edit,
        edit_hidden_by_its_type,
        cut_out,
        close_the_gap,
        swap,
        push_in,
        relink,
    ],
)
@pytest.mark.parametrize("at", [1, 2, 4, 6])
def test_a_forgery_is_found_at_its_row(
    connection: Connection, forge: Forgery, at: int
) -> None:
    head = journal.append(connection, LOG, rows(6))
    unlock(connection)
    seq = forge(connection, at, 6)
    verdict = journal.verify(connection, LOG)
    if seq:
        assert verdict.fault is not None
        assert verdict.fault.seq == seq
        assert verdict.rows == min(at, seq) - 1
    else:  # the last row was cut off: only a head kept outside shows it
        assert verdict.fault is None
        assert journal.verify(connection, LOG, head=head).fault is not None


@pytest.mark.parametrize("kept", [0, 1, 5])
def test_a_cut_tail_is_found_only_with_a_head(
    connection: Connection, kept: int
) -> None:
    head = journal.append(connection, LOG, rows(6))
    unlock(connection)
    connection.execute(text(f"delete from log where seq > {kept}"))
    assert journal.verify(connection, LOG).fault is None
    fault = journal.verify(connection, LOG, head=head).fault
    assert fault == Fault(None, fault.what if fault else "")
    assert "cut" in fault.what


def test_an_older_head_is_still_in_the_chain(connection: Connection) -> None:
    head = journal.append(connection, LOG, rows(3))
    journal.append(connection, LOG, rows(3))
    assert journal.verify(connection, LOG, head=head).fault is None


def test_a_rewritten_tail_is_found_with_the_old_head(connection: Connection) -> None:
    """Whoever can write can also compute hashes: only the head tells."""
    head = journal.append(connection, LOG, rows(6))
    unlock(connection)
    connection.execute(text("delete from log where seq > 3"))
    journal.append(connection, LOG, rows(3))
    assert journal.verify(connection, LOG).fault is None
    assert journal.verify(connection, LOG, head=head).fault is not None


def test_long_journals_are_walked_in_pieces(connection: Connection) -> None:
    many = rows(2500)
    head = journal.append(connection, LOG, many)
    assert journal.verify(connection, LOG, head=head) == Verdict(2500, head)
