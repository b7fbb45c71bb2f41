"""Openings: what the loop records by itself. Whole turns are in `app/test_loop.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    GUILTY,
    LATER,
    MODEL,
    NOON,
    WEATHER,
    WILD,
    cause,
    finding,
    read_catalog,
    sighting,
)

from modelowners.catalog import resolve
from modelowners.catalog.files import Catalog
from modelowners.core.ids import IncidentId
from modelowners.detection.findings import FindingClass, Harm, HarmState
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents import (
    assemble,
    clear,
    close,
    escalate,
    open_incident,
    reassess,
    reopen,
)
from modelowners.incidents.deadlines import CLOSES
from modelowners.incidents.entries import Entry
from modelowners.incidents.incident import ACTIVE, Incident, State
from modelowners.incidents.notices import address_book
from modelowners.incidents.sightings import Sighting, holder_of
from modelowners.incidents.signals import Alert


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return read_catalog(tmp_path)


def opened(catalog: Catalog, seen: Sighting) -> Incident:
    book = address_book(catalog.organisation, sinks=("console",))
    return assemble(
        None, open_incident(seen), incident=IncidentId("INC-1"), book=book, at=NOON
    ).after


def kinds(entries: tuple[Entry, ...]) -> list[str]:
    return [str(entry.draft.kind) for entry in entries]


def told(entries: tuple[Entry, ...]) -> set[tuple[str, str]]:
    return {(str(t.kind), str(t.holder)) for entry in entries for t in entry.tells}


def test_an_opening_carries_what_nothing_later_can_recreate(catalog: Catalog) -> None:
    entries = open_incident(sighting(catalog, cause(0.9)))
    body = entries[0].draft.body
    assert body["catalog"] == catalog.digest
    assert body["holder"] == {"team": "risk", "person": "ana"}
    assert body["findings"] == [finding().id]
    route = entries[-1].draft.body
    assert route["to"] == {"team": "feeds", "person": "cy"}
    assert route["asset"] == WEATHER
    plan = route["plan"]
    assert isinstance(plan, dict)
    assert plan["of"] == WEATHER


def test_the_author_of_the_matched_change_is_told_not_paged(catalog: Catalog) -> None:
    seen = sighting(catalog, cause(0.9, change=GUILTY), changes=[GUILTY])
    assert ("note", "di") in told(open_incident(seen))


def test_the_holder_is_not_told_again_as_author(catalog: Catalog) -> None:
    own = replace(GUILTY, who=replace(GUILTY.who, person="cy"))
    seen = sighting(catalog, cause(0.9, change=own), changes=[own])
    assert told(open_incident(seen)) == {("note", "ana (risk)")}


def test_without_a_plan_the_holder_is_told_at_once(catalog: Catalog) -> None:
    seen = sighting(catalog, cause(0.9, asset=WILD))
    assert ("page", "cy (feeds)") in told(open_incident(seen))


def test_a_sighting_without_symptom_is_not_sick(catalog: Catalog) -> None:
    assert not sighting(catalog, sick=False).sick
    over = finding(ends=LATER)
    assert not sighting(catalog, cause(0.9), findings=[over]).sick
    assert sighting(catalog, cause(0.9), findings=[]).sick


def test_nothing_new_adds_nothing(catalog: Catalog) -> None:
    seen = sighting(catalog, cause(0.9))
    assert reassess(opened(catalog, seen), seen) == ()


def test_new_findings_join(catalog: Catalog) -> None:
    seen = sighting(catalog, cause(0.9))
    more = replace(seen, findings=(finding(), finding(subject="mean")))
    assert kinds(reassess(opened(catalog, seen), more)) == ["signal.attached"]


def test_severity_rises_by_itself_and_never_falls(catalog: Catalog) -> None:
    mild = finding(kind=FindingClass.DATA, broken=True, harm=Harm(HarmState.UNKNOWN))
    unsure = sighting(catalog, cause(0.9), findings=[mild], state="not yet measurable")
    harmed = sighting(catalog, cause(0.9), findings=[mild])
    assert kinds(reassess(opened(catalog, unsure), harmed)) == ["severity.changed"]
    assert reassess(opened(catalog, harmed), unsure) == ()


def test_a_surer_cause_reroutes_but_a_vaguer_one_does_not(catalog: Catalog) -> None:
    vague = sighting(catalog, cause(0.3, kind=CauseKind.OFFSET))
    sure = sighting(catalog, cause(0.9), window=LATER)
    entries = reassess(opened(catalog, vague), sure)
    assert kinds(entries) == ["cause.proposed", "route.decided"]
    back = reassess(opened(catalog, sure), replace(vague, at=NOON))
    assert kinds(back) == ["cause.proposed"]


def test_a_lost_cause_does_not_replace_a_found_one(catalog: Catalog) -> None:
    found = opened(catalog, sighting(catalog, cause(0.9)))
    blank = sighting(catalog, cause(0.8, kind=CauseKind.UNKNOWN), window=LATER)
    assert reassess(found, blank) == ()


def test_a_mitigated_incident_comes_back(catalog: Catalog) -> None:
    seen = sighting(catalog, cause(0.9))
    found = replace(opened(catalog, seen), state=State.MITIGATED)
    assert kinds(reassess(found, seen)) == [], "it was never seen well"
    well = replace(found, sick=False)
    assert kinds(reassess(well, seen)) == ["reopened"]
    assert kinds(reopen(well, seen)) == ["reopened"]


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_active_ends_by_being_well(catalog: Catalog, state: State) -> None:
    found = replace(opened(catalog, sighting(catalog, cause(0.9))), state=state)
    well = sighting(catalog, sick=False, window=LATER)
    seen = [] if state is State.CLOSED else ["signal.cleared"]
    ended = ["resolved"] if state in ACTIVE else []
    assert kinds(clear(found, well)) == seen + ended
    again = replace(found, sick=False, last_window_end=LATER.end)
    assert clear(again, well) == ()


def test_well_after_a_finished_fix_is_verified(catalog: Catalog) -> None:
    found = opened(catalog, sighting(catalog, cause(0.9)))
    fixed = replace(
        found.times, acked=NOON, fix_finished=LATER.end - timedelta(hours=1)
    )
    for state in (State.OPEN, State.ACKNOWLEDGED, State.MITIGATED):
        well = sighting(catalog, sick=False, window=LATER)
        entries = clear(replace(found, state=state, times=fixed), well)
        assert kinds(entries) == ["signal.cleared", "verified", "resolved"]
        assert entries[-1].draft.body["reason"] == "fixed"
    late = replace(fixed, fix_finished=LATER.end)
    entries = clear(
        replace(found, times=late), sighting(catalog, sick=False, window=LATER)
    )
    assert kinds(entries) == ["signal.cleared", "mitigated"]


def test_while_an_alert_fires_a_well_window_ends_nothing(catalog: Catalog) -> None:
    alert = Alert(
        source="alertmanager", fingerprint="f", title="x", started=NOON, first_seen=NOON
    )
    found = replace(opened(catalog, sighting(catalog, cause(0.9))), signals=(alert,))
    well = sighting(catalog, sick=False, window=LATER)
    assert kinds(clear(found, well)) == ["signal.cleared"]


def test_closing_waits_72_hours_from_the_last_change(catalog: Catalog) -> None:
    found = opened(catalog, sighting(catalog, cause(0.9)))
    done = replace(found, state=State.RESOLVED, changed_at=NOON, close_reason="fixed")
    assert close(done, NOON + CLOSES - timedelta(seconds=1)) == ()
    (entry,) = close(done, NOON + CLOSES)
    assert entry.draft.body == {"reason": "fixed"}
    assert close(found, NOON + CLOSES) == ()


def test_an_unreachable_step_is_skipped_with_an_event(catalog: Catalog) -> None:
    found = opened(catalog, sighting(catalog, cause(0.9)))
    nobody = resolve(catalog, WILD, NOON)
    (entry,) = escalate(found, nobody, NOON, away={"cy"})
    assert (entry.draft.body["person"], entry.tells) == (None, ())


def test_the_last_step_exhausts_the_plan(catalog: Catalog) -> None:
    found = opened(catalog, sighting(catalog, cause(0.9)))
    answering = resolve(catalog, WEATHER, NOON)
    entries = escalate(found, answering, NOON + timedelta(hours=1))
    assert kinds(entries) == ["escalated"] * 3 + ["plan.exhausted"]


def test_a_person_may_own_without_a_team(tmp_path: Path) -> None:
    text = "version: 1\npeople:\n  ana: {email: a@b.example}\n"
    catalog = read_catalog(tmp_path, text + "owns:\n  model:eta: {owner: ana}\n")
    assert str(holder_of(resolve(catalog, MODEL, NOON))) == "ana"
    assert not holder_of(resolve(catalog, WILD, NOON)).known
