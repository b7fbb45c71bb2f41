"""Scenes: owners and causes are found by name, or refused with the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest
from incident_worlds import FLEET, NOON, WEATHER, World, cause, read_catalog

from modelowners.app.loop import turn
from modelowners.app.relations import describe
from modelowners.app.scenes import NoSuchCause, Request, Scene, UnknownOwner
from modelowners.incidents.tenures import Holder


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    world = World(read_catalog(tmp_path))
    world.make_sick(
        cause(0.8), cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2)
    )
    turn(world, as_of=NOON)
    incident = world.incidents.get("1")
    return Scene(
        incident=incident,
        actor=describe(world.catalog, incident, "cy", NOON),
        catalog=world.catalog,
        find=world.incidents.get,
    )


@pytest.mark.parametrize(
    ("name", "holder", "whose"),
    [
        ("fleet", Holder("fleet", "fay"), "team:fleet"),
        ("team:risk", Holder("risk", "ana"), "team:risk"),
        ("eli", Holder(None, "eli"), "person:eli"),
        ("person:di", Holder(None, "di"), "person:di"),
    ],
)
def test_an_owner_is_a_team_or_a_person(
    scene: Scene, name: str, holder: Holder, whose: str
) -> None:
    assert scene.owner(name) == (holder, whose)


@pytest.mark.parametrize("name", ["", "Fleet", "team:eli", "person:risk", "x:fleet"])
def test_nobody_is_guessed(scene: Scene, name: str) -> None:
    with pytest.raises(UnknownOwner):
        scene.owner(name)


def test_causes_are_found_by_rank(scene: Scene) -> None:
    assert scene.cause(1)["asset"] == WEATHER
    assert scene.cause(2)["asset"] == FLEET
    with pytest.raises(NoSuchCause, match="has no cause 3"):
        scene.cause(3)


def test_assets_answer_too(scene: Scene) -> None:
    assert scene.holder(WEATHER) == Holder("feeds", "cy")


def test_a_request_says_no_more_than_it_must() -> None:
    assert Request(incident="1") == Request(
        incident="1", at=None, revision=None, actor=None, key="", source="cli"
    )
