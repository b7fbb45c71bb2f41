"""What a log's writer was free to choose changes no answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from pathlib import Path

import duckdb
import pytest
from case_faults import MILES_B, ROUNDED, SWAPPED
from case_worlds import FEATURES, TRUTH, Fault, log_of, plan, write_world

from modelowners.app.framing import Plan, frame_of
from modelowners.catalog.owners import Duty, Owner, Ownership, Status
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import HOUR, TimeWindow
from modelowners.detection.shifts import shifts_of
from modelowners.detection.streams import streams_of
from modelowners.diagnosis.causes import CauseKind, Diagnosis
from modelowners.diagnosis.inquiries import Inquiry, silent
from modelowners.diagnosis.reasoning import diagnose
from modelowners.ledger.changes import Change, ChangeKind, Source
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.logs import PRIMARY_LOSS, PredictionLog

ORDERS, WEATHER = asset_id("dataset:orders"), asset_id("dataset:weather")
MODEL = asset_id("model:late")
UPSTREAM = {
    MODEL: {MODEL: 0, ORDERS: 1, WEATHER: 1},
    ORDERS: {ORDERS: 0},
    WEATHER: {WEATHER: 0},
}
NEW_NAMES = {
    "x": "order_weight",
    "y": "basket",
    "total": "all_in_all",
    "hour": "clock_hand",
    "temperature": "air",
    "city": "town",
    "vendor": "seller",
}
"""Other words, in another order of the alphabet."""
LIKELY = 0.1
"""Probability from which a cause is compared; below it, figures may cross."""


def resolver(asset: AssetId, at: object) -> Ownership:
    person = asset.partition(":")[2]
    return Ownership(
        asset=asset,
        at=TRUTH,
        status=Status.OWNED,
        owner=Owner("person", person),
        declared="modelowners.yaml:9",
        tier=2,
        accountable=Duty(person),
        responder=Duty(person),
    )


def entry(key: str, asset: AssetId, what: str, *, hours: float) -> Change:
    at = TRUTH + hours * HOUR
    return Change(
        kind=ChangeKind.CODE,
        asset=asset,
        what=what,
        source=Source("git", "feeds", key),
        recorded_at=at,
        occurred_at=at,
    )


LEDGER = (
    entry("1", ORDERS, "Send weights in another unit", hours=-1),
    entry("2", ORDERS, "Tidy the exports", hours=-300),
    entry("3", WEATHER, "Update the client", hours=-2),
    entry("4", MODEL, "Log in JSON", hours=-40),
)


@dataclass(frozen=True)
class Told:
    """What is asked about one way of writing a world down."""

    log: PredictionLog
    planned: Plan
    changes: Sequence[Change] = LEDGER


def answer(told: Told) -> Diagnosis:
    """Diagnose as `debug` would, each time with an engine of its own."""
    engine = DuckDBEngine(threads=1)
    task = engine.task(told.log)
    loss = PRIMARY_LOSS[task]
    frame = frame_of(engine, told.log, told.planned, as_of=None, progress=silent)
    shifts = shifts_of(frame, streams_of(frame, loss=loss))
    windows = told.planned.windows
    engine.hold(told.log, TimeWindow(windows[0].start, windows[-1].end))
    inquiry = Inquiry(
        log=told.log,
        task=task,
        frame=frame,
        shifts=shifts,
        engine=engine,
        resolver=resolver,
        upstream=UPSTREAM,
        changes=told.changes,
    )
    return diagnose(inquiry).diagnosis


def same(one: object, other: object, *, tolerance: float = 1e-6) -> bool:
    """
    Compare two answers, figures up to how sums round.

    Adding floating-point numbers in another order changes their last digits, and
    nothing that a person reads.
    """
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=tolerance, abs=tolerance, nan_ok=True)
    if is_dataclass(one) and type(one) is type(other):
        return all(
            same(getattr(one, f.name), getattr(other, f.name), tolerance=tolerance)
            for f in fields(one)
        )
    if isinstance(one, tuple) and isinstance(other, tuple):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(
            same(a, b, tolerance=tolerance) for a, b in pairs
        )
    return one == other


def rewrite(folder: Path, name: str, select: str) -> None:
    """Write the world again, as a statement over its rows `w` gives them."""
    source = folder / "world.parquet"
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute(
            f"COPY (WITH w AS (FROM '{source}') {select}) "
            f"TO '{folder / name}' (FORMAT parquet)"
        )


@dataclass(frozen=True)
class World:
    """A world on disk and what is said of it as it was first written."""

    folder: Path
    log: PredictionLog
    answer: Diagnosis


@pytest.fixture(scope="module", params=[MILES_B, SWAPPED], ids=["unit", "swap"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> World:
    return first_written(request.param, tmp_path_factory.mktemp("invariances"))


def first_written(fault: Fault, folder: Path) -> World:
    write_world(fault, folder / "world.parquet")
    log = log_of(folder, "world.parquet", fault.segments)
    return World(folder, log, answer(Told(log, plan())))


def test_there_is_something_to_change(world: World) -> None:
    cause = world.answer.causes[0]
    assert cause.asset == ORDERS
    assert "x" in cause.columns
    assert cause.change_id == LEDGER[0].id


def reordered(world: World) -> PredictionLog:
    """Shuffle rows over three files, with the columns the other way round."""
    columns = (*reversed(FEATURES), "score", "late", "ts", "model_version", "id")
    for part in range(3):
        rewrite(
            world.folder,
            f"part{(5 * part + 2) % 7}.parquet",
            f"SELECT {', '.join(columns)} FROM w "
            f"WHERE hash(id) % 3 = {part} ORDER BY hash(id, 7)",
        )
    return replace(world.log, source=("part*.parquet",))


def renamed(world: World) -> PredictionLog:
    """Call every feature by another name."""
    told = ", ".join(f"{old} AS {new}" for old, new in NEW_NAMES.items())
    rest = "id, ts, model_version, score, late"
    rewrite(world.folder, "renamed.parquet", f"SELECT {told}, {rest} FROM w")
    log = world.log
    return replace(
        log,
        source=("renamed.parquet",),
        features=tuple(NEW_NAMES[name] for name in log.features),
        segments=tuple(NEW_NAMES.get(name, name) for name in log.segments),
        upstream=tuple(
            replace(claim, features=tuple(NEW_NAMES[name] for name in claim.features))
            for claim in log.upstream
        ),
    )


def scaled(world: World) -> PredictionLog:
    """Weigh in hundredths, and give degrees in tenths, from the beginning on."""
    rewrite(
        world.folder,
        "scaled.parquet",
        "SELECT * REPLACE (x * 100 AS x, y * 100 AS y, total * 100 AS total, "
        "temperature * 10 AS temperature) FROM w",
    )
    return replace(world.log, source=("scaled.parquet",))


def with_old_names(told: object) -> object:
    """Put the features' old names back, wherever an answer has the new ones."""
    old_names = {new: old for old, new in NEW_NAMES.items()}
    if isinstance(told, str) and not isinstance(told, StrEnum):
        return re.sub(r"\w+", lambda m: old_names.get(m[0], m[0]), told)
    if is_dataclass(told) and not isinstance(told, type):
        return replace(
            told,
            **{f.name: with_old_names(getattr(told, f.name)) for f in fields(told)},
        )
    if isinstance(told, tuple):
        return tuple(with_old_names(part) for part in told)
    if isinstance(told, Mapping):
        return {
            with_old_names(key): with_old_names(value) for key, value in told.items()
        }
    return told


def verdict(told: Diagnosis) -> list[tuple[object, ...]]:
    """Give what decides who is told, of every cause that may be believed."""
    return [
        (c.kind, c.asset, c.columns, dict(c.segment), c.change_id, c.owner, c.onset)
        for c in told.causes
        if c.probability > LIKELY
    ]


def test_the_order_of_rows_columns_and_files_changes_nothing(world: World) -> None:
    assert same(answer(Told(reordered(world), plan())), world.answer)


def test_the_order_of_the_ledger_changes_nothing(world: World) -> None:
    backwards = Told(world.log, plan(), tuple(reversed(LEDGER)))
    assert same(answer(backwards), world.answer)


def test_new_names_of_columns_change_only_names(world: World) -> None:
    told = answer(Told(renamed(world), plan()))
    assert "order_weight" in told.causes[0].columns
    assert same(with_old_names(told), world.answer)


def test_another_unit_throughout_changes_no_verdict(world: World) -> None:
    told = answer(Told(scaled(world), plan()))
    assert verdict(told) == verdict(world.answer)
    assert told.causes[0].probability == pytest.approx(
        world.answer.causes[0].probability, abs=0.02
    )
    assert told.symptom == world.answer.symptom


@pytest.mark.xfail(
    reason="lost decimals are seen only as whole numbers: in hundredths, whole "
    "hundreds are taken for a value that froze",
    raises=AssertionError,
    strict=True,
)
def test_lost_decimals_are_lost_in_any_unit(tmp_path: Path) -> None:
    world = first_written(ROUNDED, tmp_path)
    told = answer(Told(scaled(world), plan()))
    assert told.causes[0].kind is CauseKind.TYPE_CHANGE
