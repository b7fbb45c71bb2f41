"""
Bring a database to the schema this release writes.

Revisions lie in ``versions/``, one module each, run by Alembic's operations in
one transaction: a process killed halfway leaves the database as it was. They
import nothing of ours, because they must mean the same when the tables have
moved on.

A revision says what it does to releases that are still running beside it:

``kind = "expand"``
    It only adds. Opening a database runs it. `serves` stays as it was.
``kind = "contract"``
    It takes away what no supported release uses. Only ``db upgrade`` runs it.
    `serves` is the oldest release, by its revision, that can still use the
    database. It ships at least one release after its expansion.

To add one: write the module with the next number, four digits, and raise
`modelowners.store.database.REVISION`, with an expansion also `NEEDED`;
`tests/migration` compares what the revisions build with what the tables declare.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert

from modelowners.store.schema import schema_revisions

if TYPE_CHECKING:
    from sqlalchemy import Connection

VERSIONS = Path(__file__).parent / "versions"


def known() -> tuple[str, ...]:
    """
    Give the revisions this release has, oldest first.

    Examples
    --------
    >>> known()[0]
    '0001'
    """
    return tuple(sorted(script.revision for script in _scripts().walk_revisions()))


def upgrade(connection: Connection, target: str) -> None:
    """
    Run every revision up to one that the database lacks.

    Parameters
    ----------
    connection : Connection
        Of a write transaction on a fresh database or one at a known revision;
        what is done becomes part of it.
    target : str
        The last revision to run.
    """
    scripts = _scripts()
    context = MigrationContext.configure(connection)
    current = context.get_current_revision()
    missing = list(scripts.iterate_revisions(target, current))
    with Operations.context(context):
        for script in reversed(missing):
            script.module.upgrade()
            row = {
                "revision": script.revision,
                "kind": script.module.kind,
                "serves": script.module.serves,
            }
            connection.execute(insert(schema_revisions), row)
    context.stamp(scripts, target)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(VERSIONS.parent), version_locations=[str(VERSIONS)])
