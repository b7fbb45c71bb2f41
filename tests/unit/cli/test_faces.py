"""Other faces' commands: found by entry point, loaded when they run."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import NoReturn

import click
import pytest

from modelowners.cli import faces
from modelowners.core.errors import MissingExtra


def points(monkeypatch: pytest.MonkeyPatch, *found: EntryPoint) -> None:
    monkeypatch.setattr(faces, "entry_points", lambda **wanted: found)


def test_serve_is_a_face() -> None:
    assert isinstance(faces.serve, click.Command)
    assert faces.serve.name == "serve"


def test_there_are_no_others() -> None:
    with pytest.raises(AttributeError):
        faces.nonsense  # noqa: B018 - asked for


def test_what_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points(monkeypatch, EntryPoint("mcp", "no_such_package:mcp", faces.GROUP))
    with pytest.raises(MissingExtra, match=r"modelowners\[mcp\]"):
        faces.mcp  # noqa: B018 - asked for


def test_a_fault_of_ours_is_not_called_an_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points(
        monkeypatch, EntryPoint("mcp", "modelowners.no_such_module:mcp", faces.GROUP)
    )

    def look() -> NoReturn:
        faces.mcp  # noqa: B018 - asked for
        raise AssertionError

    with pytest.raises(ModuleNotFoundError):
        look()
