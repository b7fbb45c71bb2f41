"""Recovery: served first, then well for one full window that lies after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from fix_worlds import BACK, RELOAD, START, Workshop, kinds, order

from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, floor_instant
from modelowners.remediation import apply, verify
from modelowners.remediation.fixes import Fix, State
from modelowners.remediation.recovery import Measured, look, newest_window
from modelowners.remediation.serving import NEWEST_ROWS, observe

LOOP = "system:loop"
MIDNIGHT = floor_instant(START, DAY) + DAY
"""The first one after the fix."""


class Rows:
    """A probe that answers as told and remembers what it was asked."""

    def __init__(self, served: Mapping[str, int] | None) -> None:
        self.answer = served
        self.asked: list[tuple[AssetId, datetime, datetime, int]] = []

    def served(
        self, model: AssetId, *, since: datetime, until: datetime, rows: int
    ) -> Mapping[str, int] | None:
        self.asked.append((model, since, until, rows))
        return self.answer


def full_day(number: int, *, well: bool = True) -> Measured:
    return newest_window(MIDNIGHT + number * DAY, DAY, well=well)


def carried(
    shop: Workshop,
    fix: Fix,
    served: Mapping[str, int] | None,
    measured: Measured | None = None,
) -> Fix:
    serving = look(fix, (fix,), probe=Rows(served), until=shop.clock.now() + DAY)
    return verify(fix, serving=serving, measured=measured, tools=shop.tools, actor=LOOP)


def test_it_is_confirmed_by_rows_then_recovered_by_a_full_window() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    fix = carried(shop, fix, {"1": 500})
    assert fix.state is State.SERVING_CONFIRMED
    fix = carried(shop, fix, {"1": 500}, full_day(1))
    assert fix.state is State.RECOVERED
    assert kinds(fix)[-2:] == ["serving_confirmed", "recovered"]
    assert fix.steps[-1].body == {
        "from": "2026-06-11T00:00:00Z",
        "to": "2026-06-12T00:00:00Z",
    }


def test_both_may_be_seen_in_one_look() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    assert carried(shop, fix, {"1": 500}, full_day(1)).state is State.RECOVERED


@pytest.mark.parametrize("served", [None, {}, {"1": 50}, {"1": 480, "2": 20}])
def test_a_metric_that_is_back_proves_nothing_while_serving_is_unverified(
    served: Mapping[str, int] | None,
) -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    assert carried(shop, fix, served, full_day(3)) == fix
    assert fix.state is State.ALIAS_SET


def test_the_day_of_the_fix_is_no_full_window_of_it() -> None:
    shop = Workshop()
    fix = carried(shop, apply(order(), tools=shop.tools), {"1": 500})
    assert carried(shop, fix, {"1": 500}, full_day(0)).state is State.SERVING_CONFIRMED


def test_a_window_that_is_not_well_recovers_nothing() -> None:
    shop = Workshop()
    fix = carried(shop, apply(order(), tools=shop.tools), {"1": 500})
    unwell = carried(shop, fix, {"1": 500}, full_day(2, well=False))
    assert unwell.state is State.SERVING_CONFIRMED


def test_a_command_recovers_without_any_version() -> None:
    shop = Workshop()
    fix = apply(order(RELOAD), tools=shop.tools)
    assert fix.state is State.RAN
    assert look(fix, (fix,), probe=Rows({}), until=START + DAY) is None
    assert carried(shop, fix, None, full_day(0)).state is State.RAN
    assert carried(shop, fix, None, full_day(1)).state is State.RECOVERED


def test_what_is_over_stays_over() -> None:
    shop = Workshop()
    fix = carried(shop, apply(order(), tools=shop.tools), {"1": 500}, full_day(1))
    assert carried(shop, fix, {"2": 500}, full_day(2, well=False)) == fix


def test_rows_are_counted_from_the_move_on_the_newest_only() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    probe = Rows({"1": 500})
    until = shop.clock.now() + timedelta(hours=1)
    look(fix, (fix,), probe=probe, until=until)
    assert probe.asked == [(fix.asset, fix.took_effect, until, NEWEST_ROWS)]


def test_before_the_move_there_is_nothing_to_count() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    probe = Rows({"1": 500})
    found = look(fix, (fix,), probe=probe, until=START)
    assert found == observe("1", {}, since=fix.took_effect or START)
    assert probe.asked == []
    assert fix.action == BACK
