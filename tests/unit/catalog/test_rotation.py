"""Rotations: shifts on the wall clock, and a past that appending never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.rotation import Segment, segment_at, shift_starts
from modelowners.core.time import DAY, parse_instant

MADRID = ZoneInfo("Europe/Madrid")
PEOPLE = ("ana", "bo", "cy", "dag")


def segment(
    wall: str,
    days: int = 7,
    order: tuple[str, ...] = ("ana", "bo"),
    zone: str = "Europe/Madrid",
) -> Segment:
    return Segment(
        wall=datetime.fromisoformat(wall),
        every=timedelta(days=days),
        order=order,
        local=ZoneInfo(zone),
    )


def test_ten_o_clock_stays_ten_o_clock_when_clocks_change() -> None:
    weekly = segment("2026-10-19 10:00")
    starts = [weekly.shift_start(k) for k in range(3)]
    assert [at.astimezone(MADRID).hour for at in starts] == [10, 10, 10]
    assert [after - before for before, after in pairwise(starts)] == [
        timedelta(days=7, hours=1),
        timedelta(days=7),
    ]
    assert weekly.shift_at(parse_instant("2026-10-26T08:59Z")) == 0
    assert weekly.shift_at(parse_instant("2026-10-26T09:00Z")) == 1


def test_a_shift_that_starts_in_a_skipped_hour_follows_fold_0() -> None:
    daily = segment("2026-03-28 02:30", days=1)
    assert daily.shift_start(1) == parse_instant("2026-03-29T01:30Z")
    assert daily.shift_start(2) == parse_instant("2026-03-30T00:30Z")


def test_a_day_that_never_was_has_an_empty_shift() -> None:
    apia = segment("2011-12-29 10:00", days=1, zone="Pacific/Apia")
    assert apia.shift_start(1) == apia.shift_start(2)
    assert apia.shift_at(apia.shift_start(1)) == 2


SEGMENTS = st.builds(
    segment,
    st.sampled_from(["2026-03-20 02:30", "2026-10-20 02:30", "2025-12-31 23:59"]),
    st.integers(1, 15),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4).map(tuple),
    st.sampled_from(
        ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "UTC"]
    ),
)
INSTANTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2027, 12, 31),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)


@given(SEGMENTS, INSTANTS)
def test_the_shift_at_an_instant_holds_it(one: Segment, at: datetime) -> None:
    shift = one.shift_at(at)
    assert one.shift_start(shift) <= at < one.shift_start(shift + 1)


@given(SEGMENTS, INSTANTS, st.integers(1, 60))
def test_shift_starts_are_all_and_only_the_changes(
    one: Segment, start: datetime, days: int
) -> None:
    end = start + days * DAY
    found = list(shift_starts([one], start, end))
    shifts = range(one.shift_at(max(start, one.start)) - 1, one.shift_at(end) + 2)
    every = {one.shift_start(k) for k in shifts if k >= 0}
    assert found == sorted(at for at in every if start < at < end)


@given(SEGMENTS, SEGMENTS, INSTANTS)
def test_appending_a_segment_changes_no_earlier_instant(
    first: Segment, second: Segment, at: datetime
) -> None:
    if second.start <= first.start:
        first, second = second, first
    if second.start <= first.start:
        return
    before, after = segment_at([first], at), segment_at([first, second], at)
    assert after == (second if at >= second.start else before)


def test_nobody_is_on_call_before_the_first_segment() -> None:
    assert (
        segment_at([segment("2026-10-19 10:00")], parse_instant("2026-10-01")) is None
    )
    assert segment_at([], parse_instant("2026-10-01")) is None


def test_a_segment_ends_where_the_next_one_starts() -> None:
    first, second = segment("2026-01-05 10:00"), segment("2026-01-15 10:00", days=3)
    found = list(
        shift_starts(
            [first, second], parse_instant("2026-01-01"), parse_instant("2026-01-20")
        )
    )
    assert [at.astimezone(MADRID).day for at in found] == [5, 12, 15, 18]
