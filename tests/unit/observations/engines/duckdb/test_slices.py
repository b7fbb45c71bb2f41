"""Slices: the planted ones, each once; none where nothing is worse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from question_worlds import AFTER, BEFORE, World, is_after, open_world

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.slices import FEWEST_ROWS, slices
from modelowners.observations.logs import Task
from modelowners.observations.questions import Slice

N = 8_000
Mask = npt.NDArray[np.bool_]


def trips(seed: int = 0) -> dict[str, npt.NDArray[np.generic]]:
    rng = np.random.default_rng(seed)
    zone = np.array(list("ABCDEF"), object)[rng.integers(0, 6, N)]
    zone[rng.random(N) < 0.08] = None
    return {
        "zone": zone,
        "vendor": rng.integers(1, 4, N),
        "way": rng.gamma(2, 3, N),
        "hour": rng.integers(0, 24, N) * 1.0,
        "idle": rng.normal(size=N),
    }


def find(
    folder: Path,
    worse: Mask,
    *,
    by: float = 1.5,
    task: Task = Task.REGRESSION,
    table: dict[str, npt.NDArray[np.generic]] | None = None,
) -> tuple[Slice, ...]:
    """Plant a loss in some rows; find the slices."""
    rng = np.random.default_rng(1)
    columns = dict(table or trips())
    if task is Task.BINARY:
        score = rng.beta(2, 2, N)
        truth = (rng.random(N) < np.where(worse, 1 - score, score)) * 1.0
    else:
        score = rng.normal(size=N)
        truth = score + rng.normal(0, 1, N) + np.where(worse, by, 0.0)
    world = open_world(
        folder, columns | {"score": score, "truth": truth},
        task=task, segments=("vendor",),
    )  # fmt: skip
    return ask(world)


def ask(world: World) -> tuple[Slice, ...]:
    return slices(world.connection, world.canonical, before=BEFORE, after=AFTER)


@pytest.mark.parametrize("task", [Task.REGRESSION, Task.BINARY])
def test_one_planted_slice_of_two_columns(tmp_path: Path, task: Task) -> None:
    table = trips()
    late = is_after(N)
    inside = (table["vendor"] == 2) & (table["zone"] == "C")
    found = find(tmp_path, inside & late, task=task)
    assert set(found[0].where) == {("vendor", "2"), ("zone", "C")}
    assert len(found) == 1
    assert found[0].rows_after == (inside & late).sum()
    assert found[0].rows_before == (inside & ~late).sum()
    assert found[0].loss_after > found[0].loss_before + 0.3


def test_a_whole_value_is_one_slice_and_not_many(tmp_path: Path) -> None:
    table = trips()
    found = find(tmp_path, (table["zone"] == "B") & is_after(N))
    assert [s.where for s in found] == [(("zone", "B"),)]


def test_null_and_a_range_can_be_slices(tmp_path: Path) -> None:
    table = trips()
    null = np.array([v is None for v in table["zone"]])
    way = table["way"].astype(float)
    late = is_after(N)
    top = way >= np.quantile(way[~late], 0.75)
    found = find(tmp_path / "null", null & late, by=3.0)
    assert [s.where for s in found] == [(("zone", "(null)"),)]
    ranges = find(tmp_path / "range", top & late)
    assert len(ranges) == 1
    ((column, text),) = ranges[0].where
    assert column == "way"
    assert text.startswith(">= ")


def test_a_slice_that_was_always_bad_is_found_too(tmp_path: Path) -> None:
    table = trips()
    (found,) = find(tmp_path, table["zone"] == "A")
    assert found.where == (("zone", "A"),)
    assert found.loss_before == pytest.approx(found.loss_after, rel=0.15)


def test_two_slices_are_two_the_costlier_first(tmp_path: Path) -> None:
    table = trips()
    late = is_after(N)
    large, small = table["vendor"] == 1, table["zone"] == "F"
    found = find(tmp_path, (large | small) & late, by=2.0)
    assert [s.where for s in found[:2]] == [(("vendor", "1"),), (("zone", "F"),)]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_worse_or_everything_worse_is_no_slice(
    tmp_path: Path, seed: int
) -> None:
    nowhere = np.zeros(N, bool)
    assert find(tmp_path / "none", nowhere, table=trips(seed)) == ()
    assert find(tmp_path / "all", is_after(N), table=trips(seed)) == ()


def test_unsure_scores_are_not_bad_ones(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    table = trips()
    unsure = np.isin(table["zone"], ["A", "B"])
    score = np.where(unsure, 0.5, 0.03)
    truth = (rng.random(N) < score) * 1.0
    world = open_world(
        tmp_path, table | {"score": score, "truth": truth}, task=Task.BINARY
    )
    assert ask(world) == ()


def test_slices_have_rows_enough(tmp_path: Path) -> None:
    table = trips()
    rare = np.where(np.arange(N) % 100 == 0, "rare", "common").astype(object)
    found = find(
        tmp_path, (rare == "rare") & is_after(N), by=9.0, table=table | {"r": rare}
    )
    assert all(s.rows_after >= FEWEST_ROWS for s in found)
    assert not any(("r", "rare") in s.where for s in found)


def test_no_labels_no_rows_no_columns(tmp_path: Path) -> None:
    bare = open_world(tmp_path / "bare", trips(), labelled=False)
    assert ask(bare) == ()
    world = open_world(
        tmp_path / "some", trips() | {"truth": np.random.default_rng(0).random(N)}
    )
    nowhere = TimeWindow.parse("2027-01-01/2027-02-01")
    assert slices(world.connection, world.canonical, before=BEFORE, after=nowhere) == ()
    only_after = slices(world.connection, world.canonical, before=nowhere, after=AFTER)
    assert all(s.rows_before == 0 and np.isnan(s.loss_before) for s in only_after)
    plain = open_world(tmp_path / "plain", {"score": np.zeros(N)})
    assert ask(plain) == ()
