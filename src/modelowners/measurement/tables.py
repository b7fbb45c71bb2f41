"""Tables of measurement: tickets of other tools, and where they came from."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Json, Name

tickets = Table(
    "tickets",
    metadata,
    Column("source", Name, primary_key=True),
    Column("id", Name, primary_key=True),
    Column("opened_at", Instant, nullable=False),
    # The newest instant the export tells of it: an older export never replaces it.
    Column("last_at", Instant, nullable=False),
    Column("body", Json, nullable=False),
    Index("tickets_by_opening", "opened_at"),
)

ticket_imports = Table(
    "ticket_imports",
    metadata,
    Column("source", Name, primary_key=True),
    Column("digest", Name, primary_key=True),
    Column("imported_at", Instant, nullable=False),
    Column("body", Json, nullable=False),
)
