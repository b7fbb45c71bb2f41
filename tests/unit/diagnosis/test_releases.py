from __future__ import annotations

from case_faults import CANARY, FLIPPED, RETRAINED, ROLLED_BACK, SAME_MODEL
from case_worlds import BROKEN_DAY, NOTHING, TRUTH, Bench, Fault

from modelowners.core.time import DAY
from modelowners.diagnosis.releases import Release, find_release


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
    previous, new = found.side_by_side
    assert new > 1.5 * previous


def test_a_version_that_served_before_the_test_took_nothing_over(
    bench: Bench,
) -> None:
    assert find_release(bench.case(NOTHING)) is None
    assert find_release(bench.case(FLIPPED)) is None
    versions = [p.versions for p in bench.case(NOTHING).frame.of() if p is not None]
    assert "v1" in versions[0]
    assert "v2" in versions[BROKEN_DAY]
