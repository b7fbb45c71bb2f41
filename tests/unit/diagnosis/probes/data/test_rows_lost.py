from __future__ import annotations

import pytest
from case_faults import HOLIDAY, LOST_B, RENAMED_B
from case_worlds import NOTHING, Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.rows_lost import probe


def test_the_slice_that_lost_its_rows_is_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(LOST_B)))
    assert found.kind is CauseKind.ROWS_LOST
    assert (found.columns, dict(found.segment)) == ((), {"vendor": "b"})
    assert holds_truth(found)
    assert found.strength > 0.6
    assert found.affected == pytest.approx(0.7 * 0.4, abs=0.08)


def test_the_whole_is_told_too_and_weaker(bench: Bench) -> None:
    suspects = probe(bench.case(LOST_B))
    whole, part = strongest(suspects, segment={}), strongest(suspects)
    assert whole.strength < part.strength


def test_rows_that_bear_another_name_are_not_lost(bench: Bench) -> None:
    found = strongest(probe(bench.case(LOST_B)))
    assert strength(probe(bench.case(RENAMED_B))) < found.strength / 2


def test_a_short_dip_is_a_holiday(bench: Bench) -> None:
    found = strongest(probe(bench.case(LOST_B)))
    assert strength(probe(bench.case(HOLIDAY))) < found.strength / 2


def test_a_quiet_world_lost_nothing(bench: Bench) -> None:
    assert probe(bench.case(NOTHING)) == []
