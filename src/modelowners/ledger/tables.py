"""Tables of the ledger: the chained changes, and how far each source was read."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Json, Name
from modelowners.store.journal import append_only, chain_columns

changes = append_only(
    Table(
        "changes",
        metadata,
        *chain_columns(),
        Column("id", Name, nullable=False),
        Column("asset", Name, nullable=False),
        # The interval in which it can have happened; equal where that is exact.
        Column("earliest", Instant, nullable=False),
        Column("latest", Instant, nullable=False),
        Column("supersedes", Name),
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
    Column("connector", Name, nullable=False),
    Column("instance", Name, nullable=False),
    Column("cursor", Name, nullable=False),
    Column("looked_at", Instant, nullable=False),
    Column("floor", Instant),
    Column("notes", Json, nullable=False),
    PrimaryKeyConstraint("connector", "instance"),
)

gaps = Table(
    "gaps",
    metadata,
    Column("connector", Name, nullable=False),
    Column("instance", Name, nullable=False),
    # Half-open: from the last look that succeeded to the next one that did.
    Column("started", Instant, nullable=False),
    Column("ended", Instant, nullable=False),
    PrimaryKeyConstraint("connector", "instance", "started"),
)

failures = Table(
    "failures",
    metadata,
    Column("connector", Name, nullable=False),
    Column("instance", Name, nullable=False),
    # The last look that failed; the row goes when one succeeds.
    Column("failed_at", Instant, nullable=False),
    Column("why", Name, nullable=False),
    PrimaryKeyConstraint("connector", "instance"),
)
