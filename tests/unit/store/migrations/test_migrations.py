from __future__ import annotations

import re

from alembic.script import ScriptDirectory

from modelowners.store import migrations
from modelowners.store.database import NEEDED, REVISION, Database


def test_the_constants_name_revisions() -> None:
    scripts = ScriptDirectory(
        str(migrations.VERSIONS.parent), version_locations=[str(migrations.VERSIONS)]
    )
    assert scripts.get_heads() == [REVISION]
    assert NEEDED in migrations.known()
    assert migrations.known()[-1] == REVISION


def test_numbers_have_four_digits_so_that_they_compare_as_texts() -> None:
    assert all(re.fullmatch(r"\d{4}", revision) for revision in migrations.known())


def test_a_revision_imports_nothing_of_ours() -> None:
    for module in migrations.VERSIONS.glob("*.py"):
        imports = re.findall(
            r"^\s*(?:from|import) (\S+)", module.read_text(), re.MULTILINE
        )
        assert {name.partition(".")[0] for name in imports} <= {
            "__future__",
            "alembic",
            "sqlalchemy",
        }, module.name


def test_a_revision_says_whether_it_expands_or_contracts() -> None:
    """An expansion serves whom its predecessor served; a contraction comes later."""
    scripts = ScriptDirectory(
        str(migrations.VERSIONS.parent), version_locations=[str(migrations.VERSIONS)]
    )
    serves = "0001"
    for script in reversed(list(scripts.walk_revisions())):
        module = script.module
        assert f"({module.kind})" in (script.longdoc or script.doc), module.__name__
        if module.kind == "expand":
            assert module.serves == serves
        else:
            assert module.kind == "contract"
            assert serves < module.serves < script.revision
            assert script.revision > NEEDED, "a contraction is no one's need"
        serves = module.serves


def test_upgrading_again_changes_nothing() -> None:
    schema = "select type, name, sql from sqlite_master order by name"
    with Database.open(":memory:") as database, database.write() as connection:
        before = connection.exec_driver_sql(schema).all()
        migrations.upgrade(connection, REVISION)
        assert connection.exec_driver_sql(schema).all() == before
        kept = connection.exec_driver_sql("select * from schema_revisions").all()
        assert [row.revision for row in kept] == list(migrations.known())
