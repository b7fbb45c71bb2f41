from __future__ import annotations

from case_faults import NEW_CITY, RENAMED, REPLACED_CITY
from case_worlds import CITIES, Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.category_renamed import probe, usual_share


def test_new_spellings_are_found_and_mapped_back(bench: Bench) -> None:
    found = strongest(probe(bench.case(RENAMED)))
    assert found.kind is CauseKind.CATEGORY_RENAMED
    assert (found.columns, dict(found.segment)) == (("city",), {})
    assert holds_truth(found)
    assert found.strength > 0.6
    assert found.replacement is not None
    assert dict(found.replacement.recode) == {c.upper(): c for c in CITIES}


def test_one_that_replaces_another_has_outcomes_of_its_own(bench: Bench) -> None:
    found = strongest(probe(bench.case(RENAMED)))
    assert strength(probe(bench.case(REPLACED_CITY))) < found.strength / 2


def test_a_new_category_beside_the_old_ones_is_no_spelling(bench: Bench) -> None:
    found = strongest(probe(bench.case(RENAMED)))
    assert strength(probe(bench.case(NEW_CITY))) < found.strength / 2


def test_without_a_control_nothing_is_usual() -> None:
    assert usual_share(None) == 0.0
