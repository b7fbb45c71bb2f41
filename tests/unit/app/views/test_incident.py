"""The incident's page says what its log says, in every state, with or without a log."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from incident_worlds import GUILTY, NOON, cause

from modelowners.app.handling import Request, perform
from modelowners.app.views.incident import IncidentPage, show_incident
from modelowners.incidents.incident import Act
from modelowners.incidents.refusals import NoIncident

if TYPE_CHECKING:
    from page_desks import PageDesk


def show(desk: PageDesk, acting: str | None = "cy") -> IncidentPage:
    return show_incident(desk.program(), desk.site.readings, "INC-1", acting=acting)


def act(desk: PageDesk, person: str, what: Act, **told: object) -> None:
    desk.world.clock.advance(timedelta(minutes=1))
    perform(desk.world, Request(incident="INC-1", actor=person), what, told)


def facts(page: IncidentPage) -> dict[str, tuple[str, ...]]:
    return {fact.name: fact.items for fact in page.facts}


def test_it_says_what_since_when_and_whose(desk: PageDesk) -> None:
    page = show(desk)
    assert page.title == "eta has been wrong more often"
    assert page.lead == (
        "Since 8 Jun 2026 06:00 UTC, 2 d 6 h: weather sends temp on another scale "
        "(likely, 80 %). With cy (feeds): owner of the likeliest cause, 80 % sure."
    )
    assert (page.standing.word, page.standing.tone) == ("open", "bad")
    assert page.revision == desk.world.incidents.get("INC-1").revision


def test_the_story_is_the_diagnosis_that_was_kept(desk: PageDesk) -> None:
    story = show(desk).story
    assert story is not None
    assert [one.rank for one in story.causes] == [1, 2]
    assert story.metric is not None
    assert story.causes[0].column is not None
    assert story.change is not None
    assert story.change.id == GUILTY.id


def test_without_a_log_the_rest_is_there_and_why_is_said(quiet: PageDesk) -> None:
    quiet.open()
    page = show(quiet)
    assert page.story is not None
    assert page.story.metric is None
    assert "predictions" in page.silent


def test_key_facts(desk: PageDesk) -> None:
    found = facts(show(desk))
    assert found["With"][0] == "cy (feeds)"
    assert found["On call now"][0].startswith("cy")
    assert found["Log loss"] == ("0.3 → 0.4, measured, 1,000 rows",)
    assert found["Served version"] == ("7",)
    assert found["Surely began"] == ("between 05:00 and 07:00 UTC on 8 Jun 2026",)
    assert "Not looked at" in found


def test_a_refusal_shows_who_held_it_before(desk: PageDesk) -> None:
    act(desk, "cy", Act.NOT_MINE, text="not our feed")
    page = show(desk)
    assert facts(page)["Held before by"] == (
        "cy (feeds), until 10 Jun 2026 12:01 UTC (toss: not-mine)",
    )
    assert "With cy" not in page.lead


def test_a_confirmed_cause_is_a_fact(desk: PageDesk) -> None:
    act(desk, "cy", Act.CONFIRM_CAUSE, cause="1")
    found = facts(show(desk))
    assert found["Confirmed cause"] == ("unit or scale change in dataset:weather",)


def test_once_over_it_says_how_long_it_lasted(desk: PageDesk) -> None:
    desk.recover()
    page = show(desk)
    assert page.lead.startswith("Lasted ")
    assert page.standing.tone == "good"


def test_no_cause_is_said_to_be_none(quiet: PageDesk) -> None:
    quiet.open(cause(0.3))
    page = show(quiet)
    assert "the cause is not known yet" in page.lead
    assert page.story is not None
    assert page.story.questions


def test_forms_carry_a_key_of_their_revision_and_person(desk: PageDesk) -> None:
    first = show(desk).key
    assert first == show(desk).key
    assert first != show(desk, acting="ana").key
    act(desk, "cy", Act.ACK)
    assert first != show(desk).key


def test_whoever_nobody_knows_may_do_nothing(desk: PageDesk) -> None:
    assert all(form.refused for form in show(desk, acting=None).forms)


def test_there_must_be_one(desk: PageDesk) -> None:
    with pytest.raises(NoIncident):
        show_incident(desk.program(), desk.site.readings, "INC-9", acting=None)


def test_reports_from_outside_need_no_diagnosis(
    desk: PageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "modelowners.app.views.incident.recall", lambda incident, **rest: None
    )
    page = show(desk)
    assert page.story is None
    assert page.silent.startswith("It was reported from outside")
    assert page.title == desk.world.incidents.get("INC-1").headline


def test_others_like_it_and_upstream_are_named(
    desk: PageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = desk.world.incidents.get("INC-1")
    known: dict[str, Any] = {
        **found.diagnosis,
        "similar": [
            {
                "incident": "INC-0",
                "shared": ["same kind", "same column"],
                "fixed_by": "x",
            },
            "nonsense",
        ],
        "upstream_incidents": [
            {"incident": "INC-7", "headline": "Weather is late.", "holder": "cy"}
        ],
    }
    told = dataclasses.replace(found, diagnosis=known)
    program = desk.program()
    monkeypatch.setattr(program.incidents, "get", lambda name: told)
    page = show_incident(program, desk.site.readings, "INC-1", acting=None)
    assert [(o.id, o.why) for o in page.alike] == [
        ("INC-0", "same kind; same column; fixed by x")
    ]
    assert page.upstream[0].why == "Weather is late. With cy."


def test_times_are_as_of_the_clock(desk: PageDesk) -> None:
    desk.world.clock.at = NOON + timedelta(days=3)
    assert show(desk).since.ago == "5 d ago"
