"""Tables of incidents: the event log, its cache, packets, and what is to be told."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, UniqueConstraint

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Json, Name, RowNumber
from modelowners.store.journal import append_only, chain_columns

events = append_only(
    Table(
        "events",
        metadata,
        *chain_columns(),
        Column("incident", Name, nullable=False),
        Column("n", Integer, nullable=False),
        Column("kind", Name, nullable=False),
        Column("occurred_at", Instant, nullable=False),
        Column("recorded_at", Instant, nullable=False),
        Column("actor", Name, nullable=False),
        Column("source", Name, nullable=False),
        Column("body", Json, nullable=False),
        Column("idempotency_key", Name),
        UniqueConstraint("incident", "n"),
        UniqueConstraint("incident", "idempotency_key"),
    )
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Name, primary_key=True),
    Column("asset", Name, nullable=False),
    Column("symptom_class", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("severity", Name, nullable=False),
    Column("holder_team", Name),
    Column("holder_person", Name),
    Column("opened_at", Instant, nullable=False),
    Column("n", Integer, nullable=False),
    Column("body", Json, nullable=False),
    Index("incidents_by_asset", "asset", "symptom_class", "state"),
    Index("incidents_by_state", "state", "opened_at"),
)

packets = Table(
    "packets",
    metadata,
    Column("incident", Name, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("hash", Name, nullable=False),
    Column("body", Json, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("incident", Name, nullable=False),
    Column("event_n", Integer, nullable=False),
    Column("sink", Name, nullable=False),
    Column("target", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("leased_until", Instant),
    # An earlier try may have arrived without our knowing.
    Column("repeat", Boolean, nullable=False),
    Column("ref", Name),
    Column("reason", Name),
    Column("body", Json, nullable=False),
    UniqueConstraint("incident", "event_n", "sink", "target"),
    Index("outbox_by_due", "state", "due_at"),
)
