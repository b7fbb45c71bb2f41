"""Strict reading: every refusal has its place, and nothing else is refused."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog import documents
from modelowners.catalog.documents import read_document
from modelowners.catalog.problems import Problem


def read(text: str | bytes) -> tuple[object, list[str]]:
    problems: list[Problem] = []
    data = text.encode() if isinstance(text, str) else text
    node = read_document(data, file="f", problems=problems)
    return (node.plain() if node else None), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("no", "no"),
        ("yes", "yes"),
        ("True", "True"),
        ("~", "~"),
        ("10:30", "10:30"),
        ("0123", "0123"),
        ("-0", "-0"),
        ("+1", "+1"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("1.5", "1.5"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("2026-11-02", "2026-11-02"),
        ("2026-11-02 10:00", "2026-11-02 10:00"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("1234567890123456789", "1234567890123456789"),
    ],
)
def test_only_four_words_and_plain_integers_have_a_type(
    text: str, value: object
) -> None:
    found, problems = read(f"a: {text}")
    assert isinstance(found, dict)
    assert problems == []
    assert found["a"] == value
    assert type(found["a"]) is type(value)


REFUSALS = [
    ("a: 1\nb:\n  c: 1\n  c: 2", '4:3 MO002 error duplicate key "c", first at line 3'),
    ("a: &x 1", "1:4 MO005 error anchor &x"),
    ("a: 1\nb: *x", "2:4 MO005 error alias *x"),
    ("a: !!str 1", "1:4 MO005 error tag tag:yaml.org,2002:str"),
    ("a: !mine {b: 1}", "1:4 MO005 error tag !mine"),
    ("a: ! b", "1:4 MO005 error tag !"),
    ("a:\n  <<: {b: 1}", "2:3 MO005 error merge key <<"),
    ("%YAML 1.1\n---\na: 1", "1:1 MO005 error a % directive"),
    ("a: 1\n---\nb: 1", "2:1 MO001 error a second document"),
    ("1: a", "1:1 MO004 error a key that is not text: 1"),
    ("true: a", "1:1 MO004 error a key that is not text: true"),
    ("null: a", "1:1 MO004 error a key that is not text: null"),
    ("? [a, b]\n: c", "1:3 MO004 error a key that is not text: a collection"),
    ("a: b\x07c", "1:5 MO001 error invisible character U+0007"),
    ("a: b\u2028c", "1:5 MO001 error invisible character U+2028"),
    ("a: x\nb: y\u202ec", "2:5 MO001 error invisible character U+202E"),
    ('a: "b\\x07"', "1:4 MO001 error invisible character U+0007"),
    ('a: "b\\u202e"', "1:4 MO001 error invisible character U+202E"),
    ("*: {owner: ana}", "1:2 MO001 error not YAML"),
    ("a: [x${Y}]", "1:7 MO001 error not YAML"),
    ("a: @b", "1:4 MO001 error not YAML"),
    ("a: 1\n  b: 2", "2:4 MO001 error not YAML"),
    ("a: " + "[" * 33, "1:35 MO001 error nested deeper than 32 levels"),
]


@pytest.mark.parametrize(("text", "refusal"), REFUSALS)
def test_every_refusal_names_line_and_column(text: str, refusal: str) -> None:
    _, problems = read(text)
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"f:{refusal}"), problems[0]
    assert "; " in problems[0], "says what to do"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("*: {owner: ana}", 'put the key "*"'),
        ("a: [x${Y}]", 'put text that holds { } [ ] or , in "quotes"'),
        ("a: @b", "in quotes"),
    ],
)
def test_what_needs_quotes_is_said(text: str, remedy: str) -> None:
    assert remedy in read(text)[1][0]


def test_bytes_that_are_no_text_are_placed() -> None:
    assert read(b"a: 1\nb: \xff")[1] == [
        "f:2:4 MO001 error not UTF-8 text; save the file as UTF-8"
    ]


def test_a_large_file_is_refused_before_it_is_parsed() -> None:
    _, problems = read(b"#" * (documents.MAX_BYTES + 1))
    assert problems == [
        "f:1:1 MO001 error file larger than 16 MiB; split it with include:"
    ]


def test_one_reading_tells_all_it_can() -> None:
    found, problems = read("a: &x 1\nb: *x\nc: {d: 1, d: 2}\n1: x\ne: ok")
    assert [problem.split()[1] for problem in problems] == [
        "MO005",
        "MO005",
        "MO002",
        "MO004",
    ]
    assert found == {"a": 1, "b": None, "c": {"d": 1}, "e": "ok"}


def test_a_byte_order_mark_and_windows_lines_are_no_matter() -> None:
    assert read(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n") == ({"a": 1, "b": 2}, [])


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n"])
def test_nothing_is_read_from_nothing(text: str) -> None:
    assert read(text) == (None, [])


def test_places_are_those_of_key_and_value() -> None:
    node = read_document(b"a:\n  b:   c\n", file="f", problems=[])
    assert node is not None
    assert isinstance(node.value, dict)
    inner = node.value["a"].value
    assert isinstance(inner, dict)
    assert (inner["b"].place, inner["b"].key_place) == ("f:2:8", "f:2:3")


def test_both_parsers_of_the_library_read_alike(
    monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    fast = read(example)
    monkeypatch.setattr(documents, "_LOADER", yaml.SafeLoader)
    assert read(example) == fast
    assert [p.split()[:2] for p in read("a: &x 1\na: 2")[1]] == [
        ["f:1:4", "MO005"],
        ["f:2:1", "MO002"],
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_json(value: object) -> None:
    found, problems = read(json.dumps({"a": value}, ensure_ascii=False))
    assert (found, problems) == ({"a": value}, [])


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    _, problems = read(data)
    assert all(problem.startswith("f:") for problem in problems)


@given(st.data())
def test_no_mutation_of_a_real_file_crashes_the_reader(data: st.DataObject) -> None:
    text = (
        'a: {b: [1, "x"], c: &q 2}\n<<: *q\n? [k]\n: v\n'
        "d: |\n  text\n  more\ne: 'it''s'\n...\n---\nf: !t 1\n"
    )
    cut = data.draw(st.integers(0, len(text)))
    put = data.draw(
        st.text(st.sampled_from("{}[]&*!|>'\"%@`:,?-# \n\t<\0é"), max_size=6)
    )
    drop = data.draw(st.integers(0, 5))
    _, problems = read(text[:cut] + put + text[cut + drop :])
    assert all(problem.startswith("f:") for problem in problems)
