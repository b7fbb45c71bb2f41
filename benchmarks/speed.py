"""
What it costs to import a year of tickets and to report on them.

25,000 tickets in 140,000 rows are drawn with a fixed seed, in the shape of an
audit log. Each figure is the CPU time of a fresh process, the median of 3, and
beside it as a ratio to reading the same file with Python's own `csv`. Run it by
``make bench NAME=speed``.
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

RESULT = Path(__file__).parent / "results" / "speed.json"
TICKETS, RUNS = 25_000, 3
START = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = "2027-03-01"
MAP = """\
shape: states
id: n
at: at
order: k
opened: opened
fixed: fixed
closed: closed
state: state
done: [Resolved]
team: team
time_format: "%d/%m/%Y %H:%M"
"""
READ = "import csv, sys; print(sum(1 for _ in csv.reader(open(sys.argv[1]))))"
PROGRAM = [sys.executable, "-m", "modelowners"]
REPORT = [*PROGRAM, "report", "speed", "--as-of", AS_OF, "--json"]
LIMITS = {"import": 30.0, "import again": 30.0, "report": 3.0, "report, with page": 4.0}
"""CPU seconds each may take."""


def main() -> int:
    """Measure each command, print the table, write the figures; 1 past a limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "map.yaml").write_text(MAP, encoding="utf-8")
        rows = write_tickets(folder / "tickets.csv")
        bring = [*PROGRAM, "import", "tickets", "tickets.csv", "--map", "map.yaml"]
        commands = {
            "import": bring,
            "import again": bring,
            "report": REPORT,
            "report, with page": [*REPORT, "--html", "speed.html"],
        }
        unit = seconds([sys.executable, "-c", READ, "tickets.csv"], folder)[0]
        figures = []
        for label, command in commands.items():
            # Only the first import finds an empty state.
            runs = 1 if label == "import" else RUNS
            spent, printed = seconds(command, folder, runs=runs)
            figures.append(
                {
                    "what": label,
                    "cpu_seconds": round(spent, 2),
                    "units": round(spent / unit, 1),
                    "limit": LIMITS[label],
                    "same_bytes": len(printed) == 1,
                }
            )
    late = show(figures)
    report = {
        "benchmark": "speed",
        "unit": f"CPU time of reading the file of {rows:,} rows with csv.reader",
        "unit_milliseconds": round(1000 * unit, 1),
        "tickets": TICKETS,
        "rows": figures,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "machine": {"processors": os.cpu_count(), "system": platform.system()},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("modelowners", "numpy", "sqlalchemy")},
        },
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if late else 0


def write_tickets(place: Path) -> int:
    """Draw the tickets; give how many rows they are."""
    chance, rows = random.Random(11), 0
    with place.open("w", encoding="utf-8") as file:
        file.write("n,at,k,opened,fixed,closed,state,team\n")
        for n in range(TICKETS):
            opened = START + timedelta(minutes=chance.randrange(365 * 1440))
            moves = chance.choice((0, 0, 0, 1, 1, 2, 4))
            spent = timedelta(minutes=1 + round(chance.lognormvariate(6, 2.8)))
            fixed, at = opened + spent, opened
            for k in range(moves + 4):
                state = "Resolved" if k == moves + 3 else "Active"
                team = f"{chance.randrange(70) if k <= moves else moves}"
                file.write(
                    f"{n},{told(at)},{k},{told(opened)},{told(fixed)},"
                    f"{told(fixed + timedelta(days=5))},{state},{team}\n"
                )
                at = min(at + spent / (moves + 3), fixed)
                rows += 1
    return rows


def told(at: datetime) -> str:
    """Write an instant as the export does."""
    return f"{at:%d/%m/%Y %H:%M}"


def seconds(
    command: Sequence[str], folder: Path, *, runs: int = RUNS
) -> tuple[float, set[str]]:
    """Give the median CPU seconds of fresh processes, and what they printed."""
    spent, printed = [], set()
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(
            after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        )
        printed.add(done.stdout)
    return statistics.median(spent), printed


def show(figures: Sequence[dict[str, object]]) -> list[str]:
    """Print the table; give the rows that take more than they may, or differ."""
    print(f"{'what':<20}{'CPU s':>7}{'limit':>7}{'units':>7}  same bytes")
    late = []
    for row in figures:
        over = float(str(row["cpu_seconds"])) > float(str(row["limit"]))
        print(
            f"{row['what']:<20}{row['cpu_seconds']:>7}{row['limit']:>7}"
            f"{row['units']:>7}  {'yes' if row['same_bytes'] else 'NO'}"
            f"{'  over' * over}"
        )
        if over or not row["same_bytes"]:
            late.append(str(row["what"]))
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
