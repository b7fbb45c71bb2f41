from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.diagnosis.signatures import (
    KNOWN_PAIRS,
    fit_affine,
    known_pair,
    likeness,
    match_renamed,
    movement,
    rotation,
    shares,
    value_excess,
)
from modelowners.observations.questions import QUANTILE_LEVELS, Side


def numbers(values: np.ndarray) -> Side:
    names, rows = np.unique(values, return_counts=True)
    order = np.argsort(-rows)[:40]
    return Side(
        rows=len(values),
        n=len(values),
        quantiles=np.quantile(values, QUANTILE_LEVELS),
        mean=float(values.mean()),
        sd=float(values.std()),
        minimum=float(values.min()),
        maximum=float(values.max()),
        values={f"{names[i]:.12g}": int(rows[i]) for i in order},
        distinct=len(names),
    )


def words(values: dict[str, int], actual: dict[str, float] | None = None) -> Side:
    return Side(
        rows=sum(values.values()),
        n=sum(values.values()),
        quantiles=np.zeros(0),
        mean=float("nan"),
        sd=float("nan"),
        minimum=float("nan"),
        maximum=float("nan"),
        values=values,
        mean_actual=actual or {},
        distinct=len(values),
    )


BASE = np.random.default_rng(1).gamma(3.0, 12.0, size=4_000)


@given(
    scale=st.floats(0.01, 1000).filter(lambda a: abs(a - 1) > 0.05),
    shift=st.floats(-500, 500),
)
def test_any_straight_line_is_recovered(scale: float, shift: float) -> None:
    fits = fit_affine(numbers(BASE), numbers(scale * BASE + shift))
    assert fits is not None
    assert fits[2].scale == pytest.approx(scale, rel=1e-6)
    assert fits[2].shift == pytest.approx(shift, rel=1e-4, abs=1e-4 * scale)
    assert fits[2].residual < 1e-6


@pytest.mark.parametrize("name", sorted(KNOWN_PAIRS))
def test_every_known_pair_is_named_or_has_an_equal(name: str) -> None:
    a, b = KNOWN_PAIRS[name]
    found = known_pair(numbers(BASE), numbers(a * BASE + b))
    assert found is not None
    assert KNOWN_PAIRS[found[0]][0] == pytest.approx(a, rel=1e-6)
    assert found[1].residual < 1e-6


def test_another_form_fits_no_line() -> None:
    fits = fit_affine(numbers(BASE), numbers(BASE**2))
    assert fits is not None
    assert fits[2].residual > 0.2


def test_too_few_values_fit_nothing() -> None:
    flat = numbers(np.array([1.0, 2.0] * 50))
    assert fit_affine(flat, flat) is None
    assert known_pair(words({"a": 1}), words({"a": 1})) is None
    assert fit_affine(words({"a": 1}), numbers(BASE)) is None


@given(scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_movement_has_no_unit(scale: float, shift: float) -> None:
    moved = BASE + 5.0
    plain = movement(numbers(BASE), numbers(moved))
    other = movement(numbers(scale * BASE + shift), numbers(scale * moved + shift))
    assert other == pytest.approx(plain, rel=1e-6)


@pytest.mark.parametrize("value", [0.0, -999.0, 36.0])
def test_a_fill_takes_from_every_value_alike(value: float) -> None:
    rng = np.random.default_rng(2)
    filled = np.where(rng.random(4_000) < 0.3, value, BASE)
    excess = value_excess(numbers(BASE), numbers(filled))
    assert excess is not None
    assert float(excess.value) == value
    assert excess.after == pytest.approx(0.3, abs=0.03)
    assert excess.rest < 0.1


def test_a_popular_value_changes_the_mix_of_the_others() -> None:
    before = words({"a": 300, "b": 300, "c": 300})
    product = words({"a": 600, "b": 10, "c": 290})
    fill = words({"a": 540, "b": 180, "c": 180})
    changed, kept = value_excess(before, product), value_excess(before, fill)
    assert changed is not None
    assert kept is not None
    assert changed.rest > 0.4
    assert kept.rest < 0.05


def test_nothing_grew_is_no_excess() -> None:
    side = words({"a": 10, "b": 10})
    assert value_excess(side, side) is None
    assert value_excess(side, words({})) is None


def test_renames_are_matched_by_share_and_spelling() -> None:
    before = words({"JFK": 400, "LGA": 350, "EWR": 250})
    after = words({"jfk": 395, "lga": 352, "ewr": 253})
    found = match_renamed(before, after, 0.01)
    assert found is not None
    assert dict(found.pairs) == {"jfk": "JFK", "lga": "LGA", "ewr": "EWR"}
    assert found.mass == pytest.approx(1.0)
    assert found.fit > 0.9
    assert found.alike == 1.0


def test_outcomes_tell_a_new_product_from_a_rename() -> None:
    before = words({"gold": 500, "base": 500}, {"gold": 0.1, "base": 0.4})
    renamed = words({"G2": 500, "base": 500}, {"G2": 0.1, "base": 0.4})
    product = words({"G2": 500, "base": 500}, {"G2": 0.8, "base": 0.4})
    same, other = (match_renamed(before, after, 0.01) for after in (renamed, product))
    assert same is not None
    assert other is not None
    assert same.truth is not None
    assert other.truth is not None
    assert same.truth > 0.9
    assert other.truth < 0.1


def test_values_that_only_appear_are_no_rename() -> None:
    assert match_renamed(words({"a": 90}), words({"a": 80, "b": 10}), 0.01) is None


@given(st.text(max_size=12))
def test_a_spelling_is_like_itself(text: str) -> None:
    assert likeness(text, text) == 1.0
    assert likeness(text, f" {text.upper()} ") == 1.0 or text.upper() != text


@given(steps=st.integers(0, 23), seed=st.integers(0, 99))
def test_a_rotation_is_undone(steps: int, seed: int) -> None:
    hours = np.random.default_rng(seed).integers(1, 1_000, size=24)
    found, left, _ = rotation(list(hours), list(np.roll(hours, steps)))
    assert found == steps
    assert left == 0.0


def test_an_empty_histogram_does_not_rotate() -> None:
    assert rotation([0, 0], [1, 2]) == (0, 0.0, 0.0)


def test_shares_of_nothing_are_empty() -> None:
    assert shares(words({})) == {}
