from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from incident_worlds import OWNERSHIP

from modelowners.cli.main import main
from modelowners.store.database import REVISION

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    (tmp_path / "modelowners.yaml").write_text(OWNERSHIP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return run


def note(run: Run, what: str) -> None:
    code, _, err = run("--as", "ana", "record", "note", "model:eta", "--what", what)
    assert (code, err) == (0, "")


def test_upgrading_makes_what_is_not_there_and_then_has_nothing_to_do(
    run: Run, tmp_path: Path
) -> None:
    assert run("db", "upgrade") == (0, f"The schema was made, at {REVISION}.\n", "")
    assert (tmp_path / ".modelowners" / "state.db").is_file()
    code, out, _ = run("db", "upgrade")
    assert (code, out) == (
        0,
        f"The schema is at {REVISION}; there is nothing to do.\n",
    )
    code, out, _ = run("db", "upgrade", "--json")
    assert (code, json.loads(out)) == (0, {"before": REVISION, "after": REVISION})


def test_without_a_state_nothing_is_verified_and_none_is_made(
    run: Run, tmp_path: Path
) -> None:
    code, out, err = run("audit", "verify")
    assert (code, out) == (2, "")
    assert "modelowners sync" in err
    assert not (tmp_path / ".modelowners").exists()


def test_a_sound_record_is_told_with_heads_to_keep(run: Run) -> None:
    note(run, "one")
    code, out, err = run("audit", "verify")
    assert code == 0
    assert "changes         1 entries, whole" in out
    assert "only against a head kept elsewhere" in err
    heads = [line.strip() for line in out.splitlines() if line.startswith(" ")]
    assert [head.partition(":")[0] for head in heads] == ["changes", "events", "audit"]
    given = [part for head in heads for part in ("--head", head)]
    code, out, err = run("audit", "verify", *given)
    assert (code, err) == (0, "")


def test_an_edit_is_found_at_its_entry(run: Run, tmp_path: Path) -> None:
    for what in ("one", "two", "three"):
        note(run, what)
    forge(tmp_path, "update changes set body = replace(body, 'two', 'ten')")
    code, out, _ = run("audit", "verify")
    assert code == 1
    assert "changes         1 entries, broken at entry 2: the content does" in out
    code, out, _ = run("audit", "verify", "--json")
    document = json.loads(out)
    assert (code, document["sound"]) == (1, False)
    assert document["journals"][0]["broken_at"] == 2


def test_a_cut_tail_is_found_only_with_its_head(run: Run, tmp_path: Path) -> None:
    for what in ("one", "two"):
        note(run, what)
    _, out, _ = run("audit", "verify", "--json")
    head = json.loads(out)["journals"][0]["head"]
    forge(tmp_path, "delete from changes where seq = 2")
    assert run("audit", "verify")[0] == 0
    code, out, _ = run("audit", "verify", "--head", head)
    assert code == 1
    assert "its tail was cut" in out


def test_a_head_that_is_none_is_refused(run: Run) -> None:
    note(run, "one")
    code, out, err = run("audit", "verify", "--head", "events")
    assert (code, out) == (2, "")
    assert "Expected a head" in err


def forge(folder: Path, statement: str) -> None:
    """Be the administrator of the file."""
    with sqlite3.connect(folder / ".modelowners" / "state.db") as connection:
        for act in ("update", "delete"):
            connection.execute(f"drop trigger changes_no_{act}")
        connection.execute(statement)
    connection.close()
