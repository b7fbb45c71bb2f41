from __future__ import annotations

import re

from alembic.script import ScriptDirectory

from modelowners.store import migrations
from modelowners.store.database import REVISION, Database


def test_the_constant_is_the_newest_revision() -> None:
    scripts = ScriptDirectory(
        str(migrations.FOLDER),
        version_locations=[str(migrations.FOLDER / "versions")],
    )
    assert scripts.get_heads() == [REVISION]
    assert REVISION in migrations.known()


def test_a_revision_imports_nothing_of_ours() -> None:
    for module in (migrations.FOLDER / "versions").glob("*.py"):
        imports = re.findall(
            r"^\s*(?:from|import) (\S+)", module.read_text(), re.MULTILINE
        )
        assert {name.partition(".")[0] for name in imports} <= {
            "__future__",
            "alembic",
            "sqlalchemy",
        }, module.name


def test_a_revision_says_whether_it_expands_or_contracts() -> None:
    for module in (migrations.FOLDER / "versions").glob("r*.py"):
        first = module.read_text().splitlines()[0]
        assert re.search(r"\((expand|contract)\)", first), module.name


def test_upgrading_again_changes_nothing() -> None:
    schema = "select type, name, sql from sqlite_master order by name"
    with Database.open(":memory:") as database, database.write() as connection:
        before = connection.exec_driver_sql(schema).all()
        migrations.upgrade(connection)
        assert connection.exec_driver_sql(schema).all() == before
