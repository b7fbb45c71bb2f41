"""Tables: the audit is a journal, a lock has one row."""

from __future__ import annotations

from modelowners.remediation.tables import audit, fix_locks


def test_the_audit_is_chained() -> None:
    assert [column.name for column in audit.primary_key] == ["seq"]
    assert {"prev", "hash", "actor", "at", "kind"} <= set(audit.columns.keys())


def test_a_thing_has_one_lock() -> None:
    assert [column.name for column in fix_locks.primary_key] == ["key"]
