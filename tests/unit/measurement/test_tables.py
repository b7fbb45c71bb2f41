from __future__ import annotations

from modelowners.measurement.tables import ticket_imports, tickets
from modelowners.store import metadata


def test_the_tables_are_on_the_common_metadata() -> None:
    assert metadata.tables["tickets"] is tickets
    assert metadata.tables["ticket_imports"] is ticket_imports


def test_a_ticket_is_kept_once_a_source() -> None:
    assert tickets.primary_key.columns.keys() == ["source", "id"]


def test_an_import_is_remembered_by_its_content() -> None:
    assert ticket_imports.primary_key.columns.keys() == ["source", "digest"]
