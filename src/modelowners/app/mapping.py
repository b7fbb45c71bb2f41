"""Mapping: what the columns of a log are likely to mean, by their names and types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_SEGMENTS = 3
MAX_FEATURES = 200

NUMERIC = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "REAL",
    "DOUBLE",
    "DECIMAL",
)
FRACTIONAL = ("FLOAT", "REAL", "DOUBLE", "DECIMAL")
TIMES = ("TIMESTAMP", "DATE")
TEXT = ("VARCHAR",)
SCALARS = (*NUMERIC, *TEXT, "BOOLEAN", "ENUM")
"""Types as the engine names them; parameters and zones follow the word."""


@dataclass(frozen=True, slots=True)
class Habit:
    """
    How people name a column of one role.

    Parameters
    ----------
    words : tuple of str
        Whole names, the likeliest first.
    parts : tuple of str
        Patterns for further names; the first that any name fits decides, if
        only one does.
    types : tuple of str
        Types it may have.
    """

    words: tuple[str, ...]
    parts: tuple[str, ...] = ()
    types: tuple[str, ...] = SCALARS


LABEL = "actual"
"""Stands beside the canonical roles while columns are dealt out."""

HABITS = {
    "ts": Habit(
        (
            "ts",
            "timestamp",
            "event_time",
            "event_timestamp",
            "scored_at",
            "predicted_at",
            "prediction_time",
            "prediction_timestamp",
            "prediction_ts",
            "inference_time",
            "request_time",
            "created_at",
            "datetime",
            "time",
            "time_hour",
            "date",
        ),
        (r".*_(at|ts|time|timestamp|datetime)", r".*"),
        TIMES,
    ),
    "prediction_id": Habit(
        (
            "prediction_id",
            "inference_id",
            "scoring_id",
            "event_id",
            "row_id",
            "uuid",
            "id",
        )
    ),
    "model_version": Habit(("model_version", "model_ver", "mv", "version")),
    LABEL: Habit(
        (
            "actual",
            "label",
            "y_true",
            "ground_truth",
            "truth",
            "target",
            "outcome",
            "true_label",
            "actual_value",
            "observed",
            "y",
        ),
        (r"(actual|true|label)_.*|.*_(actual|label|outcome|true)",),
    ),
    "score": Habit(
        (
            "score",
            "probability",
            "prob",
            "proba",
            "p",
            "y_score",
            "y_prob",
            "y_proba",
            "pred_proba",
            "predicted_probability",
            "prediction_score",
        ),
        (r"(prob|proba|score)_.*|.*_(score|prob|proba|probability)", r"p_.*"),
        NUMERIC,
    ),
    "prediction": Habit(
        (
            "prediction",
            "predicted",
            "pred",
            "y_pred",
            "yhat",
            "y_hat",
            "predicted_value",
            "predicted_label",
            "predicted_class",
            "forecast",
            "estimate",
        ),
        (r"(pred|predicted|prediction)_.*|.*_(pred|prediction|predicted|forecast)",),
    ),
    "request_id": Habit(("request_id",)),
    "entity_key": Habit(("entity_key", "entity_id", "customer_id", "user_id")),
    "logged_at": Habit(("logged_at", "ingested_at", "received_at"), types=TIMES),
    "weight": Habit(("weight", "sample_weight"), types=NUMERIC),
    "status_code": Habit(("status_code",), types=NUMERIC),
    "latency_ms": Habit(("latency_ms",), types=NUMERIC),
}
"""By canonical role, in the order in which columns are dealt out."""

LATER_TIMES = re.compile(r"(logged|ingested|received|label|actual|outcome|truth)_.*")
"""Times of something else than the prediction."""

_OUTPUT_PARTS = re.compile(
    r"^(p|prob|proba|score|pred|predicted|prediction)(_|$)"
    r"|(^|_)(score|prob|proba|probability|pred|prediction|predicted|hat|forecast)$"
)

BOOKKEEPING = re.compile(
    r".*_id|id|uuid|(model|endpoint|variant)(_name|_version)?|environment|host(name)?"
)
"""Columns about the log itself, which no model takes as an input."""

SEGMENTS = re.compile(
    r"s_.*|(.*_)?(country|region|state|city|market|segment|channel|platform|device"
    r"|vendor|carrier|airline|product|category|store|site|tenant|language|locale)(_id)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """
    What the columns are likely to mean.

    Parameters
    ----------
    columns : mapping of str to str
        Canonical role to column.
    actual : str or None
        The column that holds the truth.
    segments, features : tuple of str
        Columns in the order of the log.
    unsure : mapping of str to tuple of str
        Role and the columns that could all have it.
    """

    columns: Mapping[str, str]
    actual: str | None
    segments: tuple[str, ...]
    features: tuple[str, ...]
    unsure: Mapping[str, tuple[str, ...]]

    @property
    def lacks(self) -> str | None:
        """What keeps it from being a prediction log; None if it can be one."""
        if "ts" not in self.columns:
            return "no column tells the time"
        if "score" not in self.columns and "prediction" not in self.columns:
            return "no column is a score or prediction"
        return None


def guess_roles(columns: Mapping[str, str]) -> Guess:
    """
    Guess what each column of a log means.

    Parameters
    ----------
    columns : mapping of str to str
        Column and the engine's type name, in order.

    Returns
    -------
    Guess
        No column has two roles, no role two columns.

    Examples
    --------
    >>> found = guess_roles(
    ...     {"id": "BIGINT", "scored_at": "DATE", "p_churn": "DOUBLE", "age": "BIGINT"}
    ... )
    >>> found.columns
    {'ts': 'scored_at', 'prediction_id': 'id', 'score': 'p_churn'}
    >>> found.features
    ('age',)
    """
    words = {column: _words(column) for column in columns}
    roles: dict[str, str] = {}
    unsure: dict[str, tuple[str, ...]] = {}
    for role, habit in HABITS.items():
        free = [
            column
            for column, kind in columns.items()
            if column not in roles.values() and kind.startswith(habit.types)
        ]
        found = _named(habit, words, free, role)
        if len(found) == 1:
            roles[role] = found[0]
        elif found:
            unsure[role] = tuple(found)
    _settle_regression(roles, columns)
    _settle_label(roles, words)
    rest = [c for c in columns if c not in roles.values()]
    plain = [
        c for c in rest if columns[c].startswith(SCALARS) and "[" not in columns[c]
    ]
    segments = [c for c in plain if SEGMENTS.fullmatch(words[c])][:MAX_SEGMENTS]
    features = [
        column
        for column in plain
        if column not in segments and not BOOKKEEPING.fullmatch(words[column])
    ]
    actual = roles.pop(LABEL, None)
    return Guess(
        columns=roles,
        actual=actual,
        segments=tuple(segments),
        features=tuple(features),
        unsure=unsure,
    )


def _named(
    habit: Habit, words: Mapping[str, str], free: list[str], role: str
) -> list[str]:
    """Give the columns that could have a role: by whole name one, else by parts."""
    for word in habit.words:
        exact = [column for column in free if words[column] == word]
        if exact:
            return exact[:1]
    if role == "ts":
        free = [column for column in free if not LATER_TIMES.fullmatch(words[column])]
    for part in habit.parts:
        if fitting := [column for column in free if re.fullmatch(part, words[column])]:
            return fitting
    return []


def _settle_regression(roles: dict[str, str], columns: Mapping[str, str]) -> None:
    """Call a prediction with a fraction a score: it is a regression's value."""
    column = roles.get("prediction")
    if column and "score" not in roles and columns[column].startswith(FRACTIONAL):
        roles["score"] = roles.pop("prediction")


def _settle_label(roles: dict[str, str], words: Mapping[str, str]) -> None:
    """Take for the truth what is named after the output: churned after p_churn."""
    output = roles.get("score") or roles.get("prediction")
    if output is None or LABEL in roles:
        return
    stem = _OUTPUT_PARTS.sub("", words[output])
    named = [
        column
        for column, word in words.items()
        if column not in roles.values()
        and stem
        and re.match(rf"(is_|has_)?{stem}", word)
    ]
    if len(named) == 1:
        roles[LABEL] = named[0]


def _words(column: str) -> str:
    """Write a name in lower case with underscores."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    return re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")
