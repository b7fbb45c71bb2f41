from __future__ import annotations

from dataclasses import replace

import pytest
from case_faults import CANARY, FLIPPED, RETRAINED, ROLLED_BACK, SAME_MODEL
from case_worlds import BROKEN_DAY, NOTHING, TRUTH, Bench, Fault

from modelowners.core.time import DAY
from modelowners.diagnosis.releases import Comparison, Release, find_release
from modelowners.observations.profiles import LossSums


def release_of(bench: Bench, world: Fault) -> Release:
    found = find_release(bench.case(world))
    assert found is not None
    return found


def test_a_version_that_took_over_is_described(bench: Bench) -> None:
    found = release_of(bench, RETRAINED)
    assert (found.version, found.previous, found.returned) == ("v3", "v2", False)
    assert found.share > 0.95
    assert found.onset.low - DAY <= TRUTH <= found.onset.high + DAY
    assert found.side_by_side is None


def test_its_outputs_at_equal_inputs_moved(bench: Bench) -> None:
    worse, same = release_of(bench, RETRAINED), release_of(bench, SAME_MODEL)
    assert worse.mapping_moved is not None
    assert same.mapping_moved is not None
    assert worse.mapping_moved > 3 > same.mapping_moved
    assert same.strength < worse.strength / 2


def test_a_version_that_came_back_is_told_as_such(bench: Bench) -> None:
    found = release_of(bench, ROLLED_BACK)
    assert (found.version, found.previous, found.returned) == ("v1", "v2", True)


def test_versions_side_by_side_are_compared_in_the_same_windows(bench: Bench) -> None:
    found = release_of(bench, CANARY)
    assert 0.35 < found.share < 0.65
    assert found.side_by_side is not None
    assert found.side_by_side.excess > 0.5
    assert found.side_by_side.clear > 4


@pytest.mark.parametrize(
    ("old", "new", "excess", "clear"),
    [
        (LossSums(100, 50, 35), LossSums(100, 50, 35), 0.0, 0.0),
        (LossSums(400, 200, 140), LossSums(400, 300, 260), 0.5, 11.55),
        (LossSums(40, 20, 14), LossSums(40, 22, 16), 0.1, 0.71),
    ],
)
def test_a_comparison_tells_excess_from_chance(
    old: LossSums, new: LossSums, excess: float, clear: float
) -> None:
    told = Comparison(old, new)
    assert told.excess == pytest.approx(excess)
    assert told.clear == pytest.approx(clear, abs=0.05)


def test_one_shared_day_compares_nothing(bench: Bench) -> None:
    case = bench.case(CANARY)
    several = case.frame.versions
    assert set(several) >= {"v2", "v3"}
    shared = [
        index
        for index, pair in enumerate(zip(several["v2"], several["v3"], strict=True))
        if None not in pair
    ]
    late = {
        name: [p if i <= shared[0] else None for i, p in enumerate(row)]
        for name, row in several.items()
    }
    found = find_release(replace(case, frame=replace(case.frame, versions=late)))
    assert found is not None
    assert found.side_by_side is None


def test_a_version_that_served_before_the_test_took_nothing_over(
    bench: Bench,
) -> None:
    assert find_release(bench.case(NOTHING)) is None
    assert find_release(bench.case(FLIPPED)) is None
    versions = [p.versions for p in bench.case(NOTHING).frame.of() if p is not None]
    assert "v1" in versions[0]
    assert "v2" in versions[BROKEN_DAY]
