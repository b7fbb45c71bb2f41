"""Cases over real little logs: a known world, one fault, everything else true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

import duckdb
import numpy as np
import numpy.typing as npt

from modelowners.app.framing import Plan, frame_of
from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow, parse_instant, to_micros
from modelowners.detection.frames import Frame
from modelowners.detection.shifts import shifts_of
from modelowners.detection.streams import streams_of
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import Suspect
from modelowners.diagnosis.inquiries import silent
from modelowners.diagnosis.symptoms import find_harm
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.logs import (
    PRIMARY_LOSS,
    Claim,
    Labels,
    PredictionLog,
    Task,
)
from modelowners.observations.ports import Engine
from modelowners.observations.questions import Contrast

Values = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

START = parse_instant("2026-01-05")
HISTORY, TEST, REFERENCE = 50, 14, 28
BROKEN_DAY = 57
"""Faults begin with this day, in the middle of the test."""
TRUTH = START + BROKEN_DAY * DAY
ROWS = 150
"""Rows a day."""
CITIES = np.array(["Bergen", "Lyon", "Porto", "Turin"], dtype=object)
CITY_SHARES = (0.4, 0.3, 0.2, 0.1)
CITY_EFFECT = dict(zip(CITIES, (-1.2, 0.2, 0.8, 1.6), strict=True))
FEATURES = ("x", "y", "total", "hour", "temperature", "city", "vendor")


@dataclass(slots=True)
class Draft:
    """A log's columns while they are written, and which rows come late."""

    columns: dict[str, Values]
    day: npt.NDArray[np.int64]
    rng: np.random.Generator

    @property
    def late(self) -> Mask:
        """Mark the rows since the fault, shape (n_rows,)."""
        found: Mask = self.day >= BROKEN_DAY
        return found

    def number(self, column: str) -> Floats:
        """Give a numeric column."""
        return self.columns[column].astype(np.float64)

    def where(self, column: str, value: str) -> Mask:
        """Mark the rows of one value."""
        found: Mask = self.columns[column] == value
        return found

    def chance(self, share: float) -> Mask:
        """Mark a random share of the rows."""
        found: Mask = self.rng.random(len(self.day)) < share
        return found

    def put(self, column: str, values: object, mask: Mask | None = None) -> None:
        """Overwrite a column in the late rows, or in those marked."""
        chosen = self.late if mask is None else mask
        fresh = np.broadcast_to(np.asarray(values), chosen.shape)
        self.columns[column] = np.where(chosen, fresh, self.columns[column])

    def take(self, rows: npt.NDArray[np.intp]) -> None:
        """Keep these rows, as often as each is named."""
        self.columns = {name: values[rows] for name, values in self.columns.items()}
        self.day = self.day[rows]


Alter = Callable[[Draft], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """
    What goes wrong, and where in the chain.

    `world` changes what is so before outcomes come of it, `served` what the
    model is given, `logged` what is written down; `effect` is added to the true
    log odds of late rows, which the model does not know.
    """

    world: Alter | None = None
    served: Alter | None = None
    logged: Alter | None = None
    effect: Callable[[Draft], Floats] | None = None
    segments: tuple[str, ...] = ("vendor",)
    seed: int = 0


NOTHING = Fault()
"""A world in which nothing happens."""


def score_of(draft: Draft) -> Floats:
    """Give the model's probability of each row; it takes a null as the middle."""
    city = sum(e * (draft.columns["city"] == c) for c, e in CITY_EFFECT.items())
    odds = (
        0.3 * (np.nan_to_num(draft.number("x"), nan=20.0) - 20)
        + 0.2 * (np.nan_to_num(draft.number("y"), nan=8.0) - 8)
        + 0.15 * (np.nan_to_num(draft.number("temperature"), nan=15.0) - 15)
        + 1.2 * np.cos(2 * np.pi * (draft.number("hour") - 15) / 24)
        + 0.6 * (draft.columns["vendor"] == "b")
        + city
        - 0.5
    )
    chance: Floats = 1 / (1 + np.exp(-np.clip(odds, -15, 15)))
    return chance


def _draft(seed: int) -> Draft:
    rng = np.random.default_rng(seed)
    days = HISTORY + TEST
    day = np.repeat(np.arange(days), ROWS)
    n = len(day)
    at = np.arange(24)
    busy = 0.15 + np.exp(-(((at - 9) / 3.0) ** 2)) + 0.6 * np.exp(-((at - 18) ** 2) / 4)
    hour = rng.choice(24, size=n, p=busy / busy.sum())
    feed = 15 + 5 * np.sin(2 * np.pi * np.arange(24) / 24) + rng.normal(0, 3, (days, 1))
    feed = np.round(feed + rng.normal(0, 1.0, (days, 24)), 3)
    x = np.round(rng.normal(20, 5, n) + rng.normal(0, 0.4, days)[day], 2)
    y = np.round(rng.gamma(4.0, 2.0, n), 2)
    seconds = hour * 3600 + rng.integers(0, 3600, n)
    micros = to_micros(START) + (day * 86_400 + seconds) * 1_000_000
    columns: dict[str, Values] = {
        "id": np.arange(n),
        "ts": micros.astype("datetime64[us]"),
        "x": x,
        "y": y,
        "total": np.round(x + y, 2),
        "hour": hour.astype(np.float64),
        "temperature": feed[day, hour],
        "city": rng.choice(CITIES, size=n, p=CITY_SHARES),
        "vendor": np.where(rng.random(n) < 0.6, "a", "b").astype(object),
        "model_version": np.where(day < REFERENCE, "v1", "v2").astype(object),
    }
    return Draft(columns, day, rng)


def write_world(fault: Fault, place: Path) -> None:
    """Write the log of a world with a fault."""
    draft = _draft(fault.seed)
    if fault.world is not None:
        fault.world(draft)
    chance = score_of(draft)
    if fault.effect is not None:
        odds = np.log(chance / (1 - chance)) + np.where(
            draft.late, fault.effect(draft), 0.0
        )
        chance = 1 / (1 + np.exp(-odds))
    draft.columns["late"] = (draft.rng.random(len(chance)) < chance).astype(np.int64)
    if fault.served is not None:
        fault.served(draft)
    draft.columns["score"] = score_of(draft)
    if fault.logged is not None:
        fault.logged(draft)
    with duckdb.connect(config={"threads": 1}) as writer:
        writer.register("table_of_arrays", draft.columns)
        numbers = [n for n in draft.columns if draft.columns[n].dtype.kind == "f"]
        told = ", ".join(
            f"CASE WHEN isnan({n}) THEN NULL ELSE {n} END AS {n}" if n in numbers else n
            for n in draft.columns
        )
        writer.execute(
            f"COPY (SELECT {told} FROM table_of_arrays) TO '{place}' (FORMAT parquet)"
        )


def log_of(folder: Path, name: str, segments: tuple[str, ...]) -> PredictionLog:
    """Declare the log as its owner would."""
    return PredictionLog(
        asset=asset_id("model:late"),
        root=folder,
        source=(name,),
        columns={
            "prediction_id": "id",
            "ts": "ts",
            "score": "score",
            "model_version": "model_version",
        },
        features=FEATURES,
        segments=segments,
        labels=Labels(actual="late"),
        upstream=(
            Claim(asset=asset_id("dataset:orders"), features=("x", "y", "total")),
            Claim(asset=asset_id("dataset:weather"), features=("temperature",)),
        ),
    )


def plan() -> Plan:
    """Plan the windows: 50 days of history, 28 of them the reference, 14 of test."""
    test = START + HISTORY * DAY
    end = test + TEST * DAY
    return Plan(
        windows=TimeWindow(START, end).split(DAY),
        reference=TimeWindow(test - REFERENCE * DAY, test),
        test=TimeWindow(test, end),
        why="the 28 days before the window",
        labelled_until=HISTORY + TEST,
    )


@dataclass(slots=True)
class Bench:
    """Builds each world once and opens a case on it."""

    folder: Path
    engine: DuckDBEngine = field(default_factory=lambda: DuckDBEngine(threads=1))
    cases: dict[Fault, Case] = field(default_factory=dict)

    def case(self, fault: Fault = NOTHING) -> Case:
        """Open the case of a world with a fault, as `debug` would."""
        if fault not in self.cases:
            self.cases[fault] = self._open(fault)
        return self.cases[fault]

    def _open(self, fault: Fault) -> Case:
        name = f"world{len(self.cases)}.parquet"
        write_world(fault, self.folder / name)
        log, planned = log_of(self.folder, name, fault.segments), plan()
        task = self.engine.task(log)
        loss = PRIMARY_LOSS[task]
        frame = frame_of(self.engine, log, planned, as_of=None, progress=silent)
        shifts = shifts_of(frame, streams_of(frame, loss=loss))
        self.engine.hold(log, TimeWindow(START, planned.test.end))
        case = Case(
            log=log,
            task=task,
            loss=loss,
            frame=frame,
            shifts=shifts,
            engine=self.engine,
            harmed=find_harm(frame, shifts),
            shape=self.engine.describe(log),
        )
        if case.harmed is not None:  # without harm no probe asks for it
            seen = TimeWindow(frame.reference.start, frame.windows[-1].end)
            case.surrogate = self.engine.surrogate(log, seen, columns=FEATURES)
        return case


def strongest(
    suspects: Sequence[Suspect],
    column: str | None = None,
    segment: Mapping[str, str] | None = None,
) -> Suspect:
    """Give the strongest suspect, of a column and of some rows where asked."""
    fitting = [
        s
        for s in suspects
        if (column is None or column in s.columns)
        and (segment is None or dict(s.segment) == dict(segment))
    ]
    assert fitting, f"no suspect for {column} in {segment}: {suspects}"
    return max(fitting, key=lambda s: s.strength)


def strength(suspects: Sequence[Suspect]) -> float:
    """Give the strength of the strongest suspect, 0 where there is none."""
    return max((s.strength for s in suspects), default=0.0)


def holds_truth(suspect: Suspect, truth: datetime = TRUTH) -> bool:
    """Tell whether an onset's interval holds the moment of the fault, within a day."""
    onset = suspect.onset
    return onset.low - DAY <= truth <= onset.high + DAY


@dataclass(slots=True)
class ToldEngine:
    """Answers contrasts it was told, by column, and counts how often it was asked."""

    contrasts: Mapping[str, Contrast] = field(default_factory=dict)
    asked: int = 0

    def contrast(
        self, log: PredictionLog, columns: Sequence[str], **windows: object
    ) -> Mapping[str, Contrast]:
        """Give what it was told."""
        self.asked += 1
        return {c: self.contrasts[c] for c in columns if c in self.contrasts}


def hand_case(frame: Frame, engine: ToldEngine, features: Sequence[str]) -> Case:
    """Open a case over a frame made by hand."""
    log = PredictionLog(
        asset=asset_id("model:late"),
        root=Path(),
        source=(),
        columns={},
        features=tuple(features),
    )
    return Case(
        log=log,
        task=Task.BINARY,
        loss="log_loss",
        frame=frame,
        shifts=shifts_of(frame, streams_of(frame, loss="log_loss")),
        engine=cast("Engine", engine),
    )
