"""Reports: what a fix adds to its incident, each thing once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fix_worlds import BACK, RELOAD, START, Workshop, order
from incident_worlds import MODEL, World, cause, diagnosis, finding, read_catalog

from modelowners.app.loop import turn
from modelowners.incidents.entries import Entry
from modelowners.incidents.events import EventKind
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.tenures import Holder
from modelowners.remediation import apply
from modelowners.remediation.fixes import Fix, Reason, StepKind
from modelowners.remediation.reports import refusal, report

OWNER = Holder("crm", "ana")
E = EventKind


@pytest.fixture
def incident(tmp_path: Path) -> Incident:
    world = World(read_catalog(tmp_path))
    world.answers[MODEL] = (diagnosis(cause(0.9)), (finding(),))
    turn(world, as_of=world.clock.now())
    (found,) = world.incidents.within()
    return found


def told(fix: Fix, incident: Incident, *known: str) -> tuple[Entry, ...]:
    return report(fix, incident, owner=OWNER, known=known)


def kinds(entries: tuple[Entry, ...]) -> list[str]:
    return [str(entry.draft.kind) for entry in entries]


def stepped(fix: Fix, shop: Workshop, kind: StepKind, **body: object) -> Fix:
    return shop.fixes.add(fix, kind, at=START, actor="system:loop", body=body)


def test_applying_is_taking_on_asking_and_granting_to_oneself(
    incident: Incident,
) -> None:
    fix = apply(order(), tools=Workshop().tools)
    entries = told(fix, incident)
    assert kinds(entries) == [
        E.ACKED,
        E.FIX_PLANNED,
        E.APPROVAL_REQUESTED,
        E.APPROVAL_GRANTED,
        E.FIX_STARTED,
        E.NOTED,
    ]
    started = entries[4].draft
    assert started.actor == "person:ana"
    assert started.body["plan"] == "FIX-1"
    assert started.body["roles"] == {"model:churn": ["accountable"]}


def test_what_the_log_holds_is_not_told_again(incident: Incident) -> None:
    fix = apply(order(), tools=Workshop().tools)
    first = told(fix, incident)
    assert told(fix, incident, *(entry.draft.key for entry in first)) == ()
    assert len({entry.draft.key for entry in first}) == len(first)
    some = told(fix, incident, *(entry.draft.key for entry in first[:3]))
    assert some == first[3:]


def test_a_command_is_finished_when_it_ran(incident: Incident) -> None:
    fix = apply(order(RELOAD), tools=Workshop().tools)
    assert kinds(told(fix, incident))[-1] == E.FIX_FINISHED


def test_serving_confirmed_finishes_an_alias_move(incident: Incident) -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    assert E.FIX_FINISHED not in kinds(told(fix, incident))
    fix = stepped(fix, shop, StepKind.SERVED, share=1.0)
    last = told(fix, incident)[-1]
    assert last.draft.kind == E.FIX_FINISHED
    assert [tell.kind for tell in last.tells] == [NoticeKind.NOTE]


def test_a_conflict_pages_where_the_incident_does(incident: Incident) -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    fix = stepped(fix, shop, StepKind.FAILED, reason=Reason.CONFLICT.value, why="moved")
    for pages, kind in ((True, NoticeKind.PAGE), (False, NoticeKind.NOTE)):
        last = told(fix, replace(incident, pages=pages))[-1]
        assert last.draft.kind == E.FIX_FAILED
        assert [tell.kind for tell in last.tells] == [kind]


def test_broken_glass_pages_the_owner_of_what_is_acted_on(incident: Incident) -> None:
    asked = replace(order(person="eve"), right={"roles": [], "break_glass": "fire"})
    fix = apply(asked, tools=Workshop().tools)
    (glass,) = [
        entry for entry in told(fix, incident) if entry.draft.kind == E.BREAKGLASS_USED
    ]
    (tell,) = glass.tells
    assert (tell.holder, tell.kind) == (OWNER, NoticeKind.PAGE)
    assert "eve broke the glass" in tell.why
    assert "fire" in tell.why


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.OPEN, [E.MITIGATED, E.VERIFIED, E.RESOLVED]),
        (State.ACKNOWLEDGED, [E.MITIGATED, E.VERIFIED, E.RESOLVED]),
        (State.MITIGATED, [E.VERIFIED, E.RESOLVED]),
        (State.RESOLVED, [E.VERIFIED]),
    ],
)
def test_recovery_moves_the_incident_as_far_as_it_has_to_go(
    state: State, expected: list[str], incident: Incident
) -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    fix = stepped(fix, shop, StepKind.SERVED, share=1.0)
    fix = stepped(fix, shop, StepKind.RECOVERED, **{"from": "a", "to": "b"})
    stands = replace(incident, state=state)
    found = [
        e for e in told(fix, stands) if e.draft.key.startswith(f"{fix.id}:{fix.n}")
    ]
    assert kinds(tuple(found)) == expected


def test_it_is_verified_once_though_two_fixes_helped(incident: Incident) -> None:
    shop = Workshop()
    fix = apply(order(RELOAD), tools=shop.tools)
    fix = stepped(fix, shop, StepKind.RECOVERED, **{"from": "a", "to": "b"})
    times = replace(incident.times, verified=START)
    over = replace(incident, state=State.RESOLVED, times=times)
    assert E.VERIFIED not in kinds(told(fix, over))


def test_a_refused_approval_names_who_asked_and_why_not() -> None:
    asked = {"action": str(BACK), "asset": "model:churn", "who_may": ["ana"]}
    requested, refused = refusal(asked, person="eve", at=START, why="no relation")
    assert requested.draft.actor == "person:eve"
    assert refused.draft.body["who"] == "eve"
    assert refused.draft.body["why"] == "no relation"
