"""The runner: what it does with real processes is in `tests/security`."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelowners.connectors.command import Runner
from modelowners.core.secrets import MissingSecret, Secrets
from modelowners.remediation.actions import Command
from modelowners.remediation.ports import Trigger


def test_it_fills_the_port() -> None:
    trigger: Trigger = Runner(Path(), secrets=Secrets())
    assert trigger is not None


def test_without_a_secret_it_starts_nothing() -> None:
    runner = Runner(Path(), secrets=Secrets({}))
    with pytest.raises(MissingSecret):
        runner.run(Command(name="x", argv=("true",), secrets={"A": "${GONE}"}))
