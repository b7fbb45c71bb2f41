from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from incident_worlds import NOON

from modelowners.app.handling import Request, perform
from modelowners.app.views.events import MAX_LETTERS, STATES, LogLine, list_events
from modelowners.core.ids import IncidentId
from modelowners.incidents.events import Event, EventKind
from modelowners.incidents.incident import Act

if TYPE_CHECKING:
    from page_desks import PageDesk


def lines(desk: PageDesk) -> tuple[LogLine, ...]:
    events = desk.world.incidents.history(IncidentId("INC-1"))
    return list_events(events, desk.world.clock.now())


def test_the_newest_comes_first_and_none_is_left_out(desk: PageDesk) -> None:
    found = lines(desk)
    assert [line.n for line in found] == list(range(len(found), 0, -1))


def test_a_change_of_state_says_the_state(desk: PageDesk) -> None:
    perform(desk.world, Request(incident="INC-1", actor="cy"), Act.ACK, {})
    newest = lines(desk)[0]
    assert (newest.state, newest.who, newest.notice) == ("acknowledged", "cy", False)
    assert lines(desk)[-1].state == "open"


def test_notices_are_marked(desk: PageDesk) -> None:
    assert any(line.notice and "taken by" in line.text for line in lines(desk))


def test_instants_are_written_for_a_person(desk: PageDesk) -> None:
    (began,) = [line for line in lines(desk) if line.text.startswith("began")]
    assert began.text == "began between 8 Jun 2026 05:00 UTC and 8 Jun 2026 07:00 UTC"


def test_a_late_record_says_so_of_people_only(desk: PageDesk) -> None:
    request = Request(incident="INC-1", actor="cy", at=NOON)
    desk.world.clock.advance(timedelta(hours=2))
    perform(desk.world, request, Act.NOTE, {"text": "seen before"})
    late = {line.text: line.late for line in lines(desk) if line.late}
    assert late == {"seen before": "2026-06-10 14:00 UTC"}


def test_details_hold_the_whole_event_bounded() -> None:
    event = Event(
        incident=IncidentId("INC-1"),
        n=3,
        kind="of.the.future",
        occurred_at=NOON,
        recorded_at=NOON,
        actor="system:loop",
        source="loop",
        body={"what": "x" * 5000, "list": [1, {"a": "\x1b[31m"}]},
        key="k",
    )
    (line,) = list_events([event], NOON)
    told = {detail.name: detail.value for detail in line.details}
    assert told["event"] == "INC-1.3"
    assert len(told["what"]) == MAX_LETTERS + 1
    assert "\x1b" not in told["list"]
    assert line.text == "of the future"


def test_every_kind_that_moves_the_state_is_known() -> None:
    assert set(STATES) <= set(EventKind)
