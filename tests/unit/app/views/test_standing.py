from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelowners.app.views.standing import (
    HURT,
    MENDING,
    ODD,
    STANDINGS,
    WELL,
    of_incident,
    of_model,
)
from modelowners.incidents.incident import State

if TYPE_CHECKING:
    from page_desks import PageDesk


def test_each_standing_has_a_word_and_an_order_of_its_own() -> None:
    assert len({one.word for one in STANDINGS}) == len(STANDINGS)
    assert [one.order for one in STANDINGS] == sorted(one.order for one in STANDINGS)


def test_tones_that_differ_differ_in_shape_too() -> None:
    """Colour only helps."""
    shapes = {
        one.tone: {o.shape for o in STANDINGS if o.tone == one.tone}
        for one in STANDINGS
    }
    seen = [shape for found in shapes.values() for shape in found]
    assert len(seen) == len(set(seen))


def test_a_model_stands_as_its_incident(desk: PageDesk) -> None:
    incident = desk.world.incidents.get("INC-1")
    assert of_model(None) is WELL
    assert of_model(incident) is HURT
    assert of_model(replace(incident, pages=False)) is ODD
    assert of_model(replace(incident, state=State.MITIGATED)) is MENDING


def test_every_state_of_an_incident_has_its_word(desk: PageDesk) -> None:
    incident = desk.world.incidents.get("INC-1")
    for state in State:
        assert of_incident(replace(incident, state=state)).word == state.value
    assert of_incident(replace(incident, state=State.CLOSED)).tone == "good"
