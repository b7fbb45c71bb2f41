"""What unit tests prove of repositories in memory, proven on PostgreSQL as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from postgres_worlds import Server

UNIT = Path(__file__).parent.parent / "unit"
ROOT = UNIT.parent.parent
SUITES = sorted(
    str(place.relative_to(ROOT))
    for place in (
        *UNIT.glob("*/test_repository.py"),
        *UNIT.glob("*/repository/test_*.py"),
        UNIT / "app" / "test_handling.py",
        UNIT / "app" / "test_loop.py",
        UNIT / "incidents" / "test_delivery.py",
    )
)


@pytest.mark.slow
def test_suites_written_for_memory_pass_on_postgresql(postgres: Server) -> None:
    assert len(SUITES) > 5
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "0", "--no-header"),
            *("-p", "postgres_memory", "-p", "no:cacheprovider", *SUITES),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "POSTGRES_SOCKET": postgres.socket,
            "PYTHONPATH": str(UNIT.parent / "support"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout
