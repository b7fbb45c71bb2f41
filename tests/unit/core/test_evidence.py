from __future__ import annotations

import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.evidence import Evidence

evidences = st.builds(Evidence)


@given(evidences)
def test_equal_statements_are_equal_and_survive_a_process_border(
    one: Evidence,
) -> None:
    again = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own bytes
    assert repr(again) == repr(one)
    assert hash(again) == hash(dataclasses.replace(one)) or one.value != one.value


def test_a_statement_cannot_be_altered_afterwards() -> None:
    one = Evidence("level", "mean rose", 2.0, 1.0, "contrast(temp)")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.text = "mean fell"  # type: ignore[misc]  # that it cannot is the point


def test_figures_are_optional_and_known_to_be_absent() -> None:
    one = Evidence("ledger", "temperatures: unit to Celsius")
    assert (one.value, one.before, one.question) == (None, None, None)


def test_zero_is_a_figure() -> None:
    assert Evidence("signature", "null share", 0.0, 0.4).value == 0.0
