"""Handling: who may do what, through the whole way from words to the log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import FLEET, MODEL, NOON, WEATHER, World, cause, read_catalog

from modelowners.app.handling import (
    Build,
    NoSuchCause,
    Request,
    UnknownOwner,
    WhoActs,
    acking,
    act,
    assigning,
    confirming,
    describe,
    noting,
    refusing,
    resolving,
)
from modelowners.app.loop import turn
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.incident import CloseReason, Incident, State
from modelowners.incidents.policy import Relation
from modelowners.incidents.refusals import NobodyLeft, NotYours, OutOfOrder, Stale
from modelowners.incidents.tenures import Reason
from modelowners.ledger.changes import Who

M, H, A, C = Relation


@pytest.fixture
def world(tmp_path: Path) -> World:
    """INC-1 is with cy of feeds; fleet is the next candidate."""
    world = World(read_catalog(tmp_path))
    world.make_sick(
        cause(0.8), cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2)
    )
    turn(world, as_of=NOON)
    world.sink.taken.clear()
    return world


def do(world: World, who: str, build: Build, **fields: object) -> Incident:
    world.user = Who(who)
    world.clock.advance(timedelta(minutes=1))
    request = Request(incident="INC-1", **fields)  # type: ignore[arg-type]  # by name
    return act(world, request, build, state=world.catalog.root)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("ana", {M, A}),  # lead of the model's team
        ("bo", {M, A}),  # its deputy
        ("cy", {M, H, C}),  # named holder, lead of the cause's team
        ("di", {M, H}),  # member of the holding team
        ("eli", {M}),
        ("fay", {M, C}),  # answers for the second cause
        ("gus", set()),  # has left
        ("eve", set()),  # is nobody
    ],
)
def test_relations(world: World, person: str, expected: set[Relation]) -> None:
    found = describe(world.catalog, world.incidents.get("1"), person, NOON)
    assert set(found.relations) == expected


ACTS = {
    "note": noting("x"),
    "ack": acking(),
    "assign": assigning("fleet", Reason.LOAD),
    "not-mine": refusing("no", to=None, rank=None),
    "confirm": confirming(rank=1, asset=None, kind=None),
    "resolve": resolving(CloseReason.FIXED, ""),
}
MEMBERS = {"ana", "bo", "cy", "di", "eli", "fay"}
MAY = {
    "note": MEMBERS,
    "ack": MEMBERS,
    "assign": MEMBERS,
    "not-mine": {"cy", "di"},
    "confirm": {"cy", "di"},
    "resolve": {"ana", "bo", "cy", "di", "fay"},
}


@pytest.mark.parametrize("name", list(ACTS))
def test_every_person_and_every_act(tmp_path: Path, name: str) -> None:
    for person in sorted({*MEMBERS, "gus"}):
        world = World(read_catalog(tmp_path))
        world.make_sick(
            cause(0.8), cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2)
        )
        turn(world, as_of=NOON)
        before = world.incidents.history(world.incidents.get("1").id)
        if person in MAY[name]:
            do(world, person, ACTS[name])
        else:
            with pytest.raises(NotYours, match="may not"):
                do(world, person, ACTS[name])
            after = world.incidents.history(world.incidents.get("1").id)
            assert after == before


def test_confirming_asks_for_the_role_on_that_very_cause(world: World) -> None:
    with pytest.raises(NotYours):
        do(world, "fay", confirming(rank=1, asset=None, kind=None))
    found = do(world, "fay", confirming(rank=2, asset=None, kind=None))
    assert found.confirmed is not None
    assert found.confirmed["asset"] == FLEET


def test_who_acts_must_be_known(world: World) -> None:
    for raw in (None, "eve@evil.example"):
        world.user = Who(None, raw)
        with pytest.raises(WhoActs, match="--as PERSON"):
            act(world, Request(incident="1"), acking(), state=world.catalog.root)


def test_an_act_records_the_catalog_and_tells_at_once(world: World) -> None:
    before = world.revisions
    do(world, "bo", assigning("fleet", Reason.LOAD))
    assert world.revisions == before + 1
    assert ("page", "console:", "fay") in world.sink.told
    assert ("note", "email:cy@acme.example", "cy") in world.sink.told
    assert world.incidents.waiting() == ()


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("fleet", "fay (fleet)"),
        ("team:fleet", "fay (fleet)"),
        ("eli", "eli"),
        ("person:di", "di"),
    ],
)
def test_owners_are_found_by_name(world: World, name: str, holder: str) -> None:
    assert str(do(world, "bo", assigning(name, Reason.LOAD)).holder) == holder


def test_an_unknown_owner_names_the_nearest(world: World) -> None:
    with pytest.raises(UnknownOwner, match='did you mean "fleet"'):
        do(world, "bo", assigning("fleets", Reason.LOAD))


def test_a_hand_over_starts_the_new_owners_plan(world: World) -> None:
    do(world, "cy", acking())
    found = do(world, "cy", assigning("fleet", Reason.NEEDS_HELP))
    assert found.paging, "an earlier owner's acknowledgement is not the new one's"
    assert found.state is State.ACKNOWLEDGED
    assert found.progress is not None
    assert found.progress.plan.of == "team:fleet"
    assert not do(world, "fay", acking()).paging


def test_not_mine_walks_the_candidates_and_never_returns(world: World) -> None:
    no = refusing("no", to=None, rank=None)
    assert str(do(world, "cy", no).holder) == "fay (fleet)"
    # After two refusals: the symptom's lead, since no manager is common to both.
    second = do(world, "fay", no)
    assert str(second.holder) == "ana"
    assert second.tosses == 2
    assert {"team:feeds", "team:fleet"} <= set(second.refused)
    third = do(world, "ana", no)
    assert third.holder.team == "risk"
    with pytest.raises(NobodyLeft):
        do(world, "bo", no)


def test_after_two_refusals_a_common_manager_decides(world: World) -> None:
    do(world, "cy", refusing("no", to="risk", rank=None))
    found = do(world, "bo", refusing("no", to=None, rank=None))
    assert str(found.holder) == "eli", "cy and ana report to eli"


def test_not_mine_may_name_an_owner_or_a_cause(world: World) -> None:
    assert str(do(world, "cy", refusing("x", to="di", rank=None)).holder) == "di"
    assert str(do(world, "di", refusing("x", to=None, rank=2)).holder) == "fay (fleet)"


def test_a_confirmed_cause_brings_it_back_to_a_refuser(world: World) -> None:
    do(world, "cy", refusing("no", to="fleet", rank=None))
    found = do(world, "fay", confirming(rank=1, asset=None, kind=None))
    assert str(found.holder) == "cy (feeds)"
    assert found.tenures[-2].reason == "found-cause-elsewhere"
    assert found.times.owner_engaged is not None
    assert found.times.owner_engaged < found.times.cause_confirmed  # type: ignore[operator]  # both known


def test_another_cause_may_be_named(world: World) -> None:
    kind = CauseKind.BAD_RETRAIN
    found = do(world, "cy", confirming(rank=None, asset=MODEL, kind=kind))
    assert found.confirmed == {
        "asset": MODEL,
        "kind": "bad_retrain",
        "category": "model",
    }
    assert found.holder.team == "risk"


def test_a_cause_that_is_not_named_is_refused(world: World) -> None:
    with pytest.raises(NoSuchCause, match=rf"1 \({WEATHER}\), 2 \({FLEET}\)"):
        do(world, "cy", confirming(rank=3, asset=None, kind=None))


def test_back_dating_is_allowed_and_kept(world: World) -> None:
    world.clock.advance(timedelta(hours=2))
    found = do(world, "cy", acking(), at=NOON + timedelta(minutes=5))
    event = world.incidents.history(found.id)[-1]
    assert event.occurred_at == NOON + timedelta(minutes=5)
    assert event.recorded_at > event.occurred_at + timedelta(hours=1)
    with pytest.raises(OutOfOrder, match="future"):
        do(world, "cy", noting("x"), at=world.clock.now() + timedelta(hours=1))


def test_an_act_may_ask_for_a_revision(world: World) -> None:
    revision = world.incidents.get("1").revision
    with pytest.raises(Stale):
        do(world, "cy", acking(), revision=revision - 1)
    assert do(world, "cy", acking(), revision=revision).state is State.ACKNOWLEDGED
