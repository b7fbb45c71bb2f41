from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modelowners.server.pages.fleet import number

if TYPE_CHECKING:
    from page_desks import PageDesk


def test_all_models_in_three_forms(desk: PageDesk) -> None:
    assert "1 of 1 model hurts." in desk.client.get("/").text
    assert desk.client.get("/fleet.md").text.startswith("# 1 of 1 model hurts.")
    told = desk.client.get("/fleet.json").json()
    assert told["rows"][0]["incident"] == "INC-1"


def test_filters_stand_in_the_address(desk: PageDesk) -> None:
    text = desk.client.get("/?owner=risk&tier=2&state=hurt&q=et").text
    assert 'value="risk" selected' in text
    assert "<option selected>2</option>" in text
    assert 'value="et"' in text
    assert "No model is like that" in desk.client.get("/?tier=1").text


@pytest.mark.parametrize(
    ("text", "found"),
    [("2", 2), ("0", 1), ("", 1), (None, 1), ("²", 1), ("1e3", 1), ("9" * 40, 10**6)],
)
def test_a_page_number_is_read_whatever_it_is(text: str | None, found: int) -> None:
    assert number(text) == found
