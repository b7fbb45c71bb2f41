from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

import modelowners.detection.checks as package
from modelowners.core.errors import BadFacet
from modelowners.core.time import DAY
from modelowners.detection.checks import KINDS, Check, checks_schema
from modelowners.detection.checks.results import Severity

Read = Callable[[object], tuple[Check, ...]]
VALIDATOR = jsonschema.Draft202012Validator(checks_schema())
SHARED = {"__init__", "forms", "grounds", "results"}


def test_every_module_of_a_kind_is_registered() -> None:
    modules = {path.stem for path in Path(package.__file__).parent.glob("*.py")}
    assert modules - SHARED == set(KINDS)
    for name, kind in KINDS.items():
        assert importlib.import_module(f"{package.__name__}.{name}").KIND is kind


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_reads_and_fits_its_schema(kind: str, read: Read) -> None:
    plain = yaml.load(KINDS[kind].example, yaml.BaseLoader)
    assert {check.kind for check in read(plain)} == {kind}
    assert list(VALIDATOR.iter_errors(plain)) == []


def test_options_are_carried(read: Read) -> None:
    (check,) = read(
        [
            {
                "not_null": "x",
                "severity": "warn",
                "where": {"country": "NO"},
                "window": "7d",
                "why": "billing",
                "name": "filled",
                "x-note": "ours",
            }
        ]
    )
    assert (check.name, check.severity) == ("filled", Severity.WARN)
    assert (check.where, check.window) == ({"country": "NO"}, 7 * DAY)
    assert (check.why, check.place) == ("billing", "f.yaml:1:1")


def test_without_options_a_check_is_grave_and_about_all_rows(read: Read) -> None:
    (check,) = read([{"not_null": "x"}])
    assert check.severity is Severity.ERROR
    assert (check.where, check.window, check.why) == ({}, None, "")


def test_a_list_of_columns_is_as_many_checks(read: Read) -> None:
    assert [c.name for c in read([{"not_null": ["x", "y"]}, {"unique": "z"}])] == [
        "not_null x",
        "not_null y",
        "unique z",
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("freshness", "expected a check such as `not_null: tenure`"),
        ([{"not_nul": "x"}], 'f.yaml:1:2 MO003 unknown check "not_nul"; did you mean'),
        ([{"not_null": "x", "severty": "warn"}], 'did you mean "severity"'),
        ([{"not_null": "x", "unique": "y"}], "one kind of check, found not_null and"),
        ([{"severity": "warn"}], "expected one kind of check, found none"),
        ([{"not_null": "x", "severity": "wran"}], 'did you mean "warn"'),
        ([{"not_null": "x", "where": {}}], "one segment and its value, found 0"),
        ([{"not_null": "x", "where": "NO"}], "expected a mapping"),
        ([{"not_null": "x", "window": "0d"}], "longer than 0"),
        ([{"not_null": "x", "window": "soon"}], "a duration such as"),
        ({"not_null": "x"}, "expected a list, found a mapping"),
        (None, "expected a list, found nothing"),
    ],
)
def test_bad_yaml_is_refused_at_its_place(value: object, said: str, read: Read) -> None:
    with pytest.raises(BadFacet) as caught:
        read(value)
    assert said in str(caught.value)
    assert str(caught.value).startswith("f.yaml:")


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    assert not VALIDATOR.is_valid([{"not_nul": "x"}])
    assert not VALIDATOR.is_valid([{"not_null": "x", "unique": "y"}])
    assert not VALIDATOR.is_valid([{"severity": "warn"}])
