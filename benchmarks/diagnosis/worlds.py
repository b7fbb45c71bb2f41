"""
Make one world: a folder with an ownership file, a log, outcomes and the truth.

python benchmarks/diagnosis/worlds.py --kind unit_or_scale_change --seed 3 --out DIR

The same kind, seed and split give the same bytes. `truth.json` is for the
judge, `changes.json` for the ledger; the product reads neither by itself.
"""

from __future__ import annotations

import argparse
import json
import shutil
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from cases import MODEL, Case, Injected, drift_mix
from faults import FAULTS
from flights import AFTER_DAYS, DAY_US, SOURCES, Half, cut, load_half, mean_loss
from lookalikes import CALM, LOOKALIKES

from modelowners.app.demo import training as t
from modelowners.app.settings import cache_folder

KINDS = {**FAULTS, **LOOKALIKES}
CACHE = cache_folder() / "benchmarks"
LEAST_HARM = 0.01
DRAWS = 8
FILE_DAYS = 7

OWNERS = {
    MODEL: ("modellers", "mia"),
    "dataset:flight-schedule": ("schedulers", "sam"),
    "dataset:weather": ("forecasters", "ines"),
    "dataset:fleet-registry": ("registrars", "omar"),
    "dataset:airports": ("cartographers", "priya"),
    "dataset:outcomes": ("timekeepers", "tom"),
}
INNOCENT = (
    ("code", "Rename a helper"),
    ("code", "Add a test for empty answers"),
    ("dependency", "Update the HTTP client"),
    ("config", "Raise the memory limit of the job"),
    ("note", "Planned maintenance of the warehouse"),
    ("deploy", "Move the job to the new cluster"),
    ("config", "Log in JSON"),
    ("code", "Tidy the README"),
    ("data_run", "Nightly run finished"),
    ("code", "Retry a failed request twice"),
)


@dataclass
class World:
    """One world: its rows as logged, and the truth about it."""

    name: str
    seed: int
    split: str
    case: Case
    injected: Injected
    score: t.Floats
    onset: datetime
    truth: dict[str, Any]
    changes: list[dict[str, Any]]

    @property
    def end(self) -> datetime:
        """When the log ends, UTC."""
        return self.onset + timedelta(days=AFTER_DAYS)


def build(name: str, seed: int, half: Half) -> World:
    """
    Draw a world of a kind; redraw while its fault does no harm to speak of.

    Parameters
    ----------
    name : str
        Key of `KINDS`.
    seed : int
        Any; the same gives the same.
    half : Half
        Months and model; each half draws other worlds from the same seed.
    """
    label = zlib.crc32(f"{name} {half.split}".encode())
    best: World | None = None
    for draw in range(DRAWS):
        rng = np.random.default_rng([label, seed, draw])
        world = _draw(name, seed, half, rng)
        if best is None or world.truth["harm"] > best.truth["harm"]:
            best = world
        if world.injected.harmless or world.truth["harm"] >= LEAST_HARM:
            return world
    assert best is not None
    return best


def _draw(name: str, seed: int, half: Half, rng: np.random.Generator) -> World:
    days = half.restless if name == "restless_season" else half.quiet
    day = days[int(rng.integers(len(days)))]
    onset = datetime(day.year, day.month, day.day, tzinfo=UTC)
    onset += timedelta(hours=int(rng.integers(24)))
    rows, score = cut(half, onset)
    case = Case(rows, score, t.micros(onset.replace(tzinfo=None)), rng, half)
    innocent = None
    if name in FAULTS and rng.random() < 0.5:
        column = str(rng.choice(CALM))
        begins = case.since_us + int(rng.integers(-20, 8)) * DAY_US
        drift_mix(case, column, since_us=begins, share=0.5)
        innocent = column
    expected = mean_loss(case.rows["late"][case.after], case.score[case.after])
    injected = KINDS[name](case)
    final = rescore(case, injected)
    harm = mean_loss(case.rows["late"][case.after], final[case.after]) - expected
    world = World(name, seed, half.split, case, injected, final, onset, {}, [])
    world.truth = describe(world, harm, innocent)
    world.changes = ledger_of(world, rng)
    return world


def rescore(case: Case, injected: Injected) -> t.Floats:
    """Let the model score what it was served since the onset."""
    score = case.score.copy()
    after = case.after
    score[after] = case.half.model.score({n: v[after] for n, v in case.rows.items()})
    if injected.score is not None:
        score = np.where(np.isnan(injected.score), score, injected.score)
    return score


def describe(world: World, harm: float, innocent: str | None) -> dict[str, Any]:
    """Say what is true of a world, for the judge."""
    found = world.injected
    team, person = OWNERS[found.asset]
    return {
        "world": world.name,
        "seed": world.seed,
        "split": world.split,
        "model": MODEL,
        "kind": found.kind,
        "kinds": list(found.kinds),
        "columns": list(found.columns),
        "segment": found.segment,
        "asset": found.asset,
        "assets": [found.asset, *found.assets],
        "owner": {"team": team, "person": person},
        "teams": sorted({OWNERS[asset][0] for asset in (found.asset, *found.assets)}),
        "onset": stamp(world.onset),
        "as_of": stamp(world.end + timedelta(days=2)),
        "harm": round(harm, 4),
        "harmless": found.harmless,
        "forbidden": list(found.forbidden),
        "innocent_drift": innocent,
        "change": None,
        "what": found.note,
    }


def ledger_of(world: World, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Write eight innocent changes and, three times in four, the guilty one."""
    found = world.injected
    changes = []
    for number in range(8):
        kind, what = INNOCENT[int(rng.integers(len(INNOCENT)))]
        asset = str(rng.choice(list(OWNERS)))
        hours = float(rng.choice([rng.uniform(-400, 300), rng.uniform(-40, 20)]))
        changes.append(_change(world, f"c{number}", kind, asset, what, hours))
    caused = found.kind not in {
        None,
        "covariate_shift",
        "concept_shift",
        "weak_segment",
    }
    if caused and rng.random() < 0.75:
        hours = -float(rng.uniform(0.2, 10))
        vague = rng.random() < 0.3
        what = f"Release {int(rng.integers(20, 90))}" if vague else found.note
        guilty = _change(world, "guilty", found.change, found.asset, what, hours)
        if found.version_change:
            guilty["version"] = found.version_change
        changes.append(guilty)
        world.truth["change"] = guilty["key"]
    if found.version is not None and found.version_change is None:
        deploy = _change(world, "deploy", "deploy", MODEL, "Deploy version 2", -3.0)
        if found.kind == "wrong_version_served":
            deploy = _change(world, "deploy", "deploy", MODEL, "Deploy", -35 * 24.0)
        changes.append({**deploy, "version": "2"})
    return sorted(changes, key=lambda entry: str(entry["occurred_at"]))


def _change(
    world: World, key: str, kind: str, asset: str, what: str, hours: float
) -> dict[str, Any]:
    at = world.onset + timedelta(seconds=round(hours * 3600))
    person = OWNERS[asset][1]
    return {
        "key": f"{world.name}-{world.seed}-{key}",
        "kind": kind,
        "asset": asset,
        "what": what,
        "occurred_at": stamp(at),
        "person": person,
    }


def stamp(at: datetime) -> str:
    """
    Write an instant in UTC.

    >>> stamp(datetime(2013, 3, 1, tzinfo=UTC))
    '2013-03-01T00:00:00Z'
    """
    return at.isoformat().replace("+00:00", "Z")


def write(world: World, folder: Path) -> Path:
    """Write a world, replacing what the folder held; give its ownership file."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "logs").mkdir(parents=True)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    write_rows(world, folder, con)
    for name, content in (("truth", world.truth), ("changes", world.changes)):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
    file = folder / "modelowners.yaml"
    file.write_text(ownership())
    return file


def write_rows(world: World, folder: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Write the log, a file a week to and from the onset, and the outcomes."""
    case, found = world.case, world.injected
    rows = case.rows
    version = np.full(len(world.score), "1") if found.version is None else found.version
    table: dict[str, Any] = {n: rows[n] for n in ("prediction_id", "scored_us")}
    table |= {n: rows[n] for n in t.FEATURES}
    table |= {"late": rows["late"], "score": world.score, "version": version}
    table |= {f"logged_{n}": v for n, v in found.logged.items()}
    again = np.zeros(0, dtype=np.int64) if found.repeated is None else found.repeated
    order = np.concatenate([np.arange(len(world.score)), again])
    order = order[np.argsort(rows["scored_us"][order], kind="stable")]
    con.register("world", {n: v[order] for n, v in table.items()})
    con.execute("CREATE TABLE log AS SELECT * FROM world")
    first = int(rows["scored_us"].min())
    back = -(-(case.since_us - first) // (FILE_DAYS * DAY_US))
    weeks = [case.since_us + k * FILE_DAYS * DAY_US for k in range(-back, 2)]
    for start in weeks:
        stop = start + FILE_DAYS * DAY_US
        columns = _columns(found, after=start >= case.since_us)
        name = datetime.fromtimestamp(start / t.SECONDS, UTC).strftime("%Y-%m-%dT%H")
        con.execute(
            f"COPY (SELECT {columns} FROM log WHERE scored_us >= {start} AND "
            f"scored_us < {stop}) TO '{folder / 'logs' / name}.parquet' "
            "(FORMAT parquet)"
        )
    con.execute(
        "COPY (SELECT DISTINCT prediction_id, late::INTEGER AS late, "
        "make_timestamptz(scored_us + 21600000000) AS known_at FROM log "
        "WHERE NOT isnan(late) ORDER BY known_at, prediction_id) "
        f"TO '{folder / 'outcomes.parquet'}' (FORMAT parquet)"
    )


def _columns(found: Injected, *, after: bool) -> str:
    parts = ["prediction_id", "make_timestamptz(scored_us) AS scored_at"]
    for name in t.FEATURES:
        if after and name in found.dropped:
            continue
        if after and name in found.logged:
            parts.append(f"nullif(logged_{name}, '') AS {name}")
        elif name in t.TEXTS:
            parts.append(f"nullif({name}, '') AS {name}")
        else:
            parts.append(f"if(isnan({name}), NULL, {name}) AS {name}")
    if after:
        parts += [
            f"logged_{name} AS {name}"
            for name in found.logged
            if name not in t.FEATURES
        ]
    return ", ".join([*parts, "score", "version AS model_version"])


def ownership() -> str:
    """Give the ownership file of every world."""
    people = "\n".join(
        f"  {p}: {{email: {p}@airline.example}}" for _, p in OWNERS.values()
    )
    teams = "\n".join(
        f"  {team}: {{lead: {p}, members: [{p}]}}" for team, p in OWNERS.values()
    )
    claims = "\n".join(
        f"        dataset:{name}: [{', '.join(columns)}]"
        for name, columns in SOURCES.items()
    )
    datasets = "\n".join(
        f"  {asset}: {{owner: {team}}}"
        for asset, (team, _) in OWNERS.items()
        if asset != MODEL
    )
    needs = ", ".join(f'"{asset}"' for asset in OWNERS if asset != MODEL)
    return f"""version: 1
people:
{people}
teams:
{teams}
owns:
  {MODEL}:
    owner: modellers
    needs: [{needs}]
    predictions:
      source: logs/*.parquet
      columns:
        prediction_id: prediction_id
        ts: scored_at
        score: score
        model_version: model_version
      task: binary
      features: [{", ".join(t.FEATURES)}]
      segments: [carrier, origin]
      labels:
        source: outcomes.parquet
        key: prediction_id
        actual: late
        ts: known_at
        delay: 1d
      upstream:
{claims}
{datasets}
"""


def main() -> None:
    """Write one world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=CACHE)
    asked = parser.parse_args()
    half = load_half(asked.split, cache=asked.cache)
    world = build(asked.kind, asked.seed, half)
    write(world, asked.out)
    print(json.dumps(world.truth, indent=1))


if __name__ == "__main__":
    main()
