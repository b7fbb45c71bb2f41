"""Tables of the program: leases, revisions of the catalog, and the inbox."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Json, Name, RowNumber

leases = Table(
    "leases",
    metadata,
    Column("name", Name, primary_key=True),
    Column("holder", Name, nullable=False),
    Column("until", Instant, nullable=False),
)

catalog_revisions = Table(
    "catalog_revisions",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("digest", Name, nullable=False),
    # The commit of the file, where it is under version control and unmodified.
    Column("commit", Name),
    Column("in_force_from", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("body", Json, nullable=False),
    Index("catalog_revisions_by_time", "in_force_from"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("source", Name, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", Name, nullable=False),
    # Why it cannot be read, where it cannot.
    Column("reason", Name),
    Column("body", LargeBinary, nullable=False),
    Index("inbox_by_state", "state", "id"),
)
