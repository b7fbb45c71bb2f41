from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.detection.checks.forms import (
    columns,
    figure,
    limit,
    rows_of,
    share,
    within_share,
)
from modelowners.detection.checks.results import Verdict

Located = Callable[[object], Node]


@pytest.mark.parametrize(
    ("said", "holds", "breaks"),
    [
        ("<= 0.5", 0.5, 0.51),
        (">=0.8", 0.8, 0.79),
        ("< 3", 2.9, 3.0),
        ("> -1e2", -99.0, -100.0),
        ("<= 5 %", 0.05, 0.0501),
    ],
)
def test_a_limit_holds_up_to_itself(
    said: str, holds: float, breaks: float, located: Located
) -> None:
    found = limit(located(said))
    assert found.holds(holds)
    assert not found.holds(breaks)
    assert not found.holds(math.nan)


@pytest.mark.parametrize("said", ["0.5", "= 3", "<= high", "<= 1.2.3", "<= 1e999", ""])
def test_what_is_no_limit_is_refused(said: str, located: Located) -> None:
    with pytest.raises(BadFacet, match="expected a limit"):
        limit(located(said))


@pytest.mark.parametrize(
    ("said", "value"), [("1 %", 0.01), ("0.5%", 0.005), ("0.25", 0.25), (1, 1.0)]
)
def test_a_share_is_written_as_a_number_or_per_cent(
    said: object, value: float, located: Located
) -> None:
    assert share(located(said)) == pytest.approx(value)


@pytest.mark.parametrize("said", ["101 %", "-0.1", "much", "%", True])
def test_what_is_no_share_is_refused(said: object, located: Located) -> None:
    with pytest.raises(BadFacet, match="expected a"):
        share(located(said))


@pytest.mark.parametrize(
    ("value", "said"),
    [([], "an empty list"), (["a", "a"], "named twice"), ([" "], "empty text")],
)
def test_columns_are_named_once(value: object, said: str, located: Located) -> None:
    with pytest.raises(BadFacet, match=said):
        columns(located(value))


@given(st.integers(1, 10**9), st.data())
def test_some_is_never_said_as_none_nor_as_all(rows: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, rows))
    said = rows_of(part, rows)
    assert ("(0.0 %)" in said) == (part == 0)
    assert ("(100.0 %)" in said) == (part == rows)


@given(st.floats(allow_nan=False))
def test_a_figure_reads_back_nearly(value: float) -> None:
    assert float(figure(value).replace(",", "")) == pytest.approx(value, rel=1e-5)


def test_a_share_that_is_allowed_is_allowed_exactly() -> None:
    assert within_share(1, 100, 0.01) is Verdict.PASS
    assert within_share(2, 100, 0.01) is Verdict.FAIL
    assert within_share(0, 0, 0.0) is Verdict.PASS
