"""Products, orders and keys: planted truths and look-alikes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from modelowners.observations.engines.duckdb.identities import (
    CENT,
    Sample,
    find_keys,
    find_orders,
    find_products,
    shape_of,
    tolerance_of,
)

N = 2_000


def sample(**columns: npt.NDArray[np.floating]) -> Sample:
    values = np.column_stack(list(columns.values())).astype(np.float64)
    return Sample(tuple(columns), values)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def test_a_product_rounded_to_cents_with_broken_rows(rng: np.random.Generator) -> None:
    price, pieces = rng.gamma(2, 9, N).round(2), rng.integers(1, 9, N) * 1.0
    amount = (price * pieces).round(2)
    amount[::150] *= 2
    found = find_products(sample(price=price, pieces=pieces, amount=amount))
    assert [str(i) for i in found] == ["amount = price * pieces"]


def test_a_ratio_is_a_product(rng: np.random.Generator) -> None:
    way, hours = rng.gamma(2, 90, N), rng.gamma(2, 2, N) + 0.1
    found = find_products(sample(way=way, hours=hours, speed=way / hours))
    assert [str(i) for i in found] == ["way = hours * speed"]


def test_flags_constants_and_copies_are_no_products(rng: np.random.Generator) -> None:
    flag, value = (rng.random(N) < 0.5) * 1.0, rng.normal(size=N)
    table = sample(
        flag=flag, other=flag, value=value, copy=value, one=np.ones(N),
        small=np.where(rng.random(N) < 0.01, 3.0, 1.0), zero=np.zeros(N),
    )  # fmt: skip
    assert find_products(table) == ()
    assert (
        find_products(sample(a=value, b=rng.normal(size=N), c=rng.normal(size=N))) == ()
    )


def test_an_order_between_close_columns(rng: np.random.Generator) -> None:
    low = rng.normal(0, 5, N)
    high = low + rng.exponential(2, N)
    high[:5] -= 50
    found = find_orders(sample(low=low, high=high, other=rng.normal(0, 5, N)))
    assert [str(i) for i in found] == ["low <= high"]


def test_an_order_that_random_pairs_mostly_keep_is_one_too(
    rng: np.random.Generator,
) -> None:
    warmth = rng.normal(55, 8, N)
    dew = warmth - rng.gamma(4, 4, N)
    paired = np.mean(dew <= np.roll(warmth, 1))
    assert 0.85 < paired < 0.95, "it says little, yet only swapped columns break it"
    found = find_orders(sample(warmth=warmth, dew=dew))
    assert [str(i) for i in found] == ["dew <= warmth"]


@pytest.mark.parametrize("gap", [1.0, 0.9])
def test_disjoint_and_all_but_disjoint_ranges_are_no_orders(
    rng: np.random.Generator, gap: float
) -> None:
    low, high = rng.random(N), gap + rng.random(N)
    assert np.mean(low <= high) >= 0.99, "it holds, but by accident"
    assert find_orders(sample(low=low, high=high)) == ()


def test_an_order_that_breaks_in_one_row_of_a_hundred_is_none(
    rng: np.random.Generator,
) -> None:
    low = rng.normal(0, 5, N)
    high = low + rng.exponential(2, N)
    high[::100] = low[::100] - 1
    assert find_orders(sample(low=low, high=high)) == ()


def test_what_follows_from_two_orders_is_left_out(rng: np.random.Generator) -> None:
    a = rng.normal(0, 9, N)
    b = a + rng.random(N)
    found = find_orders(sample(a=a, b=b, c=b + rng.random(N)))
    assert [str(i) for i in found] == ["a <= b", "b <= c"]


def test_ranges_apart_copies_and_chance_are_no_orders(rng: np.random.Generator) -> None:
    near = rng.random(N)
    table = sample(
        near=near,
        far=near + 100 + rng.random(N),
        copy=near,
        mostly=np.where(rng.random(N) < 0.9, 2.0, near),
        rare=np.where(rng.random(N) < 0.005, 1.0, 0.0),
    )
    assert find_orders(table) == ()


def test_a_key_and_what_it_determines(rng: np.random.Generator) -> None:
    zone = rng.integers(0, 60, N)
    borough = zone // 12
    broken = borough.copy()
    broken[::500] = 7
    found = find_keys(
        {"zone": zone},
        {
            "zone": zone,
            "borough": borough,
            "broken": broken,
            "noise": rng.integers(0, 5, N),
        },
    )
    assert [str(i) for i in found] == [
        "zone determines borough",
        "zone determines broken",
    ]


def test_two_keys_of_each_other_are_said_once() -> None:
    code = np.arange(N) % 20
    both = {"code": code, "name": (code * 7) % 20}
    assert [str(i) for i in find_keys(both, both)] == ["code determines name"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (np.arange(N), np.arange(N) % 3),  # no key is seen twice
        (np.arange(N) % 20, np.zeros(N, np.int64)),  # the value never varies
        (np.arange(N) % 20, (np.arange(N) % 40 == 0).astype(np.int64)),  # hardly
        (np.zeros(N, np.int64), np.arange(N) % 3),  # one key
        (np.full(N, -1), np.arange(N) % 3),  # all null
    ],
)
def test_trivial_keys_are_none(
    key: npt.NDArray[np.int64], value: npt.NDArray[np.int64]
) -> None:
    assert find_keys({"key": key}, {"value": value}) == ()


def test_nulls_do_not_break_a_key() -> None:
    key = np.arange(N) % 20
    value = np.where(np.arange(N) % 7 == 0, -1, key // 2)
    assert len(find_keys({"key": key}, {"value": value})) == 1


def test_tolerance_fits_the_column() -> None:
    cents = np.random.default_rng(0).gamma(2, 9, N).round(2)
    assert tolerance_of(cents) == CENT
    assert tolerance_of(cents / 1e4) < 1e-4 / 2, "finer where a cent would be all"
    assert tolerance_of(cents * 1e6) > 1, "coarser where floats round"
    assert tolerance_of(np.zeros(0)) == CENT


def test_shape_of_nothing_and_of_some() -> None:
    assert not shape_of(np.full(9, np.nan)).usable
    some = shape_of(np.array([1.0, 1.0, np.nan, 2.0]))
    assert (some.mode, some.distinct, some.nulls) == (1.0, 2, 0.25)
    assert some.varies
