from __future__ import annotations

from modelowners.app.tables import catalog_revisions, leases
from modelowners.store import metadata


def test_the_tables_are_on_the_common_metadata() -> None:
    assert metadata.tables["leases"] is leases
    assert metadata.tables["catalog_revisions"] is catalog_revisions


def test_one_holder_for_each_lease() -> None:
    assert leases.primary_key.columns.keys() == ["name"]
