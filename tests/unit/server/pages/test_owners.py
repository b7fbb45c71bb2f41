from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from page_desks import PageDesk


def test_owners_in_three_forms(desk: PageDesk) -> None:
    assert "3 of 3 assets have an owner" in desk.client.get("/owners").text
    assert "| feeds (team) | cy |" in desk.client.get("/owners.md").text
    names = [line["name"] for line in desk.client.get("/owners.json").json()["lines"]]
    assert names == sorted(names) == ["feeds", "fleet", "risk"]
