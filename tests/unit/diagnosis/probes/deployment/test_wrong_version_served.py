from __future__ import annotations

from case_faults import RETRAINED, ROLLED_BACK
from case_worlds import NOTHING, Bench, holds_truth, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.deployment.wrong_version_served import probe


def test_a_version_that_came_back_is_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(ROLLED_BACK)))
    assert found.kind is CauseKind.WRONG_VERSION_SERVED
    assert (found.columns, dict(found.segment)) == ((), {})
    assert holds_truth(found)
    assert found.strength > 0.6
    assert "v1" in found.evidence[0].text
    assert "preceded" in found.evidence[0].text


def test_a_new_version_is_another_story(bench: Bench) -> None:
    assert probe(bench.case(RETRAINED)) == []


def test_versions_that_stay_are_not_suspected(bench: Bench) -> None:
    assert probe(bench.case(NOTHING)) == []
