"""
What kill -9 loses: nothing that was accepted, at any of six failpoints.

A process takes a turn of the loop: it opens an incident, commits it with the
messages it implies, and sends them. It is killed with SIGKILL at a failpoint;
then the loop runs again as if nothing were known of that. Each round is a fresh
world on a real SQLite file or PostgreSQL server. The sink keeps what it takes
on the disk, and refuses anything that an undisturbed run does not send.

`lost` counts messages the sink never saw, `repeated` those it saw again. Run it
by ``make bench NAME=crash``; ``ARGS="--rounds 100"`` sets the rounds, at least 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
RESULT = HERE / "results" / "crash.json"
ROUNDS = 20
# The processes that are killed are those of the tests.
sys.path.insert(0, str(HERE.parent / "tests" / "support"))

from crash_worlds import (  # noqa: E402 - found on the path set above
    DATABASES,
    FAILPOINTS,
    Row,
    measure,
    nursery,
    workshop,
)

REPEATING = {"F5"}
"""Where a repeat may happen: the message had been sent, and nobody knew."""


def main() -> int:
    """Kill, count, print and keep the figures; 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(description="What kill -9 loses and repeats.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    rounds = parser.parse_args().rounds
    if rounds < 1:
        parser.error("--rounds is at least 1")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)  # the server runs as a user of its own under root
        with workshop(Path(name)) as cradle, nursery() as hatch:
            print(
                f"{'database':<12}{'failpoint':<42}{'rounds':>7}{'lost':>6}{'again':>7}"
            )
            rows = [
                show(measure(cradle, hatch, database, failpoint, rounds=rounds))
                for database in DATABASES
                for failpoint in FAILPOINTS
            ]
            server = cradle.postgres.version()
    keep(rows, server)
    wrong = [row for row in rows if not holds(row)]
    print(
        "\nNothing is lost; repeats only after a send, and they say so."
        if not wrong
        else f"\nNot as claimed: {[row.failpoint for row in wrong]}"
    )
    return 1 if wrong else 0


def holds(row: Row) -> bool:
    """Tell whether a row is as claimed: at most one marked repeat a kill, at F5."""
    allowed = row.rounds if row.failpoint in REPEATING else 0
    return row.lost == 0 and row.repeated <= allowed and row.unmarked == 0


def show(row: Row) -> Row:
    """Print a row as soon as it is known."""
    place = f"{row.failpoint} {FAILPOINTS[row.failpoint]}"
    print(
        f"{row.database:<12}{place:<42}{row.rounds:>7}{row.lost:>6}{row.repeated:>7}",
        flush=True,
    )
    return row


def keep(rows: Sequence[Row], server: str) -> None:
    """Write the figures, and what they were measured on."""
    report = {
        "benchmark": "crash",
        "rows": [asdict(row) for row in rows],
        "failpoints": FAILPOINTS,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "machine": {"processors": os.cpu_count(), "system": platform.system()},
        "versions": {
            "python": platform.python_version(),
            "postgresql": server,
            **{
                name: version(name) for name in ("modelowners", "psycopg", "sqlalchemy")
            },
        },
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def commit() -> str:
    """The commit that was measured; ``unknown`` outside a repository."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
