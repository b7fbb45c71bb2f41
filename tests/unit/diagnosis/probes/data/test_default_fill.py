from __future__ import annotations

import pytest
from case_faults import CLIPPED, FILLED, POPULAR
from case_worlds import Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.default_fill import probe


def test_a_stand_in_value_is_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(FILLED)), "x", {})
    assert found.kind is CauseKind.DEFAULT_FILL
    assert holds_truth(found)
    assert found.strength > 0.6
    assert found.affected == pytest.approx(0.4, abs=0.05)


def test_the_repair_replaces_only_the_stand_in(bench: Bench) -> None:
    replacement = strongest(probe(bench.case(FILLED)), "x").replacement
    assert replacement is not None
    assert (replacement.column, replacement.only_value) == ("x", "0")


def test_a_product_in_fashion_is_no_fill(bench: Bench) -> None:
    found = strongest(probe(bench.case(FILLED)), "x")
    assert strength(probe(bench.case(POPULAR))) < found.strength / 2


def test_a_cut_piles_up_at_its_bound_and_is_no_fill(bench: Bench) -> None:
    found = strongest(probe(bench.case(FILLED)), "x")
    assert strength(probe(bench.case(CLIPPED))) < found.strength / 2
