from __future__ import annotations

from pathlib import Path

import pytest

from modelowners.app.lines import text
from modelowners.app.settings import Settings
from modelowners.app.tickets import (
    KEY_NAME,
    Imported,
    NothingUsable,
    import_tickets,
    masking,
    tell_import,
)
from modelowners.app.wiring import Program
from modelowners.core.time import VirtualClock, parse_instant
from modelowners.measurement.repository import Kept

NOW = parse_instant("2026-07-01")
MAP = """\
shape: states
id: n
at: at
state: state
done: [Resolved]
team: team
person: who
"""
ROWS = """\
n,at,state,team,who
1,2026-06-01T01:00,New,desk,Ana Roe
1,2026-06-01T05:00,Resolved,feeds,Bo Doe
2,2026-06-02T01:00,New,desk,Ana Roe
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    settings = Settings(tmp_path / "modelowners.yaml", tmp_path / "state")
    return Program(settings, clock=VirtualClock(NOW))


def bring(program: Program, rows: str = ROWS, *, hashed: bool = False) -> Imported:
    folder = program.settings.file.parent
    place = folder / "tickets.csv"
    place.write_text(rows, encoding="utf-8")
    return import_tickets(program, place, folder / "map.yaml", hash_persons=hashed)


def test_what_is_imported_is_kept(program: Program) -> None:
    done = bring(program)
    assert (done.rows, done.tickets, done.kept) == (3, 2, Kept(2, 0, 0, 0))
    found = {one.id: one for one in program.tickets.before(NOW)}
    assert found["1"].right_team == "feeds"
    assert found["1"].persons == ("Ana Roe", "Bo Doe")
    assert bring(program).kept == Kept(0, 0, 2, 0)
    assert len(program.tickets.imports()) == 1


def test_bad_rows_are_told_by_their_reason(program: Program) -> None:
    done = bring(program, ROWS + "3,yesterday,New,desk,x\n,2026-06-01,New,desk,x\n")
    assert done.left_out == {"a time that cannot be read": 1, "no id": 1}
    assert done.lost == 1
    said = text(list(tell_import(done)))
    assert "Left out: 1 rows with no id." in said
    assert "1 tickets have no usable row." in said


def test_nothing_usable_is_an_error_that_says_why(program: Program) -> None:
    rows = "n,at,state,team,who\n1,soon,New,a,b\n2,late,New,a,b\n"
    with pytest.raises(NothingUsable, match="2 with a time that cannot be read"):
        bring(program, rows)
    with pytest.raises(NothingUsable, match="it holds none"):
        bring(program, "n,at,state,team,who\n")
    assert program.tickets.before(NOW) == ()


def test_persons_are_kept_under_a_pseudonym_of_this_state(program: Program) -> None:
    bring(program, hashed=True)
    (one,) = (t for t in program.tickets.before(NOW) if t.id == "1")
    assert all(person.startswith("p-") for person in one.persons)
    assert "Ana" not in str(one.persons)
    assert bring(program, hashed=True).kept == Kept(0, 0, 2, 0)
    key = program.settings.state / KEY_NAME
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32


def test_another_state_has_another_pseudonym() -> None:
    assert masking(b"one")("ana") != masking(b"two")("ana")


def test_an_older_export_is_told() -> None:
    done = Imported(
        source="\x1b[1mx", rows=1, tickets=1, kept=Kept(0, 0, 0, 1), left_out={}, lost=0
    )
    said = text(list(tell_import(done)))
    assert "1 tickets were kept as they are" in said
    assert "\x1b" not in said
