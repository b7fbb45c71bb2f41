from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from frame_worlds import numeric, profile

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.detection.checks.forms import Limit
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.detection.checks.metric import Metric, read
from modelowners.detection.checks.results import Verdict
from modelowners.observations.profiles import EVERYTHING, OutcomeProfile, Profile

MakeGrounds = Callable[..., Grounds]
LOW = Limit(sign="<=", number=0.5)


def scored(day: int, loss: float, labelled: int = 10) -> Profile:
    """A day of 10 rows, each with this loss."""
    losses = np.full(labelled, loss)
    return profile(day, {"x": numeric(np.zeros(10))}, losses=losses)


def test_a_figure_is_held_against_its_limit(grounds: MakeGrounds) -> None:
    view = View(grounds([scored(0, 0.4), scored(1, 0.6, 5)], days=2), EVERYTHING, 0, 2)
    judged = Metric("log_loss", LOW).judge(view)
    assert judged.verdict is Verdict.PASS
    assert judged.found.startswith("log_loss 0.466667 (")
    assert judged.found.endswith("; 15 of 20 rows labelled")
    strict = Metric("log_loss", Limit(sign="<", number=0.4)).judge(view)
    assert strict.verdict is Verdict.FAIL


def test_growth_is_held_against_the_28_days_before(grounds: MakeGrounds) -> None:
    days = [scored(d, 0.3 if d >= 28 else 0.2) for d in range(35)]
    view = View(grounds(days, days=35), EVERYTHING, 28, 35)
    rule = Metric("worse_than_reference", Limit(sign="<=", number=0.05, percent=True))
    judged = rule.judge(view)
    assert judged.verdict is Verdict.FAIL
    assert judged.found.startswith("+50.0 %: log_loss 0.3, reference 0.2")
    assert rule.expected == "worse_than_reference <= 5 %"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([scored(28, 0.3)], "no labelled row in the reference"),
        ([scored(1, 0.0), scored(28, 0.3)], "reference's log_loss is 0"),
    ],
)
def test_growth_needs_something_to_grow_from(
    days: list[Profile], said: str, grounds: MakeGrounds
) -> None:
    view = View(grounds(days, days=29), EVERYTHING, 28, 29)
    with pytest.raises(CannotJudge, match=said):
        Metric("worse_than_reference", LOW).judge(view)


def test_what_is_not_labelled_is_not_judged(grounds: MakeGrounds) -> None:
    bare = profile(0, {"x": numeric(np.zeros(10))})
    with pytest.raises(CannotJudge, match="none of 10 rows is labelled"):
        Metric("log_loss", LOW).judge(View(grounds([bare], days=1), EVERYTHING, 0, 1))
    without = grounds([scored(0, 0.4)], days=1, labels=False)
    with pytest.raises(CannotJudge, match="the log has no labels"):
        Metric("log_loss", LOW).judge(View(without, EVERYTHING, 0, 1))


def test_a_metric_of_another_task_names_those_there_are(grounds: MakeGrounds) -> None:
    view = View(grounds([scored(0, 0.4)], days=1), EVERYTHING, 0, 1)
    with pytest.raises(CannotJudge, match="no metric of a binary model; known are log"):
        Metric("mae", LOW).judge(view)


@pytest.mark.parametrize(
    ("rows", "positive", "auc"),
    [([5, 5], [0, 5], 1.0), ([5, 5], [5, 0], 0.0), ([10, 0], [5, 0], 0.5)],
)
def test_auc_is_that_of_the_ranks(
    rows: list[int], positive: list[int], auc: float, grounds: MakeGrounds
) -> None:
    one = scored(0, 0.4)
    assert one.outcome is not None
    outcome = OutcomeProfile(
        labelled=10,
        losses=one.outcome.losses,
        score_n=np.array([*rows, 0]),
        score_actual=np.array([*positive, 0], np.float64),
    )
    one = dataclasses.replace(one, outcome=outcome)
    view = View(grounds([one], days=1), EVERYTHING, 0, 1)
    rule = Metric("auc", Limit(sign=">=", number=auc))
    assert rule.judge(view).verdict is Verdict.PASS
    assert rule.judge(view).found.startswith(f"auc {auc:g};")


def test_auc_needs_scores(grounds: MakeGrounds) -> None:
    view = View(grounds([scored(0, 0.4)], days=1), EVERYTHING, 0, 1)
    with pytest.raises(CannotJudge, match="auc needs"):
        Metric("auc", LOW).judge(view)


def test_both_forms_read_alike(located: Callable[[object], Node]) -> None:
    assert read(located("log_loss<=0.5")) == [Metric("log_loss", LOW)]
    assert read(located({"log_loss": "<= 0.5"})) == [Metric("log_loss", LOW)]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("log_los <= 0.5", 'unknown metric "log_los"; did you mean "log_loss"'),
        ("log_loss", "expected a metric and its limit"),
        ("log_loss <= low", "expected a limit"),
        ({"log_los": "<= 0.5"}, 'did you mean "log_loss"'),
        ({}, "found none"),
        (["log_loss <= 0.5"], "expected text, found a list"),
    ],
)
def test_bad_forms_are_refused(
    value: object, said: str, located: Callable[[object], Node]
) -> None:
    with pytest.raises(BadFacet) as caught:
        read(located(value))
    assert said in str(caught.value)
