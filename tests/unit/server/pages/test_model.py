from __future__ import annotations

from pathlib import Path

import pytest
from page_desks import MODEL_PATH, PageDesk

ODD = """\
version: 1
people: {ana: {email: ana@acme.example}}
owns:
  "model:a/b": {owner: ana}
  "model:c.md": {owner: ana}
  "model:é?#": {owner: ana}
"""


def test_one_model_in_three_forms(desk: PageDesk) -> None:
    assert "<h1>eta</h1>" in desk.client.get(MODEL_PATH).text
    assert desk.client.get(f"{MODEL_PATH}.md").text.startswith("# eta")
    assert desk.client.get(f"{MODEL_PATH}.json").json()["id"] == "model:eta"


def test_there_is_no_other(desk: PageDesk) -> None:
    answer = desk.client.get("/models/nope")
    assert answer.status == 404
    assert "No model &#34;nope&#34; is declared." in answer.text


@pytest.mark.parametrize("name", ["a/b", "c.md", "é?#"])
def test_odd_names_have_pages(tmp_path: Path, name: str) -> None:
    desk = PageDesk(tmp_path, ODD)
    # As the server gets it: the path is decoded before it is asked for.
    path = f"/models/{name}"
    if "?" not in name:
        assert f"<h1>{name}</h1>" in desk.client.get(path).text
    fleet = desk.client.get("/").text
    assert "/models/%C3%A9%3F%23" in fleet
