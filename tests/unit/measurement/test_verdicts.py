from __future__ import annotations

import numpy as np
import pytest

from modelowners.measurement.verdicts import (
    Verdict,
    beyond_chance,
    log_sd,
    needed_per_arm,
    too_few,
)


def test_the_list_of_verdicts_is_closed() -> None:
    assert [verdict.value for verdict in Verdict] == [
        "too few to say",
        "no difference seen",
        "associated",
        "inside-model difference",
        "randomised effect",
    ]


def test_no_verdict_claims_a_cause_without_a_randomised_plan() -> None:
    words = " ".join(verdict.value for verdict in Verdict)
    assert "saved" not in words
    assert "because" not in words


def test_the_size_a_rank_test_needs_on_real_tickets() -> None:
    assert needed_per_arm(2.86) == 818
    assert needed_per_arm(0.0) == 0


def test_how_many_are_missing_is_said() -> None:
    hours = np.exp(np.random.default_rng(1).normal(0, 2.86, 500))
    more = needed_per_arm(log_sd(hours)) - 100
    assert too_few(hours, 100) == (
        f"too few to say; about {more:,} more on the smaller side"
    )


def test_even_equal_hours_need_twenty() -> None:
    assert "about 15 more" in too_few(np.array([2.0, 2.0, 2.0]), 5)
    assert too_few(np.array([2.0, 2.0]), 20) == "too few to say"


@pytest.mark.parametrize(
    ("ci", "verdict"),
    [
        ((1.3, 4.9), Verdict.ASSOCIATED),
        ((0.2, 0.9), Verdict.ASSOCIATED),
        ((0.4, 1.6), Verdict.NO_DIFFERENCE),
        ((1.0, 2.0), Verdict.NO_DIFFERENCE),
    ],
)
def test_an_interval_that_holds_one_shows_nothing(
    ci: tuple[float, float], verdict: Verdict
) -> None:
    assert beyond_chance(ci) is verdict
