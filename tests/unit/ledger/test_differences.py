from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.ledger.differences import (
    ABSENT,
    MAX_TEXT,
    Difference,
    compact,
    differences,
    unsaid,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=10,
)
mappings = st.dictionaries(st.text(max_size=3), json_values, max_size=4)


def apply(before: object, found: tuple[Difference, ...]) -> object:
    """Follow the pointers: what `before` becomes."""
    result = {"": copy.deepcopy(before)}
    for one in found:
        keys = [
            part.replace("~1", "/").replace("~0", "~") for part in one.path.split("/")
        ]
        place: dict[str, object] = result
        for key in keys[:-1]:
            place = place[key]  # type: ignore[assignment]  # a mapping, else no path
        if one.after is ABSENT:
            del place[keys[-1]]
        else:
            place[keys[-1]] = one.after
    return result[""]


@given(mappings)
def test_equal_values_do_not_differ(value: dict[str, object]) -> None:
    assert differences(value, copy.deepcopy(value)) == ()


@given(mappings, mappings)
def test_applied_they_give_what_came_after(
    before: dict[str, object], after: dict[str, object]
) -> None:
    assert apply(before, differences(before, after)) == after


@given(mappings, mappings)
def test_backwards_the_sides_change_places(
    before: dict[str, object], after: dict[str, object]
) -> None:
    there = {
        (d.path, repr(d.before), repr(d.after)) for d in differences(before, after)
    }
    back = {(d.path, repr(d.after), repr(d.before)) for d in differences(after, before)}
    assert there == back


@pytest.mark.parametrize(
    ("before", "after"),
    [({"a": 1}, {"a": True}), ({"a": 0}, {"a": False}), ({"a": None}, {}), ([], {})],
)
def test_what_python_confuses_json_tells_apart(before: object, after: object) -> None:
    assert len(differences(before, after)) == 1


def test_not_a_number_equals_itself() -> None:
    assert differences({"a": float("nan")}, {"a": float("nan")}) == ()


def test_pointers_are_escaped() -> None:
    (found,) = differences({"a/b~c": 1}, {"a/b~c": 2})
    assert found.path == "/a~1b~0c"
    assert compact((found,)) == "a/b~c 1 -> 2"


def test_the_rest_is_counted() -> None:
    found = differences({}, {str(n): n for n in range(5)})
    assert compact(found, limit=2) == "0 (none) -> 0, 1 (none) -> 1, +3 more"
    assert compact(()) == ""


def test_long_values_are_cut() -> None:
    told = compact(differences({"a": "x" * 500}, {"a": "y"}))
    assert len(told) < MAX_TEXT + 20
    assert "…" in told


def test_absent_shows_as_such() -> None:
    assert repr(ABSENT) == "absent"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.9966666666666667, "0.996667"),
        ("a" * 40, "a" * 12),
        ("0" * 64, "0" * 12),
        ("1f" * 16, "1f" * 6),
        ("deadbeef", "deadbeef"),
        ("x" * 100, "x" * 79 + "…"),
    ],
)
def test_values_are_told_briefly(value: object, told: str) -> None:
    assert compact(differences({"v": 1}, {"v": value})) == f"v 1 -> {told}"


@pytest.mark.parametrize(
    ("before", "after", "text", "left"),
    [
        ("==1.7.0", "==1.7.1", "numpy 1.7.0 -> 1.7.1", 0),
        ("1", "2", "version 1 -> 2", 0),
        ("1", "2", "rate 0.1 -> 0.2", 1),
        ("1", "2", "version 1 -> 23", 1),
        ("a", "b", "", 1),
    ],
)
def test_what_a_text_names_is_left_out(
    before: str, after: str, text: str, left: int
) -> None:
    found = differences({"v": before}, {"v": after})
    assert len(unsaid(found, text)) == left
