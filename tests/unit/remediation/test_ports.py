"""Ports: outcomes say what happened; the fakes fill what they claim to."""

from __future__ import annotations

import pytest
from fix_worlds import Recorder, Stubborn

from modelowners.connectors.testing import MemoryRegistry
from modelowners.remediation.ports import (
    ModelRegistry,
    Outcome,
    RegistryFailed,
    Trigger,
)


@pytest.mark.parametrize(
    ("outcome", "worked", "said"),
    [
        (Outcome(code=0, seconds=0.25), True, "exit code 0 after 0.2 s"),
        (Outcome(code=1, seconds=1.0), False, "exit code 1 after 1.0 s"),
        (Outcome(code=-9, seconds=1.0), False, "exit code -9"),
        (Outcome(code=None, why="no such file"), False, "no such file"),
    ],
)
def test_an_outcome_says_how_it_ended(
    outcome: Outcome, worked: bool, said: str
) -> None:
    assert outcome.worked is worked
    assert said in str(outcome)


def test_a_failed_registry_says_that_only_reading_again_tells() -> None:
    error = RegistryFailed(registry="mlflow", act="set the alias", why="no answer")
    assert "mlflow did not set the alias: no answer" in str(error)
    assert "only known after reading it again" in str(error)


def test_the_fake_registry_keeps_the_port_s_laws() -> None:
    registry: ModelRegistry = MemoryRegistry({"m": ["1", "2"]}, {"m@a": "1"})
    assert registry.alias("m", "a") == "1"
    assert registry.alias("m", "A") is None
    registry.set_alias("m", "a", "2")
    assert registry.alias("m", "a") == "2"
    with pytest.raises(RegistryFailed, match="no version 3"):
        registry.set_alias("m", "a", "3")
    assert registry.alias("m", "a") == "2"
    assert registry.version("m", "9") is None
    registry.tag("m", "1", {"one": "1"})
    registry.tag("m", "1", {"two": "2"})
    assert isinstance(registry, MemoryRegistry)
    assert registry.tags["m", "1"] == {"one": "1", "two": "2"}


def test_the_scripted_ones_fill_the_ports() -> None:
    registry: ModelRegistry = Stubborn()
    trigger: Trigger = Recorder()
    assert registry.alias("churn", "champion") == "2"
    assert trigger is not None
