from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modelowners.core.errors import StateError

if TYPE_CHECKING:
    from page_desks import PageDesk


def test_a_page_that_is_not_there_says_so_as_a_page(desk: PageDesk) -> None:
    answer = desk.client.get("/nowhere")
    assert answer.status == 404
    assert "There is no such page" in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("path", ["/api/nowhere", "/v1/nowhere", "/nowhere.json"])
def test_programs_get_json(desk: PageDesk, path: str) -> None:
    answer = desk.client.get(path)
    assert answer.status == 404
    assert "error" in answer.json()


def test_a_state_that_cannot_be_used_is_said(
    desk: PageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **rest: object) -> object:
        raise StateError(place="here", why="the disk is full", remedy="Free some space")

    monkeypatch.setattr("modelowners.server.pages.owners.show_owners", fail)
    answer = desk.client.get("/owners")
    assert answer.status == 503
    assert "Free some space" in answer.text
