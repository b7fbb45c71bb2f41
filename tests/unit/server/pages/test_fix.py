"""The page of a fix: applying is for its owner, on the incident as it was shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from incident_worlds import OWNERSHIP
from page_desks import PageDesk

PATH = "/incidents/INC-1/fix"
DECLARED = OWNERSHIP.replace(
    "dataset:weather: {owner: feeds}",
    "dataset:weather: {owner: feeds, fix: {quarantine: {command: [touch, mended]}}}",
)


@pytest.fixture
def declared(tmp_path: Path) -> PageDesk:
    desk = PageDesk(tmp_path, DECLARED).still()
    desk.open()
    return desk


def revision(desk: PageDesk) -> str:
    return str(desk.world.incidents.get("INC-1").revision)


def test_the_plan_in_three_forms(declared: PageDesk) -> None:
    assert "run quarantine" in declared.client.get(PATH, cookie="acting=cy").text
    assert "run quarantine" in declared.client.get(f"{PATH}.md").text
    assert declared.client.get(f"{PATH}.json").json()["open"] is True


def test_its_owner_applies_it(declared: PageDesk) -> None:
    sent = {"n": revision(declared)}
    answer = declared.client.post(f"{PATH}/apply", sent, cookie="acting=cy")
    assert (answer.status, answer.headers["location"]) == (303, PATH)
    assert (declared.folder / "mended").exists()
    assert "What was done" in declared.client.get(PATH).text


@pytest.mark.parametrize(("person", "status"), [("fay", 403), ("mallory", 403)])
def test_nobody_else_does(declared: PageDesk, person: str, status: int) -> None:
    sent = {"n": revision(declared)}
    answer = declared.client.post(f"{PATH}/apply", sent, cookie=f"acting={person}")
    assert answer.status == status
    assert not (declared.folder / "mended").exists()


def test_a_past_page_fixes_nothing(declared: PageDesk) -> None:
    answer = declared.client.post(f"{PATH}/apply", {"n": "1"}, cookie="acting=cy")
    assert answer.status == 412
    assert not (declared.folder / "mended").exists()


def test_what_was_not_done_cannot_be_taken_back(declared: PageDesk) -> None:
    sent = {"n": revision(declared)}
    answer = declared.client.post(f"{PATH}/undo", sent, cookie="acting=cy")
    assert 400 <= answer.status < 500


def test_there_must_be_an_incident(declared: PageDesk) -> None:
    assert declared.client.get("/incidents/INC-9/fix").status == 404
