"""Figures of numeric columns equal those NumPy gives, whatever is in the column."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from question_worlds import BEFORE, World, is_after, open_world

from modelowners.core.time import DAY
from modelowners.observations.binning import few_edges, place_edges
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.engines.duckdb.numbers import (
    COLUMNS_A_STATEMENT,
    scan_numbers,
)
from modelowners.observations.profiles import Edges, NumericProfile

N = 2_000
ALL = Grouping(grain=None)


def edges_of(values: npt.NDArray[np.floating]) -> Edges:
    known = values[np.isfinite(values)]
    levels = np.quantile(known, np.arange(1, 64) / 64, method="lower")
    return place_edges(levels.tolist(), float(known.min()), float(known.max()))


def scan(
    world: World, columns: list[str], grouping: Grouping = ALL, **edges: Edges
) -> dict[tuple[Group, str], NumericProfile]:
    found = scan_numbers(
        world.connection, world.canonical, columns, grouping=grouping, edges=edges
    )
    return {(group, name): profile for group, name, profile in found}


def by_hand(values: npt.NDArray[np.floating], edges: Edges) -> dict[str, object]:
    known = values[np.isfinite(values)]
    places = np.searchsorted(edges.values, known, side="right")
    return {
        "n": len(known),
        "minimum": known.min(),
        "maximum": known.max(),
        "zeros": (known == 0).sum(),
        "negatives": (known < 0).sum(),
        "whole": (known == np.trunc(known)).sum(),
        "distinct": len(np.unique(known)),
        "counts": np.bincount(places, minlength=edges.n_bins).tolist(),
    }


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize(
    "name", ["normal", "rounded", "constant", "huge", "tiny", "far", "signed zero"]
)
def test_every_figure_is_numpys(tmp_path: Path, name: str, *, few: bool) -> None:
    rng = np.random.default_rng(4)
    x = {
        "normal": rng.normal(size=N),
        "rounded": rng.normal(0, 3, N).round(),
        "constant": np.full(N, 7.25),
        "huge": rng.normal(size=N) * 1e300,
        "tiny": rng.normal(size=N) * 1e-300,
        "far": 1e9 + rng.normal(size=N),
        "signed zero": np.where(np.arange(N) % 2, -0.0, 0.0),
    }[name]
    edges = edges_of(x[: N // 2])
    edges = few_edges(edges) if few else edges
    ((_, found),) = scan(open_world(tmp_path, {"x": x}), ["x"], x=edges).items()
    wanted = by_hand(x, edges)
    told = {key: getattr(found, key) for key in wanted} | {
        "counts": found.counts.tolist()
    }
    assert told == wanted
    if name != "huge":
        assert found.mean == pytest.approx(x.mean(), rel=1e-12)
        assert found.m2 == pytest.approx(((x - x.mean()) ** 2).sum(), rel=1e-6)


def test_the_kinds_of_nothing_are_told_apart(tmp_path: Path) -> None:
    x = np.arange(N) * 1.0
    x[:3], x[3:8], x[8:10] = np.nan, np.inf, -np.inf
    world = open_world(tmp_path, {"x": x, "empty": np.full(N, np.nan)})
    edges = edges_of(x)
    found = scan(world, ["x", "empty"], x=edges)
    one = found[Group(0, ""), "x"]
    assert (one.n, one.nulls + one.nans, one.infinite) == (N - 10, 3, 7)
    assert one.rows == N
    assert one.counts.sum() == one.n
    empty = found[Group(0, ""), "empty"]
    assert (empty.n, empty.rows, empty.distinct, empty.m2) == (0, N, 0, 0.0)
    assert np.isnan([empty.mean, empty.minimum, empty.maximum]).all()


def test_values_beyond_the_edges_are_in_the_outermost_bins(tmp_path: Path) -> None:
    edges = Edges(np.arange(8.0), "v")
    x = np.array([-1e308, -1.0, 0.0, 6.999, 7.0, 1e308])
    ((_, found),) = scan(open_world(tmp_path, {"x": x}), ["x"], x=edges).items()
    assert found.counts.tolist() == [2, 1, 0, 0, 0, 0, 0, 1, 2]


def test_groups_are_those_of_windows(tmp_path: Path) -> None:
    x, late = np.arange(N) * 1.0, is_after(N)
    grouping = Grouping(grain=14 * DAY)
    shifted = scan(open_world(tmp_path, {"x": x}), ["x"], Grouping(grain=DAY))
    assert len(shifted) == 28
    assert sum(p.n for p in shifted.values()) == N
    first = shifted[Group(Grouping(grain=DAY).number(BEFORE.split(DAY)[0]), ""), "x"]
    assert (first.minimum, first.distinct) == (0.0, first.n)
    only = Grouping(grain=grouping.grain, where="ts >= TIMESTAMP '2026-01-15'")
    assert sum(
        p.n for p in scan(open_world(tmp_path, {"x": x}), ["x"], only).values()
    ) == (late.sum())


def test_more_columns_than_a_statement_and_names_that_bite(tmp_path: Path) -> None:
    names = [f"c\"{i}; -- '{i}" for i in range(COLUMNS_A_STATEMENT + 3)]
    world = open_world(tmp_path, {n: np.full(4, float(i)) for i, n in enumerate(names)})
    found = scan(world, names)
    assert [column for _, column in found] == names
    assert [p.mean for p in found.values()] == [float(i) for i in range(len(names))]


def test_distinct_values_are_counted_only_where_asked(tmp_path: Path) -> None:
    world = open_world(tmp_path, {"x": np.arange(N) % 9})
    for distinct, wanted in ((True, 9), (False, None)):
        ((_, _, found),) = scan_numbers(
            world.connection,
            world.canonical,
            ["x"],
            grouping=ALL,
            edges={},
            distinct=distinct,
        )
        assert found.distinct == wanted
        assert found.counts.shape == (0,)


def test_no_rows_and_no_columns_are_no_groups(tmp_path: Path) -> None:
    world = open_world(tmp_path, {"x": np.arange(N)})
    assert scan(world, ["x"], Grouping(grain=None, where="FALSE")) == {}
    assert scan(world, []) == {}


def test_shuffled_rows_give_the_same_bits(tmp_path: Path) -> None:
    x = np.random.default_rng(6).lognormal(0, 9, N)
    found = [
        scan(open_world(tmp_path / str(i), {"x": x}, shuffle=i), ["x"], x=edges_of(x))
        for i in (1, 2)
    ]
    for one, other in itertools.pairwise(found):
        a, b = one[Group(0, ""), "x"], other[Group(0, ""), "x"]
        assert (a.mean, a.m2, a.counts.tolist()) == (b.mean, b.m2, b.counts.tolist())
