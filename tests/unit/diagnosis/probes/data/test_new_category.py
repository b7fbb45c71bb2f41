from __future__ import annotations

import pytest
from case_faults import NEW_CITY, POPULAR, RENAMED
from case_worlds import Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.new_category import probe


def test_a_category_never_seen_is_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(NEW_CITY)))
    assert found.kind is CauseKind.NEW_CATEGORY
    assert (found.columns, dict(found.segment)) == (("city",), {})
    assert holds_truth(found)
    assert found.strength > 0.5
    assert found.affected == pytest.approx(0.3, abs=0.05)
    assert '"Xanten"' in found.evidence[0].text


def test_new_spellings_are_no_new_categories(bench: Bench) -> None:
    assert probe(bench.case(RENAMED)) == []


def test_a_known_category_may_grow(bench: Bench) -> None:
    found = strongest(probe(bench.case(NEW_CITY)))
    assert strength(probe(bench.case(POPULAR))) < found.strength / 2
