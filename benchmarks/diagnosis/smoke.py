"""
The smoke benchmark of `debug`: does it name the right cause and owner?

python benchmarks/diagnosis/smoke.py [--split dev|test] [--seeds 5] [--kind K …]

Each world is a folder with an ownership file, a log and outcomes; changes
enter the ledger; the answer comes from what `modelowners debug` calls. Beside
it stands what "most drifted feature" would have said. Writes
benchmarks/results/diagnosis.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from faults import FAULTS
from flights import DAY_US, load_half, source_of
from judge import Named, Verdict, judge, summarise, summarise_calm
from lookalikes import LOOKALIKES
from worlds import CACHE, OWNERS, World, build, write

from modelowners.app.debugging import debug
from modelowners.app.demo import training as t
from modelowners.app.wiring import Program
from modelowners.core.ids import asset_id
from modelowners.core.time import VirtualClock, parse_instant
from modelowners.diagnosis.causes import Cause
from modelowners.ledger.changes import Change, ChangeKind, Source, Who

RESULT = Path(__file__).parents[1] / "results" / "diagnosis.json"
REFERENCE_US = 28 * DAY_US
SHOWN = ("top1", "top3", "kind1", "owner1", "answered", "precision_answered", "change")
FIRST_TEST_SEED = 3000
"""Worlds below were looked at while the ranking was tuned."""


def entries(world: World) -> dict[str, Change]:
    """Give the world's ledger entries by their key."""
    return {
        entry["key"]: Change(
            kind=ChangeKind(entry["kind"]),
            asset=asset_id(entry["asset"]),
            what=entry["what"],
            source=Source("record", "benchmark", entry["key"]),
            recorded_at=parse_instant(entry["occurred_at"]),
            occurred_at=parse_instant(entry["occurred_at"]),
            who=Who(person=entry["person"]),
            version=entry.get("version"),
        )
        for entry in world.changes
    }


def prepare(world: World, folder: Path) -> tuple[Program, dict[str, Change]]:
    """Write a world, and give the program over it with the ledger filled."""
    file = write(world, folder)
    program = Program.start(file=str(file), state=str(folder / ".modelowners"))
    program.clock = VirtualClock(parse_instant(world.truth["as_of"]))
    changes = entries(world)
    program.ledger.append(changes.values())
    return program, changes


def most_drifted(world: World) -> tuple[str, str]:
    """Name the column of the largest PSI, and the team that delivers it."""
    rows, since = world.case.rows, world.case.since_us
    at = rows["scored_us"]
    before = (at >= since - REFERENCE_US) & (at < since)
    ranked = {
        name: t.psi(rows[name][before], rows[name][at >= since]) for name in t.FEATURES
    }
    column = max(ranked, key=lambda name: ranked[name])
    return column, OWNERS[f"dataset:{source_of(column)}"][0]


def examine(
    task: tuple[str, int], *, split: str, cache: Path, keep: Path | None = None
) -> Verdict:
    """Build a world, ask for a diagnosis the way `debug` does, and judge it."""
    name, seed = task
    world = build(name, seed, load_half(split, cache=cache))
    with tempfile.TemporaryDirectory() as scratch:
        folder = (keep or Path(scratch)) / f"{name}-{seed}"
        program, changes = prepare(world, folder)
        as_of = program.clock.now()
        started = time.process_time()
        found = debug(program, asset_id(world.truth["model"]), as_of=as_of)
        seconds = time.process_time() - started
    guilty = changes.get(world.truth["change"] or "")
    return judge(
        world.truth,
        [_named(cause) for cause in found.diagnosis.causes],
        alarm=not found.healthy,
        drift=most_drifted(world),
        change=guilty.id if guilty else None,
        seconds=seconds,
        notes=[text for text in found.diagnosis.not_looked_at if "failed" in text],
    )


def _named(cause: Cause) -> Named:
    listed = (cause.column, *cause.columns) if cause.column else cause.columns
    return Named(
        kind=cause.kind.value,
        asset=cause.asset,
        columns=tuple(dict.fromkeys(listed)),
        team=cause.owner.team,
        probability=cause.probability,
        change=cause.change_id,
        onset=(cause.onset.at, cause.onset.low, cause.onset.high),
    )


def tasks(kinds: Iterable[str], seeds: int, split: str) -> list[tuple[str, int]]:
    """List the worlds: seeds of the splits do not meet; 2.4 times as many faultless."""
    first = FIRST_TEST_SEED if split == "test" else 0
    return [
        (kind, first + number)
        for kind in kinds
        for number in range(round(seeds * 2.4) if kind == "no_fault" else seeds)
    ]


def cell(figure: dict[str, Any]) -> str:
    """
    Write a share with its interval.

    >>> cell({"value": 0.5, "low": 0.2, "high": 0.8, "n": 4})
    '.50 [.20, .80]'
    """
    if figure["value"] is None:
        return "-"
    value, low, high = (
        f"{figure[k]:.2f}".replace("0.", ".") for k in ("value", "low", "high")
    )
    return f"{value} [{low}, {high}]"


def table(verdicts: list[Verdict]) -> str:
    """Write the table: overall, then by kind."""
    groups = {"all faults": verdicts}
    for verdict in verdicts:
        if verdict.world == verdict.kind:
            groups.setdefault(verdict.world, []).append(verdict)
    head = ["", "n", *SHOWN, "onset ≤ 1 d", "cover", "drift: column", "owner"]
    lines = [head]
    for name, group in groups.items():
        found = summarise(group)
        figures = [found[k] for k in (*SHOWN, "onset_within_1", "onset_cover")]
        figures += [found["drift_column"], found["drift_owner"]]
        lines.append([name, str(found["n"]), *map(cell, figures)])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True))
        for line in lines
    )


def result(verdicts: list[Verdict], split: str) -> dict[str, Any]:
    """Give what is written to the results file."""
    kinds = sorted({v.world for v in verdicts if v.world == v.kind})
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "benchmark": "diagnosis",
        "split": split,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit or None,
        "machine": {
            "system": platform.system(),
            "architecture": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {n: version(n) for n in ("duckdb", "numpy", "scikit-learn")},
        "all": summarise(verdicts),
        **summarise_calm(verdicts),
        "cpu_seconds_median": sorted(v.seconds for v in verdicts)[len(verdicts) // 2],
        "by_kind": {
            kind: summarise([v for v in verdicts if v.world == v.kind == kind])
            for kind in kinds
        },
        "worlds": [asdict(verdict) for verdict in verdicts],
    }


def main(args: Sequence[str] | None = None) -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kind", nargs="+", default=[*FAULTS, *LOOKALIKES])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--keep", type=Path, help="Keep the worlds' folders here.")
    parser.add_argument("--out", type=Path, help="Default: the results file, of test.")
    asked = parser.parse_args(args)
    todo = tasks(asked.kind, asked.seeds, asked.split)
    load_half(asked.split, cache=asked.cache)  # fills the cache before it is shared
    ask = partial(examine, split=asked.split, cache=asked.cache, keep=asked.keep)
    verdicts = []
    with ProcessPoolExecutor(asked.jobs) as pool:
        answers = map(ask, todo) if asked.jobs == 1 else pool.map(ask, todo)
        for verdict in answers:
            verdicts.append(verdict)
            line = f"{verdict.world:22} {verdict.seed:5} {verdict.seconds:5.1f} s  "
            mark = {True: "right", False: "WRONG", None: "     "}[verdict.top1]
            told = f"{mark} {verdict.probability:.2f} {verdict.top}"
            notes = "".join(f"\n    {note}" for note in verdict.notes)
            print(line + told + notes, file=sys.stderr, flush=True)
    print(table(verdicts))
    calm = summarise_calm(verdicts)
    for name, figure in calm.items():
        print(f"{name}: {cell(figure)} of {figure['n']}")
    out = asked.out or (RESULT if asked.split == "test" else None)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result(verdicts, asked.split), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
