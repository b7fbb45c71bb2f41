"""Tables of incidents: the event log, its cache, packets, and what is to be told."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Json, RowNumber
from modelowners.store.journal import append_only, chain_columns

events = append_only(
    Table(
        "events",
        metadata,
        *chain_columns(),
        Column("incident", String, nullable=False),
        Column("n", Integer, nullable=False),
        Column("kind", String, nullable=False),
        Column("occurred_at", Instant, nullable=False),
        Column("recorded_at", Instant, nullable=False),
        Column("actor", String, nullable=False),
        Column("source", String, nullable=False),
        Column("body", Json, nullable=False),
        Column("idempotency_key", String),
        UniqueConstraint("incident", "n"),
        UniqueConstraint("incident", "idempotency_key"),
    )
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("asset", String, nullable=False),
    Column("symptom_class", String, nullable=False),
    Column("state", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("holder_team", String),
    Column("holder_person", String),
    Column("opened_at", Instant, nullable=False),
    Column("n", Integer, nullable=False),
    Column("body", Json, nullable=False),
    Index("incidents_by_asset", "asset", "symptom_class", "state"),
    Index("incidents_by_state", "state", "opened_at"),
)

packets = Table(
    "packets",
    metadata,
    Column("incident", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("hash", String, nullable=False),
    Column("body", Json, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("incident", String, nullable=False),
    Column("event_n", Integer, nullable=False),
    Column("sink", String, nullable=False),
    Column("target", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("leased_until", Instant),
    # An earlier try may have arrived without our knowing.
    Column("repeat", Boolean, nullable=False),
    Column("ref", String),
    Column("reason", String),
    Column("body", Json, nullable=False),
    UniqueConstraint("incident", "event_n", "sink", "target"),
    Index("outbox_by_due", "state", "due_at"),
)
