from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Callable, Iterator

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from investigation_strategies import investigations

from modelowners.app.contract import contract, figure, reasons
from modelowners.app.contract_schema import SCHEMA
from modelowners.app.investigation import Investigation
from modelowners.diagnosis.causes import Cause, CauseKind, CauseOwner

TOP = [
    *("model", "window", "reference", "symptom", "causes", "unexplained"),
    *("not_looked_at", "notified_would_be"),
]
"""The fields the contract promises; others are additions."""
CAUSE = [
    *("rank", "kind", "category", "asset", "level", "column", "columns", "segment"),
    *("change_id", "onset", "probability", "share", "owner", "evidence", "against"),
    "repair",
]


def written(investigation: Investigation) -> str:
    text = json.dumps(contract(investigation), indent=2, ensure_ascii=False)
    return f"{text}\n"


def test_the_document_is_the_one_reviewed(
    late_arrival: Investigation, golden: Callable[[str, str], None]
) -> None:
    golden("late_arrival.json", written(late_arrival))


@pytest.mark.parametrize("world", ["late_arrival", "healthy", "undecided"])
def test_every_world_fits_the_schema(
    world: str, request: pytest.FixtureRequest
) -> None:
    document = json.loads(written(request.getfixturevalue(world)))
    jsonschema.validate(document, SCHEMA)
    assert list(document)[: len(TOP)] == TOP


def test_every_field_of_a_cause_is_there_in_its_order(
    late_arrival: Investigation,
) -> None:
    for cause in json.loads(written(late_arrival))["causes"]:
        assert list(cause) == CAUSE
        assert list(cause["owner"]) == ["team", "person", "why"]
        assert list(cause["onset"]) == ["at", "low", "high"]


def nulls(value: object, place: str = "") -> Iterator[str]:
    if value is None:
        yield place
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from nulls(item, f"{place}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from nulls(item, f"{place}[{i}]")


@pytest.mark.parametrize("world", ["late_arrival", "healthy", "undecided"])
def test_every_null_of_the_answer_has_its_reason(
    world: str, request: pytest.FixtureRequest
) -> None:
    document = contract(request.getfixturevalue(world))
    gaps = document["not_looked_at"]
    assert isinstance(gaps, list)
    told = [gap.split(":")[0] for gap in gaps]
    # A figure or question that a sentence does without is no gap in the answer.
    incidental = ("evidence", "against", "weaknesses", "drift_ranking", "as_of")
    for place in nulls(document):
        if not any(word in place for word in incidental):
            assert place in told


def test_a_cause_without_owner_says_so(
    late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    orphan = cause_of(CauseKind.OFFSET, owner=CauseOwner(team=None, person=None))
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(orphan,))
    gaps = list(reasons(diagnosis))
    assert sum(gap.startswith("causes[0].owner.") for gap in gaps) == 2


def test_an_unknown_cause_needs_one_reason_only(
    late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    unknown = cause_of(CauseKind.UNKNOWN, column=None, change_id=None, repair=None)
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(unknown,))
    gaps = [gap for gap in reasons(diagnosis) if gap.startswith("causes")]
    assert len(gaps) == 1


def test_the_diagnosis_own_reasons_come_first_and_once(
    late_arrival: Investigation,
) -> None:
    doubled = dataclasses.replace(late_arrival.diagnosis, not_looked_at=("a", "b", "a"))
    assert list(reasons(doubled))[:2] == ["a", "b"]
    assert list(reasons(doubled)).count("a") == 1


def test_the_order_of_a_segment_changes_no_byte(
    late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    texts = []
    for segment in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}):
        cause = cause_of(CauseKind.OFFSET, segment=segment)
        diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(cause,))
        texts.append(written(dataclasses.replace(late_arrival, diagnosis=diagnosis)))
    assert texts[0] == texts[1]


@given(st.floats(-1.79e308, 1.79e308) | st.sampled_from([math.nan, math.inf]))
@example(sys.float_info.max)
def test_a_figure_is_ten_digits_or_null_and_rounds_once(value: float) -> None:
    found = figure(value)
    if not math.isfinite(value) or abs(value) > 1.797693134e308:
        assert found is None
    else:
        assert found == pytest.approx(value, rel=1e-9)
        assert figure(found) == found


@settings(max_examples=20)
@given(investigations())
def test_any_investigation_keeps_the_contract(investigation: Investigation) -> None:
    text = written(investigation)
    document = json.loads(text, parse_constant=pytest.fail)
    jsonschema.validate(document, SCHEMA)
    assert written(investigation) == text
    assert len(set(document["not_looked_at"])) == len(document["not_looked_at"])


def test_hostile_text_is_data_in_the_document(hostile: Investigation) -> None:
    document = json.loads(written(hostile))
    assert document["causes"][0]["column"].startswith("<script>")
    assert "\x1b" not in written(hostile)
