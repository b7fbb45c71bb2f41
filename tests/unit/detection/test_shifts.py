from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from frame_worlds import START, frame, numeric, profile, text

from modelowners.core.time import DAY
from modelowners.detection.frames import Frame
from modelowners.detection.shifts import (
    Shift,
    remove_weekly,
    restlessness,
    shifts_of,
)
from modelowners.detection.streams import Statistic, streams_of
from modelowners.observations.profiles import ColumnProfile

HISTORY, TEST = 60, 28
ONSET = 70


def found(columns: Sequence[Mapping[str, ColumnProfile]]) -> tuple[Shift, ...]:
    days = [profile(d, dict(c)) for d, c in enumerate(columns)]
    world = frame(days, history=HISTORY, test=TEST)
    return shifts_of(world, streams_of(world))


def moved(shifts: tuple[Shift, ...], column: str, *, alarm: bool = True) -> set[str]:
    return {
        s.key.statistic.value
        for s in shifts
        if s.key.column == column and (s.alarm or not alarm)
    }


def test_a_null_burst_is_found_at_its_day(rng: np.random.Generator) -> None:
    days = [
        {"x": numeric(rng.normal(size=200), nulls=60 if d >= ONSET else 2)}
        for d in range(HISTORY + TEST)
    ]
    shifts = found(days)
    nulls = [s for s in shifts if s.key.statistic is Statistic.NULL_SHARE]
    assert nulls[0].alarm
    assert nulls[0].index == ONSET
    assert nulls[0].onset.low <= START + ONSET * DAY <= nulls[0].onset.high
    assert nulls[0].before < 0.02
    assert nulls[0].after > 0.2


def test_a_mean_that_shifts_by_a_third_of_its_spread(rng: np.random.Generator) -> None:
    days = [
        {"x": numeric(rng.normal(size=2_000) + (0.3 if d >= ONSET else 0.0))}
        for d in range(HISTORY + TEST)
    ]
    assert "mean" in moved(found(days), "x")


def test_weekends_are_no_news(rng: np.random.Generator) -> None:
    def level(day: int) -> float:
        return 1.0 if (START + day * DAY).weekday() >= 5 else 0.0

    days = [
        {"x": numeric(rng.normal(size=400) + level(d))} for d in range(HISTORY + TEST)
    ]
    assert moved(found(days), "x") == set()


def test_a_restless_column_is_held_against_its_own_restlessness(
    rng: np.random.Generator,
) -> None:
    level = np.cumsum(rng.normal(scale=0.2, size=HISTORY + TEST))
    days = [{"x": numeric(rng.normal(size=400) + m)} for m in level]
    calm = [
        {"x": numeric(rng.normal(size=400) + (0.8 if d >= ONSET else 0.0))}
        for d in range(HISTORY + TEST)
    ]
    wild = [s.size for s in found(days) if s.key.statistic is Statistic.MEAN]
    sure = [s.size for s in found(calm) if s.key.statistic is Statistic.MEAN]
    assert max(wild, default=0.0) < max(sure)


@pytest.mark.parametrize("seed", range(5))
def test_quiet_worlds_raise_no_alarm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    jitter = rng.normal(scale=0.02, size=HISTORY + TEST)
    days: list[dict[str, ColumnProfile]] = [
        {
            **{f"x{i}": numeric(rng.normal(size=800) + jitter[d]) for i in range(6)},
            "c": text(rng.choice(["a", "b", "c"], size=800).tolist()),
        }
        for d in range(HISTORY + TEST)
    ]
    assert [s for s in found(days) if s.alarm] == []


def test_the_verdict_does_not_depend_on_the_number_of_rows() -> None:
    for rows in (200, 20_000):
        rng = np.random.default_rng(5)
        days = [
            {"x": numeric(rng.normal(size=rows) + (0.02 if d >= ONSET else 0.0))}
            for d in range(HISTORY + TEST)
        ]
        assert moved(found(days), "x") == set()


def test_a_copy_of_the_reference_is_silent(rng: np.random.Generator) -> None:
    season = [np.sin(2 * np.pi * d / 28) for d in range(HISTORY + TEST)]
    days = [{"x": numeric(rng.normal(size=500) + m)} for m in season]
    days[HISTORY:] = days[HISTORY - 28 : HISTORY - 28 + TEST]
    assert moved(found(days), "x") == set()


def test_only_worse_losses_count(rng: np.random.Generator) -> None:
    for change, expected in ((0.2, True), (-0.2, False)):
        days = [
            profile(
                d,
                {"x": numeric(rng.normal(size=100))},
                losses=0.5 + 0.05 * rng.normal(size=100) + change * (d >= ONSET),
            )
            for d in range(HISTORY + TEST)
        ]
        world = frame(days, history=HISTORY, test=TEST)
        shifts = shifts_of(world, streams_of(world, loss="log_loss"))
        assert any(s.key.statistic is Statistic.LOSS for s in shifts) is expected


def test_too_short_a_reference_judges_nothing(rng: np.random.Generator) -> None:
    days = [profile(d, {"x": numeric(rng.normal(size=50))}) for d in range(10)]
    world = frame(days, history=4, test=6)
    assert shifts_of(world, streams_of(world)) == ()


def _plain(days: int, history: int) -> Frame:
    return frame([], history=history, test=days - history)


def test_the_weekly_cycle_goes_only_where_it_is_clear(
    rng: np.random.Generator,
) -> None:
    world = _plain(84, 70)
    noise = rng.normal(size=(2, 84))
    noise[1] += np.where(world.phases() >= 5, 6.0, 0.0)
    out = remove_weekly(noise, world)
    assert np.array_equal(out[0], noise[0])
    assert out[1].std() < 0.6 * noise[1].std()


def test_restlessness_of_a_trend_is_its_usual_step() -> None:
    world = _plain(88, 60)
    trend = np.arange(88.0)[None, :]
    assert restlessness(trend, world)[0] == pytest.approx(14.0, rel=0.05)
    assert restlessness(np.zeros((1, 88)), world)[0] == 0.0
    assert restlessness(trend[:, :40], _plain(40, 20))[0] == 0.0


def with_nulls(rng: np.random.Generator, shares: Mapping[int, int]) -> list[Shift]:
    """Give the shifts of a column with so many nulls of 200 on some days."""
    days = [
        {"x": numeric(rng.normal(size=200), nulls=shares.get(d, 2))}
        for d in range(HISTORY + TEST)
    ]
    return [s for s in found(days) if s.key.statistic is Statistic.NULL_SHARE]


def test_what_lasts_has_no_end(rng: np.random.Generator) -> None:
    (nulls,) = with_nulls(rng, dict.fromkeys(range(ONSET, HISTORY + TEST), 60))
    assert nulls.ends is None


@pytest.mark.parametrize("back", [1, 3, 7])
def test_a_large_shift_is_over_one_window_after_its_last(
    back: int, rng: np.random.Generator
) -> None:
    last = HISTORY + TEST - back
    (nulls,) = with_nulls(rng, dict.fromkeys(range(ONSET, last), 60))
    assert nulls.ends is not None
    assert nulls.ends.start == START + (last - 1) * DAY


def test_a_shift_that_comes_back_is_not_over(rng: np.random.Generator) -> None:
    days = [*range(ONSET, 75), HISTORY + TEST - 1]
    shifts = with_nulls(rng, dict.fromkeys(days, 60))
    assert all(shift.ends is None for shift in shifts)


def test_a_small_shift_takes_more_than_one_window_to_be_over(
    rng: np.random.Generator,
) -> None:
    # About two and a half spreads: one window at the usual level may be chance.
    days = [
        {"x": numeric(rng.normal(0.2 if ONSET <= d < 87 else 0, size=200))}
        for d in range(HISTORY + TEST)
    ]
    means = [s for s in found(days) if s.key.statistic is Statistic.MEAN]
    assert means
    assert means[0].ends is None


def test_a_loss_is_not_drowned_by_a_thousand_calm_columns(
    rng: np.random.Generator,
) -> None:
    """Half of the model's budget is for its losses, however much else is watched."""
    losses = [
        rng.exponential(0.5, size=60) + (0.3 if d >= ONSET else 0.0)
        for d in range(HISTORY + TEST)
    ]
    calm = [{f"c{i}": numeric(rng.normal(size=60)) for i in range(40)} for _ in losses]

    def loss_of(width: int) -> Shift:
        days = [
            profile(d, dict(list(columns.items())[:width]), losses=loss)
            for d, (columns, loss) in enumerate(zip(calm, losses, strict=True))
        ]
        world = frame(days, history=HISTORY, test=TEST)
        shifts = shifts_of(world, streams_of(world, loss="log_loss"))
        return next(s for s in shifts if s.key.statistic is Statistic.LOSS)

    narrow, wide = loss_of(1), loss_of(40)
    assert narrow.alarm
    assert wide.level == pytest.approx(narrow.level)
