"""Tables of the program: leases of its loops and revisions of the catalog."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Json, RowNumber

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Instant, nullable=False),
)

catalog_revisions = Table(
    "catalog_revisions",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("digest", String, nullable=False),
    # The commit of the file, where it is under version control and unmodified.
    Column("commit", String),
    Column("in_force_from", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("body", Json, nullable=False),
    Index("catalog_revisions_by_time", "in_force_from"),
)
