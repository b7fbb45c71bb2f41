"""Tables of the ledger: the chained changes, and how far each source was read."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Json
from modelowners.store.journal import append_only, chain_columns

changes = append_only(
    Table(
        "changes",
        metadata,
        *chain_columns(),
        Column("id", String, nullable=False),
        Column("asset", String, nullable=False),
        # The interval in which it can have happened; equal where that is exact.
        Column("earliest", Instant, nullable=False),
        Column("latest", Instant, nullable=False),
        Column("supersedes", String),
        Column("body", Json, nullable=False),
        Index("changes_by_id", "id", unique=True),
        Index("changes_by_asset", "asset", "latest"),
        Index("changes_by_time", "latest"),
        Index("changes_by_supersedes", "supersedes"),
    )
)

cursors = Table(
    "cursors",
    metadata,
    Column("connector", String, nullable=False),
    Column("instance", String, nullable=False),
    Column("cursor", String, nullable=False),
    Column("looked_at", Instant, nullable=False),
    Column("floor", Instant),
    Column("notes", Json, nullable=False),
    PrimaryKeyConstraint("connector", "instance"),
)
