"""The benchmark of crashes says which figures would break the claim."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from crash_worlds import FAILPOINTS, Row, again

PLACE = Path(__file__).parents[3] / "benchmarks" / "crash.py"


@pytest.fixture(scope="module")
def crash() -> ModuleType:
    spec = importlib.util.spec_from_file_location("crash", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_quiet_row_holds_everywhere(crash: ModuleType, failpoint: str) -> None:
    assert crash.holds(Row("sqlite", failpoint, 20))


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (Row("sqlite", "F5", 20, repeated=20), True),
        (Row("sqlite", "F5", 20, repeated=21), False),
        (Row("sqlite", "F5", 20, repeated=1, unmarked=1), False),
        (Row("sqlite", "F4", 20, repeated=1), False),
        (Row("postgresql", "F3", 20, lost=1), False),
        (Row("postgresql", "F5", 20, lost=1, repeated=1), False),
    ],
)
def test_a_row_that_breaks_the_claim_is_seen(
    crash: ModuleType, row: Row, holds: bool
) -> None:
    assert crash.holds(row) is holds


def test_only_a_message_that_came_before_came_again() -> None:
    sent = [{"id": name, "n": n} for n, name in enumerate("abacbb")]
    assert [line["n"] for line in again(sent)] == [2, 4, 5]
