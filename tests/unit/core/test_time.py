from __future__ import annotations

import itertools
import pickle
import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadTime
from modelowners.core.time import (
    DAY,
    EPOCH,
    HOUR,
    MICROSECOND,
    Clock,
    Onset,
    ShiftedClock,
    SystemClock,
    TimeWindow,
    VirtualClock,
    floor_instant,
    format_instant,
    from_micros,
    parse_duration,
    parse_instant,
    to_micros,
)

instants = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
grains = st.sampled_from([HOUR, DAY, timedelta(minutes=15), 7 * DAY, MICROSECOND * 7])


@st.composite
def windows(draw: st.DrawFn) -> TimeWindow:
    start = draw(instants)
    length = draw(st.timedeltas(min_value=MICROSECOND, max_value=30 * DAY))
    return TimeWindow(start, start + length)


@given(instants)
def test_instants_survive_writing_and_reading(at: datetime) -> None:
    assert parse_instant(format_instant(at)) == at
    assert format_instant(at).endswith("Z")


@given(instants, zones)
def test_the_zone_changes_the_spelling_not_the_instant(
    at: datetime, zone: timezone
) -> None:
    read = parse_instant(at.astimezone(zone).isoformat())
    assert read == at
    assert read.tzinfo is UTC
    assert format_instant(at.astimezone(zone)) == format_instant(at)


@given(instants)
def test_micros_are_exact(at: datetime) -> None:
    assert from_micros(to_micros(at)) == at


@given(st.integers(-(2**50), 2**50), st.integers(-(2**50), 2**50))
def test_micros_keep_the_order(a: int, b: int) -> None:
    assert (from_micros(a) < from_micros(b)) is (a < b)
    assert to_micros(from_micros(a)) == a


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01", "2026-06-01T00:00:00Z"),
        (" 2026-06-01 ", "2026-06-01T00:00:00Z"),
        ("2026-06-01T12:00", "2026-06-01T12:00:00Z"),
        ("2026-06-01 12:00+02:00", "2026-06-01T10:00:00Z"),
        ("2026-06-01T12:00:00.25Z", "2026-06-01T12:00:00.250000Z"),
        ("2026-06-01T23:30:00-05:00", "2026-06-02T04:30:00Z"),
        (date(2026, 6, 1), "2026-06-01T00:00:00Z"),
        (datetime(2026, 6, 1, tzinfo=UTC), "2026-06-01T00:00:00Z"),
    ],
)
def test_how_an_instant_may_be_written(text: str | date, expected: str) -> None:
    assert format_instant(parse_instant(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01",
        "2026-02-30",
        "01/06/2026",
        "2026-06-01T25:00",
        "1780272000",
        "2026-06-01T12:00+99:00",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        "2026-06-01;DROP",
    ],
)
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadTime, match=r"2026-06-01T12:00Z|instant") as caught:
        parse_instant(text)
    assert caught.value.found == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h", HOUR),
        ("30d", 30 * DAY),
        ("2w", 14 * DAY),
        (" 5m ", timedelta(minutes=5)),
        ("0d", timedelta()),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "d", "1", "-1d", "1.5h", "1 d", "1D", "1y", "1d2h", "9" * 7 + "d"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadTime, match="a duration such as 15m") as caught:
        parse_duration(text)
    assert caught.value.found == text


@given(st.integers(0, 999_999), st.sampled_from("smhdw"))
def test_a_duration_is_its_number_of_units(n: int, unit: str) -> None:
    assert parse_duration(f"{n}{unit}") == n * parse_duration(f"1{unit}")


@given(instants, grains)
def test_rounding_down_is_idempotent_and_never_far(
    at: datetime, grain: timedelta
) -> None:
    low = floor_instant(at, grain)
    assert low <= at < low + grain
    assert floor_instant(low, grain) == low
    assert (low - EPOCH) % grain == timedelta()


@given(windows(), instants)
def test_a_window_is_half_open(window: TimeWindow, at: datetime) -> None:
    assert window.start in window
    assert window.end not in window
    assert (at in window) is (window.start <= at < window.end)


@given(windows())
def test_windows_survive_writing_and_reading(window: TimeWindow) -> None:
    assert TimeWindow.parse(str(window)) == window
    assert pickle.loads(pickle.dumps(window)) == window  # noqa: S301 - our own bytes
    assert window.length == window.end - window.start


@given(windows(), windows())
def test_overlap_is_symmetric_and_means_a_shared_instant(
    a: TimeWindow, b: TimeWindow
) -> None:
    assert a.overlaps(b) is b.overlaps(a)
    latest_start = max(a.start, b.start)
    assert a.overlaps(b) is (latest_start in a and latest_start in b)


@given(windows())
def test_neighbours_do_not_overlap(window: TimeWindow) -> None:
    after = TimeWindow(window.end, window.end + DAY)
    assert not window.overlaps(after)
    assert window.overlaps(window)


@given(windows(), st.sampled_from([HOUR * 6, DAY, 7 * DAY]))
def test_a_split_tiles_the_inside_without_gap(
    window: TimeWindow, grain: timedelta
) -> None:
    parts = window.split(grain)
    for part in parts:
        assert part.length == grain
        assert floor_instant(part.start, grain) == part.start
        assert window.start <= part.start
        assert part.end <= window.end
    for left, right in itertools.pairwise(parts):
        assert left.end == right.start
    covered = sum((part.length for part in parts), timedelta())
    assert window.length - covered < 2 * grain


@given(windows(), grains)
def test_a_split_of_aligned_borders_loses_nothing(
    window: TimeWindow, grain: timedelta
) -> None:
    start = floor_instant(window.start, grain)
    parts = TimeWindow(start, start + 3 * grain).split(grain)
    assert len(parts) == 3
    assert (parts[0].start, parts[-1].end) == (start, start + 3 * grain)


def test_a_window_shorter_than_the_grain_has_no_parts() -> None:
    assert TimeWindow.parse("2026-05-01T06:00/2026-05-01T07:00").split(DAY) == ()


def test_a_lone_date_is_its_day_and_a_lone_instant_the_24_hours_from_it() -> None:
    assert str(TimeWindow.parse("2026-05-01")) == (
        "2026-05-01T00:00:00Z/2026-05-02T00:00:00Z"
    )
    assert TimeWindow.parse("2026-05-01T12:00").end == parse_instant("2026-05-02T12:00")


def test_the_last_day_of_the_calendar_is_a_window_too() -> None:
    assert TimeWindow.parse("9999-12-31").end.year == 9999


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "2026-05-01/",
        "/2026-05-01",
        "2026-05-02/2026-05-01",
        "2026-05-01/2026-05-01",
        "2026-05-01/2026-05-02/2026-05-03",
        "last week",
    ],
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(BadTime, match="Cannot read"):
        TimeWindow.parse(text)


def test_an_onset_holds_its_interval() -> None:
    first = parse_instant("2026-06-01")
    onset = Onset(first + HOUR, first, first + DAY)
    assert onset.at in onset.window
    assert onset.window == TimeWindow(first, first + DAY)


def test_an_exact_onset_has_a_window_of_no_length() -> None:
    first = parse_instant("2026-06-01")
    assert Onset(first, first, first).window.length == timedelta()


def test_onsets_sort_by_their_moment() -> None:
    first = parse_instant("2026-06-01")
    early, late = Onset(first, first, first), Onset(first + DAY, first, first + DAY)
    assert sorted([late, early]) == [early, late]


def test_a_virtual_clock_stands_until_it_is_moved() -> None:
    clock = VirtualClock(EPOCH)
    assert clock.now() == clock.now() == EPOCH
    clock.advance(DAY)
    assert clock.now() == EPOCH + DAY


def test_the_system_clock_tells_utc_and_does_not_run_backwards() -> None:
    clock: Clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second


def test_an_instant_never_depends_on_the_machines_zone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    assert format_instant(parse_instant("2026-06-01")) == "2026-06-01T00:00:00Z"
    assert re.fullmatch(r"[0-9TZ:.-]+", format_instant(SystemClock().now()))


@given(instants)
def test_a_shifted_clock_starts_there_and_goes_on(at: datetime) -> None:
    clock: Clock = ShiftedClock(at)
    first, second = clock.now(), clock.now()
    assert at <= first <= second < at + HOUR
