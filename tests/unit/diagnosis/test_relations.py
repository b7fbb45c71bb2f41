from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from case_faults import BONUS, PART_MISSING_B, WARM
from case_worlds import NOTHING, TRUTH, Bench, Fault

from modelowners.core.time import DAY
from modelowners.diagnosis.relations import are_siblings, broken_relations, falls_of
from modelowners.observations.profiles import EVERYTHING, Partition

A = Partition("segment", (("vendor", "a"),))
B = Partition("segment", (("vendor", "b"),))


def test_every_part_of_the_rows_is_followed(bench: Bench) -> None:
    falls = falls_of(bench.case(PART_MISSING_B))
    sums = [i for i in falls if i.form == "sum"]
    assert sums
    for identity in sums:
        depths = {fall.partition: fall.depth for fall in falls[identity]}
        assert depths[B] > 0.9
        assert abs(depths[A]) < 0.02
        assert depths[A] < depths[EVERYTHING] < depths[B]


def test_shares_stay_shares(bench: Bench) -> None:
    for falls in falls_of(bench.case(PART_MISSING_B)).values():
        for fall in falls:
            assert 0 <= fall.after <= 1
            assert 0 <= fall.before <= 1
            assert np.isfinite(fall.gap)
            assert fall.rows > 0


def test_a_break_is_told_once_and_where_it_is_confined_to(bench: Bench) -> None:
    broken = broken_relations(bench.case(PART_MISSING_B))
    assert len({f.identity for f in broken}) == len(broken)
    (found,) = [f for f in broken if f.identity.form == "sum"]
    assert found.partition == B
    assert found.onset.low - DAY <= TRUTH <= found.onset.high + DAY
    # The part that is missing is y, of mean 8.
    assert abs(found.gap) == pytest.approx(8.0, abs=1.0)


@pytest.mark.parametrize("world", [NOTHING, WARM])
def test_what_holds_is_not_broken(bench: Bench, world: Fault) -> None:
    case = bench.case(world)
    assert any(i.form == "sum" for i in falls_of(case))
    assert broken_relations(case) == []


def test_the_log_is_asked_once(bench: Bench) -> None:
    case = bench.case(PART_MISSING_B)
    assert falls_of(case) is falls_of(case)
    told = replace(case, falls={})
    assert falls_of(told) == {}


def test_a_column_that_was_always_empty_takes_part_in_no_relation(
    bench: Bench,
) -> None:
    falls = falls_of(bench.case(BONUS))
    assert falls
    for identity in falls:
        assert "bonus" not in {identity.target, *(c for _, c in identity.terms)}


def test_siblings_divide_the_rows_by_the_same_columns() -> None:
    assert are_siblings(A, B)
    assert not are_siblings(A, EVERYTHING)
    assert not are_siblings(A, Partition("rows", (("vendor", "b"),), "dataset:orders"))
    assert not are_siblings(A, Partition("segment", (("city", "Lyon"),)))
