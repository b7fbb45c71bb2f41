from __future__ import annotations

from case_faults import CANARY, RETRAINED, ROLLED_BACK, SAME_MODEL
from case_worlds import NOTHING, Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.model.bad_retrain import probe


def test_a_worse_version_is_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(RETRAINED)))
    assert found.kind is CauseKind.BAD_RETRAIN
    assert (found.columns, dict(found.segment)) == ((), {})
    assert holds_truth(found)
    assert found.strength > 0.6
    assert "v2" in found.repair


def test_a_canary_is_held_against_the_version_beside_it(bench: Bench) -> None:
    found = strongest(probe(bench.case(CANARY)))
    assert holds_truth(found)
    assert found.strength > 0.6
    assert any("in the same windows" in e.text for e in found.evidence)


def test_a_version_that_came_back_is_no_retrain(bench: Bench) -> None:
    assert probe(bench.case(ROLLED_BACK)) == []


def test_a_new_version_that_answers_the_same_is_hardly_suspected(
    bench: Bench,
) -> None:
    found = strongest(probe(bench.case(RETRAINED)))
    assert strength(probe(bench.case(SAME_MODEL))) < found.strength / 2


def test_a_version_that_served_before_the_test_is_no_release(bench: Bench) -> None:
    assert probe(bench.case(NOTHING)) == []
