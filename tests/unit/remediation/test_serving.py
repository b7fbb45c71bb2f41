"""Serving: only rows prove it, and only enough of them."""

from __future__ import annotations

import pytest
from fix_worlds import START
from hypothesis import given
from hypothesis import strategies as st

from modelowners.remediation.serving import ENOUGH, LEAST_ROWS, observe


@pytest.mark.parametrize(
    ("served", "confirmed", "said"),
    [
        (None, False, "does not say which version answered"),
        ({}, False, "no row was logged since 2026-06-10T12:00:00Z"),
        ({"1": 99}, False, "100 rows are needed"),
        ({"1": 100}, True, "version 1 is served: 100 % of 100"),
        ({"1": 495, "2": 5}, True, "99 % of 500"),
        ({"1": 494, "2": 6}, False, "98.8 % of 500 new rows carry it, 6 of version 2"),
        ({"2": 500}, False, "0 % of 500 new rows carry it, 500 of version 2"),
        ({"(null)": 500}, False, "0 % of 500"),
    ],
)
def test_what_rows_show(
    served: dict[str, int] | None, confirmed: bool, said: str
) -> None:
    found = observe("1", served, since=START)
    assert found.confirmed is confirmed
    assert said in str(found)
    assert str(found).startswith("version 1" if confirmed else "serving unverified")


@given(
    st.dictionaries(st.sampled_from("1234"), st.integers(0, 600), max_size=4),
)
def test_it_is_confirmed_just_where_enough_rows_carry_it(
    served: dict[str, int],
) -> None:
    found = observe("1", served, since=START)
    rows = sum(served.values())
    enough = rows >= LEAST_ROWS and served.get("1", 0) >= ENOUGH * rows
    assert found.confirmed == enough
    assert found.rows == rows
    assert sum(n for _, n in found.others) + served.get("1", 0) == rows


def test_it_is_kept_with_its_figures() -> None:
    kept = observe("1", {"1": 3, "2": 1}, since=START).plain()
    assert kept == {
        "version": "1",
        "since": "2026-06-10T12:00:00Z",
        "rows": 4,
        "share": 0.75,
        "others": [["2", 1]],
    }
