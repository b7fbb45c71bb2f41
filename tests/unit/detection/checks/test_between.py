from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from frame_worlds import numeric
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.detection.checks.between import Between, read
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.detection.checks.results import Verdict
from modelowners.observations.profiles import EVERYTHING, NumericProfile, Profile

MakeGrounds = Callable[..., Grounds]
MakeDay = Callable[..., Profile]


@pytest.fixture
def seen(grounds: MakeGrounds, day: MakeDay) -> Callable[..., View]:
    """A view of one day in which `x` is as given."""

    def make(x: NumericProfile) -> View:
        return View(grounds([day(0, x=x)], days=1), EVERYTHING, 0, 1)

    return make


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.0, 1.0, Verdict.PASS),
        (-math.inf, 1.0, Verdict.PASS),
        (0.0, math.inf, Verdict.PASS),
        (0.01, 1.0, Verdict.FAIL),
        (0.0, 0.99, Verdict.FAIL),
    ],
)
def test_limits_are_inclusive(
    low: float, high: float, verdict: Verdict, seen: Callable[..., View]
) -> None:
    judged = Between("x", low, high).judge(seen(numeric(np.linspace(0, 1, 20))))
    assert judged.verdict is verdict
    assert judged.found == "from 0 to 1"


def test_infinite_values_are_outside(seen: Callable[..., View]) -> None:
    column = NumericProfile(n=19, infinite=1, minimum=0.0, maximum=1.0)
    judged = Between("x", 0, math.inf).judge(seen(column))
    assert judged.verdict is Verdict.FAIL


def test_a_private_column_keeps_its_extremes(seen: Callable[..., View]) -> None:
    # Its extremes are withheld: without an engine nothing can be told.
    with pytest.raises(CannotJudge, match="cannot be counted"):
        Between("x", 0, 1).judge(seen(NumericProfile(n=20)))


def test_without_numbers_nothing_is_told(seen: Callable[..., View]) -> None:
    with pytest.raises(CannotJudge, match="holds no number"):
        Between("x", 0, 1).judge(seen(NumericProfile(nulls=20)))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_what_is_written_is_what_is_asked(a: float, b: float) -> None:
    low, high = sorted((a, b))
    inner = {
        "column": Node("x", "f", 1, 1),
        "min": Node(repr(low), "f", 1, 1),
        "max": Node(repr(high), "f", 1, 1),
    }
    assert read(Node(inner, "f", 1, 1)) == [Between("x", low, high)]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"column": "x"}, "found neither"),
        ({"column": "x", "min": 2, "max": 1}, "a `min` of at most 1, found 2"),
        ({"column": "x", "min": "low"}, "expected a number"),
        ({"column": " ", "min": 1}, "an empty text"),
        ({"min": 1}, "expected `column:`"),
    ],
)
def test_bad_forms_are_refused(
    value: object, said: str, located: Callable[[object], Node]
) -> None:
    with pytest.raises(BadFacet, match=said):
        read(located(value))
