"""Make every table of the first release (expand)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JOURNALS = ("changes", "events")


def upgrade() -> None:
    """Make tables, indexes and the triggers that keep journals from shrinking."""
    _ledger()
    _app()
    _observations()
    _incidents()
    if op.get_bind().dialect.name == "sqlite":
        for table in JOURNALS:
            for act in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}\n"
                    f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
                )


def _chain() -> tuple[sa.Column[int], sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("seq", NUMBER, nullable=False, autoincrement=False),
        sa.Column("prev", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )


def _ledger() -> None:
    op.create_table(
        "changes",
        *_chain(),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("asset", sa.String, nullable=False),
        sa.Column("earliest", sa.BigInteger, nullable=False),
        sa.Column("latest", sa.BigInteger, nullable=False),
        sa.Column("supersedes", sa.String),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
    )
    op.create_index("changes_by_id", "changes", ["id"], unique=True)
    op.create_index("changes_by_asset", "changes", ["asset", "latest"])
    op.create_index("changes_by_time", "changes", ["latest"])
    op.create_index("changes_by_supersedes", "changes", ["supersedes"])
    op.create_table(
        "cursors",
        sa.Column("connector", sa.String, nullable=False),
        sa.Column("instance", sa.String, nullable=False),
        sa.Column("cursor", sa.String, nullable=False),
        sa.Column("looked_at", sa.BigInteger, nullable=False),
        sa.Column("floor", sa.BigInteger),
        sa.Column("notes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("connector", "instance", name="pk_cursors"),
    )


def _app() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "catalog_revisions",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("commit", sa.String),
        sa.Column("in_force_from", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalog_revisions"),
    )
    op.create_index("catalog_revisions_by_time", "catalog_revisions", ["in_force_from"])


def _observations() -> None:
    op.create_table(
        "profiles",
        sa.Column("asset", sa.String, nullable=False),
        sa.Column("window_start", sa.BigInteger, nullable=False),
        sa.Column("window_end", sa.BigInteger, nullable=False),
        sa.Column("part", sa.String, nullable=False),
        sa.Column("mapping_version", sa.String, nullable=False),
        sa.Column("edges_version", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("as_of", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint(
            *("asset", "window_start", "window_end", "part", "mapping_version"),
            name="pk_profiles",
        ),
    )
    op.create_table(
        "edges",
        sa.Column("asset", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("asset", "version", name="pk_edges"),
    )


def _incidents() -> None:
    op.create_table(
        "events",
        *_chain(),
        sa.Column("incident", sa.String, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.String),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("incident", "n", name="uq_events_incident_n"),
        sa.UniqueConstraint(
            *("incident", "idempotency_key"), name="uq_events_incident_idempotency_key"
        ),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("asset", sa.String, nullable=False),
        sa.Column("symptom_class", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("severity", sa.String, nullable=False),
        sa.Column("holder_team", sa.String),
        sa.Column("holder_person", sa.String),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index(
        "incidents_by_asset", "incidents", ["asset", "symptom_class", "state"]
    )
    op.create_index("incidents_by_state", "incidents", ["state", "opened_at"])
    op.create_table(
        "packets",
        sa.Column("incident", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("incident", "revision", name="pk_packets"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("incident", sa.String, nullable=False),
        sa.Column("event_n", sa.Integer, nullable=False),
        sa.Column("sink", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("leased_until", sa.BigInteger),
        sa.Column("repeat", sa.Boolean, nullable=False),
        sa.Column("ref", sa.String),
        sa.Column("reason", sa.String),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint(
            *("incident", "event_n", "sink", "target"),
            name="uq_outbox_incident_event_n_sink_target",
        ),
    )
    op.create_index("outbox_by_due", "outbox", ["state", "due_at"])
