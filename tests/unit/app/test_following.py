"""Following: what is counted, and since when; the rest is in `tests/integration`."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import pytest
from fix_worlds import CHURN, RELOAD, START, Stubborn, Workshop, order

from modelowners.app.following import Probe, Works, serving_of
from modelowners.core.time import DAY, HOUR, TimeWindow
from modelowners.remediation import apply
from modelowners.remediation.serving import NEWEST_ROWS


class Bench:
    """A program that has an engine and a log, and remembers what was asked."""

    def __init__(self, counted: dict[str, int] | None) -> None:
        self.counted = counted
        self.asked: list[tuple[TimeWindow, int]] = []

    @property
    def engine(self) -> Bench:
        return self

    def log(self, model: str) -> str:
        return f"the log of {model}"

    def versions(
        self, log: str, window: TimeWindow, *, rows: int
    ) -> dict[str, int] | None:
        assert log == f"the log of {CHURN}"
        self.asked.append((window, rows))
        return self.counted


def works(bench: Bench) -> Works:
    return cast("Works", bench)


@pytest.mark.parametrize("counted", [None, {}, {"1": 7, "2": 3}])
def test_the_probe_asks_the_log_s_engine(counted: dict[str, int] | None) -> None:
    bench = Bench(counted)
    probe = Probe(works(bench))
    window = TimeWindow(START, START + DAY)
    found = probe.served(CHURN, since=window.start, until=window.end, rows=9)
    assert found == counted
    assert bench.asked == [(window, 9)]


def test_an_alias_move_is_looked_at_from_the_move_on() -> None:
    shop, bench = Workshop(), Bench({"2": 300})
    fix = apply(order(), tools=shop.tools)
    until = shop.clock.now() + HOUR
    found = serving_of(works(bench), fix, (fix,), until)
    assert found is not None
    assert not found.confirmed
    moved: datetime | None = fix.took_effect
    assert moved is not None
    assert bench.asked == [(TimeWindow(moved, until), NEWEST_ROWS)]


def test_neither_a_command_nor_a_failure_has_anything_to_serve() -> None:
    bench = Bench({"2": 300})
    ran = apply(order(RELOAD), tools=Workshop().tools)
    failed = apply(order(), tools=Workshop(Stubborn(["ok", "fail"])).tools)
    for fix in (ran, failed):
        assert serving_of(works(bench), fix, (fix,), START + DAY) is None
    assert bench.asked == []
