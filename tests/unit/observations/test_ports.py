"""What fills a port has its methods, with the port's parameters."""

from __future__ import annotations

import inspect

import pytest

from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.ports import Engine, ProfileCache
from modelowners.observations.repository import ProfileStore

FILLED = [(Engine, DuckDBEngine), (ProfileCache, ProfileStore)]
METHODS = [
    (port, filled, name)
    for port, filled in FILLED
    for name, _ in inspect.getmembers(port, inspect.isfunction)
    if not name.startswith("_")
]


@pytest.mark.parametrize(
    ("port", "filled", "name"), METHODS, ids=[name for *_, name in METHODS]
)
def test_every_method_takes_what_the_port_says(
    port: type, filled: type, name: str
) -> None:
    wanted = inspect.signature(getattr(port, name)).parameters
    found = inspect.signature(getattr(filled, name)).parameters
    assert list(found) == list(wanted)
    assert [p.kind for p in found.values()] == [p.kind for p in wanted.values()]
    assert [p.default for p in found.values()] == [p.default for p in wanted.values()]


@pytest.mark.parametrize(("port", "filled", "name"), METHODS)
def test_every_method_says_what_it_is_for(port: type, filled: type, name: str) -> None:
    for owner in (port, filled):
        assert len((getattr(owner, name).__doc__ or "").split()) > 3


def test_the_ports_ask_the_questions_of_a_diagnosis() -> None:
    asked = {name for port, _, name in METHODS if port is Engine}
    assert {"describe", "hold", "contrast", "relation", "repair", "mapping"} <= asked


def make_engine() -> Engine:
    """What mypy proves of the engine holds: it is handed out as the port."""
    return DuckDBEngine()


def test_an_engine_is_made_without_state_or_clock() -> None:
    assert isinstance(make_engine(), DuckDBEngine)
