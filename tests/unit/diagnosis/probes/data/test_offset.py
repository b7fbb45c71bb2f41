from __future__ import annotations

import pytest
from case_faults import MILES_B, OFFSET, WARM
from case_worlds import Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.offset import probe


def test_an_added_constant_is_found_with_its_amount(bench: Bench) -> None:
    found = strongest(probe(bench.case(OFFSET)))
    assert found.kind is CauseKind.OFFSET
    assert (found.columns, dict(found.segment)) == (("x",), {})
    assert holds_truth(found)
    assert found.strength > 0.6
    assert found.replacement is not None
    assert found.replacement.shift == pytest.approx(-30, abs=1.0)


def test_a_season_is_no_offset(bench: Bench) -> None:
    found = strongest(probe(bench.case(OFFSET)))
    assert strength(probe(bench.case(WARM))) < found.strength / 2


def test_another_scale_is_no_offset(bench: Bench) -> None:
    found = strongest(probe(bench.case(OFFSET)))
    assert strength(probe(bench.case(MILES_B))) < found.strength / 2
