from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speed_worlds import JUNE, cohort, timeline

from modelowners.core.time import DAY, HOUR, Onset
from modelowners.measurement.durations import WITH_RIGHT_TEAM, Part, share_out, split
from modelowners.measurement.timelines import FixedBy, Hold, Step, Timeline

LATER = JUNE + 90 * DAY
CAP = 14 * DAY
TEAMS = st.none() | st.sampled_from(["desk", "feeds", "risk"])
minutes = st.integers(0, 40_000).map(lambda n: JUNE + timedelta(minutes=n))


def at(hours: float) -> datetime:
    return JUNE + hours * HOUR


def hours_of(one: Timeline, cap: timedelta = CAP) -> dict[str, float]:
    found = split(one, as_of=LATER, cap=cap)
    return {part.value: time / HOUR for part, time in found.items()}


@st.composite
def courses(draw: st.DrawFn) -> Timeline:
    starts = sorted(draw(st.lists(minutes, min_size=1, max_size=5)))
    holds = tuple(
        Hold(draw(TEAMS), start, draw(st.none() | minutes)) for start in starts
    )
    fixed = draw(st.none() | minutes)
    steps = draw(st.dictionaries(st.sampled_from(Step), minutes, max_size=8))
    return Timeline(
        id="1",
        source="x",
        opened=JUNE,
        holds=holds,
        fixed=fixed,
        fixed_by=FixedBy.LOG if fixed else None,
        cause_team=draw(TEAMS),
        steps=steps,
    )


@given(courses(), st.integers(1, 30))
def test_the_parts_are_the_whole_to_the_microsecond(one: Timeline, days: int) -> None:
    cap = days * DAY
    parts = split(one, as_of=LATER, cap=cap)
    whole = min(one.end(LATER) - one.opened, cap)
    assert sum(parts.values(), timedelta()) == whole
    assert all(time > timedelta() for time in parts.values())


@given(st.lists(courses(), max_size=6))
def test_shares_add_to_one_and_bounds_are_ordered(ones: list[Timeline]) -> None:
    hours = share_out(cohort(ones))
    shares = list(hours.parts.values())
    if ones:
        assert sum(share or 0 for share in shares) == pytest.approx(1)
    else:
        assert set(shares) == {None}
        assert hours.reasons["parts"]
    first, last = hours.bounds.first_touch, hours.bounds.final_arrival
    if first is not None and last is not None:
        assert 0 <= first <= last <= 1


def test_every_stage_of_our_own_log_gets_its_time() -> None:
    one = Timeline(
        id="1",
        source="modelowners",
        opened=JUNE,
        holds=(Hold("risk", JUNE, at(2)), Hold("feeds", at(3), at(5))),
        fixed=at(20),
        fixed_by=FixedBy.LOG,
        cause_team="feeds",
        steps={
            Step.DETECTED: JUNE,
            Step.NOTIFIED: at(1),
            Step.ACKED: at(2),
            Step.APPROVAL_REQUESTED: at(9),
            Step.APPROVAL_GRANTED: at(12),
            Step.FIX_STARTED: at(13),
            Step.RESOLVED: at(20),
        },
    )
    assert hours_of(one) == {
        "nobody": 1,
        "another_team": 2,
        "unanswered": 2,
        "diagnosing": 5,
        "waiting_approval": 3,
        "fixing": 7,
    }


def test_a_skipped_stage_leaves_its_time_untold() -> None:
    steps = {Step.DETECTED: JUNE, Step.NOTIFIED: JUNE, Step.RESOLVED: at(5)}
    one = timeline(teams=("feeds",), hours=5, steps=steps)
    assert hours_of(one) == {"right_team": 5}


def test_nobody_told_is_nobody_whoever_holds_it() -> None:
    one = timeline(teams=("feeds",), hours=5, steps={Step.DETECTED: JUNE})
    assert hours_of(one) == {"nobody": 5}


def test_the_cap_cuts_the_end() -> None:
    one = timeline(teams=("desk", "feeds"), moves=(2,), hours=100)
    assert hours_of(one, 10 * HOUR) == {"another_team": 2, "right_team": 8}


def test_open_and_unnamed_time_is_not_guessed_at() -> None:
    assert hours_of(timeline(hours=None)) == {"still_open": 336}
    assert hours_of(timeline(teams=(None,), hours=3)) == {"not_recorded": 3}
    summary = timeline(teams=("desk", "feeds"), moves=(0,), hours=3, timed=False)
    assert hours_of(summary) == {"not_recorded": 3}


def test_only_what_is_older_than_the_cap_counts() -> None:
    young = timeline("2", opened=JUNE + 360 * DAY)
    hours = share_out(cohort([timeline("1"), young]))
    assert hours.total_h == 5


def test_undetected_time_stands_beside_the_total() -> None:
    began = Onset(JUNE - 3 * HOUR, JUNE - 5 * HOUR, JUNE + HOUR)
    hours = share_out(cohort([timeline(began=began)]))
    late = hours.undetected_h
    assert (late.low, late.high, late.incidents) == (0, 5, 1)
    assert hours.total_h == 5


def test_no_beginning_known_says_so() -> None:
    hours = share_out(cohort([timeline()]))
    assert hours.undetected_h.low is None
    assert hours.reasons["undetected_h"]


def test_bounds_leave_out_who_never_reached_the_right_team() -> None:
    never = timeline("1", teams=("desk",), cause_team="feeds")
    there = timeline("2", teams=("desk", "feeds"), moves=(2,), hours=4)
    bounds = share_out(cohort([never, there])).bounds
    assert (bounds.split_h, bounds.first_touch) == (4, 0.5)


def test_the_right_teams_parts_are_parts() -> None:
    assert set(WITH_RIGHT_TEAM) < set(Part)
