"""
CPU time to start, as a ratio to importing click and yaml.

Each row is the median of 5 fresh processes, user and system time of the child;
the unit, ``python -c "import click, yaml"``, is measured in the same run, so
that the ratio survives a slower machine. Run it by ``make bench NAME=startup``.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULT = Path(__file__).parent / "results" / "startup.json"
RUNS = 5
UNIT = [sys.executable, "-c", "import click, yaml"]
PROGRAM = [sys.executable, "-m", "modelowners"]
ROWS: tuple[tuple[str, list[str], float], ...] = (
    ("import modelowners", [sys.executable, "-c", "import modelowners"], 1),
    ("--help", [*PROGRAM, "--help"], 1.5),
    ("unknown command", [*PROGRAM, "nonsense"], 1.5),
    ("who", [*PROGRAM, "who", "model:churn"], 2.5),
    ("blast", [*PROGRAM, "blast", "dataset:events"], 2.5),
    ("lint", [*PROGRAM, "lint"], 4),
    ("changes", [*PROGRAM, "changes"], 9),
    ("incident list", [*PROGRAM, "incident", "list"], 9),
    ("debug, to the first row", [*PROGRAM, "debug", "model:churn"], 12),
)
"""What is started, how, and how many units it may take."""
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
    predictions:
      source: log/*.parquet
      columns: {ts: at, score: p}
  "dataset:events":
    owner: risk
"""


def main() -> int:
    """Measure every row, print the table, write the figures; 1 past a limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "modelowners.yaml").write_text(OWNERS, encoding="utf-8")
        for _, command, _ in ROWS:  # byte code and the state are made beforehand
            cpu_seconds(command, folder)
        unit = median(UNIT, folder)
        figures = [
            {
                "start": label,
                "units": round(median(command, folder) / unit, 2),
                "limit": limit,
            }
            for label, command, limit in ROWS
        ]
    late = show(figures, unit)
    report = {
        "benchmark": "startup",
        "unit": "CPU time of: " + " ".join(["python", *UNIT[1:]]),
        "unit_milliseconds": round(1000 * unit, 1),
        "runs": RUNS,
        "rows": figures,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "machine": {"processors": os.cpu_count(), "system": platform.system()},
        "versions": {
            "python": platform.python_version(),
            **{
                name: version(name)
                for name in ("modelowners", "click", "duckdb", "numpy", "sqlalchemy")
            },
        },
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if late else 0


def median(command: Sequence[str], folder: Path) -> float:
    """Median CPU seconds of `RUNS` fresh processes."""
    return statistics.median(cpu_seconds(command, folder) for _ in range(RUNS))


def cpu_seconds(command: Sequence[str], folder: Path) -> float:
    """User and system seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def show(figures: Sequence[dict[str, object]], unit: float) -> list[str]:
    """Print the table; give the rows that take more than they may."""
    print(f"one unit = {1000 * unit:.0f} ms of CPU (python -c 'import click, yaml')\n")
    print(f"{'start':<26}{'units':>7}{'limit':>7}")
    late = []
    for row in figures:
        over = float(str(row["units"])) > float(str(row["limit"]))
        print(f"{row['start']:<26}{row['units']:>7}{row['limit']:>7}{'  over' * over}")
        if over:
            late.append(str(row["start"]))
    return late


def commit() -> str:
    """The commit that was measured; ``unknown`` outside a repository."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
