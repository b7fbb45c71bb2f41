"""Sums: found where planted, whatever is broken or collinear; else not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.observations.engines.duckdb.identities import Sample
from modelowners.observations.engines.duckdb.sums import (
    find_sums,
    solve_for_preferred,
)
from modelowners.observations.questions import Identity

N = 3_000
Table = dict[str, npt.NDArray[np.floating]]


def found(table: Table, label: str = "") -> list[str]:
    sample = sampled(table, label)
    return [str(identity) for identity in find_sums(sample)]


def sampled(table: Table, label: str = "") -> Sample:
    values = np.column_stack(list(table.values())).astype(np.float64)
    return Sample(tuple(table), values, label)


def noise(seed: int, columns: int = 4) -> Table:
    rng = np.random.default_rng(seed)
    return {f"x{i}": rng.normal(5, 3, N).round(2) for i in range(columns)}


def invoice(seed: int = 0) -> Table:
    """Parts of a price: two hardly ever vary, as taxes and surcharges do."""
    rng = np.random.default_rng(seed)
    table = {
        "fare": rng.gamma(2, 6, N).round(2),
        "extra": rng.choice([0, 0.5, 1], N),
        "tax": np.where(rng.random(N) < 0.995, 0.5, 0.0),
        "tip": np.where(rng.random(N) < 0.4, 0, rng.gamma(2, 1, N)).round(2),
        "levy": np.full(N, 0.3),
        "zero": np.zeros(N),
        "one": np.ones(N),
    }
    parts = [table[c] for c in ("fare", "extra", "tax", "tip", "levy")]
    table["total"] = np.sum(parts, axis=0)
    return table


def test_a_sum_with_almost_constant_terms_and_broken_rows() -> None:
    table = invoice()
    table["total"][::200] += 400
    table["fare"][50] = 429_490.0
    assert found(table) == ["total = fare + extra + tax + tip + levy"]


def test_the_label_is_the_target_and_every_way_to_say_it_is_found() -> None:
    table = invoice()
    table["actual"] = table["total"] - table["tip"]
    assert set(found(table, "actual")) == {
        "actual = fare + extra + tax + levy",
        "actual = - tip + total",
        "total = fare + extra + tax + tip + levy",
    }


def test_a_true_constant_is_kept() -> None:
    table = noise(1)
    table["sum"] = table["x0"] - table["x2"] + 3.25
    assert found(table) == ["x0 = x2 + sum - 3.25"], "only plus signs, so for x0"


def test_nulls_in_some_rows_hide_nothing() -> None:
    table = invoice()
    rng = np.random.default_rng(9)
    for name in ("tip", "extra", "zero"):
        table[name] = np.where(rng.random(N) < 0.08, np.nan, table[name])
    assert found(table) == ["total = fare + extra + tax + tip + levy"]


def test_order_of_rows_and_a_second_sum_change_nothing() -> None:
    table = invoice() | noise(4)
    table["other"] = table["x0"] + table["x1"] - table["x3"]
    order = np.random.default_rng(2).permutation(N)
    again = {name: values[order] for name, values in table.items()}
    assert set(found(table)) == set(found(again))
    assert len(found(table)) == 2


@pytest.mark.parametrize("seed", range(5))
def test_independent_columns_are_in_no_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = noise(seed, 12) | {
        "flag": (rng.random(N) < 0.3) * 1.0,
        "rare": (rng.random(N) < 0.003) * 1.0,
        "count": rng.integers(0, 4, N) * 1.0,
        "ones": np.ones(N),
        "gone": np.full(N, np.nan),
    }
    assert found(table) == []


def test_a_noisy_sum_is_none() -> None:
    table = noise(2)
    rng = np.random.default_rng(0)
    table["near"] = table["x0"] + table["x1"] + rng.normal(0, 0.05, N)
    assert found(table) == []


def test_one_that_holds_in_too_few_rows_is_none() -> None:
    table = noise(3)
    table["sum"] = table["x0"] + table["x1"]
    table["sum"][::40] += 1
    assert found(table) == []


def test_zeros_nearly_everywhere_are_equal_by_accident() -> None:
    rng = np.random.default_rng(5)
    table = {
        f"rare{i}": np.where(rng.random(N) < 0.015, rng.random(N), 0.0)
        for i in range(4)
    }
    assert found(table | noise(6, 2)) == []


def test_weights_other_than_one_are_no_sum() -> None:
    table = noise(7)
    table["double"] = 2 * table["x0"]
    assert found(table) == []


def test_few_rows_and_no_columns() -> None:
    few = {name: values[:20] for name, values in invoice().items()}
    assert found(few) == []
    assert find_sums(Sample((), np.zeros((0, 0)))) == ()
    assert found({"x": np.arange(N) * 1.0}) == []


@settings(max_examples=10)
@given(
    st.integers(0, 99),
    st.lists(st.sampled_from([-1.0, 1.0]), min_size=2, max_size=5),
    st.sampled_from([1e-3, 1.0, 1e5]),
)
def test_any_signs_and_scale(seed: int, signs: list[float], scale: float) -> None:
    table = {name: values * scale for name, values in noise(seed, 7).items()}
    table["sum"] = sum((s * table[f"x{i}"] for i, s in enumerate(signs)), np.zeros(N))
    (one,) = find_sums(sampled(table))
    right = sum(w * table[c] for w, c in one.terms) + one.constant
    assert {one.target, *(c for _, c in one.terms)} == {
        "sum",
        *(f"x{i}" for i in range(len(signs))),
    }
    assert np.abs(table[one.target] - right).max() <= one.tolerance


def test_the_preferred_target_is_the_one_with_plus_signs_only() -> None:
    sample = Sample(("b", "total", "a"), np.zeros((9, 3)))
    for target, terms in (
        ("a", ((1.0, "total"), (-1.0, "b"))),
        ("total", ((1.0, "a"), (1.0, "b"))),
    ):
        one = Identity(form="sum", target=target, terms=terms)
        assert str(solve_for_preferred(one, sample)) == "total = b + a"
