"""Outcomes: SQL of the outputs, the truth and the loss, as the task has them."""

from __future__ import annotations

from modelowners.observations.engines.duckdb.columns import (
    Column,
    Kind,
    as_label,
    kind_of,
)
from modelowners.observations.engines.duckdb.connection import double, literal, quoted
from modelowners.observations.logs import PRIMARY_LOSS, Task

CLIP = 1e-15
"""Probabilities are held this far from 0 and 1 in a log loss."""


def score_sql(score: Column | None, prediction: Column | None, task: Task) -> str:
    """Give the SQL of the score: of a regression also where mapped as prediction."""
    parts = [_number(score)] if score else []
    if task is Task.REGRESSION and prediction:
        parts.append(_number(prediction))
    if not parts:
        return "CAST(NULL AS DOUBLE)"
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def _number(column: Column) -> str:
    name = quoted(column.name)
    if column.type_name == "BOOLEAN" or kind_of(column.type_name) is Kind.NUMERIC:
        value = name if column.type_name == "DOUBLE" else f"CAST({name} AS DOUBLE)"
    else:
        value = f"TRY_CAST({name} AS DOUBLE)"
    if column.type_name in {"DOUBLE", "FLOAT"} or value.startswith("TRY"):
        return f"CASE WHEN NOT isnan({value}) THEN {value} END"
    return value


def unreadable_sql(column: Column | None) -> str:
    """Give the SQL that an output is there but is no number."""
    if column is None or kind_of(column.type_name) is Kind.NUMERIC:
        return "FALSE"
    name = quoted(column.name)
    if column.type_name != "VARCHAR":
        return "FALSE"
    return f"(trim({name}) <> '' AND TRY_CAST({name} AS DOUBLE) IS NULL)"


def prediction_sql(prediction: Column | None, task: Task) -> str:
    """Give the SQL of the predicted label; null in a regression."""
    if prediction is None or task is Task.REGRESSION:
        return "CAST(NULL AS VARCHAR)"
    return as_label(prediction)


def actual_sql(type_name: str, expression: str, task: Task, positive: str) -> str:
    """
    Give the SQL of the truth: 1 or 0, the value, or the label.

    Examples
    --------
    >>> actual_sql("DOUBLE", "a", Task.BINARY, "1")
    'CAST(CAST(a AS DOUBLE) = 1.0e0 AS DOUBLE)'
    """
    column = Column(name="", type_name=type_name, target=type_name)
    if task is Task.BINARY:
        return f"CAST({positive_sql(type_name, expression, positive)} AS DOUBLE)"
    if task is Task.MULTICLASS:
        return as_label(column, expression)
    value = f"TRY_CAST({expression} AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def positive_sql(type_name: str, expression: str, positive: str) -> str:
    """
    Give the SQL that a label is the positive one.

    Numbers compare as numbers (1.0 is "1"), booleans also with "1" and "0".
    """
    try:
        number: float | None = float(positive)
    except ValueError:
        number = None
    if type_name == "BOOLEAN":
        word = {"1": "true", "0": "false"}.get(positive, positive.lower())
        return f"CAST({expression} AS VARCHAR) = {literal(word)}"
    if kind_of(type_name) is Kind.NUMERIC:
        if number is None:
            return f"CAST({expression} AS VARCHAR) = {literal(positive)}"
        return f"CAST({expression} AS DOUBLE) = {double(number)}"
    same = f"trim(CAST({expression} AS VARCHAR)) = {literal(positive)}"
    if number is None:
        return same
    return (
        f"coalesce(TRY_CAST({expression} AS DOUBLE) = {double(number)}, "
        f"lower(CAST({expression} AS VARCHAR)) = "
        f"{literal({1.0: 'true', 0.0: 'false'}.get(number, positive))})"
    )


def loss_name(task: Task, *, has_score: bool) -> str:
    """
    Name the primary loss; a binary model that logs no score has only errors.

    Examples
    --------
    >>> loss_name(Task.BINARY, has_score=False)
    'error'
    """
    if task is Task.BINARY and not has_score:
        return "error"
    return PRIMARY_LOSS[task]


def losses_sql(
    task: Task, *, has_score: bool, positive: str, threshold: float
) -> dict[str, str]:
    """
    Give the SQL of each loss over columns `score`, `prediction`, `actual`.

    Returns
    -------
    dict of str to str
        The primary loss first; null where the truth or the output is.
    """
    if task is Task.REGRESSION:
        return {
            "absolute_error": "abs(score - actual)",
            "squared_error": "(score - actual) * (score - actual)",
            "signed": "score - actual",
        }
    if task is Task.MULTICLASS:
        return {"error": "CAST(prediction <> actual AS DOUBLE)"}
    if not has_score:
        hit = positive_sql("VARCHAR", "prediction", positive)
        return {"error": f"abs(CAST({hit} AS DOUBLE) - actual)"}
    p = f"least(greatest(score, {double(CLIP)}), {double(1 - CLIP)})"
    return {
        # least and greatest skip nulls, so those are kept out by hand.
        "log_loss": "CASE WHEN score IS NOT NULL AND actual IS NOT NULL "
        f"THEN -ln(CASE WHEN actual = 1 THEN {p} ELSE 1 - {p} END) END",
        "brier": "(score - actual) * (score - actual)",
        "error": f"abs(CAST(score >= {double(threshold)} AS DOUBLE) - actual)",
        "signed": "score - actual",
    }
