from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speed_worlds import JUNE, timeline

from modelowners.core.time import DAY, HOUR
from modelowners.measurement.timelines import (
    SHORTEST,
    FixedBy,
    Hold,
    Timeline,
    read_timeline,
)

TEAMS = st.none() | st.sampled_from(["desk", "feeds", "risk"])
moments = st.integers(0, 10**6).map(lambda n: JUNE + timedelta(minutes=n))
kept = st.builds(
    Timeline,
    id=st.text(max_size=4),
    source=st.just("tickets"),
    opened=moments,
    holds=st.lists(st.builds(Hold, TEAMS, moments), min_size=1, max_size=4).map(tuple),
    fixed=st.none() | moments,
    fixed_by=st.none() | st.sampled_from(FixedBy),
    closed=st.none() | moments,
    outcome=st.none() | st.text(max_size=3),
    asset=st.none() | st.text(max_size=3),
    severity=st.none() | st.text(max_size=3),
    relabelled=st.booleans(),
    timed=st.booleans(),
    persons=st.lists(st.text(max_size=3), max_size=2).map(tuple),
    last_at=st.none() | moments,
)


@given(kept)
def test_what_is_kept_comes_back(one: Timeline) -> None:
    body = json.loads(json.dumps(one.plain()))
    assert read_timeline(one.source, one.id, one.opened, body) == one


def test_the_right_team_is_who_had_it_when_fixed() -> None:
    one = timeline(teams=("desk", "feeds"), moves=(2,))
    assert (one.right_team, one.holder, one.changes) == ("feeds", "feeds", 1)


def test_a_confirmed_cause_names_the_right_team_whoever_fixed_it() -> None:
    one = timeline(teams=("desk", "feeds"), moves=(2,), cause_team="risk")
    assert one.right_team == "risk"
    assert one.first_touch() is None
    assert one.final_arrival() is None


def test_an_open_one_has_no_right_team_yet() -> None:
    assert timeline(hours=None).right_team is None
    assert timeline(hours=None, cause_team="risk").right_team == "risk"


def test_touch_and_arrival_differ_where_it_went_away_again() -> None:
    one = timeline(teams=("feeds", "desk", "feeds"), moves=(1, 3))
    assert one.first_touch() == JUNE
    assert one.final_arrival() == JUNE + 3 * HOUR
    assert one.pingpong


def test_a_move_to_the_first_named_team_is_no_change() -> None:
    late = timeline(teams=(None, "feeds"), moves=(2,))
    assert (late.changes, late.kept, late.first_named) == (0, True, "feeds")


@pytest.mark.parametrize(
    ("tosses", "first", "expected"),
    [(0, "feeds", True), (1, "feeds", False), (0, "desk", False)],
)
def test_our_own_log_knows_tosses_and_the_first_route(
    tosses: int, first: str, *, expected: bool
) -> None:
    one = timeline(teams=("feeds",), tosses=tosses, first_team=first)
    assert one.kept is expected


def test_no_duration_is_shorter_than_a_minute() -> None:
    assert timeline(hours=0.0).hours(JUNE) == 1 / 60
    assert timeline(hours=-3.0).end(JUNE) == JUNE + SHORTEST


def test_what_comes_after_an_instant_is_not_known_then() -> None:
    one = timeline(
        teams=("desk", "feeds"),
        moves=(2,),
        hours=5,
        closed=JUNE + DAY,
        outcome="fixed",
    )
    early = one.known(JUNE + HOUR)
    assert (early.fixed, early.outcome, early.holder) == (None, None, "desk")
    assert early.hours(JUNE + HOUR) == 1.0
    fixed = one.known(JUNE + 6 * HOUR)
    assert (fixed.fixed, fixed.closed) == (one.fixed, None)
    assert one.known(JUNE + 2 * DAY) is one


@given(kept, moments)
def test_what_was_known_earlier_is_part_of_what_is_known_later(
    one: Timeline, at: datetime
) -> None:
    one = replace(one, holds=tuple(sorted(one.holds, key=lambda hold: hold.start)))
    early = one.known(at)
    assert early.holds == one.holds[: len(early.holds)]
    assert early.known(at) == early
