from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from modelowners.diagnosis.strengths import figure, percent, rising


@given(value=st.floats(), low=st.floats(-5, 5), width=st.floats(0.01, 10))
def test_a_strength_lies_between_0_and_1(
    value: float, low: float, width: float
) -> None:
    assert 0.0 <= rising(value, low, low + width) <= 1.0


@given(a=st.floats(-9, 9), b=st.floats(-9, 9))
def test_more_never_lowers_a_strength(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert rising(low, -1, 1) <= rising(high, -1, 1)


def test_unknown_is_no_strength() -> None:
    assert rising(math.nan, 0, 1) == 0.0


def test_shares_are_written_with_enough_digits() -> None:
    assert percent(1.0) == "100 %"
    assert percent(0.0123) == "1.2 %"
    assert percent(0.995) == "100 %"


def test_figures_are_short_and_never_raise() -> None:
    assert figure(0.000123456) == "0.000123"
    assert figure(-1234.5) == "-1,230"
    assert figure(math.nan) == "unknown"
    assert figure(0.0) == "0"
