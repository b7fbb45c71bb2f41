"""Tables of observations: sealed profiles and the edges they count between."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, PrimaryKeyConstraint, Table

from modelowners.store import metadata
from modelowners.store.dialects import Instant, Name

profiles = Table(
    "profiles",
    metadata,
    Column("asset", Name, nullable=False),
    Column("window_start", Instant, nullable=False),
    Column("window_end", Instant, nullable=False),
    Column("part", Name, nullable=False),
    Column("mapping_version", Name, nullable=False),
    Column("edges_version", Name, nullable=False),
    Column("fingerprint", Name, nullable=False),
    Column("as_of", Instant),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint(
        "asset", "window_start", "window_end", "part", "mapping_version"
    ),
)

edges = Table(
    "edges",
    metadata,
    Column("asset", Name, nullable=False),
    Column("version", Name, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("asset", "version"),
)
