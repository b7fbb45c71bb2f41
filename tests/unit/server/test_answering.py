from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modelowners.server.answering import split

if TYPE_CHECKING:
    from page_desks import PageDesk


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("INC-1", ("INC-1", "")),
        ("INC-1.md", ("INC-1", ".md")),
        ("a.json", ("a", ".json")),
        ("a.md.json", ("a.md", ".json")),
        ("a.MD", ("a.MD", "")),
        (".md", ("", ".md")),
    ],
)
def test_a_suffix_names_a_twin(text: str, parts: tuple[str, str]) -> None:
    assert split(text) == parts


def test_pages_know_the_way_back_and_their_twins(desk: PageDesk) -> None:
    text = desk.client.get("/changes?asset=model:eta").text
    assert 'name="back" value="/changes?asset=model:eta"' in text
    assert 'href="/changes.md"' in text
    assert 'href="/changes.json"' in text
    assert 'href="/fleet.md"' in desk.client.get("/").text


def test_the_heartbeat_is_on_every_page(desk: PageDesk) -> None:
    assert "The first look is under way" in desk.client.get("/").text


def test_who_acts_is_remembered(desk: PageDesk) -> None:
    assert "nobody yet" in desk.client.get("/").text
    text = desk.client.get("/", cookie="acting=bo").text
    assert "<option selected>bo</option>" in text
