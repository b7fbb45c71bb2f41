from __future__ import annotations

from pathlib import Path

from page_desks import PageDesk

from modelowners.app.views.owners import SHOWN, show_owners

HALF = """\
version: 1
people: {ana: {email: ana@acme.example}}
owns:
  model:eta: {owner: ana}
  dataset:x: {tier: 3}
"""


def test_every_team_is_there_with_what_it_answers_for(desk: PageDesk) -> None:
    page = show_owners(desk.program())
    lines = {line.name: line for line in page.lines}
    assert page.sentence == "3 of 3 assets have an owner; 3 owners."
    assert lines["feeds"].assets == ("dataset:weather",)
    assert lines["feeds"].incidents == ("INC-1",)
    assert lines["risk"].lead == "ana"
    assert lines["risk"].oncall == "ana"
    assert lines["risk"].members == "ana, bo"


def test_what_nobody_owns_is_named(tmp_path: Path) -> None:
    page = show_owners(PageDesk(tmp_path, HALF).program())
    assert page.unowned == ("dataset:x",)
    assert page.sentence.startswith("1 of 2 assets")
    assert page.lines[0].kind == "person"


def test_long_lists_are_cut_and_counted(tmp_path: Path) -> None:
    text = HALF + "".join(f"  dataset:d{n}: {{owner: ana}}\n" for n in range(20))
    (line,) = show_owners(PageDesk(tmp_path, text).program()).lines
    assert (len(line.assets), line.more) == (SHOWN, 21 - SHOWN)
