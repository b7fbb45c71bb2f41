"""Additive models: exact where the truth is additive, honest where it is not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.observations.engines.duckdb.additive import (
    effect_of,
    fit_additive,
    from_link,
    partners_of,
    to_link,
)

N = 4_000
Inputs = dict[str, npt.NDArray[np.generic]]


@pytest.fixture
def inputs() -> Inputs:
    rng = np.random.default_rng(12)
    skewed = np.exp(rng.normal(size=N))
    skewed[0] = 1e4
    holes = rng.normal(size=N)
    holes[rng.random(N) < 0.2] = np.nan
    words = np.array(["a", "b", "c", None], object)[rng.integers(0, 4, N)]
    words[::400] = "rare"
    return {
        "bent": rng.normal(size=N),
        "skewed": skewed,
        "holes": holes,
        "words": words,
        "flag": (rng.random(N) < 0.3) * 1.0,
        "idle": rng.normal(size=N),
        "constant": np.ones(N),
        "void": np.full(N, np.nan),
    }


def additive_scores(inputs: Inputs) -> npt.NDArray[np.float64]:
    number = {n: v.astype(float) for n, v in inputs.items() if v.dtype != object}
    return np.asarray(
        np.abs(number["bent"])
        + np.log(number["skewed"]) / 2
        + np.where(np.isnan(number["holes"]), 2.0, 0.0)
        + np.where(inputs["words"] == "b", 1.0, 0.0)
        + number["flag"]
        - 3,
        np.float64,
    )


@pytest.mark.parametrize("logit", [False, True])
def test_an_additive_model_is_found_again(inputs: Inputs, logit: bool) -> None:
    truth = additive_scores(inputs)
    found = fit_additive(inputs, from_link(truth, logit=logit), logit=logit)
    assert found.explained > 0.97
    assert found.pairs == {}
    assert sum(found.influence.values()) == pytest.approx(1.0)
    for idle in ("idle", "constant", "void"):
        assert found.influence[idle] < 0.001
    assert min(found.influence[c] for c in ("bent", "skewed", "holes", "flag")) > 0.05
    shown = dict(zip(found.values["words"], found.effects["words"], strict=False))
    assert shown["b"] - shown["a"] == pytest.approx(1.0, abs=0.1)
    whole = found.intercept + effect_of(found, inputs, list(inputs))
    assert (
        np.median(np.abs(whole - to_link(from_link(truth, logit=logit), logit=logit)))
        < 0.1
    )


def test_effects_are_centred_and_shaped_as_documented(inputs: Inputs) -> None:
    found = fit_additive(inputs, additive_scores(inputs), logit=False)
    for name, effect in found.effects.items():
        assert abs(effect_of(found, inputs, [name]).mean()) < 0.02, name
        levels = found.edges.get(name)
        expected = len(found.values[name]) + 2 if levels is None else len(levels) + 1
        assert effect.shape == (expected,)
        if levels is not None and len(levels) > 1:
            assert (np.diff(levels) > 0).all()
    assert found.intercept == pytest.approx(additive_scores(inputs).mean())


def test_an_interaction_is_told_as_a_pair(inputs: Inputs) -> None:
    scores = 2 * inputs["bent"].astype(float) * inputs["flag"].astype(float)
    found = fit_additive(inputs, scores, logit=False)
    assert ("bent", "flag") in found.pairs
    assert found.pairs["bent", "flag"].shape == (9, 3)
    assert found.explained > 0.9
    single = fit_additive({"bent": inputs["bent"]}, scores, logit=False)
    assert single.explained < 0.6
    assert set(partners_of(found, ["flag"])) >= {"bent", "flag"}
    assert partners_of(found, ["nothing"]) == ()


def test_pure_noise_is_explained_by_nothing(inputs: Inputs) -> None:
    scores = np.random.default_rng(1).normal(size=N)
    found = fit_additive(inputs, scores, logit=False)
    assert found.explained < 0.01
    assert found.pairs == {}


def test_a_straight_effect_goes_on_beyond_what_was_seen_and_a_bent_one_not() -> None:
    x = np.random.default_rng(3).normal(size=N)
    far = {"x": np.array([3.0, 13.0])}
    straight = fit_additive({"x": x}, 2 * x, logit=False)
    assert np.diff(effect_of(straight, far, ["x"])) == pytest.approx(20.0, rel=0.02)
    bent = fit_additive({"x": x}, np.minimum(x, 1.0), logit=False)
    assert np.diff(effect_of(bent, far, ["x"])) == pytest.approx(0.0, abs=0.05)


def test_a_value_never_seen_is_other_and_null_is_null() -> None:
    words = np.array(["a", "b", None], object)[np.arange(N) % 3]
    found = fit_additive(
        {"w": words}, np.array([0.0, 3.0, 9.0])[np.arange(N) % 3], logit=False
    )
    at = {"w": np.array(["a", "never", None], object)}
    a, never, null = effect_of(found, at, ["w"])
    assert null - a == pytest.approx(9.0, abs=0.1)
    assert never not in (a, null)


@settings(max_examples=10)
@given(st.floats(0.001, 0.999))
def test_links_undo_each_other(p: float) -> None:
    there = to_link(np.array([p]), logit=True)
    assert from_link(there, logit=True)[0] == pytest.approx(p, rel=1e-9)
    assert to_link(np.array([p]), logit=False)[0] == p


def test_certain_scores_stay_finite() -> None:
    assert np.isfinite(to_link(np.array([0.0, 1.0]), logit=True)).all()
    assert np.isfinite(from_link(np.array([-1e6, 1e6]), logit=True)).all()


@pytest.mark.slow
def test_a_boosted_model_is_mostly_explained() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    rng = np.random.default_rng(5)
    x = rng.normal(size=(N, 5))
    flag = (rng.random(N) < 0.4) * 1.0
    truth = np.sin(2 * x[:, 0]) + x[:, 1] + x[:, 2] * flag
    features = np.column_stack([x, flag])
    model = ensemble.HistGradientBoostingRegressor(
        max_iter=40, early_stopping=False, random_state=0
    ).fit(features, truth + rng.normal(0, 0.3, N))
    inputs = {f"x{i}": features[:, i] for i in range(6)}
    found = fit_additive(inputs, model.predict(features), logit=False)
    assert ("x2", "x5") in found.pairs
    assert found.explained > 0.9
