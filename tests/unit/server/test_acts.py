from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import InputError, StateError
from modelowners.incidents.refusals import NoIncident, NotNow, NotYours, Stale
from modelowners.server.acts import (
    SOURCE,
    Asked,
    BadRevision,
    UnknownAct,
    ask,
    revision_of,
    status_of,
)

if TYPE_CHECKING:
    from page_desks import PageDesk


@given(st.integers(0, 10**9 - 1))
def test_a_revision_is_read_with_or_without_quotes(number: int) -> None:
    assert revision_of(str(number)) == revision_of(f' "{number}" ') == number


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "*", "²", "9" * 10, "W/1"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadRevision):
        revision_of(text)


def test_a_form_becomes_arguments_without_its_hidden_fields() -> None:
    asked = Asked.of_form(
        "INC-1", "note", {"n": "4", "key": "INC-1.4.bo", "text": "seen"}
    )
    assert asked.arguments == {"text": "seen"}
    assert asked.revision == 4
    assert asked.key == "INC-1.4.bo.note"


def test_a_form_without_a_key_has_none() -> None:
    assert Asked.of_form("INC-1", "ack", {}).key == ""


def test_an_act_is_recorded_with_who_and_whence(desk: PageDesk) -> None:
    after = ask(desk.program(), Asked(incident="INC-1", act="ack"), person="cy")
    assert after.state.value == "acknowledged"
    acked = [e for e in desk.world.incidents.history(after.id) if e.kind == "acked"]
    assert [(e.person, e.source) for e in acked] == [("cy", SOURCE)]


def test_the_same_press_twice_acts_once(desk: PageDesk) -> None:
    incident = desk.world.incidents.get("INC-1")
    asked = Asked(
        incident="INC-1",
        act="note",
        arguments={"text": "once"},
        revision=incident.revision,
        key="k",
    )
    for _ in range(2):
        ask(desk.program(), asked, person="cy")
    noted = [e for e in desk.world.incidents.history(incident.id) if e.kind == "noted"]
    assert len(noted) == 1


def test_a_past_revision_is_refused(desk: PageDesk) -> None:
    with pytest.raises(Stale):
        ask(desk.program(), Asked(incident="INC-1", act="ack", revision=1), person="cy")


@pytest.mark.parametrize("act", ["", "acks", "ACK", "fix", "__class__"])
def test_there_are_no_other_acts(desk: PageDesk, act: str) -> None:
    with pytest.raises(UnknownAct):
        ask(desk.program(), Asked(incident="INC-1", act=act), person="cy")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NoIncident(found="x"), 404),
        (NotYours(who="x", act="x", incident="x", why="x", remedy="x"), 403),
        (NotNow(incident="x", state="x", act="x", why="", available=""), 409),
        (Stale(incident="x", found=1, expected=2), 412),
        (StateError(place="x", why="x", remedy="x"), 503),
        (InputError(what="x"), 400),
    ],
)
def test_each_refusal_has_its_status(error: InputError, status: int) -> None:
    assert status_of(error) == status
