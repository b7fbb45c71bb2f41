from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelowners.detection.sequential import (
    BUDGET_WINDOWS,
    alarm_level,
    e_values,
    shiryaev_roberts,
    tail_probability,
)


@given(t=st.floats(-9, 9), freedom=st.integers(5, 200))
def test_tail_probability_agrees_with_scipy(t: float, freedom: int) -> None:
    ours = float(tail_probability(np.array([t]), freedom, two_sided=True)[0])
    exact = float(2 * stats.t.sf(abs(t), freedom))
    if exact > 1e-6:
        assert ours == pytest.approx(exact, rel=0.15)
    else:
        assert ours < 1e-4


@given(t=st.floats(-6, 6), freedom=st.integers(5, 100))
def test_one_sided_tails_of_opposite_values_sum_to_one(t: float, freedom: int) -> None:
    both = tail_probability(np.array([t, -t]), freedom, two_sided=False)
    assert float(both.sum()) == pytest.approx(1.0, abs=1e-6)


def test_an_unknown_value_proves_nothing() -> None:
    found = tail_probability(np.array([np.nan, np.inf]), 27, two_sided=True)
    assert found[0] == 1.0
    assert found[1] <= 1e-10


def test_e_values_have_expectation_of_at_most_one() -> None:
    p = (np.arange(200_000) + 0.5) / 200_000
    assert float(e_values(p).mean()) <= 1.001


@given(a=st.floats(1e-9, 1.0), b=st.floats(1e-9, 1.0))
def test_smaller_probabilities_give_larger_e_values(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert e_values(np.array([low]))[0] >= e_values(np.array([high]))[0] - 1e-9


def test_e_values_near_one_are_continuous() -> None:
    near = e_values(np.array([1 - 2e-4, 1 - 5e-5]))
    assert near[0] == pytest.approx(near[1], abs=1e-3)


def test_the_sum_forgets_nothing_and_overflows_nowhere() -> None:
    e = np.full((2, 400), 10.0)
    running = shiryaev_roberts(e)
    assert running.shape == (2, 400)
    assert np.isfinite(running).all()
    assert running[0, 0] == 10.0


def test_false_alarms_stay_within_the_budget(rng: np.random.Generator) -> None:
    streams, windows, worlds = 20, 90, 40
    level = alarm_level(streams)
    alarms = 0
    for _ in range(worlds):
        z = rng.standard_t(27, size=(streams, windows))
        p = tail_probability(z, 27, two_sided=True)
        alarms += int((shiryaev_roberts(e_values(p)) > level).any())
    # At most one expected in 90 windows of the whole model.
    assert alarms <= worlds * 0.5


def test_a_shift_of_two_spreads_is_found_within_days(rng: np.random.Generator) -> None:
    z = rng.normal(size=(1, 40))
    z[0, 20:] += 3
    p = tail_probability(z, 27, two_sided=True)
    running = shiryaev_roberts(e_values(p))[0]
    assert running[:20].max() < alarm_level(10)
    assert running[20:28].max() > alarm_level(10)


def test_the_level_grows_with_the_number_of_streams() -> None:
    assert alarm_level(0) == alarm_level(1) == BUDGET_WINDOWS
    assert alarm_level(1000) == 1000 * BUDGET_WINDOWS
