from __future__ import annotations

from case_faults import CLIPPED, NOISY, OFFSET, VOLATILE
from case_worlds import Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.corrupted_values import probe


def test_noise_is_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(NOISY)))
    assert found.kind is CauseKind.CORRUPTED_VALUES
    assert (found.columns, dict(found.segment)) == (("x",), {})
    assert holds_truth(found)
    assert found.strength > 0.3


def test_a_cut_is_found_with_its_bound(bench: Bench) -> None:
    found = strongest(probe(bench.case(CLIPPED)))
    assert found.columns == ("x",)
    assert holds_truth(found)
    assert found.strength > 0.6
    assert found.replacement is not None
    assert found.replacement.only_value == "22"


def test_true_volatility_is_no_noise(bench: Bench) -> None:
    noise = strongest(probe(bench.case(NOISY)))
    assert strength(probe(bench.case(VOLATILE))) < noise.strength / 2


def test_values_that_moved_as_they_are_were_not_garbled(bench: Bench) -> None:
    noise = strongest(probe(bench.case(NOISY)))
    assert strength(probe(bench.case(OFFSET))) < noise.strength / 2
