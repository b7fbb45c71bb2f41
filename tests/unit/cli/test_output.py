from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.cli.output import narrate, plain, print_json, program


class Colour(enum.StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Leaf:
    at: datetime
    colour: Colour = Colour.RED


@dataclass(frozen=True, slots=True)
class Branch:
    zebra: Leaf
    ant: tuple[float, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
scalars = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars | st.floats() | st.datetimes(timezones=st.just(UTC)) | st.timedeltas(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)


@given(values)
def test_whatever_comes_json_takes_it(value: object) -> None:
    encoded = json.dumps(plain(value), allow_nan=False)
    assert plain(json.loads(encoded)) == json.loads(encoded)


@given(st.recursive(scalars, st.lists))
def test_what_is_plain_stays_as_it_is(value: object) -> None:
    assert plain(value) == value


@given(st.floats(-1e300, 1e300))
def test_figures_keep_ten_digits(value: float) -> None:
    shown = plain(value)
    assert isinstance(shown, float)
    assert math.isclose(shown, value, rel_tol=1e-9)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_figure_is_null(value: float) -> None:
    assert plain(value) is None


def test_dataclasses_keep_the_order_of_their_declaration() -> None:
    shown = plain(Branch(Leaf(NOON), (0.1 + 0.2,), MappingProxyType({"b": "1"})))
    assert json.dumps(shown) == (
        '{"zebra": {"at": "2026-06-01T12:00:00Z", "colour": "red"}, '
        '"ant": [0.3], "names": {"b": "1"}}'
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NOON.astimezone(timezone(timedelta(hours=2))), "2026-06-01T12:00:00Z"),
        (date(2026, 6, 1), "2026-06-01"),
        (Path("a/b"), "a/b"),
        (timedelta(minutes=90), 5400.0),
        (Colour.RED, "red"),
        ({1: {"x"}}, {"1": ["x"]}),
        (True, True),
    ],
)
def test_how_each_sort_of_value_is_written(value: object, expected: object) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_a_class_is_not_taken_for_its_instances() -> None:
    assert plain(Leaf) is Leaf


def test_data_goes_to_stdout_and_narration_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json({"name": "Zoë", "n": 1})
    narrate("reading 3 files")
    out, err = capsys.readouterr()
    assert out == '{\n  "name": "Zoë",\n  "n": 1\n}\n'
    assert err == "reading 3 files\n"


def test_a_command_gets_the_program_its_options_ask_for(tmp_path: Path) -> None:
    file = str(tmp_path / "owners.yaml")
    root = click.Context(click.Command("modelowners"))
    root.obj = {"file": file, "state": None, "user": "ann"}
    found = program(click.Context(click.Command("who"), parent=root))
    assert found.settings.file == Path(file)
    assert found.settings.state == tmp_path / ".modelowners"
    assert found.settings.user == "ann"


def test_a_command_without_options_gets_the_defaults() -> None:
    found = program(click.Context(click.Command("who")))
    assert found.settings.file == Path("modelowners.yaml")
    assert found.settings.user is None
