from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from page_desks import PageDesk


def test_the_list_in_three_forms(desk: PageDesk) -> None:
    assert "1 incident is not over" in desk.client.get("/incidents").text
    assert desk.client.get("/incidents.md").text.startswith("# 1 incident")
    assert desk.client.get("/incidents.json").json()["lines"][0]["id"] == "INC-1"


def test_what_is_over_is_shown_when_asked_for(desk: PageDesk) -> None:
    desk.recover()
    assert "No incident is open." in desk.client.get("/incidents").text
    assert "modelowners watch --once" in desk.client.get("/incidents").text
    assert "/incidents/INC-1" in desk.client.get("/incidents?state=all").text
