"""The page of a fix: what would be done, who may, and what was done."""

from __future__ import annotations

from pathlib import Path

import pytest
from incident_worlds import OWNERSHIP
from page_desks import PageDesk

from modelowners.app.views.fix import FixPage, show_fix

DECLARED = OWNERSHIP.replace(
    "dataset:weather: {owner: feeds}",
    "dataset:weather: {owner: feeds, fix: {quarantine: {command: [touch, mended]}}}",
)


@pytest.fixture
def declared(tmp_path: Path) -> PageDesk:
    desk = PageDesk(tmp_path, DECLARED).still()
    desk.open()
    return desk


def show(desk: PageDesk, acting: str | None = "cy") -> FixPage:
    return show_fix(desk.program(acting), "INC-1", acting=acting)


def test_a_declared_command_can_be_applied_by_its_owner(declared: PageDesk) -> None:
    page = show(declared)
    assert page.plan[0].text.startswith("INC-1: run quarantine")
    assert page.open
    assert page.refused == page.unplanned == ""
    assert page.plan[-1].tone == "command"


def test_anybody_else_is_told_who_may(declared: PageDesk) -> None:
    assert show(declared, "fay").refused == "Not as fay: cy may apply it."
    assert show(declared, None).refused.startswith("Say who you are first")


def test_nothing_declared_says_what_to_write(desk: PageDesk) -> None:
    page = show(desk)
    assert page.plan == ()
    assert "fix:" in page.unplanned
    assert not page.open


def test_what_is_over_needs_no_fix(declared: PageDesk) -> None:
    declared.recover()
    page = show(declared)
    assert page.plan == ()
    assert page.unplanned.endswith("there is nothing to fix.")


def test_nothing_done_shows_nothing_done(declared: PageDesk) -> None:
    assert show(declared).done == ()
    assert not show(declared).undoable
