"""Contrasts against plain NumPy, and what no answer may depend on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from question_worlds import AFTER, BEFORE, World, is_after, open_world, texts

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.contrast import COMMON, contrast
from modelowners.observations.logs import Task
from modelowners.observations.profiles import EVERYTHING, Partition
from modelowners.observations.questions import QUANTILE_LEVELS, Contrast

N = 2_000


def ask(
    world: World, *columns: str, partition: Partition = EVERYTHING
) -> dict[str, Contrast]:
    return contrast(
        world.connection,
        world.canonical,
        columns,
        before=BEFORE,
        after=AFTER,
        partition=partition,
    )


@pytest.fixture(scope="module")
def columns() -> dict[str, npt.NDArray[np.generic]]:
    rng = np.random.default_rng(3)
    late = is_after(N)
    level = rng.normal(10, 2, N).round(2) + 3 * late
    level[rng.random(N) < 0.05] = np.nan
    level[7], level[N - 7] = np.inf, -np.inf
    plan = np.array(["basic", "plus", "ü", ""], object)[rng.integers(0, 4, N)]
    plan[late & (plan == "plus")] = "PLUS"
    plan[rng.random(N) < 0.1] = None
    return {
        "level": level,
        "count": rng.integers(0, 5, N).astype(np.int64),
        "plan": plan,
        "vendor": np.array(["1", "2"], object)[rng.integers(0, 2, N)],
        "truth": rng.integers(0, 2, N).astype(np.int64),
        "score": rng.random(N),
    }


@pytest.fixture(scope="module")
def world(
    columns: dict[str, npt.NDArray[np.generic]],
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    folder = tmp_path_factory.mktemp("contrast")
    return open_world(folder, columns, task=Task.BINARY, segments=("vendor",))


@pytest.mark.parametrize("column", ["level", "count", "score"])
def test_numbers_equal_numpy(
    world: World, columns: dict[str, npt.NDArray[np.generic]], column: str
) -> None:
    found = ask(world, column)[column]
    late = is_after(N)
    for side, rows, other in (
        (found.before, ~late, late),
        (found.after, late, ~late),
    ):
        values = columns[column].astype(float)
        mine = values[rows][np.isfinite(values[rows])]
        theirs = set(values[other].tolist())
        assert found.numeric
        assert (side.rows, side.n) == (rows.sum(), len(mine))
        assert side.nulls == rows.sum() - len(mine)
        assert side.quantiles == pytest.approx(np.quantile(mine, QUANTILE_LEVELS))
        assert side.mean == pytest.approx(mine.mean(), rel=1e-12)
        assert side.sd == pytest.approx(mine.std(), rel=1e-9)
        assert (side.minimum, side.maximum) == (mine.min(), mine.max())
        assert side.distinct == len(np.unique(mine))
        assert side.whole == pytest.approx((mine == np.floor(mine)).mean())
        assert side.unseen == pytest.approx(np.mean([v not in theirs for v in mine]))
        assert side.lengths == (0, 0)


def test_texts_equal_a_count_by_hand(
    world: World, columns: dict[str, npt.NDArray[np.generic]]
) -> None:
    found = ask(world, "plan")["plan"]
    late = is_after(N)
    truth = columns["truth"].astype(float)
    assert not found.numeric
    for side, rows in ((found.before, ~late), (found.after, late)):
        mine = columns["plan"][rows]
        counts = Counter(v for v in mine if v is not None)
        assert {v: n for v, n in side.values.items() if n} == counts
        assert side.distinct == len(counts)
        assert side.lengths == (0, 5)
        assert side.quantiles.shape == (0,)
        assert np.isnan([side.mean, side.sd, side.minimum, side.whole]).all()
        for value in counts:
            assert side.mean_actual[value] == pytest.approx(
                truth[rows][mine == value].mean()
            )
    assert found.before.values["PLUS"] == 0, "a value of the other side is listed"
    assert "PLUS" not in found.before.mean_actual
    assert found.after.unseen == pytest.approx(
        found.after.values["PLUS"] / found.after.n
    )


def test_control_holds_the_second_half_of_before_against_its_first(
    tmp_path: Path,
) -> None:
    code = np.where(np.arange(N) < N / 4, "old", "new").astype(object)
    code[: N // 4 : 2] = "both"
    code[N // 4 : N // 2 : 4] = "both"
    found = ask(open_world(tmp_path, {"code": code}), "code")["code"]
    assert found.control_unseen == pytest.approx(0.75)
    assert found.before.unseen == pytest.approx(0.625)
    assert found.after.unseen == 0.0


def test_only_the_forty_commonest_values_of_either_side_are_listed(
    tmp_path: Path,
) -> None:
    late = is_after(N)
    rank = np.minimum(np.random.default_rng(0).zipf(1.3, N), 400)
    code = np.where(late, -rank, rank).astype(np.int64)
    found = ask(open_world(tmp_path, {"code": code}), "code")["code"]
    listed = set(found.before.values)
    assert listed == set(found.after.values)
    assert len(listed) == 2 * COMMON
    counts = Counter(code[~late].tolist())
    fortieth = sorted(counts.values())[-COMMON]
    mine = [n for v, n in found.before.values.items() if not v.startswith("-")]
    assert len(mine) == COMMON
    assert min(mine) == fortieth
    assert found.before.distinct == len(counts)


@pytest.mark.parametrize(
    "partition",
    [
        Partition("segment", (("vendor", "2"),)),
        Partition("rows", (("vendor", "2|9"),), "dataset:feed"),
    ],
)
def test_a_partition_confines_the_rows(
    world: World, columns: dict[str, npt.NDArray[np.generic]], partition: Partition
) -> None:
    found = ask(world, "count", partition=partition)["count"]
    mine = (columns["vendor"] == "2") & is_after(N)
    assert found.after.rows == mine.sum()
    assert found.after.mean == pytest.approx(
        columns["count"][mine].astype(float).mean()
    )


def test_an_empty_side_is_nothing_and_not_an_error(world: World) -> None:
    nowhere = TimeWindow.parse("2027-01-01/2027-02-01")
    found = contrast(
        world.connection,
        world.canonical,
        ["level", "plan"],
        before=BEFORE,
        after=nowhere,
        partition=EVERYTHING,
    )
    for one in found.values():
        assert (one.after.rows, one.after.n, one.after.distinct) == (0, 0, 0)
        assert one.before.unseen == 1.0
        assert not any(one.after.values.values())


def test_unknown_and_repeated_columns(world: World) -> None:
    assert list(ask(world, "plan", "no such", "plan", "level")) == ["plan", "level"]
    assert ask(world, "no such") == {}
    assert ask(world) == {}


def test_an_all_null_column_has_no_figures(tmp_path: Path) -> None:
    nothing = {"gone": np.full(N, np.nan), "void": np.full(N, None, object)}
    nothing["void"][0] = "once"
    found = ask(open_world(tmp_path, nothing), "gone", "void")
    assert found["gone"].before.nulls == found["gone"].before.rows == N // 2
    assert np.isnan(found["gone"].before.mean)
    assert found["void"].after.n == 0


def test_names_of_the_statement_may_be_names_of_columns(tmp_path: Path) -> None:
    hostile = ["side", "early", "v", 'a "b".c', "n0", "g", "it's; DROP", "ROW"]
    rng = np.random.default_rng(1)
    table = {name: rng.random(N) + i for i, name in enumerate(hostile)}
    found = ask(open_world(tmp_path, table), *hostile)
    assert list(found) == hostile
    for name, one in found.items():
        assert one.before.mean == pytest.approx(table[name][: N // 2].mean())


def test_numbers_alike_to_twelve_digits_are_one_value(tmp_path: Path) -> None:
    value = np.where(np.arange(N) % 2, 0.1 + 0.2, 0.3)
    found = ask(open_world(tmp_path, {"x": value}), "x")["x"]
    assert found.before.values == {"0.3": N // 2}
    assert found.before.distinct == 2, "but they are counted apart"


def test_labels_of_many_classes_have_no_mean(tmp_path: Path) -> None:
    table = {
        "x": np.arange(N) % 3 * 1.0,
        "truth": np.array(["cat", "dog"], object)[np.arange(N) % 2],
        "prediction": np.array(["cat", "dog"], object)[np.arange(N) % 2],
    }
    found = ask(open_world(tmp_path, table, task=Task.MULTICLASS), "x")["x"]
    assert found.before.mean_actual == {}


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1_000))
def test_the_order_of_rows_says_nothing(
    columns: dict[str, npt.NDArray[np.generic]], tmp_path: Path, seed: int
) -> None:
    few = {name: values[::20] for name, values in columns.items()}
    wanted = list(few)[:4]
    answers = [
        ask(open_world(tmp_path / str(shuffle), few, shuffle=shuffle), *wanted)
        for shuffle in (None, seed)
    ]
    assert str(answers[0]) == str(answers[1]), "to the last bit"


def test_a_text_of_any_length_is_measured_in_characters(tmp_path: Path) -> None:
    found = ask(open_world(tmp_path, {"t": texts("ÄÖ", "🚕" * 7, None, "x")}), "t")["t"]
    assert found.before.lengths == (2, 7)
    assert found.after.lengths == (1, 1)
