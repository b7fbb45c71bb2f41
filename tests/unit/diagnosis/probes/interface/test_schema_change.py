from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from case_faults import BONUS, NULLS_B
from case_worlds import Bench, ToldEngine, hand_case, holds_truth, strongest
from frame_worlds import START, frame, numeric, profile

from modelowners.core.time import DAY
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.interface.schema_change import probe
from modelowners.observations.questions import LogShape


@pytest.fixture
def emptied() -> Case:
    """From day 45 on x is null in every row."""
    rng = np.random.default_rng(0)
    profiles = [
        profile(
            day,
            {"x": numeric(rng.normal(size=300) if day < 45 else np.zeros(0), nulls)},
        )
        for day in range(50)
        for nulls in (0 if day < 45 else 300,)
    ]
    return hand_case(frame(profiles, history=40, test=10), ToldEngine(), ("x",))


def test_a_column_that_the_files_lack_is_found(emptied: Case) -> None:
    emptied.shape = LogShape(
        columns={},
        rows=0,
        first=None,
        last=None,
        files=(),
        differing={"x": "missing in 5 of 50 files"},
    )
    found = strongest(probe(emptied), "x")
    assert found.kind is CauseKind.SCHEMA_CHANGE
    assert holds_truth(found, START + 45 * DAY)
    assert found.strength > 0.8


def test_a_column_that_is_there_and_empty_is_missing_values(emptied: Case) -> None:
    assert probe(emptied) == []


def test_a_dropped_column_that_nobody_used_harms_nothing(emptied: Case) -> None:
    spare = replace(emptied, log=replace(emptied.log, features=("y",)))
    assert probe(spare) == []


def test_a_column_that_came_into_use_is_told_but_proves_little(bench: Bench) -> None:
    found = strongest(probe(bench.case(BONUS)))
    assert found.columns == ("bonus",)
    assert holds_truth(found)
    assert 0.2 < found.strength <= 0.5


def test_some_nulls_are_no_change_of_the_schema(bench: Bench) -> None:
    pooled = [s for s in probe(bench.case(NULLS_B)) if not s.segment]
    assert pooled == []
