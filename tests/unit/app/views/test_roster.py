from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from incident_worlds import MODEL, NOON, read_catalog

from modelowners.app.views.roster import Roster
from modelowners.catalog import resolve

if TYPE_CHECKING:
    import pytest

AWAY = """\
version: 1
people:
  ana: {email: ana@acme.example, left: 2026-06-14}
  bo: {email: bo@acme.example}
owns:
  model:eta: {owner: ana}
  model:tip: {owner: bo}
"""


def test_answers_are_the_catalogs(tmp_path: Path) -> None:
    catalog = read_catalog(tmp_path)
    assert Roster().of(catalog, MODEL, NOON) == resolve(catalog, MODEL, NOON)


def test_who_leaves_next_week_is_seen_today(tmp_path: Path) -> None:
    catalog = read_catalog(tmp_path, AWAY)
    roster = Roster()
    assert roster.unreachable(catalog, NOON) == {MODEL}
    assert roster.unreachable(catalog, NOON - timedelta(days=30)) == set()


def test_an_answer_is_kept_for_the_hour_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = read_catalog(tmp_path)
    asked = []

    def count(*args: object) -> object:
        asked.append(args)
        return resolve(*args)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr("modelowners.app.views.roster.resolve", count)
    roster = Roster()
    for minutes in (0, 10, 59):
        roster.of(catalog, MODEL, NOON + timedelta(minutes=minutes))
    assert len(asked) == 1
    roster.of(catalog, MODEL, NOON + timedelta(minutes=60))
    assert len(asked) == 2


def test_an_edited_file_is_answered_from_at_once(tmp_path: Path) -> None:
    roster = Roster()
    roster.of(read_catalog(tmp_path), MODEL, NOON)
    edited = read_catalog(tmp_path, AWAY)
    owner = roster.of(edited, MODEL, NOON).owner
    assert owner is not None
    assert owner.name == "ana"
