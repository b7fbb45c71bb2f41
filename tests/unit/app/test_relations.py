"""Relations: what ties a person to an incident and an asset, at that instant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import (
    FLEET,
    MODEL,
    NOON,
    OWNERSHIP,
    WEATHER,
    World,
    cause,
    read_catalog,
)

from modelowners.app.loop import turn
from modelowners.app.relations import causes_of, describe, roles_of
from modelowners.catalog.files import Catalog
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY
from modelowners.incidents.policy import Relation


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return read_catalog(tmp_path)


@pytest.mark.parametrize(
    ("person", "asset", "roles"),
    [
        ("ana", MODEL, ["accountable", "responder"]),
        ("bo", MODEL, ["deputy"]),
        ("cy", WEATHER, ["accountable", "responder"]),
        ("di", WEATHER, []),
        ("cy", FLEET, []),
        ("eve", MODEL, []),
    ],
)
def test_roles(catalog: Catalog, person: str, asset: AssetId, roles: list[str]) -> None:
    assert list(roles_of(catalog, asset, person, NOON)) == roles


def test_relations_are_read_at_the_moment_of_the_act(tmp_path: Path) -> None:
    away = (
        "calendar:\n  away:\n    - {who: cy, from: 2026-06-10, through: 2026-06-11}\n"
    )
    catalog = read_catalog(tmp_path, OWNERSHIP + away)
    assert "accountable" not in roles_of(catalog, WEATHER, "cy", NOON)
    assert "accountable" in roles_of(catalog, WEATHER, "cy", NOON + 3 * DAY)


def test_a_confirmed_cause_gives_its_owner_a_say(catalog: Catalog) -> None:
    world = World(catalog)
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    found = world.incidents.get("1")
    assert [one["asset"] for one in causes_of(found)] == [WEATHER]
    assert Relation.CAUSE_ROLE not in describe(catalog, found, "fay", NOON).relations
    fleet = replace(found, confirmed={"asset": FLEET})
    fay = describe(catalog, fleet, "fay", NOON)
    assert Relation.CAUSE_ROLE in fay.relations
    assert fay.roles == {FLEET: ("accountable", "responder")}
