"""Repairs: what an undone fault gives back, and what it must not promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from question_worlds import AFTER, BEFORE, BOTH, World, is_after, open_world

from modelowners.observations.engines.duckdb.surrogate import repair, surrogate
from modelowners.observations.logs import Task
from modelowners.observations.profiles import EVERYTHING, Partition
from modelowners.observations.questions import Repair, Replacement, Surrogate

N = 6_000
FEATURES = ("temp", "bent", "plan", "idle", "twin")
Floats = npt.NDArray[np.floating]


def clean() -> dict[str, npt.NDArray[np.generic]]:
    rng = np.random.default_rng(21)
    temp = rng.normal(60, 15, N).round(1)
    return {
        "temp": temp,
        "bent": rng.normal(size=N),
        "plan": np.array(["basic", "plus", "pro"], object)[rng.integers(0, 3, N)],
        "idle": rng.normal(size=N),
        "twin": temp + 0.0,
        "site": np.array(["n", "s"], object)[rng.integers(0, 2, N)],
    }


def model(table: dict[str, npt.NDArray[np.generic]]) -> Floats:
    """What the model answers to these inputs, on the link scale."""
    temp = np.nan_to_num(table["temp"].astype(float), nan=20.0)
    plan = np.select([table["plan"] == "plus", table["plan"] == "pro"], [1.0, 2.0], 0.0)
    return np.asarray(
        0.08 * (temp - 60) + np.abs(table["bent"].astype(float)) + plan - 1.5,
        np.float64,
    )


def world(
    folder: Path, logged: dict[str, npt.NDArray[np.generic]], *, task: Task
) -> tuple[World, float]:
    """Log a fault's inputs and outputs, the truth being that of clean inputs."""
    rng = np.random.default_rng(2)
    right, said = model(clean()), model(logged)
    if task is Task.BINARY:
        right, said = 1 / (1 + np.exp(-right)), 1 / (1 + np.exp(-said))
        truth = (rng.random(N) < right) * 1.0
    else:
        truth = right + rng.normal(0, 0.3, N)
    late = is_after(N)
    harm = float((loss(said, truth, task) - loss(right, truth, task))[late].mean())
    columns = {**logged, "score": said, "truth": truth}
    return open_world(folder, columns, task=task, segments=("site",)), harm


def loss(scores: Floats, truth: Floats, task: Task) -> Floats:
    if task is Task.BINARY:
        p = np.where(truth == 1, scores, 1 - scores)
        return np.asarray(-np.log(p))
    return np.abs(scores - truth)


def stand_in(where: World, columns: tuple[str, ...] = FEATURES) -> Surrogate:
    found = surrogate(where.connection, where.canonical, BOTH, columns=columns)
    assert found is not None
    return found


def ask(
    where: World, *replacements: Replacement, partition: Partition = EVERYTHING
) -> Repair:
    found = repair(
        where.connection,
        where.canonical,
        replacements,
        surrogate=stand_in(where),
        window=AFTER,
        partition=partition,
    )
    assert found is not None
    return found


TASKS = pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])


@TASKS
def test_an_undone_unit_change_gives_the_harm_back(tmp_path: Path, task: Task) -> None:
    logged = clean()
    temp = logged["temp"].astype(float)
    logged["temp"] = np.where(is_after(N), (temp - 32) / 1.8, temp)
    where, harm = world(tmp_path, logged, task=task)
    found = ask(where, Replacement(column="temp", form="affine", scale=1.8, shift=32))
    assert 0.8 * harm < found.loss - found.repaired < 1.2 * harm
    assert found.low <= found.repaired - found.loss <= found.high < 0
    assert found.rows == N / 2
    wrong = ask(where, Replacement(column="temp", form="affine", scale=0.5))
    assert wrong.repaired > found.loss, "a repair that adds harm says so"


@TASKS
def test_a_column_the_model_ignores_gives_nothing(tmp_path: Path, task: Task) -> None:
    logged = clean()
    logged["idle"] = np.where(is_after(N), 9 * logged["idle"].astype(float), 0.0)
    where, _ = world(tmp_path, logged, task=task)
    found = ask(where, Replacement(column="idle", form="affine", scale=1 / 9))
    assert found.repaired == pytest.approx(found.loss, rel=0.01)
    nothing = ask(where, Replacement(column="site", form="recode", recode={"n": "s"}))
    assert nothing.repaired == nothing.loss, "unknown to the stand-in: to the last bit"
    assert (nothing.low, nothing.high) == (0.0, 0.0)


@TASKS
def test_a_recode_is_undone(tmp_path: Path, task: Task) -> None:
    logged = clean()
    plan = logged["plan"].copy()
    plan[is_after(N) & (plan == "pro")] = "basic2"
    logged["plan"] = plan
    where, harm = world(tmp_path, logged, task=task)
    found = ask(
        where, Replacement(column="plan", form="recode", recode={"basic2": "pro"})
    )
    assert 0.8 * harm < found.loss - found.repaired < 1.2 * harm


@TASKS
@pytest.mark.parametrize("filled", [60.0, np.nan])
def test_the_harm_of_lost_values_is_measured_on_clean_rows(
    tmp_path: Path, task: Task, filled: float
) -> None:
    logged = clean()
    lost = is_after(N) & (np.arange(N) % 5 < 2)
    logged["temp"] = np.where(lost, filled, logged["temp"].astype(float))
    where, harm = world(tmp_path, logged, task=task)
    null = bool(np.isnan(filled))
    found = ask(
        where,
        Replacement(
            column="temp", form="draw", reference=BEFORE,
            only_value=None if null else "60", only_null=null,
        ),
    )  # fmt: skip
    assert 0.7 * harm < found.loss - found.repaired < 1.3 * harm
    assert found.high < 0


def test_values_that_were_always_there_are_no_harm(tmp_path: Path) -> None:
    where, _ = world(tmp_path, clean(), task=Task.REGRESSION)
    common = Replacement(column="temp", form="draw", reference=BEFORE, only_value="60")
    found = ask(where, common)
    assert found.loss - found.repaired == pytest.approx(0.0, abs=0.005)


def test_a_copy_and_only_its_rows(tmp_path: Path) -> None:
    logged = clean()
    temp = logged["temp"].astype(float)
    logged["temp"] = np.where(is_after(N), -999.0, temp)
    where, harm = world(tmp_path, logged, task=Task.REGRESSION)
    put_back = Replacement(column="temp", form="copy", other="twin", only_value="-999")
    found = ask(where, put_back)
    assert found.loss - found.repaired > 0.6 * harm
    elsewhere = Replacement(column="temp", form="copy", other="twin", only_value="3")
    found = ask(where, elsewhere)
    assert found.repaired == found.loss


def test_a_partition_and_a_limit_confine_the_rows(tmp_path: Path) -> None:
    where, _ = world(tmp_path, clean(), task=Task.REGRESSION)
    north = Partition("segment", (("site", "n"),))
    same = Replacement(column="temp", form="affine")
    assert ask(where, same, partition=north).rows < N / 2
    few = repair(
        where.connection, where.canonical, [same],
        surrogate=stand_in(where), window=AFTER, partition=EVERYTHING, limit=100,
    )  # fmt: skip
    assert few is not None
    assert few.rows == 100
    assert few.repaired == few.loss, "replaced by itself, to the last bit"


def test_the_same_question_has_the_same_answer(tmp_path: Path) -> None:
    logged = clean()
    logged["temp"] = np.where(is_after(N), np.nan, logged["temp"].astype(float))
    lost = Replacement(column="temp", form="draw", reference=BEFORE)
    answers = set()
    for shuffle in (None, 7):
        table = {**logged, "score": model(logged), "truth": model(clean())}
        where = open_world(tmp_path / str(shuffle), table, shuffle=shuffle)
        answers.add(ask(where, lost))
    assert len(answers) == 1


def test_useless_replacements_are_passed_over(tmp_path: Path) -> None:
    where, _ = world(tmp_path, clean(), task=Task.REGRESSION)
    useless = (
        Replacement(column="gone", form="affine", scale=2),
        Replacement(column="plan", form="affine", scale=2),
        Replacement(column="temp", form="copy", other="plan"),
        Replacement(column="temp", form="copy"),
        Replacement(column="temp", form="draw"),
        Replacement(column="temp", form="recode", recode={"a": "b"}),
    )
    found = ask(where, *useless)
    assert found.repaired == found.loss


def test_where_nothing_can_be_told_there_is_no_answer(tmp_path: Path) -> None:
    where, _ = world(tmp_path / "all", clean(), task=Task.REGRESSION)
    known = stand_in(where)
    assert surrogate(where.connection, where.canonical, BOTH, columns=["gone"]) is None
    bare = open_world(tmp_path / "bare", clean(), labelled=False)
    none = repair(
        bare.connection, bare.canonical, [Replacement(column="temp", form="affine")],
        surrogate=known, window=AFTER, partition=EVERYTHING,
    )  # fmt: skip
    assert none is None
    few = open_world(tmp_path / "few", {n: v[:150] for n, v in clean().items()})
    assert surrogate(few.connection, few.canonical, BOTH, columns=FEATURES) is None
    words = clean() | {
        "prediction": np.array(["x", "y"], object)[np.arange(N) % 2],
        "truth": np.array(["x", "y"], object)[np.arange(N) % 2],
    }
    many = open_world(tmp_path / "many", words, task=Task.MULTICLASS)
    assert surrogate(many.connection, many.canonical, BOTH, columns=FEATURES) is None
