from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from frame_worlds import START

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.core.time import DAY, HOUR
from modelowners.detection.checks.freshness import Freshness, read, say_length
from modelowners.detection.checks.grounds import Grounds, View
from modelowners.detection.checks.results import Verdict
from modelowners.observations.profiles import EVERYTHING, Profile

MakeGrounds = Callable[..., Grounds]
MakeDay = Callable[..., Profile]
LAST = START + DAY + 22 * HOUR


@pytest.mark.parametrize(
    ("after", "verdict"),
    [(0, Verdict.PASS), (2, Verdict.PASS), (3, Verdict.FAIL), (-1, Verdict.PASS)],
)
def test_age_is_judged_at_the_instant_asked_about(
    after: int, verdict: Verdict, grounds: MakeGrounds, day: MakeDay
) -> None:
    late = day(1)
    late = dataclasses.replace(late, rows=dataclasses.replace(late.rows, last=LAST))
    found = grounds([day(0), late], days=2, now=LAST + after * HOUR, complete=1)
    # The last row lies in the window that is still filling up.
    judged = Freshness(2 * HOUR).judge(View(found, EVERYTHING, 0, 1))
    assert judged.verdict is verdict
    assert "last row 2026-01-06T22:00:00Z" in judged.found


def test_no_row_at_all_is_stale(grounds: MakeGrounds) -> None:
    judged = Freshness(HOUR).judge(View(grounds([], days=0), EVERYTHING, 0, 0))
    assert (judged.verdict, judged.found) == (Verdict.FAIL, "no row at all")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(59, "59s"), (60, "1m"), (3_661, "1h 1m"), (86_400 * 9, "9d"), (0, "0s")],
)
def test_lengths_are_said_in_two_units(seconds: int, said: str) -> None:
    assert say_length(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize("value", ["0h", "soon", {"at_most": "2h"}, None])
def test_bad_forms_are_refused(
    value: object, located: Callable[[object], Node]
) -> None:
    with pytest.raises(BadFacet, match=r"expected|Cannot read|cannot read"):
        read(located(value))
