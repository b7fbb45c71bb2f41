from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.views.moments import moment, say_distance
from modelowners.core.time import HOUR, parse_instant

NOON = parse_instant("2026-06-10T12:00Z")


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (HOUR, "1 h ago"),
        (timedelta(days=400), "400 d ago"),
        (-2 * HOUR, "in 2 h"),
    ],
)
def test_distances(passed: timedelta, said: str) -> None:
    assert say_distance(passed) == said


@given(st.timedeltas(timedelta(days=-4000), timedelta(days=4000)))
def test_the_past_is_ago_and_the_future_is_in(passed: timedelta) -> None:
    said = say_distance(passed)
    near = abs(passed) < timedelta(minutes=1)
    assert (said == "just now") == near
    assert said.endswith(" ago") == (not near and passed > timedelta(0))
    assert said.startswith("in ") == (not near and passed < timedelta(0))


def test_a_moment_is_always_utc_and_drops_parts_of_seconds() -> None:
    found = moment(parse_instant("2026-06-10T09:00:30.123456+02:00"), NOON)
    assert found.iso == "2026-06-10T07:00:30Z"
    assert found.exact == "2026-06-10 07:00 UTC"
    assert found.ago == "4 h ago"
