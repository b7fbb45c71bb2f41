from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from frame_worlds import numeric, profile, text
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.detection.checks.grounds import Grounds, View
from modelowners.detection.checks.not_null import NotNull, read
from modelowners.detection.checks.results import Verdict
from modelowners.observations.profiles import (
    EVERYTHING,
    NumericProfile,
    Profile,
    merge_numeric,
)

MakeGrounds = Callable[..., Grounds]
MakeDay = Callable[..., Profile]
NULLS = NumericProfile(
    nulls=2, nans=3, infinite=1, failed=2, n=14, minimum=0, maximum=1
)


def test_nulls_nan_and_unreadable_values_count(
    grounds: MakeGrounds, day: MakeDay
) -> None:
    view = View(grounds([day(0, x=NULLS)], days=1), EVERYTHING, 0, 1)
    found = NotNull("x").judge(view)
    assert found.verdict is Verdict.FAIL
    assert found.found == "null in 5 of 20 rows (25.0 %), of them 2 unreadable"
    assert NotNull("x", 0.25).judge(view).verdict is Verdict.PASS
    assert NotNull("word").judge(view).verdict is Verdict.PASS


def test_a_column_that_is_gone_is_null_in_every_row(
    grounds: MakeGrounds, day: MakeDay
) -> None:
    found = grounds([day(0), profile(1, {"word": text(["a"] * 5)})], days=2)
    judged = NotNull("x").judge(View(found, EVERYTHING, 1, 2))
    assert judged.verdict is Verdict.FAIL
    assert judged.found == "the column is gone from all 5 rows"
    both = NotNull("x").judge(View(found, EVERYTHING, 0, 2))
    assert both.found == "null in 5 of 25 rows (20.0 %)"


def test_an_all_null_column_fails(grounds: MakeGrounds, day: MakeDay) -> None:
    empty = NumericProfile(nulls=20)
    judged = NotNull("x").judge(
        View(grounds([day(0, x=empty)], days=1), EVERYTHING, 0, 1)
    )
    assert judged.found == "null in 20 of 20 rows (100.0 %)"


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0, 1))
def test_the_verdict_is_that_of_the_share(n: int, nulls: int, allowed: float) -> None:
    column = numeric(np.zeros(n), nulls)
    one = merge_numeric(column, NumericProfile())
    whole = n + nulls
    assert one.rows == whole
    rule = NotNull("x", allowed)
    ground = _view(profile(0, {"x": column}, rows=whole))
    wanted = Verdict.PASS if nulls <= allowed * whole else Verdict.FAIL
    assert rule.judge(ground).verdict is wanted


def _view(one: Profile) -> View:
    from pathlib import Path  # noqa: PLC0415

    from modelowners.detection.frames import Frame, arrange  # noqa: PLC0415
    from modelowners.observations.logs import PredictionLog  # noqa: PLC0415

    log = PredictionLog(asset=one.asset, root=Path(), source=("a",), columns={})
    frame = Frame((one.window,), one.window, one.window, arrange([one], [one.window]))
    return View(
        Grounds(log=log, frame=frame, complete=1, now=one.window.end), EVERYTHING, 0, 1
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"at_most": "1 %"}, "expected `column:`"),
        ({"column": "x", "most": 1}, 'unknown key "most"'),
        ({"column": "x", "at_most": "all"}, "expected a number"),
        ([], "an empty list"),
        (None, "expected text, found nothing"),
    ],
)
def test_bad_forms_are_refused(
    value: object, said: str, located: Callable[[object], Node]
) -> None:
    with pytest.raises(BadFacet, match=said):
        read(located(value))
