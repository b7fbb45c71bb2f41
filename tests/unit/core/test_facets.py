from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadFacet
from modelowners.core.facets import (
    Facet,
    Node,
    Scalar,
    describe,
    flag,
    items,
    mapping,
    nearest,
    number,
    text,
    texts,
)


def node(value: object, line: int = 3, column: int = 7) -> Node:
    """Put plain JSON into nodes, each at a place of its own."""
    if isinstance(value, dict):
        inner = {
            k: node(v, line + i, column + 2) for i, (k, v) in enumerate(value.items())
        }
        return Node(inner, "modelowners.yaml", line, column)
    if isinstance(value, list):
        rows = [node(v, line + i, column + 2) for i, v in enumerate(value)]
        return Node(rows, "modelowners.yaml", line, column)
    assert value is None or isinstance(value, str | int)
    return Node(value, "modelowners.yaml", line, column)


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)
READERS: list[Callable[[Node], object]] = [
    mapping, items, text, texts, number, flag,
]  # fmt: skip


def _refusal(reader: Callable[[Node], object], one: Node) -> BadFacet | None:
    try:
        reader(one)
    except BadFacet as error:
        return error
    return None


@given(values)
def test_plain_gives_back_what_was_read(value: object) -> None:
    assert node(value).plain() == value


@given(values, st.sampled_from(READERS))
def test_a_reader_reads_or_refuses_with_the_place(
    value: object, reader: Callable[[Node], object]
) -> None:
    """Whatever a person writes: a value, or an error that says where."""
    one = node(value)
    before = copy.deepcopy(one)
    refusal = _refusal(reader, one)
    assert refusal is None or str(refusal).startswith("modelowners.yaml:")
    assert refusal is None or refusal.code in {"MO003", "MO004"}
    assert one == before


def test_a_refusal_names_file_line_column_and_code() -> None:
    error = node("x", 30, 12).refuse("this is wrong", code="MO102")
    assert str(error) == "modelowners.yaml:30:12 MO102 this is wrong."


def test_a_refusal_of_braces_shows_them() -> None:
    assert "{{x}}" in str(node("x").refuse('found "{{x}}"'))


def test_a_mapping_refuses_an_unknown_key_where_it_stands_and_offers_a_near_one() -> (
    None
):
    with pytest.raises(BadFacet) as caught:
        mapping(node({"owner": "a", "teir": 1}), {"owner": str, "tier": int})
    assert str(caught.value) == (
        'modelowners.yaml:4:9 MO003 unknown key "teir"; did you mean "tier"?'
    )


def test_a_mapping_keeps_its_order_and_drops_private_keys() -> None:
    found = mapping(node({"b": 1, "x-note": 2, "a": 3}), {"a": int, "b": int})
    assert list(found) == ["b", "a"]


def test_a_mapping_without_a_list_of_keys_takes_any() -> None:
    assert set(mapping(node({"anything": 1}))) == {"anything"}


@pytest.mark.parametrize("value", [None, "a", 7, True, ["a"]])
def test_what_is_no_mapping_is_refused(value: object) -> None:
    with pytest.raises(BadFacet, match="expected a mapping, found"):
        mapping(node(value))


def test_a_lone_value_is_a_list_of_one() -> None:
    assert texts(node("a")) == ("a",)
    assert texts(node(["a", 7, True])) == ("a", "7", "true")
    assert items(node([])) == []


@pytest.mark.parametrize("value", [None, {"a": 1}])
def test_nothing_and_mappings_are_no_lists(value: object) -> None:
    with pytest.raises(BadFacet, match="expected a list"):
        items(node(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), ("", ""), (7, "7"), (0, "0"), (True, "true"), (False, "false")],
)
def test_text_is_what_a_person_sees(value: Scalar, expected: str) -> None:
    assert text(node(value)) == expected


@pytest.mark.parametrize("value", [None, [], {}])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(BadFacet, match="expected text"):
        text(node(value))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_as_text(value: float) -> None:
    assert number(node(repr(value))) == value


@pytest.mark.parametrize(
    ("value", "expected"), [(7, 7.0), ("0.25", 0.25), ("1e-3", 0.001), ("-0", 0.0)]
)
def test_numbers(value: Scalar, expected: float) -> None:
    assert number(node(value)) == expected


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-inf", "1e999", "", "3 %", "x", True, None, [1], 10**400]
)
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(BadFacet, match="expected a number"):
        number(node(value))


@given(st.integers() | st.integers(10**309, 10**320))
def test_whole_numbers_of_any_size_are_read_or_refused(value: int) -> None:
    assert (_refusal(number, node(value)) is None) is (abs(value) < 10**308)


@pytest.mark.parametrize("value", [0, 1, "true", "yes", None])
def test_only_true_and_false_are_flags(value: object) -> None:
    assert flag(node(True)) is True
    assert flag(node(False)) is False
    with pytest.raises(BadFacet, match="expected true or false"):
        flag(node(value))


@pytest.mark.parametrize(
    ("value", "said"),
    [({}, "a mapping"), ([], "a list"), (None, "nothing"), ("a", '"a"'), (7, '"7"')],
)
def test_how_a_value_is_described(value: object, said: str) -> None:
    assert describe(node(value)) == said


def test_nearest_offers_one_word_or_lists_them() -> None:
    assert nearest("missng", {"missing": 1, "rows": 2}) == '; did you mean "missing"?'
    assert nearest("qqq", {"b": 1, "a": 2}) == "; known here: a, b"
    assert nearest("qqq", {}) == ""
    assert nearest("weathr", iter(["weather"])) == '; did you mean "weather"?'


def test_a_facet_is_its_name_and_its_node() -> None:
    one = node({"alias": "champion"})
    assert Facet("registry", one).node.plain() == {"alias": "champion"}
    assert one.place == "modelowners.yaml:3:7"


def test_an_unknown_key_is_refused_at_the_key_where_that_is_known() -> None:
    child = Node("1", "modelowners.yaml", 4, 9, key=(4, 3))
    assert child.key_place == "modelowners.yaml:4:3"
    with pytest.raises(BadFacet, match=r"^modelowners.yaml:4:3 MO003 unknown key"):
        mapping(Node({"teir": child}, "modelowners.yaml", 3, 1), {"tier": int})
