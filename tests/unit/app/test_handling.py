"""Handling: who may do what, through the whole way from words to the log."""

from __future__ import annotations

from datetime import timedelta
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
    diagnosis,
    finding,
    read_catalog,
)

from modelowners.app.handling import WhoActs, act, perform, permitted
from modelowners.app.loop import turn
from modelowners.app.moves import (
    acking,
    assigning,
    confirming,
    noting,
    refusing,
)
from modelowners.app.relations import describe
from modelowners.app.scenes import Build, NoSuchCause, Request, UnknownOwner
from modelowners.core.ids import asset_id
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.incident import Act, Incident, State
from modelowners.incidents.policy import Relation
from modelowners.incidents.refusals import (
    KeyReused,
    NobodyLeft,
    NotYours,
    OutOfOrder,
    Stale,
)
from modelowners.incidents.tenures import Reason
from modelowners.ledger.changes import Who

M, H, A, C, _F = Relation


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
    return act(world, request, build)


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


ACTS: dict[Act, dict[str, object]] = {
    Act.NOTE: {"text": "x"},
    Act.ACK: {},
    Act.ASSIGN: {"to": "fleet", "reason": "load"},
    Act.MERGE: {"into": "INC-2"},
    Act.NOT_MINE: {"text": "no"},
    Act.CONFIRM_CAUSE: {"cause": 1},
    Act.MITIGATE: {},
    Act.RESOLVE: {},
    Act.DISMISS: {"reason": "expected"},
    Act.SNOOZE: {"for": "1h"},
    Act.SEVERITY: {"severity": "sev1", "text": "x"},
    Act.REOPEN: {},
    Act.UNMERGE: {},
}
MEMBERS = {"ana", "bo", "cy", "di", "eli", "fay"}
ENDERS = {"ana", "bo", "cy", "di", "fay"}
OWNERS = {"ana", "bo", "cy", "di"}
MAY = {
    **dict.fromkeys(
        [Act.NOTE, Act.ACK, Act.ASSIGN, Act.MERGE, Act.REOPEN, Act.UNMERGE], MEMBERS
    ),
    Act.NOT_MINE: {"cy", "di"},
    Act.CONFIRM_CAUSE: {"cy", "di"},
    Act.MITIGATE: ENDERS,
    Act.RESOLVE: ENDERS,
    Act.DISMISS: OWNERS,
    Act.SNOOZE: OWNERS,
    Act.SEVERITY: OWNERS,
}
BEFORE = {
    Act.REOPEN: (Act.DISMISS, {"reason": "expected"}),
    Act.UNMERGE: (Act.MERGE, {"into": "INC-2"}),
}
"""What has to happen before an act is possible at all."""


def two_incidents(folder: Path) -> World:
    """INC-1 with cy of feeds, INC-2 of another model with fay of fleet."""
    more = "  model:fare: {owner: risk, predictions: {source: x.csv}}\n"
    world = World(read_catalog(folder, OWNERSHIP + more))
    fleet = cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2)
    world.make_sick(cause(0.8), fleet)
    fare = asset_id("model:fare")
    stray = cause(0.9, team="fleet", person="fay", asset=FLEET)
    world.answers[fare] = (diagnosis(stray, model=fare), (finding(asset=fare),))
    turn(world, as_of=NOON)
    return world


@pytest.mark.parametrize("name", list(Act))
def test_every_person_and_every_act(tmp_path: Path, name: Act) -> None:
    for person in sorted({*MEMBERS, "gus"}):
        world = two_incidents(tmp_path)
        if name in BEFORE:
            perform(world, Request(incident="1", actor="cy"), *BEFORE[name])
        incident = world.incidents.get("1")
        may = person in MAY[name]
        # fay answers for the second cause: that one she may confirm.
        shown = may or (name, person) == (Act.CONFIRM_CAUSE, "fay")
        assert (name in permitted(world, incident, person)) == shown
        before = world.incidents.history(incident.id)
        request = Request(incident="1", actor=person)
        if may:
            perform(world, request, name, ACTS[name])
            assert world.incidents.history(incident.id) != before
        else:
            with pytest.raises(NotYours, match="may not"):
                perform(world, request, name, ACTS[name])
            assert world.incidents.history(incident.id) == before


def ack(world: World, **fields: object) -> Incident:
    known = {"incident": "1", "actor": "cy", "key": "k", **fields}
    request = Request(**known)  # type: ignore[arg-type]  # by name
    return perform(world, request, Act.ACK, {})


def test_the_same_key_again_changes_nothing(world: World) -> None:
    first = ack(world)
    world.clock.advance(timedelta(hours=1))
    assert ack(world) == first, "although the act would be refused by now"
    assert ack(world, revision=1) == first, "and although it names an old revision"


@pytest.mark.parametrize(
    "other",
    [
        {"actor": "di"},
        {"at": NOON},
    ],
)
def test_a_key_is_for_one_request(world: World, other: dict[str, object]) -> None:
    ack(world)
    with pytest.raises(KeyReused, match='"k"'):
        ack(world, **other)
    request = Request(incident="1", actor="cy", key="k")
    with pytest.raises(KeyReused):
        perform(world, request, Act.NOTE, {"text": "x"})


def test_a_refused_request_leaves_its_key_free(world: World) -> None:
    with pytest.raises(NotYours):
        perform(
            world,
            Request(incident="1", actor="eli", key="k"),
            Act.NOT_MINE,
            {"text": "no"},
        )
    assert ack(world).heard


def test_keys_are_an_incidents_own(tmp_path: Path) -> None:
    world = two_incidents(tmp_path)
    ack(world)
    assert ack(world, incident="2").heard


def test_an_act_of_two_events_is_replayed_whole(world: World) -> None:
    request = Request(incident="1", actor="cy", key="k")
    done = perform(world, request, Act.CONFIRM_CAUSE, {"cause": 2})
    log = world.incidents.history(done.id)
    moved = [event.kind for event in log if event.key.startswith("request:k")]
    assert moved == ["cause.confirmed", "assigned"]
    perform(world, request, Act.CONFIRM_CAUSE, {"cause": 2})
    assert world.incidents.history(done.id) == log


def test_a_stale_revision_is_refused_and_none_goes_ahead(world: World) -> None:
    with pytest.raises(Stale, match="someone was faster"):
        ack(world, revision=1)
    now = world.incidents.get("1").revision
    assert ack(world, revision=now).heard


def test_the_face_is_on_the_record(world: World) -> None:
    found = ack(world, source="web")
    event = next(
        one for one in world.incidents.history(found.id) if one.kind == "acked"
    )
    assert event.source == "web"


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
            act(world, Request(incident="1"), acking())


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
