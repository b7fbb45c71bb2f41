"""Readings: zones, wall clocks, references; refusals say what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.patterns import Patterns
from modelowners.catalog.reading import (
    Reading,
    clock_time,
    instant,
    read_asset_id,
    span,
    wall_time,
    wall_to_utc,
    zone,
)
from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node, Scalar

OSLO = ZoneInfo("Europe/Oslo")


def node(value: Scalar) -> Node:
    return Node(value, "f", 3, 7)


@pytest.mark.parametrize(
    "name",
    [
        "Oslo",
        "Europe",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "a" * 300,
        "",
    ],
)
def test_only_iana_zones_are_zones(name: str) -> None:
    with pytest.raises(BadFacet) as refused:
        zone(node(name))
    assert str(refused.value).startswith("f:3:7 MO104 unknown time zone")


def test_the_nearest_zone_is_proposed() -> None:
    with pytest.raises(BadFacet, match="Europe/Madrid"):
        zone(node("Europe/Madird"))


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-13-01", "2026-02-30", "20260101", "2026-W01-1", "2026-1-1",
     "0001-01-01", "9999-12-31", "2026-01-01 25:00", "2026-01-01T10", "10:00"],
)  # fmt: skip
def test_what_is_no_time_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(BadFacet) as refused:
        instant(node(text), UTC)
    assert str(refused.value).startswith("f:3:7 MO004 expected a date or time")


def test_a_wall_clock_has_no_zone() -> None:
    assert wall_time(node("2026-11-02 10:00")) == datetime(2026, 11, 2, 10)  # noqa: DTZ001 - a wall clock
    with pytest.raises(BadFacet, match="leave the zone out"):
        wall_time(node("2026-11-02 10:00Z"))


@pytest.mark.parametrize(
    ("text", "through", "expected"),
    [
        ("2026-12-24 18:00", False, "2026-12-24T17:00:00+00:00"),
        ("2026-12-24T18:00:30", False, "2026-12-24T17:00:30+00:00"),
        ("2026-12-24", False, "2026-12-23T23:00:00+00:00"),
        ("2026-12-24", True, "2026-12-24T23:00:00+00:00"),
        ("2026-12-24T18:00Z", False, "2026-12-24T18:00:00+00:00"),
        ("2026-12-24 18:00+05:00", False, "2026-12-24T13:00:00+00:00"),
        ("2026-03-29 02:30", False, "2026-03-29T01:30:00+00:00"),  # skipped: fold=0
        ("2026-10-25 02:30", False, "2026-10-25T00:30:00+00:00"),  # the first of two
        ("2026-03-29", True, "2026-03-29T22:00:00+00:00"),  # a day of 23 hours
    ],
)
def test_local_times_become_instants(text: str, through: bool, expected: str) -> None:
    assert instant(node(text), OSLO, through=through).isoformat() == expected


def test_through_is_a_day_not_an_instant() -> None:
    with pytest.raises(BadFacet, match="an instant goes with to:"):
        instant(node("2026-12-24 18:00"), OSLO, through=True)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)),  # noqa: DTZ001 - wall clocks
    st.sampled_from(
        ["Europe/Oslo", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]
    ),
)
def test_a_wall_clock_that_exists_comes_back(wall: datetime, name: str) -> None:
    local = ZoneInfo(name)
    back = wall_to_utc(wall, local).astimezone(local).replace(tzinfo=None, fold=0)
    skipped = back != wall
    assert not skipped or timedelta(0) < back - wall <= timedelta(days=1)


@pytest.mark.parametrize("text", ["0w", "1x", "w", "-1w", "1.5w", "12345d", "1 w"])
def test_lengths_are_positive_and_whole(text: str) -> None:
    with pytest.raises(BadFacet, match="expected a length such as 1w"):
        span(node(text), {"w": timedelta(weeks=1)}, example="1w")


def test_a_time_of_day_is_one() -> None:
    assert clock_time("09:30", node("x")).minute == 30
    with pytest.raises(BadFacet, match="expected a time such as 09:00"):
        clock_time("25:00", node("x"))


def test_bad_ids_and_unknown_assets_have_their_codes() -> None:
    reading = Reading(assets=Patterns(["dataset:core.*"]))
    assert reading.asset(node("dataset:core.x")) == "dataset:core.x"
    with pytest.raises(BadFacet, match="f:3:7 MO101 bad asset id"):
        read_asset_id(node("core.x"))
    with pytest.raises(BadFacet, match=r'f:3:7 MO102 unknown asset "dataset:cor\.x"'):
        reading.asset(node("dataset:cor.x"))


def test_unknown_names_are_told_with_the_nearest() -> None:
    reading = Reading(people={"ana"}, teams={"risk-ml"})
    assert (reading.party(node("ana")), reading.team(node("risk-ml"))) == (
        "ana",
        "risk-ml",
    )
    with pytest.raises(BadFacet) as refused:
        reading.team(node("risk-mi"))
    assert str(refused.value) == (
        'f:3:7 MO102 unknown team "risk-mi"; did you mean "risk-ml"? '
        "Add it under teams or correct the name."
    )


def test_lists_leave_out_what_is_refused_and_tell_it() -> None:
    reading = Reading(people={"ana"})
    names = Node([node("ana"), node("bo"), node(None)], "f", 1, 1)
    assert reading.each(reading.person, names) == ("ana",)
    assert [problem.code for problem in reading.problems] == ["MO102", "MO004"]
    assert reading.each(reading.person, node("ana")) == ("ana",)
    assert reading.each(reading.person, None) == ()
    assert reading.each(reading.person, Node({}, "f", 1, 1)) == ()
    assert len(reading.problems) == 3


def test_sections_of_names_may_be_empty() -> None:
    reading = Reading()
    assert reading.named(node(None)) == {}
    assert reading.named(node("x")) == {}
    assert [problem.code for problem in reading.problems] == ["MO004"]
