from __future__ import annotations

import pytest
from case_faults import COPIED, GROWN, STANDING, TWICE
from case_worlds import Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.duplicated_rows import probe


def test_ids_that_repeat_are_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(TWICE)))
    assert found.kind is CauseKind.DUPLICATED_ROWS
    assert (found.columns, dict(found.segment)) == ((), {})
    assert holds_truth(found)
    assert found.strength > 0.6
    assert found.affected == pytest.approx(0.3 / 1.3, abs=0.05)


def test_copies_under_new_ids_are_found_by_their_content(bench: Bench) -> None:
    found = strongest(probe(bench.case(COPIED)))
    assert holds_truth(found)
    assert found.strength > 0.5
    assert "different values" in found.evidence[0].text


def test_retries_that_were_always_there_are_no_news(bench: Bench) -> None:
    assert probe(bench.case(STANDING)) == []


def test_more_customers_bring_values_of_their_own(bench: Bench) -> None:
    found = strongest(probe(bench.case(COPIED)))
    assert strength(probe(bench.case(GROWN))) < found.strength / 2
