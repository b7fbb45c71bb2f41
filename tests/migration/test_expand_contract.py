"""Releases beside each other: what opening does, and what only `db upgrade` does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from modelowners.core.errors import StateError
from modelowners.store import database as module
from modelowners.store import migrations
from modelowners.store.database import Database, Upgrade

LATEST = migrations.known()[-1]

EXPAND = f'''
"""Give each lease a reason (expand)."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "8001", "{LATEST}"
branch_labels = depends_on = None
kind, serves = "expand", "0001"

def upgrade() -> None:
    op.add_column("leases", sa.Column("reason", sa.String))
'''

CONTRACT = '''
"""Drop the holder, whom no release from 8001 on reads (contract)."""
from alembic import op
revision, down_revision = "8002", "8001"
branch_labels = depends_on = None
kind, serves = "contract", "8001"

def upgrade() -> None:
    op.drop_column("leases", "holder")
'''


class Release:
    """Makes this process behave as a release with more revisions."""

    def __init__(self, patch: pytest.MonkeyPatch, versions: Path) -> None:
        self.patch = patch
        self.versions = versions

    def now(self, needed: str, revision: str, *modules: str) -> None:
        """Be the release that needs one revision and knows up to another."""
        for number, content in enumerate(modules, start=8001):
            (self.versions / f"r{number}.py").write_text(content, encoding="utf-8")
        self.patch.setattr(module, "NEEDED", needed)
        self.patch.setattr(module, "REVISION", revision)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    versions = tmp_path / "versions"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(migrations.VERSIONS, versions, ignore=ignore)
    monkeypatch.setattr(migrations, "VERSIONS", versions)
    return Release(monkeypatch, versions)


def columns(place: str) -> set[str]:
    with Database.open(place) as database, database.read() as connection:
        return {column["name"] for column in inspect(connection).get_columns("leases")}


def lease(place: str) -> None:
    with Database.open(place) as database, database.write() as connection:
        connection.execute(text("insert into leases values ('a', 'me', 1)"))


def test_a_fresh_database_gets_every_revision(place: str, release: Release) -> None:
    release.now("8001", "8002", EXPAND, CONTRACT)
    assert columns(place) == {"name", "until", "reason"}


def test_opening_expands_and_the_release_before_works_on(
    place: str, release: Release
) -> None:
    lease(place)
    release.now("8001", "8001", EXPAND)
    assert columns(place) == {"name", "holder", "until", "reason"}
    release.now(LATEST, LATEST)  # a node that was not yet restarted
    with Database.open(place) as database, database.write() as connection:
        connection.execute(text("update leases set holder = 'you'"))


def test_opening_never_contracts(place: str, release: Release) -> None:
    lease(place)
    release.now("8001", "8002", EXPAND, CONTRACT)
    assert "holder" in columns(place)
    release.now("8001", "8001")  # the release before has all it needs
    assert "holder" in columns(place)


def test_upgrading_contracts_and_says_so(place: str, release: Release) -> None:
    lease(place)
    release.now("8001", "8002", EXPAND, CONTRACT)
    assert Database.upgrade(place) == Upgrade(LATEST, "8002")
    assert Database.upgrade(place) == Upgrade("8002", "8002")
    assert columns(place) == {"name", "until", "reason"}
    release.now("8001", "8001")
    assert "holder" not in columns(place)  # it is served: it does not read it
    release.now(LATEST, LATEST)
    with pytest.raises(StateError, match="8002 is newer"):
        Database.open(place)


def test_a_revision_that_fails_leaves_all_as_it_was(
    place: str, release: Release
) -> None:
    lease(place)
    broken = CONTRACT.replace('"holder")', '"holder")\n    raise KeyError')
    release.now("8001", "8002", EXPAND, broken)
    with pytest.raises(KeyError):
        Database.upgrade(place)
    release.now(LATEST, LATEST)
    assert columns(place) == {"name", "holder", "until"}
