"""Memory: past incidents, those upstream, what is served; a gap harms nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from incident_worlds import (
    LATER,
    MODEL,
    NOON,
    OWNERSHIP,
    World,
    cause,
    diagnosis,
    finding,
    read_catalog,
)

from modelowners.app.handling import perform
from modelowners.app.loop import sight, turn
from modelowners.app.memory import remember
from modelowners.app.scenes import Request
from modelowners.core.errors import StateError
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY, HOUR, TimeWindow
from modelowners.incidents.incident import Act
from modelowners.incidents.packet import packet

EMBED = asset_id("model:embed")
MORE = OWNERSHIP.replace(
    "needs: [dataset:weather, dataset:fleet]",
    "needs: [dataset:weather, dataset:fleet, model:embed]",
) + ("  model:embed: {owner: fleet, predictions: {source: x.csv}}\n")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(read_catalog(tmp_path, MORE))


def remembered(world: World) -> Mapping[str, object]:
    found, findings = world.diagnose(MODEL, as_of=world.clock.now())
    seen = sight(world, found, findings, at=world.clock.now())
    return remember(world, seen)


def test_at_first_there_is_no_history(world: World) -> None:
    world.make_sick(cause(0.9))
    found = remembered(world)
    assert found["similar"] == []
    assert str(found["history"]).startswith("no history: 0")
    assert found["upstream_incidents"] == []
    assert found["served_version"] == "7"


def test_the_packet_of_a_recurrence_names_the_one_before(world: World) -> None:
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    perform(world, Request(incident="1", actor="cy"), Act.CONFIRM_CAUSE, {})
    perform(world, Request(incident="1", actor="cy"), Act.RESOLVE, {})
    world.make_well(LATER)
    world.clock.advance(DAY)
    turn(world, as_of=world.clock.now())
    world.make_sick(cause(0.9), window=TimeWindow(LATER.start, LATER.end + DAY))
    world.clock.advance(DAY)
    turn(world, as_of=world.clock.now())
    found = packet(world.incidents.get("2")).document
    (past,) = _list(found["similar"])
    assert past["incident"] == "INC-1"
    assert past["shared"] == [
        "asset",
        "cause kind",
        "column or segment",
        "shared upstream",
        "symptom class",
    ]
    assert past["fixed_by"] == "fixed"
    assert str(found["history"]).startswith("no history: 1")


def test_what_is_broken_upstream_is_named(world: World) -> None:
    own = cause(0.9, team="fleet", person="fay", asset=EMBED)
    world.answers[EMBED] = (diagnosis(own, model=EMBED), (finding(asset=EMBED),))
    turn(world, as_of=NOON)
    world.make_sick(cause(0.9))
    world.clock.advance(HOUR)
    (above,) = _list(remembered(world)["upstream_incidents"])
    assert (above["incident"], above["model"]) == ("INC-1", EMBED)
    assert above["holder"] == "fay (fleet)"


def test_a_version_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    class Blind(World):
        def served_version(self, model: AssetId, at: datetime) -> str | None:
            raise StateError(place="log", why="it is gone", remedy="Look for it")

    world = Blind(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    document = packet(world.incidents.get("1")).document
    assert document["served_version"] is None
    assert "the version in serving: not looked at" in _texts(document["unknown"])


def _list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return value
