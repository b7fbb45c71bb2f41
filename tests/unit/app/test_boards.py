"""Boards: told at each turn of all that stands; one that fails stops no other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from incident_worlds import NOON, World, cause, read_catalog

from modelowners.app.boards import show_incidents
from modelowners.app.loop import turn
from modelowners.incidents.incident import Incident
from modelowners.incidents.ports import NotShown


@dataclass
class Wall:
    """A board that keeps what it is told, or fails."""

    told: list[list[str]] = field(default_factory=list)
    broken: bool = False

    def show(self, incidents: Iterable[Incident], *, at: datetime) -> int:
        if self.broken:
            raise NotShown(board="The wall", why="it fell down")
        self.told.append([f"{one.id} {one.state}" for one in incidents])
        return len(self.told[-1])


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(read_catalog(tmp_path))


def test_a_turn_shows_what_it_opened(world: World) -> None:
    wall = Wall()
    world.boards.append(wall)
    turn(world, as_of=NOON)
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    turn(world, as_of=NOON)
    assert wall.told == [[], ["INC-1 open"], ["INC-1 open"]]


def test_one_that_fails_is_told_and_stops_no_other(world: World) -> None:
    wall = Wall()
    world.boards += [Wall(broken=True), wall]
    notes = turn(world, as_of=NOON).notes
    assert "The wall does not show our incidents: it fell down." in notes
    assert wall.told == [[]]


def test_without_boards_nothing_is_read(world: World) -> None:
    world.database.close()
    del world.incidents
    assert show_incidents(world, at=NOON) == []
