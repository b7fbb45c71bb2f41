"""Grounds made of plain profiles: what a check finds without any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from frame_worlds import MODEL, START, numeric, profile, text

from modelowners.core.facets import Facet, Node
from modelowners.core.time import DAY, TimeWindow
from modelowners.detection.checks import Check, read_checks
from modelowners.detection.checks.grounds import Grounds
from modelowners.detection.frames import Frame, arrange
from modelowners.observations.logs import Labels, PredictionLog, Task
from modelowners.observations.profiles import Profile

MakeGrounds = Callable[..., Grounds]
ReadChecks = Callable[[object], tuple[Check, ...]]


def node(value: object, line: int = 1, column: int = 1) -> Node:
    """A located node from a plain value."""
    if isinstance(value, dict):
        inner = {k: node(v, line, column + 1) for k, v in value.items()}
        return Node(inner, "f.yaml", line, column)
    if isinstance(value, list):
        return Node([node(v, line + i) for i, v in enumerate(value)], "f.yaml", line, 1)
    assert value is None or isinstance(value, str | int)
    return Node(value, "f.yaml", line, column)


@pytest.fixture
def located() -> Callable[[object], Node]:
    """Make a located node from a plain value."""
    return node


@pytest.fixture
def read() -> ReadChecks:
    """Read a plain value as a `checks` section."""

    def ask(value: object) -> tuple[Check, ...]:
        return read_checks(MODEL, Facet("checks", node(value)), Path())

    return ask


@pytest.fixture
def grounds() -> MakeGrounds:
    """Make grounds of consecutive days from 5 January 2026, a Monday."""

    def make(
        profiles: Sequence[Profile],
        *,
        days: int,
        now: datetime | None = None,
        complete: int | None = None,
        labels: bool = True,
        private: frozenset[str] = frozenset(),
    ) -> Grounds:
        windows = tuple(
            TimeWindow(START + d * DAY, START + (d + 1) * DAY) for d in range(days)
        )
        span = windows[-1] if windows else TimeWindow(START, START + DAY)
        log = PredictionLog(
            asset=MODEL,
            root=Path(),
            source=("a.csv",),
            columns={"prediction_id": "id", "ts": "ts", "score": "p"},
            labels=Labels(actual="late") if labels else None,
            private=private,
        )
        return Grounds(
            log=log,
            frame=Frame(windows, span, span, arrange(profiles, windows)),
            complete=len(windows) if complete is None else complete,
            now=now or START + days * DAY,
            task=Task.BINARY,
        )

    return make


@pytest.fixture
def day() -> Callable[..., Profile]:
    """Make a day: 20 rows of x in [0, 1] and a word, unless told otherwise."""

    def make(at: int, **columns: object) -> Profile:
        found = {"x": numeric(np.linspace(0, 1, 20)), "word": text(["a", "b"] * 10)}
        return profile(at, found | columns)  # type: ignore[arg-type]  # profiles by name

    return make
