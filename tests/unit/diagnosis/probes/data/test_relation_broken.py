from __future__ import annotations

import pytest
from case_faults import PART_MISSING_B, WARM
from case_worlds import NOTHING, Bench, Fault, holds_truth, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.relation_broken import probe


def test_a_broken_sum_is_found_in_its_rows(bench: Bench) -> None:
    found = strongest(probe(bench.case(PART_MISSING_B)))
    assert found.kind is CauseKind.RELATION_BROKEN
    assert set(found.columns) == {"x", "y", "total"}
    assert found.columns[0] == "total"
    assert dict(found.segment) == {"vendor": "b"}
    assert holds_truth(found)
    assert found.strength > 0.8


def test_it_says_where_the_sum_still_holds(bench: Bench) -> None:
    found = strongest(probe(bench.case(PART_MISSING_B)))
    assert any("still holds" in e.text and "vendor=a" in e.text for e in found.evidence)


@pytest.mark.parametrize("world", [NOTHING, WARM])
def test_sums_of_parts_that_moved_still_hold(bench: Bench, world: Fault) -> None:
    assert probe(bench.case(world)) == []
