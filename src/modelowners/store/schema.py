"""The schema that every table of the state registers on, and what it says of itself."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table

from modelowners.store.dialects import Name

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
"""Every table of the state database; names of constraints follow from theirs."""

schema_revisions = Table(
    "schema_revisions",
    metadata,
    Column("revision", Name, primary_key=True),
    Column("kind", Name, nullable=False),
    # The oldest release, by its own revision, that may still use the database.
    Column("serves", Name, nullable=False),
)
"""Revisions the database went through: what a release reads that is older than it."""
