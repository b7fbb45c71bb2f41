"""Samples: the same rows whatever the order, and windows counted right."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from question_worlds import AFTER, BEFORE, BOTH, World, is_after, moments, open_world

from modelowners.core.time import DAY, HOUR, TimeWindow
from modelowners.observations.engines.duckdb.samples import (
    dividing_columns,
    finite,
    has_column,
    is_numeric,
    rows_of,
    sample,
    span,
    window_index,
    within,
)
from modelowners.observations.profiles import Partition

N = 20_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return open_world(tmp_path_factory.mktemp("samples"), table())


def table() -> dict[str, npt.NDArray[np.generic]]:
    text = np.array(["a", "b", "c"], object)[np.arange(N) % 3]
    text[::10] = None
    value = np.arange(N) * 1.0
    value[::7] = np.nan
    return {
        "text": text,
        "value": value,
        "place": np.arange(N),
        "wide": np.arange(N).astype(str).astype(object),
    }


def some(world: World, limit: int, seed: int = 0) -> dict[str, npt.NDArray[np.generic]]:
    names = ("text", "value", "place")
    return sample(
        world.connection,
        world.canonical,
        {name: world.canonical.ref(name) for name in names},
        where=within(BEFORE),
        limit=limit,
        seed=seed,
    )


@pytest.mark.parametrize("limit", [1, 50, 1_000, N])
def test_as_many_rows_as_asked_each_once_from_the_window(
    world: World, limit: int
) -> None:
    place = some(world, limit)["place"].astype(int)
    assert len(place) == min(limit, N // 2)
    assert len(set(place.tolist())) == len(place)
    assert place.max() < N // 2


def test_values_and_nulls_arrive_as_they_are(world: World) -> None:
    rows = some(world, 500)
    place = rows["place"].astype(int)
    assert rows["value"].dtype == np.float64
    assert np.array_equal(
        rows["value"].astype(float),
        table()["value"][place].astype(float),
        equal_nan=True,
    )
    assert rows["text"].tolist() == table()["text"][place].tolist()


def test_another_seed_takes_others_and_a_larger_limit_more(world: World) -> None:
    few, more, others = (
        set(some(world, limit, seed)["place"].tolist())
        for limit, seed in ((200, 0), (400, 0), (200, 1))
    )
    assert few < more
    assert len(few & others) < 50
    spread = np.mean(list(more))
    assert spread == pytest.approx(N / 4, rel=0.1), "from the whole window"


def test_the_files_order_says_nothing(world: World, tmp_path: Path) -> None:
    other = open_world(tmp_path, table(), shuffle=5)
    first, second = (some(w, 300)["place"].tolist() for w in (world, other))
    assert first == second


def evaluate(expression: str, micros: list[int]) -> list[int | None]:
    with duckdb.connect() as connection:
        connection.register("t", {"m": np.array(micros, np.int64)})
        found = connection.execute(
            f"SELECT {expression} FROM "
            "(SELECT make_timestamp(m) AS ts, m FROM t) ORDER BY m"
        ).fetchall()
    return [row[0] for row in found]


@given(
    st.lists(
        st.integers(1_767_000_000_000_000, 1_770_000_000_000_000),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(["even", "gap", "lengths", "single"]),
)
def test_a_rows_window_is_the_one_that_holds_it(micros: list[int], form: str) -> None:
    days = list(BOTH.split(DAY))
    windows = {
        "even": days,
        "gap": [w for i, w in enumerate(days) if i % 3],
        "lengths": [BEFORE, *AFTER.split(HOUR)[:30]],
        "single": [AFTER],
    }[form]
    edges = [int(w.start.timestamp() * 1e6) + d for w in windows[:3] for d in (-1, 0)]
    instants = sorted({*micros, *edges})
    base = np.datetime64(0, "us")
    for m, found in zip(
        instants, evaluate(window_index(windows), instants), strict=True
    ):
        at = (base + np.timedelta64(m, "us")).astype(object)
        inside = [
            i
            for i, w in enumerate(windows)
            if w.start.replace(tzinfo=None) <= at < w.end.replace(tzinfo=None)
        ]
        assert ([] if found is None else [found]) == inside
    assert evaluate(window_index([]), [0]) == [None]


def test_span_reaches_from_the_first_to_the_last() -> None:
    assert span([AFTER, BEFORE]) == BOTH


def test_within_is_half_open() -> None:
    assert moments(2)[0] < np.datetime64("2026-01-15")
    start = int(AFTER.start.timestamp() * 1e6)
    end = int(AFTER.end.timestamp() * 1e6)
    assert evaluate(within(AFTER), [start - 1, start, end - 1, end]) == [
        False, True, True, False
    ]  # fmt: skip
    assert is_after(4).tolist() == [False, False, True, True]


def test_finite_makes_null_of_what_is_no_number() -> None:
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {finite('x')} FROM "
            "(VALUES (1.5::DOUBLE), ('nan'), ('inf'), (NULL)) t(x)"
        ).fetchall()
    assert found == [(1.5,), (None,), (None,), (None,)]


def test_columns_by_kind(world: World) -> None:
    canonical = world.canonical
    assert has_column(canonical, "text")
    assert has_column(canonical, "score")
    assert not has_column(canonical, "gone")
    assert is_numeric(canonical, "score")
    assert not is_numeric(canonical, "text")


def test_a_log_without_segments_is_divided_by_texts_of_few_values(
    world: World, tmp_path: Path
) -> None:
    assert dividing_columns(world.connection, world.canonical) == ("text",)
    declared = open_world(tmp_path / "a", table(), segments=("place",))
    assert dividing_columns(declared.connection, declared.canonical) == ("place",)
    numbers = open_world(tmp_path / "b", {"x": np.arange(9.0)})
    assert dividing_columns(numbers.connection, numbers.canonical) == ()


def test_rows_of_joins_window_and_partition(world: World) -> None:
    where = rows_of(
        world.canonical,
        TimeWindow(BEFORE.start, BEFORE.end),
        Partition("segment", (("text", "b"),)),
    )
    rows = sample(
        world.connection, world.canonical, {"text": '"text"'}, where=where, limit=N
    )
    assert set(rows["text"].tolist()) == {"b"}
