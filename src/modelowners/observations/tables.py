"""Tables of observations: sealed profiles and the edges they count between."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, PrimaryKeyConstraint, String, Table

from modelowners.store import metadata
from modelowners.store.dialects import Instant

profiles = Table(
    "profiles",
    metadata,
    Column("asset", String, nullable=False),
    Column("window_start", Instant, nullable=False),
    Column("window_end", Instant, nullable=False),
    Column("part", String, nullable=False),
    Column("mapping_version", String, nullable=False),
    Column("edges_version", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("as_of", Instant),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint(
        "asset", "window_start", "window_end", "part", "mapping_version"
    ),
)

edges = Table(
    "edges",
    metadata,
    Column("asset", String, nullable=False),
    Column("version", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("asset", "version"),
)
