"""Labels and losses mean the same whatever type they are stored as."""

from __future__ import annotations

import math

import pytest

from modelowners.observations.engines.duckdb.connection import connect
from modelowners.observations.engines.duckdb.outcome_sums import bin_sql
from modelowners.observations.engines.duckdb.outcomes import (
    CLIP,
    actual_sql,
    loss_name,
    losses_sql,
)
from modelowners.observations.logs import PRIMARY_LOSS, Task


def ask(sql: str) -> object:
    row = connect([]).execute(f"SELECT {sql}").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("type_name", "value", "positive", "truth"),
    [
        ("INTEGER", "1", "1", 1),
        ("INTEGER", "-1", "1", 0),
        ("DOUBLE", "1.0::DOUBLE", "1", 1),
        ("BOOLEAN", "TRUE", "1", 1),
        ("BOOLEAN", "FALSE", "true", 0),
        ("BOOLEAN", "FALSE", "false", 1),
        ("VARCHAR", "'1.0'", "1", 1),
        ("VARCHAR", "'true'", "1", 1),
        ("VARCHAR", "'yes'", "yes", 1),
        ("VARCHAR", "'no'", "yes", 0),
        ("VARCHAR", "NULL::VARCHAR", "yes", None),
        ("INTEGER", "NULL::INTEGER", "1", None),
    ],
)
def test_binary_truths(
    type_name: str, value: str, positive: str, truth: float | None
) -> None:
    assert ask(actual_sql(type_name, value, Task.BINARY, positive)) == truth


def test_other_truths() -> None:
    assert ask(actual_sql("DOUBLE", "2.0::DOUBLE", Task.MULTICLASS, "1")) == "2"
    assert ask(actual_sql("VARCHAR", "'2.5'", Task.REGRESSION, "1")) == 2.5
    assert ask(actual_sql("DOUBLE", "'inf'::DOUBLE", Task.REGRESSION, "1")) is None


def losses(task: Task, row: str, *, has_score: bool = True) -> dict[str, object]:
    asked = losses_sql(task, has_score=has_score, positive="yes", threshold=0.5)
    return {name: ask(f"{sql} FROM (SELECT {row})") for name, sql in asked.items()}


def test_binary_losses() -> None:
    found = losses(Task.BINARY, "0.25::DOUBLE AS score, 1.0::DOUBLE AS actual")
    assert found == {
        "log_loss": pytest.approx(-math.log(0.25)),
        "brier": 0.5625,
        "error": 1.0,
        "signed": -0.75,
    }
    sure = losses(Task.BINARY, "0.0::DOUBLE AS score, 1.0::DOUBLE AS actual")
    assert sure["log_loss"] == pytest.approx(-math.log(CLIP))


def test_a_null_score_or_truth_has_no_loss() -> None:
    for row in (
        "NULL::DOUBLE AS score, 1.0::DOUBLE AS actual",
        "0.5::DOUBLE AS score, NULL::DOUBLE AS actual",
    ):
        assert set(losses(Task.BINARY, row).values()) == {None}


def test_losses_of_other_tasks() -> None:
    row = "3.0::DOUBLE AS score, 5.0::DOUBLE AS actual"
    assert losses(Task.REGRESSION, row) == {
        "absolute_error": 2.0,
        "squared_error": 4.0,
        "signed": -2.0,
    }
    assert losses(Task.MULTICLASS, "'a' AS prediction, 'b' AS actual") == {"error": 1.0}
    row = "'yes' AS prediction, 0.0::DOUBLE AS actual"
    assert losses(Task.BINARY, row, has_score=False) == {"error": 1.0}


def test_the_primary_loss_comes_first() -> None:
    for task in Task:
        asked = losses_sql(task, has_score=True, positive="1", threshold=0.5)
        assert next(iter(asked)) == loss_name(task, has_score=True)
        assert loss_name(task, has_score=True) == PRIMARY_LOSS[task]


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 9.0])
def test_bins_are_closed_on_the_left(value: float) -> None:
    edges = [0.0, 1.0, 1.25, 2.0]
    expected = sum(value >= edge for edge in edges)
    assert ask(bin_sql(f"({value!r}::DOUBLE)", edges)) == expected
