"""Ownership: the estimator against plain regression, and its refusals."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
import pytest
from scipy import stats
from speed_worlds import JUNE, MONTH, Fleet, cohort, fleet, timeline

from modelowners.core.time import DAY, EPOCH
from modelowners.measurement.flags import Code, raise_flags
from modelowners.measurement.ownership import (
    Design,
    Panel,
    after_trouble,
    assess,
    estimate,
    owned_since,
    panel_of,
    permutation_p,
)
from modelowners.measurement.verdicts import Verdict


def drawn(seed: int = 3, **truth: float) -> Fleet:
    return fleet(np.random.default_rng(seed), **truth)


def panel(seed: int = 3, **truth: float) -> Panel:
    found = drawn(seed, **truth)
    chosen = found.cohort()
    ones = [one for one in chosen.timelines if one.asset in found.starts]
    return panel_of(chosen, ones, found.starts)


def regress(found: Panel, *columns: np.ndarray) -> tuple[float, float, int]:
    """Give the first column's coefficient and spread, by ordinary least squares."""
    models = found.model[:, None] == np.unique(found.model)
    quarters = found.quarter[:, None] == np.unique(found.quarter)
    x = np.column_stack([*columns, models, quarters[:, 1:]]).astype(float)
    inverse = np.linalg.pinv(x.T @ x)
    errors = found.y - x @ (inverse @ (x.T @ found.y))
    meat = np.zeros((x.shape[1], x.shape[1]))
    for model in np.unique(found.model):
        score = x[found.model == model].T @ errors[found.model == model]
        meat += np.outer(score, score)
    n, k, groups = len(x), np.linalg.matrix_rank(x), models.shape[1]
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    variance = factor * (inverse @ meat @ inverse)[0, 0]
    return float((inverse @ (x.T @ found.y))[0]), math.sqrt(variance), groups


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_coefficient_of_a_plain_regression_with_dummies(seed: int) -> None:
    found = panel(seed, ratio=0.6)
    owned = found.opened >= found.starts[found.model]
    beta, se, groups = regress(found, owned)
    ours = estimate(found)
    assert ours is not None
    assert ours.beta == pytest.approx(beta, abs=1e-8)
    assert ours.se == pytest.approx(se, rel=1e-8)
    assert ours.models == groups


def test_the_lead_is_estimated_with_the_owner_held_fixed() -> None:
    found = panel(2)
    start = found.starts[found.model]
    owned, ahead = found.opened >= start, found.opened >= start - 90 * 24
    beta, se, _ = regress(found, ahead & ~owned, owned)
    ours = estimate(found, lead=True)
    assert ours is not None
    assert ours.beta == pytest.approx(beta, abs=1e-8)
    assert ours.t == pytest.approx(beta / se, rel=1e-6)


def test_dates_that_change_nothing_estimate_nothing() -> None:
    found = panel(2)
    never = np.full_like(found.starts, np.inf)
    assert estimate(found, starts=never) is None


def test_permutations_are_seeded_and_never_zero() -> None:
    found = panel(1, ratio=0.2)
    first = permutation_p(found, seed=7, draws=99)
    assert first == permutation_p(found, seed=7, draws=99)
    assert first == 0.01


def test_a_strong_effect_is_found_with_its_interval() -> None:
    found = drawn(1, ratio=0.2)
    result = assess(found.cohort(), found.starts)
    assert result.design is Design.INSIDE_MODEL
    assert result.verdict is Verdict.INSIDE_MODEL
    assert result.ratio is not None
    assert result.ci is not None
    assert result.ci[0] < 0.3
    assert result.ci[1] < 1
    estimated = estimate(panel(1, ratio=0.2))
    assert estimated is not None
    half = stats.t.ppf(0.975, estimated.models - 1) * estimated.se
    assert math.log(result.ci[1] / result.ratio) == pytest.approx(half, rel=1e-9)
    assert result.p is not None
    assert result.p <= 0.05
    assert result.models_both >= 8
    assert result.smallest_ratio is not None
    assert 0 < result.smallest_ratio < 1


def test_owners_named_after_trouble_are_refused_and_flagged() -> None:
    found = drawn(4, troubled=1.0)
    result = assess(found.cohort(), found.starts)
    assert (result.ratio, result.ci, result.p) == (None, None, None)
    assert result.verdict is Verdict.TOO_FEW
    assert result.reason is not None
    assert "right after a bad incident" in result.reason
    flags = raise_flags(found.cohort(), after_trouble=result.after_trouble)
    assert Code.OWNER_AFTER_TROUBLE in {flag.code for flag in flags}


def test_few_models_are_too_few_to_say() -> None:
    found = drawn(1)
    few = dict(list(found.starts.items())[:7])
    result = assess(found.cohort(), few)
    assert result.verdict is Verdict.TOO_FEW
    assert result.models_both <= 7
    assert result.reason is not None
    assert "of 8 models were seen in both states" in result.reason


def test_imports_and_models_off_the_record_know_no_owners() -> None:
    nothing: dict[str, datetime | None] = {}
    for starts in (None, nothing):
        result = assess(cohort([timeline(asset="model:a")]), starts)
        assert result.arms == {"owned": 0, "unowned": 0}
        assert result.reason is not None
        assert "on record" in result.reason
        assert result.after_trouble is None


def test_when_a_model_gained_its_owner() -> None:
    june, july = JUNE, JUNE + 30 * DAY
    a, b, c, d = (f"model:{name}" for name in "abcd")
    history = [(june, frozenset({a, c})), (july, frozenset({a, b}))]
    assert owned_since(history, [a, b, c, d]) == {a: EPOCH, b: july, d: None}
    assert owned_since([], [a]) == {}


@pytest.mark.parametrize(
    ("days", "expected"), [(0, 1.0), (6, 1.0), (8, 0.0), (-20, None)]
)
def test_trouble_counts_for_seven_days(days: int, expected: float | None) -> None:
    bad = timeline("bad", hours=200, asset="model:a")
    calm = [timeline(str(n), hours=1, asset="model:b") for n in range(9)]
    assert bad.fixed is not None
    starts: dict[str, datetime | None] = {
        "model:a": bad.fixed + days * DAY,
        "model:b": None,
    }
    chosen = cohort([bad, *calm])
    assert after_trouble(chosen, chosen.timelines, starts) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("truth", "least", "most"),
    [
        ({}, 0.0, 0.075),
        ({"order": 6}, 0.0, 0.075),
        ({"order": -6}, 0.0, 0.075),
        ({"troubled": 1.0}, 0.0, 0.01),
        ({"troubled": 0.5}, 0.0, 0.01),
        ({"troubled": 0.25}, 0.0, 0.03),
        ({"ratio": 0.6}, 0.35, 1.0),
        ({"ratio": 0.6, "order": 6}, 0.35, 1.0),
        ({"ratio": 0.6, "order": -6}, 0.35, 1.0),
    ],
    ids=str,
)
def test_claims_in_worlds_whose_truth_is_known(
    truth: dict[str, float], least: float, most: float
) -> None:
    runs, rng = 400, np.random.default_rng(11)
    claims = plain = 0
    for _ in range(runs):
        found = fleet(rng, **truth)
        result = assess(found.cohort(), found.starts)
        claims += result.verdict is Verdict.INSIDE_MODEL
        plain += naive(found)
    assert least <= claims / runs <= most
    if "ratio" not in truth:
        # The worlds have teeth: comparing owned with unowned claims an effect.
        assert plain / runs >= 0.15


def naive(found: Fleet) -> bool:
    """Compare owned with unowned incidents as if nothing else differed."""
    late = [
        (start := found.starts[one.asset or ""]) is not None and one.opened >= start
        for one in found.timelines
    ]
    logs = np.log([one.hours(JUNE + 60 * MONTH) for one in found.timelines])
    rows = np.array(late)
    return bool(stats.ttest_ind(logs[rows], logs[~rows]).pvalue <= 0.05)
