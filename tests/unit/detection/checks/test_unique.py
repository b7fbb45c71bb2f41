from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from frame_worlds import numeric, profile

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.detection.checks.results import Verdict
from modelowners.detection.checks.unique import Unique, read
from modelowners.observations.profiles import (
    EVERYTHING,
    NumericProfile,
    Partition,
    Profile,
)

MakeGrounds = Callable[..., Grounds]
MakeDay = Callable[..., Profile]


def test_distinct_values_are_compared_with_values(
    grounds: MakeGrounds, day: MakeDay
) -> None:
    view = View(grounds([day(0)], days=1), EVERYTHING, 0, 1)
    assert Unique("x").judge(view).verdict is Verdict.PASS
    found = Unique("word").judge(view)
    assert found.verdict is Verdict.FAIL
    assert found.found == "18 of 20 rows (90.0 %) repeat a value"


def test_nulls_do_not_count(grounds: MakeGrounds, day: MakeDay) -> None:
    found = grounds([day(0, x=numeric(np.arange(15.0), nulls=5))], days=1)
    judged = Unique("x").judge(View(found, EVERYTHING, 0, 1))
    assert (judged.verdict, judged.found) == (
        Verdict.PASS,
        "15 values, all different",
    )


@pytest.mark.parametrize("name", ["prediction_id", "id"])
def test_repeated_deliveries_are_told(name: str, grounds: MakeGrounds) -> None:
    one = profile(0, {"x": numeric(np.zeros(9))}, duplicates=1)
    view = View(grounds([one], days=1), EVERYTHING, 0, 1)
    judged = Unique(name).judge(view)
    assert judged.verdict is Verdict.FAIL
    assert judged.found == "1 of 10 rows (10.0 %) deliver a prediction again"
    segment = View(view.grounds, Partition("segment", (("a", "b"),)), 0, 1)
    with pytest.raises(CannotJudge, match="drop `where:`"):
        Unique(name).judge(segment)


def test_what_was_not_counted_is_not_guessed(
    grounds: MakeGrounds, day: MakeDay
) -> None:
    two = View(grounds([day(0), day(1)], days=2), EVERYTHING, 0, 2)
    with pytest.raises(CannotJudge, match="are not counted"):
        Unique("x").judge(two)
    empty = View(
        grounds([day(0, x=NumericProfile(nulls=20))], days=1), EVERYTHING, 0, 1
    )
    with pytest.raises(CannotJudge, match="null in all 20 rows"):
        Unique("x").judge(empty)


def test_no_column_is_refused(located: Callable[[object], Node]) -> None:
    with pytest.raises(BadFacet, match="expected text, found a mapping"):
        read(located({"column": "x"}))
