"""The state on both databases: transactions, chains, going alone, claims."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from incident_worlds import NOON, World, cause, read_catalog
from schema_worlds import unlock
from sqlalchemy import Column, MetaData, Table, text
from sqlalchemy.exc import IntegrityError

from modelowners.app.loop import turn
from modelowners.core.errors import StateError
from modelowners.core.time import EPOCH
from modelowners.incidents.repository import Incidents
from modelowners.incidents.tables import outbox
from modelowners.store import journal
from modelowners.store.database import NEEDED, REVISION, Database, home_of
from modelowners.store.dialects import Instant, Json, Name

ONE_ROW = "insert into leases (name, holder, until) values ('a', 'me', 1)"

LOG = journal.append_only(
    Table(
        "log",
        MetaData(),
        *journal.chain_columns(),
        Column("at", Instant),
        Column("note", Name),
        Column("body", Json),
    )
)


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("select count(*) from leases")).scalar_one())


def entries(n: int, name: str = "n") -> list[dict[str, object]]:
    return [{"at": EPOCH, "note": f"{name}{i}", "body": {"i": i}} for i in range(n)]


def python(code: str, *args: str) -> subprocess.Popen[str]:
    run = [sys.executable, "-c", code, *args]
    return subprocess.Popen(run, stdout=-1, stderr=-1, stdin=-1, text=True)


def test_it_exists_once_it_was_made(place: str) -> None:
    assert not home_of(place).exists()
    Database.open(place).close()
    assert home_of(place).exists()
    with Database.open(place) as database:
        assert count(database) == 0


def test_an_exception_undoes_the_whole_transaction(place: str) -> None:
    def stop_halfway(database: Database) -> None:
        with database.write() as connection:
            connection.execute(text(ONE_ROW))
            raise KeyError

    with Database.open(place) as database:
        with pytest.raises(KeyError):
            stop_halfway(database)
        assert count(database) == 0


def test_a_reader_keeps_its_view_while_another_writes(place: str) -> None:
    with Database.open(place) as database:
        with database.read() as reader:
            before = reader.execute(text("select count(*) from leases")).scalar_one()
            with database.write() as writer:
                writer.execute(text(ONE_ROW))
            after = reader.execute(text("select count(*) from leases")).scalar_one()
        assert (before, after, count(database)) == (0, 0, 1)


def test_a_broken_rule_of_the_schema_is_a_fault_of_ours(place: str) -> None:
    with Database.open(place) as database:
        with pytest.raises(IntegrityError), database.write() as connection:
            connection.execute(text("insert into leases values ('a', null, 1)"))
        assert count(database) == 0


def test_what_a_writer_reads_stays_true_until_it_commits(place: str) -> None:
    """Forty times read, add one, write, from four threads: none is lost."""
    with Database.open(place) as database:
        with database.write() as connection:
            connection.execute(text("insert into leases values ('n', '', 0)"))

        def raise_ten_times() -> None:
            with Database.open(place) as mine:
                for _ in range(10):
                    with mine.write() as connection:
                        until = connection.execute(text("select until from leases"))
                        connection.execute(
                            text("update leases set until = :n"),
                            {"n": until.scalar_one() + 1},
                        )

        threads = [threading.Thread(target=raise_ten_times) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.read() as connection:
            found = connection.execute(text("select until from leases")).scalar_one()
    assert found == 40


MAKE = """
import sys
from modelowners.store.database import Database
Database.open(sys.argv[1]).close()
"""


def test_processes_that_start_at_once_make_one_schema(place: str) -> None:
    for process in [python(MAKE, place) for _ in range(3)]:
        _, stderr = process.communicate()
        assert (process.returncode, stderr) == (0, "")
    with Database.open(place) as database, database.read() as connection:
        found = connection.execute(text("select version_num from alembic_version"))
        assert found.scalars().all() == [REVISION]


def test_start_up_imports_alembic_only_where_there_is_something_to_do(
    place: str,
) -> None:
    code = MAKE + "print('alembic' in sys.modules)"
    said = [python(code, place).communicate()[0].strip() for _ in range(2)]
    assert said == ["True", "False"]


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with Database.open(place) as found:
        with found.write() as connection:
            LOG.create(connection)
        yield found


def test_the_hashes_are_the_same_on_both(database: Database) -> None:
    with database.write() as connection:
        head = journal.append(connection, LOG, entries(3, "ä\0\U0001f600"))
    assert head.startswith("8b1b71a7")
    with database.read() as connection:
        assert journal.verify(connection, LOG, head=head) == journal.Verdict(3, head)


@pytest.mark.parametrize(
    "act", ["update log set note = 'x'", "delete from log where seq = 1"]
)
def test_the_database_refuses_to_alter_a_journal(database: Database, act: str) -> None:
    with database.write() as connection:
        journal.append(connection, LOG, entries(2))
    with (
        pytest.raises(IntegrityError, match="log only grows"),
        database.write() as connection,
    ):
        connection.execute(text(act))


def test_a_forgery_by_the_administrator_is_found_at_its_row(
    database: Database,
) -> None:
    with database.write() as connection:
        head = journal.append(connection, LOG, entries(4))
        unlock(connection, "log")
        connection.execute(text("update log set note = 'forged' where seq = 3"))
        verdict = journal.verify(connection, LOG)
        assert verdict.fault is not None
        assert (verdict.rows, verdict.fault.seq) == (2, 3)
        connection.execute(text("delete from log where seq >= 3"))
        assert journal.verify(connection, LOG).fault is None
        cut = journal.verify(connection, LOG, head=head).fault
        assert cut is not None
        assert "cut" in cut.what


APPEND = """
import sys
from sqlalchemy import Column, MetaData, Table
from modelowners.store import journal
from modelowners.store.database import Database
from modelowners.store.dialects import Instant, Json, Name
LOG = Table("log", MetaData(), *journal.chain_columns(),
    Column("at", Instant), Column("note", Name), Column("body", Json))
with Database.open(sys.argv[1]) as database:
    for n in range(20):
        with database.write() as connection:
            rows = [{"note": f"{sys.argv[2]}{n}", "body": {}} for _ in range(1 + n % 3)]
            journal.append(connection, LOG, rows)
"""


def test_concurrent_appends_form_one_chain(place: str, database: Database) -> None:
    started = [python(APPEND, place, name) for name in "abcd"]
    for process in started:
        assert process.communicate()[1] == ""
    with database.read() as connection:
        verdict = journal.verify(connection, LOG)
        notes = connection.execute(text("select note from log order by seq")).scalars()
        order = [note for note in notes if note.startswith("a")]
    assert verdict.fault is None
    assert verdict.rows == 4 * sum(1 + n % 3 for n in range(20))
    assert order == sorted(order, key=lambda note: int(note[1:]))


def test_appending_beside_other_writers_is_refused(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        pytest.skip("an SQLite file has one writer in any case")
    with (
        pytest.raises(RuntimeError, match="alone"),
        database.write(alone=False) as connection,
    ):
        journal.append(connection, LOG, entries(1))


HOLD = """
import sys
from modelowners.store.database import Database
with Database.open(sys.argv[1]).sole("loop") as alone:
    print(alone, flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_until_it_ends_however_it_ends(place: str) -> None:
    with Database.open(place) as database:
        for end in ("left", "killed"):
            other = python(HOLD, place)
            assert other.stdout is not None
            assert other.stdout.readline() == "True\n"
            with database.sole("loop") as alone:
                assert not alone
            with database.sole("something else") as alone:
                assert alone
            if end == "killed":
                other.kill()
            other.communicate("")
            assert take(database)
        assert take(database)


def take(database: Database) -> bool:
    """Take what a dead process held; a server needs a moment to see that it died."""
    for _ in range(100):
        with database.sole("loop") as alone:
            if alone:
                return True
        threading.Event().wait(0.05)
    return False


def test_a_name_may_hold_any_character_and_is_ordered_byte_by_byte(
    place: str,
) -> None:
    names = ["a", "B", "ä", "Z", "_", "~", "a b", "é'\"%;", "\U0001f600", "nul\0"]
    with Database.open(place) as database:
        with database.write() as connection:
            for name in names:
                row = {"name": Name().process_bind_param(name, connection.dialect)}
                connection.execute(
                    text("insert into leases values (:name, 'me', 1)"), row
                )
        with database.read() as connection:
            found = connection.execute(text("select name from leases order by name"))
            kept = list(found.scalars())
    assert kept == sorted((n.replace("\0", "\ufffd") for n in names), key=str.encode)


def test_a_newer_schema_that_left_us_behind_is_refused(place: str) -> None:
    pretend(place, "9999", serves="9998")
    with pytest.raises(StateError, match="9999 is newer") as caught:
        Database.open(place)
    assert REVISION in str(caught.value)
    assert "Upgrade modelowners" in str(caught.value)


def test_a_newer_schema_that_serves_us_is_used_but_not_by_our_loop(
    place: str,
) -> None:
    pretend(place, "9999", serves=NEEDED)
    with Database.open(place) as database:
        assert count(database) == 0
        with pytest.raises(StateError, match="newer release"), database.sole("loop"):
            pass
    assert Database.upgrade(place) == ("9999", "9999")


def pretend(place: str, revision: str, *, serves: str) -> None:
    """Leave a database as a newer release would."""
    with Database.open(place) as database, database.write() as connection:
        connection.execute(
            text("update alembic_version set version_num = :r"), {"r": revision}
        )
        connection.execute(
            text("insert into schema_revisions values (:r, 'expand', :s)"),
            {"r": revision, "s": serves},
        )


def test_a_database_of_something_else_is_left_alone(place: str) -> None:
    database = Database(home_of(place))
    with database.write() as connection:
        connection.execute(text("create table songs (title text)"))
    with pytest.raises(StateError, match="something else"):
        Database.open(place)
    with database.read() as connection:
        assert connection.execute(text("select * from songs")).all() == []


CLAIM = """
import json, sys
from modelowners.core.time import parse_instant
from modelowners.incidents.repository import Incidents
from modelowners.store.database import Database
with Database.open(sys.argv[1]) as database:
    incidents, got = Incidents(database), []
    print("ready", flush=True)
    sys.stdin.readline()
    while claimed := incidents.claim(parse_instant(sys.argv[2]), limit=1):
        got += [f"{one.event} {one.address}" for one in claimed]
    print(json.dumps(got))
"""


def test_no_two_processes_claim_the_same_message(place: str, tmp_path: Path) -> None:
    with Database.open(place) as database:
        fill(database, tmp_path, times=8)
        waiting = len(Incidents(database).waiting())
    started = [python(CLAIM, place, NOON.isoformat()) for _ in range(3)]
    for process in started:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
    got: list[str] = []
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        out, err = process.communicate()
        assert err == ""
        got += json.loads(out)
    assert len(got) == len(set(got)) == waiting > 10


def fill(database: Database, folder: Path, *, times: int) -> None:
    """Open an incident and leave its messages unsent, to many addresses each."""
    world = World(read_catalog(folder), database=database)
    world.make_sick(cause(0.9))
    with suppress(StopIteration):
        world.incidents.claim = stop  # type: ignore[method-assign, assignment]  # fails
        turn(world, as_of=NOON)
    kept = ", ".join(c.name for c in outbox.c if c.name not in {"id", "target"})
    with database.write() as connection:
        for n in range(1, times):
            connection.execute(
                text(
                    f"insert into outbox (target, {kept}) "
                    f"select 'x{n}-' || event_n, {kept} from outbox "
                    "where target not like 'x%'"
                )
            )


def stop(*_: object, **__: object) -> None:
    raise StopIteration


def test_a_claim_does_not_wait_for_who_writes_alone(place: str, tmp_path: Path) -> None:
    if "://" not in place:
        pytest.skip("an SQLite file has one writer in any case")
    with Database.open(place) as database, Database.open(place) as other:
        fill(database, tmp_path, times=2)
        with database.write() as connection:
            connection.execute(text(ONE_ROW))
            assert Incidents(other).claim(NOON, limit=1)
        with pytest.raises(StateError), database.read() as connection:
            connection.execute(text(ONE_ROW))
