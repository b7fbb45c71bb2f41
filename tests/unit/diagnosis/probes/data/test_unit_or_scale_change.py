from __future__ import annotations

import pytest
from case_faults import MILES_B, OFFSET, WARM
from case_worlds import Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.unit_or_scale_change import probe


def test_another_unit_is_found_in_its_rows(bench: Bench) -> None:
    found = strongest(probe(bench.case(MILES_B)))
    assert found.kind is CauseKind.UNIT_OR_SCALE_CHANGE
    assert found.columns == ("x",)
    assert dict(found.segment) == {"vendor": "b"}
    assert holds_truth(found)
    assert found.strength > 0.6


def test_the_inverse_is_given(bench: Bench) -> None:
    replacement = strongest(probe(bench.case(MILES_B)), "x").replacement
    assert replacement is not None
    assert replacement.form == "affine"
    assert replacement.scale == pytest.approx(1 / 1.609344, rel=0.05)


def test_a_season_is_no_unit(bench: Bench) -> None:
    found = strongest(probe(bench.case(MILES_B)), "x")
    assert strength(probe(bench.case(WARM))) < found.strength / 2


def test_a_constant_added_leaves_the_scale(bench: Bench) -> None:
    found = strongest(probe(bench.case(MILES_B)), "x")
    assert strength(probe(bench.case(OFFSET))) < found.strength / 2
