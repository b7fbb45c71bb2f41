"""Sums of losses equal those NumPy gives; rows without truth or score are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from question_worlds import World, open_world

from modelowners.core.time import DAY
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.engines.duckdb.outcome_sums import bin_sql, scan_outcomes
from modelowners.observations.logs import Task
from modelowners.observations.profiles import Edges, OutcomeProfile

N = 1_400
ALL = Grouping(grain=None)
TENTHS = Edges(np.arange(1, 10) / 10, "tenths")
Floats = npt.NDArray[np.floating]


def outcome(world: World, edges: Edges | None = TENTHS) -> OutcomeProfile:
    found = scan_outcomes(
        world.connection, world.canonical, grouping=ALL, score_edges=edges
    )
    return found[Group(0, "")]


def binary(seed: int = 0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    score = rng.uniform(0.02, 0.98, N)
    return score, (rng.random(N) < score) * 1.0


def test_binary_losses_are_numpys(tmp_path: Path) -> None:
    p, y = binary()
    found = outcome(open_world(tmp_path, {"score": p, "truth": y}, task=Task.BINARY))
    wanted = {
        "log_loss": -np.log(np.where(y == 1, p, 1 - p)),
        "brier": (p - y) ** 2,
        "error": ((p >= 0.5) != y) * 1.0,
        "signed": p - y,
    }
    assert set(found.losses) == set(wanted)
    for name, loss in wanted.items():
        sums = found.losses[name]
        assert sums.n == N
        assert sums.total == pytest.approx(loss.sum(), rel=1e-12)
        assert sums.squares == pytest.approx((loss**2).sum(), rel=1e-12)
    places = np.searchsorted(TENTHS.values, p, side="right")
    assert found.score_n.tolist() == [*np.bincount(places, minlength=10), 0]
    assert found.score_actual[:10] == pytest.approx(np.bincount(places, y))
    assert found.score_loss.sum() == pytest.approx(wanted["log_loss"].sum())


def test_regression_losses_are_numpys(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    score, y = rng.normal(size=(2, N))
    found = outcome(open_world(tmp_path, {"score": score, "truth": y}), None)
    for name, loss in {
        "absolute_error": np.abs(score - y),
        "squared_error": (score - y) ** 2,
        "signed": score - y,
    }.items():
        assert found.losses[name].total == pytest.approx(loss.sum(), rel=1e-9)
    assert found.score_n.shape == found.score_loss.shape == (0,)


def test_classes_have_an_error_and_no_sum_of_truths(tmp_path: Path) -> None:
    names = np.array(["a", "it's", "c"], object)
    said, true = names[np.arange(N) % 3], names[np.arange(N) % 2]
    columns = {"prediction": said, "truth": true}
    world = open_world(tmp_path, columns, task=Task.MULTICLASS)
    found = outcome(world, None)
    assert set(found.losses) == {"error"}
    assert found.losses["error"].n == N


def test_rows_without_a_truth_are_counted_but_not_summed(tmp_path: Path) -> None:
    p, y = binary()
    y[::4] = np.nan
    found = outcome(open_world(tmp_path, {"score": p, "truth": y}, task=Task.BINARY))
    assert found.labelled == found.losses["log_loss"].n == N - N // 4
    assert found.score_n.sum() == found.labelled


def test_a_row_without_a_score_has_the_last_place(tmp_path: Path) -> None:
    score, y = binary()
    score[:5] = np.nan
    world = open_world(tmp_path, {"score": score, "truth": y}, task=Task.BINARY)
    found = outcome(world)
    known = found.losses["log_loss"].n
    assert found.score_n[-1] == found.labelled - known
    assert found.score_loss[-1] == 0.0


def test_a_loss_that_is_not_finite_is_left_out(tmp_path: Path) -> None:
    score, y = np.zeros(N), np.zeros(N)
    y[:3] = 1e200
    found = outcome(open_world(tmp_path, {"score": score, "truth": y}), None)
    assert found.losses["squared_error"].n == N - 3, "1e400 is no number"
    assert np.isfinite(found.losses["squared_error"].total)
    assert found.losses["absolute_error"].n == N


def test_days_add_up_to_the_whole(tmp_path: Path) -> None:
    p, y = binary()
    world = open_world(tmp_path, {"score": p, "truth": y}, task=Task.BINARY)
    days = scan_outcomes(
        world.connection,
        world.canonical,
        grouping=Grouping(grain=DAY),
        score_edges=TENTHS,
    )
    whole = outcome(world)
    assert len(days) == 28
    assert sum(d.labelled for d in days.values()) == whole.labelled
    binned = np.sum([d.score_n for d in days.values()], axis=0)
    assert binned.tolist() == whole.score_n.tolist()
    total = sum(d.losses["log_loss"].total for d in days.values())
    assert total == pytest.approx(whole.losses["log_loss"].total)


def test_no_row_is_no_group(tmp_path: Path) -> None:
    world = open_world(tmp_path, {"score": np.zeros(4)})
    nobody = Grouping(grain=None, where="FALSE")
    found = scan_outcomes(
        world.connection, world.canonical, grouping=nobody, score_edges=TENTHS
    )
    assert found == {}


@pytest.mark.parametrize("count", [0, 1, 2, 7, 95])
def test_the_tree_gives_the_bin_a_search_gives(tmp_path: Path, count: int) -> None:
    edges = np.sort(np.random.default_rng(count).normal(size=count))
    x = np.concatenate([np.linspace(-4, 4, 200), edges])
    world = open_world(tmp_path, {"x": x})
    rows = world.connection.execute(
        f"SELECT x, {bin_sql('x', edges.tolist())} FROM {world.canonical.name}"
    ).fetchall()
    assert [place for _, place in rows] == [
        int(np.searchsorted(edges, value, side="right")) for value, _ in rows
    ]
