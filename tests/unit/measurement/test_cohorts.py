from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speed_worlds import JUNE, cohort, timeline

from modelowners.core.time import DAY, HOUR
from modelowners.measurement.cohorts import Question

NAMES = st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=8)


def names(**asked: object) -> list[str]:
    ones = [
        timeline("a", severity="1"),
        timeline("b", teams=("desk",), severity="2", opened=JUNE + DAY),
        timeline("c", teams=("desk",), hours=None, opened=JUNE + 2 * DAY),
        timeline("d", teams=(None,), opened=JUNE + 3 * DAY),
    ]
    return [one.id for one in cohort(ones, **asked).timelines]


def test_by_default_all_that_was_opened_before() -> None:
    assert names() == ["a", "b", "c", "d"]
    assert names(as_of=JUNE + 2 * DAY) == ["a", "b"]


def test_since_is_included_and_as_of_is_not() -> None:
    assert names(since=JUNE + DAY) == ["b", "c", "d"]
    assert names(as_of=JUNE + DAY) == ["a"]


def test_a_team_is_the_right_one_or_while_open_the_holder() -> None:
    assert names(teams=frozenset({"desk"})) == ["b", "c"]
    assert names(without=frozenset({"desk"})) == ["a"]


def test_severity_selects() -> None:
    assert names(severities=frozenset({"1"})) == ["a"]


def test_merged_and_dismissed_are_counted_and_not_timed() -> None:
    ones = [
        timeline("a"),
        timeline("b", fate="merged"),
        timeline("c", fate="dismissed"),
    ]
    found = cohort(ones)
    assert [one.id for one in found.timelines] == ["a"]
    assert found.fates == {"merged": 1, "dismissed": 1}


def test_what_is_mature_was_opened_a_whole_cap_ago() -> None:
    ones = [timeline("a"), timeline("b", opened=JUNE + DAY)]
    found = cohort(ones, as_of=JUNE + 14 * DAY)
    assert found.mature.tolist() == [True, False]
    assert cohort(ones, as_of=JUNE + 14 * DAY, cap=DAY).mature.all()


def test_hours_of_open_ones_run_until_now() -> None:
    found = cohort([timeline(hours=None)], as_of=JUNE + 30 * HOUR)
    assert (found.hours.tolist(), found.fixed.tolist()) == ([30], [False])
    assert found.routed == ()


def test_the_cap_in_hours() -> None:
    assert Question(as_of=JUNE).cap_h == 336


@given(NAMES, st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_makes_no_difference(
    found: list[str], chance: random.Random
) -> None:
    ones = [timeline(name) for name in found]
    shuffled = list(ones)
    chance.shuffle(shuffled)
    assert cohort(shuffled).timelines == cohort(ones).timelines


@pytest.mark.parametrize("source", ["tickets", "modelowners"])
def test_sources_stand_side_by_side(source: str) -> None:
    assert len(cohort([timeline("1"), timeline("1", source=source)]).timelines) == 2
