from __future__ import annotations

from modelowners.ledger.tables import changes, cursors, failures, gaps
from modelowners.store import metadata


def test_the_tables_are_on_the_common_metadata() -> None:
    assert metadata.tables["changes"] is changes
    assert metadata.tables["cursors"] is cursors
    assert metadata.tables["gaps"] is gaps
    assert metadata.tables["failures"] is failures


def test_a_change_is_kept_once_and_in_a_chain() -> None:
    unique = [index.name for index in changes.indexes if index.unique]
    assert unique == ["changes_by_id"]
    assert {"seq", "prev", "hash"} <= set(changes.columns.keys())


def test_there_is_one_cursor_for_each_source() -> None:
    assert cursors.primary_key.columns.keys() == ["connector", "instance"]
