"""
The demo: the main job on a real world with one openly declared fault.

>>> from modelowners.app.demo import build_world, take_tour
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelowners.app.demo.world import World, build_world

if TYPE_CHECKING:
    from modelowners.app.demo.tour import Tour, take_tour

__all__ = ["Tour", "World", "build_world", "take_tour"]


def __getattr__(name: str) -> object:
    """
    Load the tour on first use: building a world needs none of the program.

    Raises
    ------
    AttributeError
        If there is no such name.
    """
    if name in {"Tour", "take_tour"}:
        from modelowners.app.demo import tour  # noqa: PLC0415

        return getattr(tour, name)
    raise AttributeError(name)
