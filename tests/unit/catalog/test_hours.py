"""Hours: days of the week on somebody's wall clock."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.hours import Hours, read_hours
from modelowners.core.facets import Node
from modelowners.core.time import HOUR, parse_instant


def hours(text: str, zone: str = "Europe/Madrid") -> Hours:
    return read_hours(Node(text, "f", 1, 1), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T12:00Z", "2026-11-23T12:00Z"),  # Monday noon: open
        ("2026-11-23T07:00Z", "2026-11-23T08:00Z"),  # 08:00 in Madrid
        ("2026-11-23T17:00Z", "2026-11-24T08:00Z"),  # 18:00 sharp is closed
        ("2026-11-27T20:00Z", "2026-11-30T08:00Z"),  # Friday night
        ("2026-03-28T12:00Z", "2026-03-30T07:00Z"),  # clocks change on Sunday
    ],
)
def test_the_next_open_instant(at: str, expected: str) -> None:
    assert hours("Mon-Fri 09:00-18:00").next_open(parse_instant(at)) == parse_instant(
        expected
    )


def test_days_may_run_over_the_weekend_or_be_one() -> None:
    assert hours("Sat-Mon 09:00-18:00").days == {5, 6, 0}
    assert hours("Wed 09:00-18:00").days == {2}


@given(st.integers(0, 24 * 400))
def test_it_is_open_then_and_closed_before(offset: int) -> None:
    office = hours("Mon-Fri 09:00-18:00", "America/New_York")
    at = parse_instant("2026-01-01") + offset * HOUR
    found = office.next_open(at)
    assert found >= at
    assert office.next_open(found) == found
    wall = found.astimezone(office.local)
    assert wall.weekday() in office.days
    assert office.start <= wall.time() < office.end
