"""The incident's page and its forms, as a browser without script uses them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from page_client import Answer
    from page_desks import PageDesk

PATH = "/incidents/INC-1"


def hidden(desk: PageDesk, person: str) -> dict[str, str]:
    """What a form of the page carries."""
    text = desk.client.get(PATH, cookie=f"acting={person}").text
    found = dict(
        re.findall(r'<input type="hidden" name="(n|key)" value="([^"]+)">', text)
    )
    assert set(found) == {"n", "key"}
    return found


def press(desk: PageDesk, person: str, act: str, **fields: str) -> Answer:
    sent = {**hidden(desk, person), **fields}
    return desk.client.post(f"{PATH}/{act}", sent, cookie=f"acting={person}")


def test_one_incident_in_three_forms(desk: PageDesk) -> None:
    text = desk.client.get(PATH).text
    assert "<h1>eta has been wrong more often</h1>" in text
    assert re.search(r"<title>▲ INC-1 eta has been wrong more often", text)
    assert 'href="/static/bad.svg"' in text
    assert desk.client.get(f"{PATH}.md").text.startswith("# INC-1:")
    assert desk.client.get(f"{PATH}.json").json()["id"] == "INC-1"


def test_a_short_id_will_do(desk: PageDesk) -> None:
    assert "INC-1" in desk.client.get("/incidents/1").text


def test_there_is_no_other(desk: PageDesk) -> None:
    assert desk.client.get("/incidents/INC-9").status == 404
    assert desk.client.get("/incidents/INC-9/postmortem.md").status == 404


def test_pressing_a_button_acts_and_comes_back(desk: PageDesk) -> None:
    answer = press(desk, "cy", "ack")
    assert (answer.status, answer.headers["location"]) == (303, PATH)
    assert desk.world.incidents.get("INC-1").state.value == "acknowledged"


def test_pressing_it_twice_acts_once(desk: PageDesk) -> None:
    sent = {**hidden(desk, "cy"), "text": "once"}
    answers = [
        desk.client.post(f"{PATH}/note", sent, cookie="acting=cy") for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [303, 303]
    events = desk.world.incidents.history(desk.world.incidents.get("INC-1").id)
    assert sum(event.kind == "noted" for event in events) == 1


def test_a_page_that_is_past_is_refused_with_the_fresh_one(desk: PageDesk) -> None:
    old = hidden(desk, "cy")
    press(desk, "cy", "note", text="meanwhile")
    answer = desk.client.post(f"{PATH}/ack", old, cookie="acting=cy")
    assert answer.status == 412
    assert "someone was faster" in answer.text
    assert "meanwhile" in answer.text


@pytest.mark.parametrize(
    ("person", "act", "fields", "status"),
    [
        ("fay", "not-mine", {"text": "x"}, 403),
        ("cy", "not-mine", {}, 400),
        ("cy", "reopen", {"text": "x"}, 409),
        ("cy", "frobnicate", {}, 400),
    ],
)
def test_refusals_are_said_on_the_page(
    desk: PageDesk, person: str, act: str, fields: dict[str, str], status: int
) -> None:
    answer = press(desk, person, act, **fields)
    assert answer.status == status
    assert '<p class="refusal">' in answer.text


def test_nobody_acts_for_nobody(desk: PageDesk) -> None:
    answer = desk.client.post(f"{PATH}/ack", {})
    assert answer.status == 403
    assert "Nobody in the ownership file" in answer.text


def test_the_postmortem_is_markdown(desk: PageDesk) -> None:
    answer = desk.client.get(f"{PATH}/postmortem.md")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/markdown")
    assert "INC-1" in answer.text
