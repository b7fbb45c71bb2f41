from __future__ import annotations

from dataclasses import replace

from case_faults import FROZEN, STANDING
from case_worlds import NOTHING, Bench, holds_truth, strength, strongest

from modelowners.core.ids import asset_id
from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.stale_or_frozen import _of_feeds, probe


def test_a_feed_that_stands_still_is_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(FROZEN)))
    assert found.kind is CauseKind.STALE_OR_FROZEN
    assert found.columns == ("temperature",)
    assert holds_truth(found)
    assert found.strength > 0.6


def test_nights_that_always_repeated_are_no_news(bench: Bench) -> None:
    found = strongest(probe(bench.case(FROZEN)))
    assert strength(probe(bench.case(STANDING))) < found.strength / 2


def test_a_feed_that_moves_is_not_suspected(bench: Bench) -> None:
    assert probe(bench.case(NOTHING)) == []


def test_feeds_that_repeat_together_are_rows_that_came_again(bench: Bench) -> None:
    case = bench.case(FROZEN)
    one = strongest(probe(case), "temperature")
    other = replace(one, columns=("x",))
    assert case.log.claim_for("x") is not None
    assert _of_feeds(case, [one]) == [one]
    weakened = _of_feeds(case, [one, other])
    assert all(s.strength < one.strength / 2 for s in weakened)
    unclaimed = replace(one, columns=("hour",))
    assert _of_feeds(case, [one, unclaimed])[0].strength == one.strength
    claim = case.log.claim_for("temperature")
    assert claim is not None
    assert claim.asset == asset_id("dataset:weather")
