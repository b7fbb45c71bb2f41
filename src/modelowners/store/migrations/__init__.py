"""
Bring a database to the schema this release writes.

Revisions lie in ``versions/``, one module each, run by Alembic's operations in
one transaction: a process killed halfway leaves the database as it was. They
import nothing of ours, because they must mean the same when the tables have
moved on. To add one: write the module with the next number, and raise
`modelowners.store.database.REVISION`; `tests/migration` compares what the
revisions build with what the tables declare.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent


def known() -> frozenset[str]:
    """
    Give the revisions this release can start from.

    Examples
    --------
    >>> "0001" in known()
    True
    """
    return frozenset(script.revision for script in _scripts().walk_revisions())


def upgrade(connection: Connection) -> None:
    """
    Run every revision the database lacks, inside the caller's transaction.

    Parameters
    ----------
    connection : Connection
        Of a write transaction on a fresh database or one at a known revision.
    """
    scripts = _scripts()
    context = MigrationContext.configure(connection)
    current, latest = context.get_current_revision(), scripts.get_current_head()
    missing = list(scripts.iterate_revisions(latest, current)) if latest else []
    with Operations.context(context):
        for script in reversed(missing):
            script.module.upgrade()
    context.stamp(scripts, "head")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions")])
