from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from incident_worlds import NOON

from modelowners.app.views.incidents import PAGE, list_lines, show_incidents
from modelowners.core.ids import IncidentId
from modelowners.incidents.incident import State
from modelowners.incidents.severity import Severity

if TYPE_CHECKING:
    from page_desks import PageDesk


def test_open_ones_are_counted_and_listed(desk: PageDesk) -> None:
    page = show_incidents(desk.program(), everything=False, page=1)
    assert page.sentence == "1 incident is not over; 1 waits to be taken on."
    (line,) = page.lines
    assert (line.id, line.model, line.holder) == ("INC-1", "eta", "cy (feeds)")
    assert line.lasted == "2 d 6 h"
    assert page.empty == ""


def test_nothing_open_names_the_next_command(quiet: PageDesk) -> None:
    page = show_incidents(quiet.program(), everything=False, page=1)
    assert page.sentence == "No incident is open."
    assert page.empty == "modelowners watch --once"


def test_what_is_over_is_listed_when_asked_for(desk: PageDesk) -> None:
    desk.recover()
    program = desk.program()
    assert show_incidents(program, everything=False, page=1).lines == ()
    assert len(show_incidents(program, everything=True, page=1).lines) == 1


def test_the_worst_then_the_latest_come_first(desk: PageDesk) -> None:
    first = desk.world.incidents.get("INC-1")
    others = [
        replace(first, id=IncidentId("INC-2"), severity=Severity.SEV1),
        replace(first, id=IncidentId("INC-3"), state=State.RESOLVED),
        replace(first, id=IncidentId("INC-4"), pages=False),
    ]
    order = [line.id for line in list_lines([*others, first], NOON)]
    assert order == ["INC-2", "INC-1", "INC-4", "INC-3"]


def test_pages_are_bounded(desk: PageDesk) -> None:
    page = show_incidents(desk.program(), everything=False, page=99)
    assert (page.page, page.pages) == (1, 1)
    assert len(page.lines) <= PAGE
