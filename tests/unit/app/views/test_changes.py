from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from incident_worlds import FLEET, GUILTY, MODEL, NOON

from modelowners.app.views.changes import PAGE, list_change, show_changes
from modelowners.ledger.changes import Source

if TYPE_CHECKING:
    from page_desks import PageDesk


def test_a_change_is_listed_whole(desk: PageDesk) -> None:
    page = show_changes(desk.program(), asset="", page=1)
    assert page.sentence == "1 change in the last 91 days."
    (line,) = page.lines
    assert (line.kind, line.what, line.who) == (
        "config",
        "Switch to the metric feed",
        "di",
    )
    assert [one.tone for one in line.diff] == ["removed", "added"]
    assert line.values is not None


@pytest.mark.parametrize(
    ("asset", "count"),
    [(MODEL, 1), ("dataset:weather", 1), (FLEET, 0), ("nonsense", 0), ("", 1)],
)
def test_one_asset_shows_its_own_and_upstream(
    desk: PageDesk, asset: str, count: int
) -> None:
    assert len(show_changes(desk.program(), asset=asset, page=1).lines) == count


def test_none_names_the_next_command(quiet: PageDesk) -> None:
    assert show_changes(quiet.program(), asset="", page=1).empty == "modelowners sync"


def test_many_are_paged_the_latest_first(desk: PageDesk) -> None:
    more = [
        replace(GUILTY, source=Source("record", "cli", str(n)), what=f"change {n}")
        for n in range(PAGE + 3)
    ]
    desk.world.ledger.append(more)
    pages = [show_changes(desk.program(), asset="", page=n) for n in (1, 2, 99)]
    assert [len(page.lines) for page in pages] == [PAGE, 4, 4]
    ids = {line.id for page in pages[:2] for line in page.lines}
    assert len(ids) == PAGE + 4


def test_hostile_text_becomes_one_line() -> None:
    line = list_change(replace(GUILTY, what="a\n\x1b[31mb", why="c\u202ed"), NOON)
    assert line.what == "a \\x1b[31mb"
    assert line.why == "c\\u202ed"
