"""Worlds for the pages: small models whose logs grow day by day, some with a fault."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from modelowners.app.settings import Settings
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, HOUR, VirtualClock, parse_instant
from modelowners.ledger.changes import Change, ChangeKind, Source, Who
from modelowners.server.site import Site

FIRST = parse_instant("2026-03-01")
ROWS = 240
REGIONS = ("north", "south", "east")

PEOPLE = {
    "ana": "crm",
    "ned": "crm",
    "bo": "billing",
    "uma": "billing",
    "cy": "payments",
    "liv": "payments",
    "dee": "devices",
    "max": "logistics",
    "eli": "operations",
}
LEADS = {
    "crm": "ana",
    "billing": "bo",
    "payments": "cy",
    "devices": "dee",
    "logistics": "max",
    "operations": "eli",
}


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model, whose it is, and the feed that delivers two of its inputs."""

    name: str
    owner: str
    feed: str
    feed_owner: str
    tier: int = 2
    seed: int = 0
    observed: bool = True
    difficulty: float = 1.0


Fault = Callable[[dict[str, list[object]]], None]


def in_seconds(columns: dict[str, list[object]]) -> None:
    """Deliver the talk time in seconds instead of minutes."""
    columns["minutes"] = [round(float(str(v)) * 60, 2) for v in columns["minutes"]]


def emptied(columns: dict[str, list[object]]) -> None:
    """Deliver the age empty."""
    columns["tenure"] = ["" for _ in columns["tenure"]]


CHURN = Model(name="churn", owner="crm", feed="usage", feed_owner="billing", tier=1)


@dataclass
class PageWorld:
    """
    A folder with an ownership file and growing logs, and a site over it.

    The clock is virtual, and turns are taken by hand: `pass_days` writes the
    days that pass, `look` takes a turn.
    """

    folder: Path
    models: tuple[Model, ...] = (CHURN,)
    faults: dict[str, Fault] = field(default_factory=dict)
    day: int = 0
    user: str | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file.write_text("\n".join(ownership(self.models)) + "\n", encoding="utf-8")
        self.clock = VirtualClock(FIRST)
        self.site = Site(
            Settings(
                file=self.file, state=self.folder / ".modelowners", user=self.user
            ),
            clock=self.clock,
        )

    @property
    def file(self) -> Path:
        return self.folder / "modelowners.yaml"

    def pass_days(self, count: int) -> None:
        """Write the logs of the next days; it is then six in the morning after."""
        for _ in range(count):
            for model in self.models:
                if model.observed:
                    write_day(self.folder, model, self.day, self.faults.get(model.name))
            self.day += 1
        self.clock.at = FIRST + self.day * DAY + 6 * HOUR

    def break_feed(self, model: Model, fault: Fault, what: str, who: str) -> Change:
        """Break a feed from the next day on, and write down the change that did it."""
        self.faults[model.name] = fault
        change = Change(
            kind=ChangeKind.CONFIG,
            asset=AssetId(f"dataset:{model.feed}"),
            what=what,
            source=Source("record", "cli", f"{model.feed}-{self.day}"),
            recorded_at=FIRST + self.day * DAY,
            occurred_at=FIRST + self.day * DAY,
            who=Who(who, who),
            before={"unit": "min"},
            after={"unit": "s"},
            diff_text="--- a/export.toml\n+++ b/export.toml\n@@ -4 +4 @@\n"
            '-unit = "min"\n+unit = "s"\n',
            why="The new meter counts in seconds.",
        )
        self.site.program().ledger.append([change])
        return change

    def mend(self, model: Model) -> None:
        """Deliver the next days as they should be."""
        self.faults.pop(model.name, None)

    def look(self) -> None:
        """Take a turn of the loop."""
        self.site.turns.take()


def write_day(folder: Path, model: Model, day: int, fault: Fault | None) -> None:
    """Write one day of a model's log and of its outcomes."""
    rng = np.random.default_rng([model.seed, day, len(model.name)])
    start = FIRST + day * DAY
    truth, columns = _drawn(rng, model, day)
    served = {name: list(values) for name, values in columns.items()}
    if fault is not None:
        fault(served)
    score = _score(served)
    log = folder / "logs" / model.name / f"{start:%Y-%m-%d}.csv"
    outcome = folder / "outcomes" / model.name / log.name
    ids = [f"{day:03}-{row:03}" for row in range(ROWS)]
    told: dict[str, Sequence[object]] = {
        "id": ids,
        "at": [_time(start, row) for row in range(ROWS)],
        "score": score,
        "version": ["7"] * ROWS,
    }
    _write(log, {**told, **served})
    _write(outcome, {"id": ids, "left": truth})


def _drawn(
    rng: np.random.Generator, model: Model, day: int
) -> tuple[list[object], dict[str, list[object]]]:
    season = 0.4 * np.sin(day / 3.0)
    tenure = rng.gamma(4.0, 6.0, ROWS).round(1)
    minutes = (24.0 + season + rng.gamma(3.0, 6.0, ROWS)).round(2)
    calls = rng.poisson(1.5, ROWS)
    region = rng.choice(REGIONS, ROWS)
    columns: dict[str, list[object]] = {
        "tenure": list(tenure),
        "minutes": list(minutes),
        "calls": list(calls),
        "region": list(region),
    }
    odds = _odds(tenure, minutes, calls) * model.difficulty
    truth = (rng.random(ROWS) < 1 / (1 + np.exp(-odds))).astype(int)
    return list(truth), columns


def _odds(
    tenure: np.ndarray[tuple[int], np.dtype[np.float64]],
    minutes: np.ndarray[tuple[int], np.dtype[np.float64]],
    calls: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return 1.4 - 0.14 * tenure + 0.06 * (minutes - 40) + 0.6 * calls


def _score(served: Mapping[str, list[object]]) -> list[object]:
    """Score what was served, as the model would: a gap counts as an average."""
    tenure = np.array([24.0 if v == "" else float(str(v)) for v in served["tenure"]])
    minutes = np.array([float(str(v)) for v in served["minutes"]])
    calls = np.array([int(str(v)) for v in served["calls"]])
    odds = np.clip(_odds(tenure, minutes, calls), -4, 4)
    return list((1 / (1 + np.exp(-odds))).round(4))


def _time(start: datetime, row: int) -> str:
    return f"{start + row * DAY / ROWS:%Y-%m-%dT%H:%M:%SZ}"


def _write(place: Path, columns: Mapping[str, Sequence[object]]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def ownership(models: tuple[Model, ...]) -> Iterator[str]:
    """Write the ownership file, line by line."""
    yield "version: 1"
    yield "people:"
    for person in PEOPLE:
        manager = "" if person == "eli" else ", manager: eli"
        yield f"  {person}: {{email: {person}@acme.example{manager}}}"
    yield "teams:"
    for team, lead in LEADS.items():
        members = [person for person, of in PEOPLE.items() if of == team]
        deputy = next((f", deputy: {m}" for m in members if m != lead), "")
        yield f"  {team}: {{lead: {lead}{deputy}, members: [{', '.join(members)}]}}"
    yield "owns:"
    for model in models:
        yield from _entry(model)
    for feed, owner in dict.fromkeys((m.feed, m.feed_owner) for m in models):
        yield f"  dataset:{feed}:"
        yield f"    owner: {owner}"
        yield "    fix:"
        yield "      quarantine: {command: [touch, mended]}"


def _entry(model: Model) -> Iterator[str]:
    yield f"  model:{model.name}:"
    yield f"    owner: {model.owner}"
    yield f"    tier: {model.tier}"
    yield f"    needs: [dataset:{model.feed}]"
    if not model.observed:
        return
    yield "    expect:"
    yield "      - {metric: log_loss, at_most: 0.6}"
    yield "    predictions:"
    yield f"      source: logs/{model.name}/*.csv"
    columns = "prediction_id: id, ts: at, score: score, model_version: version"
    yield f"      columns: {{{columns}}}"
    yield "      task: binary"
    yield "      features: [tenure, minutes, calls]"
    yield "      segments: [region]"
    outcomes = f"source: outcomes/{model.name}/*.csv, key: id, actual: left"
    yield f"      labels: {{{outcomes}}}"
    yield f"      upstream: {{dataset:{model.feed}: [tenure, minutes]}}"
