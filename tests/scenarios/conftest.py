"""Worlds for the scenarios: faults and look-alikes of the benchmark, and the demo's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from flights import Half, load_half
from smoke import prepare
from worlds import CACHE, World, build

from modelowners.app.demo import build_world
from modelowners.app.demo.world import World as DemoWorld
from modelowners.app.wiring import Program
from modelowners.ledger.changes import Change


@dataclass(frozen=True)
class Scene:
    """
    A world on disk and the program over it, its clock at the world's end.

    `world.truth` says what is true; `changes` are the ledger's entries by key.
    """

    world: World
    folder: Path
    program: Program
    changes: Mapping[str, Change]

    @property
    def guilty(self) -> Change | None:
        """The guilty entry, where the ledger holds it."""
        return self.changes.get(self.world.truth["change"] or "")


MakeScene = Callable[..., Scene]


@pytest.fixture(scope="session")
def development() -> Half:
    """The half year that everything may be tuned on."""
    pytest.importorskip("sklearn", reason="the extra demo is not installed")
    return load_half("dev", cache=CACHE)


@pytest.fixture
def make_scene(development: Half, tmp_path: Path) -> MakeScene:
    """Make the world of a kind and a seed."""

    def make(kind: str, seed: int = 0) -> Scene:
        world = build(kind, seed, development)
        folder = tmp_path / f"{kind}-{seed}"
        program, changes = prepare(world, folder)
        return Scene(world, folder, program, changes)

    return make


@pytest.fixture(scope="session")
def make_demo(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., DemoWorld]:
    """Build the demo's world, faulty or not, in a fresh folder."""

    def make(*, fault: bool = True) -> DemoWorld:
        folder = tmp_path_factory.mktemp("demo") / "world"
        return build_world(folder, fault=fault, cache=CACHE, say=lambda _: None)

    return make
