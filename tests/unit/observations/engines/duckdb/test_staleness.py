"""Staleness: a feed that stands still, against nights, noise and constants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from question_worlds import BOTH, World, moments, open_world

from modelowners.core.time import DAY, TimeWindow
from modelowners.observations.engines.duckdb.staleness import lagged
from modelowners.observations.questions import Staleness

N = 12_000
DAYS = 28
WINDOWS = BOTH.split(DAY)


def feeds() -> dict[str, npt.NDArray[np.generic]]:
    """Weather of three places by the hour; that of B is three days old from day 20."""
    rng = np.random.default_rng(6)
    seconds = (moments(N) - np.datetime64("2026-01-01")).astype("timedelta64[s]")
    hours = seconds.astype(np.int64) // 3600
    place = rng.integers(0, 3, N)
    weather = rng.normal(10, 5, (3, DAYS * 24)).round(3)
    fresh = weather[place, hours]
    old = weather[place, np.maximum(hours - 72, 0)]
    stale = (hours >= 20 * 24) & (place == 1)
    by_day = rng.normal(size=DAYS)
    light = np.where(hours % 24 < 18, 0.0, fresh)
    return {
        "place": np.array(["A", "B", "C"], object)[place],
        "shop": np.array(["s", "t"], object)[rng.integers(0, 2, N)],
        "temp": np.where(stale, old, fresh),
        "fresh": fresh,
        "light": light,
        "rate": by_day[np.where(hours >= 22 * 24, 21, hours // 24)],
        "constant": np.full(N, 4.0),
        "noise": rng.random(N),
        "gone": np.full(N, np.nan),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return open_world(tmp_path_factory.mktemp("stale"), feeds())


def ask(world: World, *columns: str, lags: tuple[int, ...] = (1, 3)) -> list[Staleness]:
    return list(
        lagged(world.connection, world.canonical, columns, windows=WINDOWS, lags=lags)
    )


def test_a_stale_place_repeats_at_its_lag_only(world: World) -> None:
    at_one, at_three = ask(world, "temp")
    assert (at_one.lag, at_three.lag) == (1, 3)
    assert np.isnan(at_three.equal[:3]).all()
    assert at_three.equal[3:20] == pytest.approx(0.0, abs=0.02)
    # Groups of places A, B, C: one third repeats; three days later B repeats
    # itself no more than that.
    assert at_three.equal[20:23] == pytest.approx(1 / 3, abs=0.03)
    assert np.nanmax(at_one.equal) < 0.02


def test_fresh_and_noisy_columns_do_not_repeat(world: World) -> None:
    for one in ask(world, "fresh", "noise"):
        assert np.nanmax(one.equal) < 0.02, one.column


def test_nights_repeat_all_along_and_no_more_later(world: World) -> None:
    dark = ask(world, "light", lags=(1,))[0].equal[1:]
    assert np.ptp(dark) < 0.1


def test_a_frozen_rate_shows_at_lag_one(world: World) -> None:
    (rate,) = ask(world, "rate", lags=(1,))
    assert rate.equal[1:22] == pytest.approx(0.0)
    assert rate.equal[22:] == pytest.approx(1.0)


def test_constants_nulls_and_texts_tell_nothing(world: World) -> None:
    answers = ask(world, "constant", "gone", "place", "no such")
    assert [a.column for a in answers] == ["constant"] * 2 + ["gone"] * 2
    assert all(np.isnan(a.equal).all() for a in answers)


def test_no_grouping_column_leaves_the_hour(tmp_path: Path) -> None:
    table = {name: v for name, v in feeds().items() if name in {"rate", "noise"}}
    bare = open_world(tmp_path, table)
    (rate,) = ask(bare, "rate", lags=(1,))
    assert rate.equal[22:] == pytest.approx(1.0)


def test_a_declared_segment_divides(tmp_path: Path) -> None:
    table = feeds()
    numbered = table | {
        "place": (table["place"] == "B") * 1 + (table["place"] == "C") * 2
    }
    declared = open_world(tmp_path, numbered, segments=("place",))
    (stale,) = ask(declared, "temp", lags=(3,))
    assert stale.equal[20:23] == pytest.approx(1 / 3, abs=0.03)


def test_windows_with_gaps_are_matched_by_time(world: World) -> None:
    some = [w for i, w in enumerate(WINDOWS) if i != 21]
    (stale,) = lagged(
        world.connection, world.canonical, ["temp"], windows=some, lags=[3]
    )
    at = some.index(WINDOWS[24])
    assert np.isnan(stale.equal[at]), "its earlier day is not among the windows"
    assert stale.equal[some.index(WINDOWS[22])] == pytest.approx(1 / 3, abs=0.03)


def test_no_windows_and_no_rows(world: World) -> None:
    assert ask(world) == []
    assert (
        lagged(world.connection, world.canonical, ["temp"], windows=[], lags=[1]) == ()
    )
    later = TimeWindow.parse("2027-01-01/2027-01-05").split(DAY)
    (one,) = lagged(
        world.connection, world.canonical, ["temp"], windows=later, lags=[1]
    )
    assert np.isnan(one.equal).all()
