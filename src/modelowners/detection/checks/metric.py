"""
A figure of the model's outcome that keeps to a limit.

`log_loss`, `brier`, `auc`, `accuracy`, `error`; for regressions `mae`, `mse`, `rmse`,
`bias`; and `worse_than_reference`: by which share the model's main loss grew. Only
windows whose labels are due count: the last seven, unless `window` says otherwise.
The reference is the declared one, else the 28 days before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelowners.core.facets import Node, describe, mapping, nearest, text
from modelowners.detection.checks.forms import (
    Judgement,
    Kind,
    Limit,
    Rule,
    figure,
    limit,
    limit_of,
)
from modelowners.detection.checks.grounds import CannotJudge, View
from modelowners.detection.checks.results import Verdict
from modelowners.observations.logs import PRIMARY_LOSS
from modelowners.observations.profiles import LossSums, OutcomeProfile

EXAMPLE = """\
- metric: log_loss <= 0.7
- {metric: worse_than_reference <= 500 %, window: 14d, why: until the next release}
"""
WORSE = "worse_than_reference"
LOSSES: Mapping[str, str] = {
    "log_loss": "log_loss",
    "brier": "brier",
    "error": "error",
    "accuracy": "error",
    "mae": "absolute_error",
    "absolute_error": "absolute_error",
    "mse": "squared_error",
    "squared_error": "squared_error",
    "rmse": "squared_error",
    "bias": "signed",
}
"""Metric and the additive loss behind it."""
METRICS = (*LOSSES, "auc", WORSE)
WINDOWS = 7

_FORM = re.compile(r"\s*(?P<name>\w+)\s*(?P<limit>[<>].*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric keeps to a limit, in the metric's own unit."""

    name: str
    limit: Limit

    usual_windows = WINDOWS
    needs_labels = True
    judges_silence = False

    @property
    def subject(self) -> str:
        """The metric."""
        return self.name

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        return f"{self.name} {self.limit}"

    def judge(self, view: View) -> Judgement:
        """Compare the figure with its limit; its interval stands beside it."""
        outcome = labelled(view)
        if self.name == WORSE:
            value, said = _growth(view, outcome)
        else:
            value, said = _figure(self.name, outcome, view)
        verdict = Verdict.PASS if self.limit.holds(value) else Verdict.FAIL
        coverage = f"{outcome.labelled:,} of {view.rows:,} rows labelled"
        return Judgement(verdict=verdict, found=f"{said}; {coverage}")


def labelled(view: View) -> OutcomeProfile:
    """
    Give the outcome of some rows.

    Raises
    ------
    CannotJudge
        If the log has no labels, or none of these rows is labelled.
    """
    if view.grounds.log.labels is None:
        raise CannotJudge(why="the log has no labels; declare `predictions: labels`")
    outcome = view.outcome
    if outcome is None or not outcome.labelled:
        raise CannotJudge(why=f"none of {view.rows:,} rows is labelled")
    return outcome


def main_loss(view: View) -> str:
    """
    Give the name of the loss that the model's task is judged by.

    Raises
    ------
    CannotJudge
        If the task is not known.
    """
    if view.grounds.task is None:
        raise CannotJudge(why="what the model predicts is not known")
    return PRIMARY_LOSS[view.grounds.task]


def mean_and_error(outcome: OutcomeProfile, loss: str) -> tuple[float, float] | None:
    """Give a loss's mean and its standard error; None where it is not counted."""
    sums = outcome.losses.get(loss, LossSums())
    if not sums.n:
        return None
    return sums.mean, math.sqrt(sums.variance / sums.n)


def _figure(name: str, outcome: OutcomeProfile, view: View) -> tuple[float, str]:
    if name == "auc":
        value = _auc(outcome)
        return value, f"auc {figure(value)}"
    found = mean_and_error(outcome, LOSSES[name])
    if found is None:
        task = view.grounds.task
        raise CannotJudge(
            why=f"{name} is no metric of a {task.value if task else 'model'} model; "
            f"known are {', '.join(sorted(_available(outcome)))}"
        )
    mean, error = found
    low, high = mean - 1.96 * error, mean + 1.96 * error
    if name == "accuracy":
        mean, low, high = 1 - mean, 1 - high, 1 - low
    if name == "rmse":
        mean, low, high = (math.sqrt(max(v, 0.0)) for v in (mean, low, high))
    return mean, f"{name} {figure(mean)} ({figure(low)} to {figure(high)})"


def _available(outcome: OutcomeProfile) -> set[str]:
    return {name for name, loss in LOSSES.items() if outcome.losses.get(loss)}


def _growth(view: View, outcome: OutcomeProfile) -> tuple[float, str]:
    """
    Give the growth of the main loss, as a share of the reference's.

    Raises
    ------
    CannotJudge
        If one of the two losses is not known.
    """
    loss, span = main_loss(view), view.span
    after = mean_and_error(outcome, loss)
    if after is None or span is None:
        raise CannotJudge(why=f"{loss} is not known of these rows")
    reference = view.within(view.grounds.reference_of(span))
    before = reference.outcome
    usual = mean_and_error(before, loss) if before is not None else None
    if usual is None:
        raise CannotJudge(why="no labelled row in the reference to compare with")
    if not usual[0]:
        raise CannotJudge(why=f"the reference's {loss} is 0: nothing to be a share of")
    growth = (after[0] - usual[0]) / abs(usual[0])
    return growth, (
        f"{growth * 100:+.1f} %: {loss} {figure(after[0])}, "
        f"reference {figure(usual[0])}"
    )


def _auc(outcome: OutcomeProfile) -> float:
    """
    Estimate the area under the ROC curve from scores in bins.

    Two rows of one bin count as ties.

    Raises
    ------
    CannotJudge
        If there are no scores, or truths of one class only.

    References
    ----------
    Hanley, McNeil, "The meaning and use of the area under a receiver operating
    characteristic (ROC) curve", Radiology 143(1), 1982.
    """
    rows = outcome.score_n[:-1].astype(np.float64)
    positive = outcome.score_actual[:-1]
    negative = rows - positive
    if "log_loss" not in outcome.losses or not len(rows):
        raise CannotJudge(why="auc needs a binary task with scores")
    pairs = positive.sum() * negative.sum()
    if pairs <= 0:
        raise CannotJudge(why="auc needs truths of both classes")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)


def read(node: Node) -> Sequence[Rule]:
    """
    Read ``NAME <= LIMIT``, or a mapping of one name to its limit.

    Raises
    ------
    BadFacet
        If it is neither, or the metric is not known.
    """
    if isinstance(node.value, dict):
        found = mapping(node, dict.fromkeys(METRICS))
        if not found:
            raise node.refuse("expected a metric and its limit, found none")
        return [Metric(name, limit(child)) for name, child in found.items()]
    match = _FORM.fullmatch(text(node))
    if match is None:
        raise node.refuse(
            f'expected a metric and its limit, such as "log_loss <= 0.5", '
            f"found {describe(node)}"
        )
    name = match["name"]
    if name not in METRICS:
        raise node.refuse(
            f'unknown metric "{name}"{nearest(name, dict.fromkeys(METRICS))}'
        )
    return [Metric(name, limit_of(match["limit"], node))]


KIND = Kind(
    read=read,
    schema={
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "propertyNames": {"enum": list(METRICS)},
                "additionalProperties": {"type": "string"},
                "minProperties": 1,
            },
        ]
    },
    example=EXAMPLE,
)
