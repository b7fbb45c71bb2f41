from __future__ import annotations

from case_faults import FLIPPED, HARDER, REVERSED_B
from case_worlds import NOTHING, Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.world.covariate_shift import probe


def test_harder_cases_are_found_with_what_moved(bench: Bench) -> None:
    found = strongest(probe(bench.case(HARDER)))
    assert found.kind is CauseKind.COVARIATE_SHIFT
    assert {"x", "y"} <= set(found.columns)
    assert holds_truth(found)
    assert found.strength > 0.4


def test_outcomes_that_changed_at_equal_scores_are_no_harder_cases(
    bench: Bench,
) -> None:
    found = strongest(probe(bench.case(HARDER)))
    for world in (FLIPPED, REVERSED_B):
        assert strength(probe(bench.case(world))) < found.strength / 2


def test_without_harm_the_world_is_not_suspected(bench: Bench) -> None:
    assert probe(bench.case(NOTHING)) == []
