"""The desk: steps recorded whole, people bound late, one deliverer at a time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import NOON, OWNERSHIP, WEATHER, World, cause, read_catalog

from modelowners.app.desk import TRIES, answering, due_steps, retried
from modelowners.app.loop import turn
from modelowners.incidents.refusals import Stale


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world


def test_an_opening_and_its_first_page_are_one_transaction(world: World) -> None:
    opened, *_, escalated = world.incidents.history(world.incidents.get("1").id)[:5]
    assert (opened.kind, escalated.kind) == ("incident.opened", "escalated")
    assert opened.recorded_at == escalated.recorded_at


def test_steps_taken_are_due_no_more(world: World) -> None:
    found = world.incidents.get("1")
    assert due_steps(world, found, NOON) == ()
    later = NOON + timedelta(minutes=15)
    assert [e.draft.body["role"] for e in due_steps(world, found, later)] == ["lead"]


def test_someone_no_longer_declared_is_skipped(world: World, tmp_path: Path) -> None:
    text = OWNERSHIP.replace(", manager: eli", "").replace(
        "  eli: {email: eli@acme.example}\n", ""
    )
    world.catalog = read_catalog(tmp_path, text)
    found = world.incidents.get("1")
    steps = due_steps(world, found, NOON + timedelta(hours=1))
    people = [entry.draft.body.get("person") for entry in steps]
    assert people == ["cy", None, None]  # lead, manager, and the plan's end


@pytest.mark.parametrize(
    ("whose", "person", "owner"),
    [
        (WEATHER, "cy", "feeds"),
        ("team:fleet", "fay", "fleet"),
        ("person:di", "di", "di"),
        ("team:gone", None, None),
        ("dataset:unheard", None, None),
    ],
)
def test_assets_and_owners_answer_alike(
    tmp_path: Path, whose: str, person: str | None, owner: str | None
) -> None:
    found = answering(read_catalog(tmp_path), whose, NOON)
    assert found.accountable.person == person
    assert (found.owner.name if found.owner else None) == owner
    assert bool(found.escalation) == (person is not None)


def stale() -> Stale:
    return Stale(incident="INC-1", found=2, expected=1)


def test_a_lost_race_is_run_again() -> None:
    outcomes: list[Stale | str] = [stale(), stale(), "won"]

    def step() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Stale):
            raise outcome
        return outcome

    assert retried(step) == "won"
    assert outcomes == []


def test_a_race_lost_too_often_is_told() -> None:
    tries = []

    def step() -> None:
        tries.append(1)
        raise stale()

    with pytest.raises(Stale):
        retried(step)
    assert len(tries) == TRIES
