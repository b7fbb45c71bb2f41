"""Tickets and the speed report on both databases: the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from speed_worlds import desk_year
from ticket_worlds import write_export

from modelowners.cli.main import main

REPORT = ("report", "speed", "--as-of", "2027-06-01", "--json")


def test_what_is_imported_is_reported_the_same(
    place: str,
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_export(desk_year(), tmp_path)
    monkeypatch.chdir(tmp_path)
    if "://" in place:
        monkeypatch.setenv("MODELOWNERS_STATE", place)

    def say(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        return capsys.readouterr().out

    bring = ("import", "tickets", "tickets.csv", "--map", "map.yaml")
    assert "400 new" in say(*bring)
    assert "400 unchanged" in say(*bring)
    golden = root / "tests" / "unit" / "cli" / "goldens" / "speed_year.json"
    assert say(*REPORT) == golden.read_text(encoding="utf-8")
