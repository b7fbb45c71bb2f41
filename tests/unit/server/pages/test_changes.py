from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from page_desks import PageDesk


def test_changes_in_three_forms(desk: PageDesk) -> None:
    assert "Switch to the metric feed" in desk.client.get("/changes").text
    assert "Switch to the metric feed" in desk.client.get("/changes.md").text
    assert len(desk.client.get("/changes.json").json()["lines"]) == 1


def test_one_asset_only(desk: PageDesk) -> None:
    answer = desk.client.get("/changes?asset=dataset:fleet")
    assert "0 changes of dataset:fleet and upstream of it" in answer.text
    assert "modelowners sync" in answer.text
