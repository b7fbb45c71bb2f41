"""Make every table of the first release (expand)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
kind = "expand"
serves = "0001"
down_revision = None
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JOURNALS = ("changes", "events", "audit")

ONLY_GROWS = """\
CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME
USING ERRCODE = 'integrity_constraint_violation'; END$$"""


def upgrade() -> None:
    """Make tables, indexes and the triggers that keep journals from shrinking."""
    _store()
    _ledger()
    _app()
    _observations()
    _incidents()
    _measurement()
    _remediation()
    _keep_journals()


def _keep_journals() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ONLY_GROWS)
        acts = "UPDATE OR DELETE OR TRUNCATE"
        for table in JOURNALS:
            op.execute(
                f"CREATE TRIGGER {table}_only_grows BEFORE {acts} ON {table}\n"
                "FOR EACH STATEMENT EXECUTE FUNCTION only_grows()"
            )
        return
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


def _store() -> None:
    op.create_table(
        "schema_revisions",
        sa.Column("revision", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("serves", NAME, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_revisions"),
    )


def _ledger() -> None:
    op.create_table(
        "changes",
        *_chain(),
        sa.Column("id", NAME, nullable=False),
        sa.Column("asset", NAME, nullable=False),
        sa.Column("earliest", sa.BigInteger, nullable=False),
        sa.Column("latest", sa.BigInteger, nullable=False),
        sa.Column("supersedes", NAME),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
    )
    op.create_index("changes_by_id", "changes", ["id"], unique=True)
    op.create_index("changes_by_asset", "changes", ["asset", "latest"])
    op.create_index("changes_by_time", "changes", ["latest"])
    op.create_index("changes_by_supersedes", "changes", ["supersedes"])
    op.create_table(
        "cursors",
        sa.Column("connector", NAME, nullable=False),
        sa.Column("instance", NAME, nullable=False),
        sa.Column("cursor", NAME, nullable=False),
        sa.Column("looked_at", sa.BigInteger, nullable=False),
        sa.Column("floor", sa.BigInteger),
        sa.Column("notes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("connector", "instance", name="pk_cursors"),
    )
    op.create_table(
        "gaps",
        sa.Column("connector", NAME, nullable=False),
        sa.Column("instance", NAME, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("connector", "instance", "started", name="pk_gaps"),
    )
    op.create_table(
        "failures",
        sa.Column("connector", NAME, nullable=False),
        sa.Column("instance", NAME, nullable=False),
        sa.Column("failed_at", sa.BigInteger, nullable=False),
        sa.Column("why", NAME, nullable=False),
        sa.PrimaryKeyConstraint("connector", "instance", name="pk_failures"),
    )


def _app() -> None:
    op.create_table(
        "leases",
        sa.Column("name", NAME, nullable=False),
        sa.Column("holder", NAME, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "catalog_revisions",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("digest", NAME, nullable=False),
        sa.Column("commit", NAME),
        sa.Column("in_force_from", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalog_revisions"),
    )
    op.create_index("catalog_revisions_by_time", "catalog_revisions", ["in_force_from"])
    op.create_table(
        "inbox",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("source", NAME, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("reason", NAME),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
    )
    op.create_index("inbox_by_state", "inbox", ["state", "id"])


def _observations() -> None:
    op.create_table(
        "profiles",
        sa.Column("asset", NAME, nullable=False),
        sa.Column("window_start", sa.BigInteger, nullable=False),
        sa.Column("window_end", sa.BigInteger, nullable=False),
        sa.Column("part", NAME, nullable=False),
        sa.Column("mapping_version", NAME, nullable=False),
        sa.Column("edges_version", NAME, nullable=False),
        sa.Column("fingerprint", NAME, nullable=False),
        sa.Column("as_of", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint(
            *("asset", "window_start", "window_end", "part", "mapping_version"),
            name="pk_profiles",
        ),
    )
    op.create_table(
        "edges",
        sa.Column("asset", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("asset", "version", name="pk_edges"),
    )


def _incidents() -> None:
    op.create_table(
        "events",
        *_chain(),
        sa.Column("incident", NAME, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("idempotency_key", NAME),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("incident", "n", name="uq_events_incident_n"),
        sa.UniqueConstraint(
            *("incident", "idempotency_key"), name="uq_events_incident_idempotency_key"
        ),
    )
    op.create_table(
        "incidents",
        sa.Column("id", NAME, nullable=False),
        sa.Column("asset", NAME, nullable=False),
        sa.Column("symptom_class", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("severity", NAME, nullable=False),
        sa.Column("holder_team", NAME),
        sa.Column("holder_person", NAME),
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
        sa.Column("incident", NAME, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("incident", "revision", name="pk_packets"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("incident", NAME, nullable=False),
        sa.Column("event_n", sa.Integer, nullable=False),
        sa.Column("sink", NAME, nullable=False),
        sa.Column("target", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("leased_until", sa.BigInteger),
        sa.Column("repeat", sa.Boolean, nullable=False),
        sa.Column("ref", NAME),
        sa.Column("reason", NAME),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint(
            *("incident", "event_n", "sink", "target"),
            name="uq_outbox_incident_event_n_sink_target",
        ),
    )
    op.create_index("outbox_by_due", "outbox", ["state", "due_at"])


def _measurement() -> None:
    op.create_table(
        "tickets",
        sa.Column("source", NAME, nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name="pk_tickets"),
    )
    op.create_index("tickets_by_opening", "tickets", ["opened_at"])
    op.create_table(
        "ticket_imports",
        sa.Column("source", NAME, nullable=False),
        sa.Column("digest", NAME, nullable=False),
        sa.Column("imported_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", "digest", name="pk_ticket_imports"),
    )


def _remediation() -> None:
    op.create_table(
        "audit",
        *_chain(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("incident", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sa.UniqueConstraint("number", "n", name="uq_audit_number_n"),
    )
    op.create_index("audit_by_incident", "audit", ["incident", "number", "n"])
    op.create_table(
        "fix_locks",
        sa.Column("key", NAME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("holder", NAME, nullable=False),
        sa.Column("token", NAME, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_fix_locks"),
    )
