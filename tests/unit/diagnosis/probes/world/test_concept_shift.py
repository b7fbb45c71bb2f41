from __future__ import annotations

from case_faults import HARDER, REVERSED_B
from case_worlds import NOTHING, Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.world.concept_shift import probe


def test_other_outcomes_are_found_where_they_changed(bench: Bench) -> None:
    found = strongest(probe(bench.case(REVERSED_B)))
    assert found.kind is CauseKind.CONCEPT_SHIFT
    assert found.columns == ()
    assert dict(found.segment) == {"vendor": "b"}
    assert holds_truth(found)
    assert found.strength > 0.3


def test_harder_cases_have_the_outcomes_their_scores_foresaw(bench: Bench) -> None:
    found = strongest(probe(bench.case(REVERSED_B)))
    assert strength(probe(bench.case(HARDER))) < found.strength / 2


def test_without_harm_the_world_is_not_suspected(bench: Bench) -> None:
    assert probe(bench.case(NOTHING)) == []
