"""Deferrals defer: what is in `sys.modules` after each way to start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

OWNERS = """\
version: 1
people:
  ann: {email: ann@example.org}
teams:
  risk: {lead: ann, members: [ann]}
owns:
  "model:churn":
    owner: risk
    needs: ["dataset:events"]
  "dataset:events":
    owner: risk
"""
SCRIPT = """\
import json, sys
from modelowners.cli.main import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit as done:
    status = done.code
print(json.dumps({"status": status, "modules": sorted(sys.modules)}), file=sys.stderr)
"""
NEVER = ("pandas", "sklearn", "scipy", "starlette", "uvicorn", "urllib3", "pickle5")


def loaded(folder: Path, *args: str, statuses: tuple[int, ...] = (0,)) -> set[str]:
    """Start one command in a process of its own; give the modules it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(args)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stderr.splitlines()[-1])
    assert report["status"] in statuses, done.stderr
    return set(report["modules"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a small ownership file."""
    (tmp_path / "modelowners.yaml").write_text(OWNERS, encoding="utf-8")
    return tmp_path


def test_importing_the_package_loads_only_the_standard_library() -> None:
    script = (
        "import sys; before = set(sys.modules); import modelowners;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(*sorted(new - sys.stdlib_module_names - {'modelowners'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    ("args", "status", "refused"),
    [
        (["--help"], 0, ["yaml", "numpy", "sqlalchemy", "duckdb", "rich", "msgspec"]),
        (["nonsense"], 2, ["yaml", "numpy", "sqlalchemy", "duckdb", "rich", "msgspec"]),
        (["who", "model:churn"], 0, ["numpy", "sqlalchemy", "duckdb", "alembic"]),
        (["blast", "dataset:events"], 0, ["numpy", "sqlalchemy", "duckdb", "alembic"]),
        (["lint"], 0, ["sqlalchemy", "duckdb", "alembic"]),
        (["changes"], 0, ["alembic", "duckdb"]),
        (["incident", "list"], 0, ["alembic", "duckdb"]),
        (["report", "speed"], 0, ["alembic", "duckdb"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_command_loads_only_what_it_uses(
    folder: Path, args: list[str], status: int, refused: list[str]
) -> None:
    if args[0] in {"changes", "incident"}:
        loaded(folder, *args)  # makes the state: only the first run may migrate
    found = loaded(folder, *args, statuses=(status,))
    assert found & {*refused, *NEVER} == set()


def test_who_opens_no_state(folder: Path) -> None:
    loaded(folder, "who", "model:churn")
    assert sorted(p.name for p in folder.iterdir()) == ["modelowners.yaml"]


def test_debug_up_to_the_first_row_loads_no_migration_and_no_model(
    folder: Path,
) -> None:
    found = loaded(folder, "debug", "model:churn", statuses=(0, 1, 2))
    assert found & {"alembic", *NEVER} == set()


def test_the_server_loads_no_migration_no_engine_and_serves_nothing_yet() -> None:
    script = (
        "import sys, modelowners.server.main;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "starlette" in done.stdout.split()
    assert set(done.stdout.split()) & {"alembic", "duckdb", "uvicorn"} == set()
