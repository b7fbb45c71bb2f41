from __future__ import annotations

from case_faults import MORE_WEAK, NEWLY_WEAK, REVERSED_B
from case_worlds import NOTHING, Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.model.weak_segment import probe


def test_a_weak_slice_that_grew_is_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(MORE_WEAK)))
    assert found.kind is CauseKind.WEAK_SEGMENT
    assert (found.columns, dict(found.segment)) == ((), {"vendor": "b"})
    assert holds_truth(found)
    assert found.strength > 0.3


def test_a_slice_that_became_weak_with_the_harm_is_another_story(
    bench: Bench,
) -> None:
    found = strongest(probe(bench.case(MORE_WEAK)))
    assert strength(probe(bench.case(NEWLY_WEAK))) < found.strength / 2


def test_a_slice_that_did_not_grow_is_not_suspected(bench: Bench) -> None:
    assert probe(bench.case(REVERSED_B)) == []


def test_without_harm_nothing_is_suspected(bench: Bench) -> None:
    assert probe(bench.case(NOTHING)) == []
