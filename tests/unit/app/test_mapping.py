"""Guesses: what names and types tell, and what they leave open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.mapping import HABITS, LABEL, guess_roles


@pytest.mark.parametrize(
    ("columns", "roles", "actual"),
    [
        (
            {"id": "BIGINT", "scored_at": "TIMESTAMP", "p_churn": "DOUBLE",
             "churned": "BOOLEAN"},
            {"ts": "scored_at", "prediction_id": "id", "score": "p_churn"},
            "churned",
        ),
        (
            {"eventTime": "TIMESTAMP WITH TIME ZONE", "Score": "FLOAT",
             "Label": "INTEGER", "modelVersion": "VARCHAR", "request-id": "VARCHAR"},
            {"ts": "eventTime", "model_version": "modelVersion", "score": "Score",
             "request_id": "request-id"},
            "Label",
        ),
        (
            {"paid_at": "TIMESTAMP", "amount_predicted": "DOUBLE", "amount": "DOUBLE"},
            {"ts": "paid_at", "score": "amount_predicted"},
            "amount",
        ),
        (
            {"date": "DATE", "prediction": "VARCHAR", "y_true": "VARCHAR"},
            {"ts": "date", "prediction": "prediction"},
            "y_true",
        ),
        (
            {"ts": "TIMESTAMP", "label_ts": "TIMESTAMP", "logged_at": "TIMESTAMP",
             "yhat": "BIGINT", "weight": "DOUBLE"},
            {"ts": "ts", "prediction": "yhat", "logged_at": "logged_at",
             "weight": "weight"},
            None,
        ),
    ],
)  # fmt: skip
def test_names_and_types_tell_roles(
    columns: dict[str, str], roles: dict[str, str], actual: str | None
) -> None:
    found = guess_roles(columns)
    assert (dict(found.columns), found.actual) == (roles, actual)
    assert found.lacks is None


def test_two_that_fit_are_left_open() -> None:
    found = guess_roles({"ts": "TIMESTAMP", "a_score": "DOUBLE", "b_score": "DOUBLE"})
    assert found.unsure == {"score": ("a_score", "b_score")}
    assert found.lacks == "no column is a score or prediction"


def test_two_times_are_left_open() -> None:
    found = guess_roles(
        {"paid_at": "TIMESTAMP", "sent_at": "TIMESTAMP", "score": "DOUBLE"}
    )
    assert found.unsure == {"ts": ("paid_at", "sent_at")}
    assert found.lacks == "no column tells the time"


def test_a_text_is_no_score_and_a_number_no_time() -> None:
    assert guess_roles({"ts": "BIGINT", "score": "VARCHAR"}).columns == {}


def test_the_rest_are_segments_and_features_but_not_ids_times_or_lists() -> None:
    found = guess_roles(
        {
            "ts": "TIMESTAMP",
            "score": "DOUBLE",
            "country": "VARCHAR",
            "s_plan": "VARCHAR",
            "vendor_id": "BIGINT",
            "device": "VARCHAR",
            "order_id": "BIGINT",
            "model": "VARCHAR",
            "endpoint_name": "VARCHAR",
            "age": "DECIMAL(5,2)",
            "tags": "VARCHAR[]",
            "geo": "STRUCT(a INTEGER)",
            "born_on": "DATE",
        }
    )
    assert found.segments == ("country", "s_plan", "vendor_id")
    assert found.features == ("device", "age")


TYPES = [
    "DOUBLE",
    "BIGINT",
    "VARCHAR",
    "TIMESTAMP",
    "BOOLEAN",
    "DATE",
    "BLOB",
    "INTEGER[]",
]
NAMES = st.sampled_from(
    [word for habit in HABITS.values() for word in habit.words]
) | st.text(max_size=12)


@given(st.dictionaries(NAMES, st.sampled_from(TYPES), max_size=12))
def test_no_column_has_two_roles(columns: dict[str, str]) -> None:
    found = guess_roles(columns)
    dealt = [*found.columns.values(), *found.segments, *found.features]
    dealt += [found.actual] if found.actual else []
    assert len(dealt) == len(set(dealt))
    assert set(dealt) <= set(columns)
    assert LABEL not in found.columns
    assert len(found.segments) <= 3
