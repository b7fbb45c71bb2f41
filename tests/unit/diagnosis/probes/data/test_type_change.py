from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from case_faults import MILES_B, ROUNDED, STANDING
from case_worlds import (
    Bench,
    Fault,
    ToldEngine,
    hand_case,
    holds_truth,
    strength,
    strongest,
)
from frame_worlds import START, frame, numeric, profile, text

from modelowners.core.time import DAY
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.type_change import probe
from modelowners.observations.questions import Contrast, Side

CITIES = {"Bergen": 700, "Lyon": 400, "Turin": 300}


def words(values: dict[str, int], unseen: float) -> Side:
    rows = sum(values.values())
    return Side(
        rows=rows,
        n=rows,
        quantiles=np.zeros(0),
        mean=np.nan,
        sd=np.nan,
        minimum=np.nan,
        maximum=np.nan,
        values=values,
        distinct=len(values),
        unseen=unseen,
        lengths=(min(map(len, values)), max(map(len, values))),
    )


def city_case(after: dict[str, int]) -> Case:
    """City changes its values on day 45."""
    days = [
        [name for name, rows in sides.items() for _ in range(rows // 7)]
        for sides in (CITIES, after)
    ]
    profiles = [profile(d, {"city": text(days[d >= 45])}) for d in range(50)]
    unseen = sum(r for v, r in after.items() if v not in CITIES) / sum(after.values())
    contrast = Contrast(
        column="city",
        numeric=False,
        before=words(CITIES, 0.0),
        after=words(after, unseen),
    )
    engine = ToldEngine({"city": contrast})
    return hand_case(frame(profiles, history=40, test=10), engine, ("city",))


def test_lost_decimals_are_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(ROUNDED)))
    assert found.kind is CauseKind.TYPE_CHANGE
    assert (found.columns, dict(found.segment)) == (("x",), {})
    assert holds_truth(found)
    assert found.strength > 0.6


@pytest.mark.parametrize("alike", [STANDING, MILES_B])
def test_rounding_that_always_was_and_other_units_are_no_type(
    bench: Bench, alike: Fault
) -> None:
    found = strongest(probe(bench.case(ROUNDED)))
    assert strength(probe(bench.case(alike))) < found.strength / 2


def test_text_that_was_cut_short_is_found() -> None:
    case = city_case({"Ber": 700, "Lyo": 400, "Tur": 300})
    found = strongest(probe(case), "city")
    assert holds_truth(found, START + 45 * DAY)
    assert found.strength > 0.6
    assert "cut to 3 characters" in found.evidence[0].text


def test_shorter_names_that_begin_no_old_one_were_not_cut() -> None:
    assert probe(city_case({"Rome": 700, "Lyon": 400, "Oslo": 300})) == []


def test_values_that_cannot_be_read_are_found() -> None:
    rng = np.random.default_rng(0)
    profiles = []
    for day in range(50):
        failed = 90 if day >= 45 else 0
        known = numeric(rng.normal(size=300 - failed), nulls=failed)
        profiles.append(profile(day, {"x": replace(known, failed=failed)}))
    case = hand_case(frame(profiles, history=40, test=10), ToldEngine(), ("x",))
    found = strongest(probe(case), "x")
    assert holds_truth(found, START + 45 * DAY)
    assert found.strength > 0.8
    assert found.replacement is not None
    assert found.replacement.only_null
