from __future__ import annotations

import pytest
from speed_worlds import JUNE, cohort, timeline

from modelowners.core.time import DAY, HOUR
from modelowners.measurement.flags import Code, closing_ages, raise_flags
from modelowners.measurement.timelines import OURS, FixedBy, Timeline


def raised(ones: list[Timeline], **asked: object) -> dict[Code, float | None]:
    return {flag.code: flag.share for flag in raise_flags(cohort(ones, **asked))}


def ours(n: int, **fields: object) -> list[Timeline]:
    return [
        timeline(str(i), source=OURS, opened=JUNE + i * HOUR, hours=5 + i % 7, **fields)  # type: ignore[arg-type]  # by name
        for i in range(n)
    ]


def test_a_sound_record_raises_nothing() -> None:
    assert raised([*ours(150), timeline("open", source=OURS, hours=None)]) == {}


def test_nothing_recorded_raises_nothing() -> None:
    assert raised([]) == {}


def test_a_record_of_finished_work_only() -> None:
    assert raised(ours(199)) == {}
    assert raised(ours(200)) == {Code.CLOSED_ONLY: 1.0}


def test_imports_are_told_with_their_share() -> None:
    assert raised([*ours(3), timeline("t")]) == {Code.IMPORTED_TIMES: 0.25}


def test_a_timer_that_closes() -> None:
    by_hand = [
        timeline(str(i), source=OURS, hours=5, closed=JUNE + (6 + 3 * i) * HOUR)
        for i in range(7)
    ]
    by_timer = [
        timeline(f"t{i}", source=OURS, hours=i, closed=JUNE + (i + 120.5) * HOUR)
        for i in range(1, 4)
    ]
    assert raised(by_hand) == {}
    assert raised([*by_hand, *by_timer]) == {Code.AUTO_CLOSED: pytest.approx(0.3)}


def test_closings_in_the_first_hour_are_work() -> None:
    at_once = [timeline("a", hours=5, closed=JUNE + 5.5 * HOUR)]
    assert list(closing_ages(at_once)) == [0]
    assert Code.AUTO_CLOSED not in raised(at_once)


def test_a_closing_tells_nothing_without_a_stated_fix() -> None:
    one = timeline(closed=JUNE + DAY)
    guessed = [
        timeline("1", closed=JUNE + DAY, hours=None),
        Timeline(
            id="2",
            source=OURS,
            opened=JUNE,
            holds=one.holds,
            fixed=JUNE + HOUR,
            fixed_by=FixedBy.STATE_CHANGE,
            closed=JUNE + DAY,
        ),
    ]
    assert list(closing_ages(guessed)) == []


def test_written_down_afterwards() -> None:
    ones = [*ours(18), timeline("x", source=OURS, hours=0.0)]
    assert raised(ones) == {Code.FIXED_IN_THE_MINUTE_OPENED: pytest.approx(1 / 19)}
    assert raised([*ours(19), timeline("x", source=OURS, hours=0.0)]) == {}


def test_relabelled_severity() -> None:
    ones = [*ours(9), *[timeline("x", source=OURS, relabelled=True)]]
    assert raised(ones) == {Code.SEVERITY_RELABELLED: pytest.approx(0.1)}


def test_a_record_cut_to_late_fixes_is_biased_by_length() -> None:
    whole = [
        timeline(
            str(i), source=OURS, opened=JUNE + i * DAY, hours=12 + 900 * (i % 10 == 0)
        )
        for i in range(200)
    ]
    cut = [one for one in whole if one.fixed and one.fixed >= JUNE + 90 * DAY]
    assert Code.LENGTH_BIASED not in raised([*whole, *ours(1)])
    biased = [
        *cut,
        *[
            timeline(f"old{i}", source=OURS, opened=JUNE + i * DAY, hours=2300.0)
            for i in range(12)
        ],
    ]
    assert Code.LENGTH_BIASED in raised(biased)


def test_owners_named_after_trouble() -> None:
    chosen = cohort(ours(3))
    assert raise_flags(chosen, after_trouble=0.15) == ()
    (flag,) = raise_flags(chosen, after_trouble=0.16)
    assert (flag.code, flag.share) == (Code.OWNER_AFTER_TROUBLE, 0.16)
