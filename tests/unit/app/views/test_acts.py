"""Each act a state allows is a form; what one may not do says why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from incident_worlds import NOON

from modelowners.app.arguments import ARGUMENTS, read_move
from modelowners.app.relations import describe
from modelowners.app.views.acts import HINTS, LABELS, MAIN, Form, offer
from modelowners.incidents.incident import Act, State

if TYPE_CHECKING:
    from page_desks import PageDesk


def forms(desk: PageDesk, person: str | None, **fields: object) -> dict[str, Form]:
    incident = replace(desk.world.incidents.get("INC-1"), **fields)  # type: ignore[arg-type]  # by name
    catalog = desk.world.catalog
    actor = describe(catalog, incident, person, NOON) if person else None
    return {form.act: form for form in offer(incident, actor, catalog)}


def test_every_act_has_a_label_and_a_hint() -> None:
    assert set(LABELS) == set(HINTS) == set(Act)


def test_the_bar_comes_first_in_its_order(desk: PageDesk) -> None:
    found = list(forms(desk, "cy"))
    assert found[:3] == [act.value for act in MAIN]


@pytest.mark.parametrize("state", list(State))
def test_what_is_offered_is_what_the_state_allows(desk: PageDesk, state: State) -> None:
    found = forms(desk, "cy", state=state)
    incident = replace(desk.world.incidents.get("INC-1"), state=state)
    assert set(found) == {act.value for act in incident.available}


def test_a_confirmed_cause_is_not_asked_for_again(desk: PageDesk) -> None:
    assert "confirm-cause" not in forms(desk, "cy", confirmed={"asset": "dataset:x"})


def test_who_may_not_is_told_why(desk: PageDesk) -> None:
    found = forms(desk, "fay")
    assert found["not-mine"].refused == "Not as fay: only its holder may."
    assert found["ack"].refused == ""
    assert all(form.refused for form in forms(desk, None).values())


def test_every_field_is_one_the_act_takes(desk: PageDesk) -> None:
    for act in Act:
        known = {argument.name for argument in ARGUMENTS[act]}
        for state in State:
            form = forms(desk, "cy", state=state).get(act.value)
            assert form is None or {f.name for f in form.fields} <= known


def test_what_a_form_would_send_is_read(desk: PageDesk) -> None:
    """The first option of each choice, and some text, make a whole act."""
    for state in State:
        for form in forms(desk, "cy", state=state).values():
            told = {
                field.name: field.options[0].value if field.options else "INC-2"
                for field in form.fields
            }
            assert callable(read_move(Act(form.act), told))


def test_it_may_go_to_any_team_or_person(desk: PageDesk) -> None:
    (_, to) = forms(desk, "cy")["not-mine"].fields
    assert to.options[0].value == ""
    assert {option.value for option in to.options[1:]} >= {"team:risk", "person:eli"}


def test_causes_are_named_with_how_sure_they_are(desk: PageDesk) -> None:
    (field,) = forms(desk, "cy")["confirm-cause"].fields
    told = [(option.value, option.label, option.note) for option in field.options]
    assert told == [
        ("rank:1", "unit or scale change in dataset:weather", "80 %"),
        ("rank:2", "unit or scale change in dataset:fleet", "10 %"),
    ]
