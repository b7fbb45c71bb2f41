from __future__ import annotations

import numpy as np
import pytest
from case_faults import NULLS_B, STANDING
from case_worlds import Bench, ToldEngine, hand_case, holds_truth, strength, strongest
from frame_worlds import frame, numeric, profile

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.missing_values import probe
from modelowners.observations.profiles import NumericProfile, TextProfile


def test_nulls_are_found_in_the_rows_that_have_them(bench: Bench) -> None:
    suspects = probe(bench.case(NULLS_B))
    found = strongest(suspects, "x", {"vendor": "b"})
    assert found.kind is CauseKind.MISSING_VALUES
    assert holds_truth(found)
    assert found.strength > 0.8
    assert found.affected == pytest.approx(1.0, abs=0.05)
    assert {c for s in suspects for c in s.columns} == {"x"}


def test_the_repair_draws_only_what_is_missing(bench: Bench) -> None:
    case = bench.case(NULLS_B)
    found = strongest(probe(case), "x")
    assert found.replacement is not None
    assert found.replacement.only_null
    assert found.replacement.reference is not None
    assert found.replacement.reference.end <= found.onset.high


def test_nulls_that_were_always_there_are_no_news(bench: Bench) -> None:
    found = strongest(probe(bench.case(NULLS_B)), "x")
    assert strength(probe(bench.case(STANDING))) < found.strength / 2


def test_a_column_that_the_files_lack_is_another_story() -> None:
    rng = np.random.default_rng(0)
    profiles = []
    for day in range(50):
        columns: dict[str, NumericProfile | TextProfile] = {
            name: numeric(rng.normal(size=300))
            for name in ("x", "y")
            if name == "y" or day < 45
        }
        profiles.append(profile(day, columns))
    case = hand_case(frame(profiles, history=40, test=10), ToldEngine(), ("x", "y"))
    assert probe(case) == []
