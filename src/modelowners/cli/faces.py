"""Faces: commands of other faces, found by entry point and loaded when they run."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from modelowners.core.errors import MissingExtra

if TYPE_CHECKING:
    import click

GROUP = "modelowners.faces"


def __getattr__(name: str) -> click.Command:
    """
    Load the command that another face brings under a name.

    Raises
    ------
    AttributeError
        If no face has that name.
    ModuleNotFoundError
        If one of our own modules is missing: a fault of ours.
    MissingExtra
        If what it stands on is not installed.
    """
    for point in entry_points(group=GROUP, name=name):
        try:
            command: click.Command = point.load()
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("modelowners"):
                raise
            raise MissingExtra(extra=name) from None
        return command
    raise AttributeError(name)
