"""Tables of fixes: the audit, and who is at what just now."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Json, Name
from modelowners.store.journal import append_only, chain_columns

audit = append_only(
    Table(
        "audit",
        metadata,
        *chain_columns(),
        Column("number", Integer, nullable=False),
        Column("n", Integer, nullable=False),
        Column("incident", Name, nullable=False),
        Column("kind", Name, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", Name, nullable=False),
        Column("body", Json, nullable=False),
        UniqueConstraint("number", "n"),
        Index("audit_by_incident", "incident", "number", "n"),
    )
)

fix_locks = Table(
    "fix_locks",
    metadata,
    Column("key", Name, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("holder", Name, nullable=False),
    Column("token", Name, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)
