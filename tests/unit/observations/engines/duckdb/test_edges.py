"""Edges come from the reference's values alone: no order of rows moves them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from question_worlds import BEFORE, World, is_after, open_world, texts

from modelowners.core.ids import asset_id
from modelowners.observations.binning import INNER_LEVELS
from modelowners.observations.engines.duckdb import edges as module
from modelowners.observations.engines.duckdb.canonical import Canonical, prepare
from modelowners.observations.engines.duckdb.edges import find_edges, finite_sql
from modelowners.observations.engines.duckdb.session import open_session
from modelowners.observations.logs import PredictionLog, Task
from modelowners.observations.profiles import Edges

if TYPE_CHECKING:
    import duckdb

N = 4_000


def edges(world: World, private: frozenset[str] = frozenset()) -> dict[str, Edges]:
    return dict(find_edges(world.connection, world.canonical, private=private))


def test_inner_edges_are_quantiles_of_the_values(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=N)
    found = edges(open_world(tmp_path, {"x": x}))["x"]
    wanted = np.quantile(x, INNER_LEVELS, method="inverted_cdf")
    assert set(wanted) <= set(found.values)
    assert {x.min(), x.max()} <= set(found.values)
    assert (np.diff(found.values) > 0).all()
    counts = np.histogram(x, [-np.inf, *wanted, np.inf])[0]
    assert counts.max() <= 1.05 * N / 64, "each bin holds about as many rows"


@pytest.mark.parametrize("seed", [1, 2])
def test_no_order_of_rows_moves_them(tmp_path: Path, seed: int) -> None:
    x = np.random.default_rng(0).lognormal(0, 3, 25_000)
    plain = edges(open_world(tmp_path / "a", {"x": x}))["x"]
    other = edges(open_world(tmp_path / "b", {"x": x}, shuffle=seed))["x"]
    assert plain.version == other.version
    assert plain.values.tolist() == other.values.tolist()


def test_they_come_from_a_sample_where_there_are_many_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAMPLE_ROWS", 500)
    x = np.arange(N) * 1.0
    found = edges(open_world(tmp_path, {"x": x}))["x"]
    middle = found.values[(found.values >= 0) & (found.values <= N)]
    assert float(np.median(middle)) == pytest.approx(N / 2, rel=0.15)
    assert set(middle) <= set(x)


def test_only_rows_of_the_reference_count(tmp_path: Path) -> None:
    x = np.where(is_after(N), 1e6, np.arange(N) % 9)
    open_world(tmp_path, {"x": x})
    canonical = reference(tmp_path)
    found = find_edges(*canonical)["x"]
    assert {0.0, 8.0} <= set(found.values)
    assert 1e6 not in found.values


def reference(folder: Path) -> tuple[duckdb.DuckDBPyConnection, Canonical]:
    log = PredictionLog(
        asset=asset_id("model:tested"),
        root=folder,
        source=("log.parquet",),
        columns={"prediction_id": "id", "ts": "ts", "score": "score"},
        task=Task.REGRESSION,
    )
    session = open_session(log)
    return session.connection, prepare(session, BEFORE)


def test_what_is_not_finite_has_no_edge(tmp_path: Path) -> None:
    x = np.arange(N) * 1.0
    x[::3], x[1::3] = np.nan, np.inf
    world = open_world(tmp_path, {"x": x, "void": np.full(N, np.nan)})
    found = edges(world)
    assert np.isfinite(found["x"].values).all()
    assert found["x"].values.max() > x[np.isfinite(x)].max(), "room beyond the range"
    assert "void" not in found


def test_a_constant_has_edges_around_it(tmp_path: Path) -> None:
    found = edges(open_world(tmp_path, {"x": np.full(N, 7.0), "zero": np.zeros(N)}))
    for name, value in (("x", 7.0), ("zero", 0.0)):
        assert found[name].values.min() < value < found[name].values.max()


def test_private_columns_and_texts_have_none(tmp_path: Path) -> None:
    world = open_world(
        tmp_path,
        {"salary": np.arange(N), "x": np.arange(N), "word": texts(*["a"] * N)},
    )
    assert set(edges(world, private=frozenset({"salary"}))) == {"x", "score"}


def test_names_that_bite(tmp_path: Path) -> None:
    name = 'x"; DROP VIEW kept; --'
    assert name in edges(open_world(tmp_path, {name: np.arange(N)}))


def test_no_rows_are_no_edges(tmp_path: Path) -> None:
    moved = np.full(3, np.datetime64("2027-01-01", "us"))
    world = open_world(tmp_path, {"ts": moved, "x": np.arange(3)})
    assert edges(world) == {}


def test_finite_keeps_zero_and_drops_the_rest(tmp_path: Path) -> None:
    x = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324])
    world = open_world(tmp_path, {"x": x})
    rows = world.connection.execute(
        f"SELECT count({finite_sql('x')}) FROM {world.canonical.name}"
    ).fetchone()
    assert rows == (3,)
