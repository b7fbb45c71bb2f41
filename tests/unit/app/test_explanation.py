from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from investigation_strategies import investigations

from modelowners.app.explanation import NoSuchCause, explain
from modelowners.app.investigation import Investigation
from modelowners.app.lines import text


def test_the_explanation_is_the_one_reviewed(
    late_arrival: Investigation, golden: Callable[[str, str], None]
) -> None:
    golden("explained.txt", text(explain(late_arrival, 1)))


def test_all_evidence_is_there_with_its_figures_and_question(
    late_arrival: Investigation,
) -> None:
    said = text(explain(late_arrival, 1), width=300)
    for evidence in late_arrival.diagnosis.causes[0].evidence:
        assert evidence.text in said
    assert "exact on 98 % of keys [0 → 0.98] (contrast)" in said
    assert "[0.39 → 0.33] (repair)" in said
    assert "convert temp back to °F; the loss would then be 0.325" in said


def test_the_owners_reasons_are_all_given(late_arrival: Investigation) -> None:
    said = text(explain(late_arrival, 1), width=300)
    for why in late_arrival.diagnosis.causes[0].owner.why:
        assert why in said


def test_a_cause_without_change_repair_or_columns_still_explains(
    late_arrival: Investigation,
) -> None:
    first = dataclasses.replace(
        late_arrival.diagnosis.causes[0],
        column=None,
        columns=(),
        change_id=None,
        repair=None,
        against=(),
    )
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(first,))
    said = text(explain(dataclasses.replace(late_arrival, diagnosis=diagnosis), 1))
    assert "columns  whole rows" in said
    assert "No recorded change fits the onset." in said
    assert "Repair" not in said
    assert "Against the others" not in said


@pytest.mark.parametrize("rank", [0, 3, 99])
def test_a_rank_that_is_not_there_is_refused_with_those_that_are(
    late_arrival: Investigation, rank: int
) -> None:
    with pytest.raises(NoSuchCause, match="has causes 1 to 2"):
        explain(late_arrival, rank)


@settings(max_examples=20)
@given(investigations())
def test_every_cause_of_any_investigation_is_explained(
    investigation: Investigation,
) -> None:
    for cause in investigation.diagnosis.causes:
        lines = explain(investigation, cause.rank)
        assert all(line.text.isprintable() for line in lines)
        said = text(lines, width=10_000)
        assert cause.kind.value in said
        assert said.count("·") >= len(cause.evidence) + len(cause.against)


def test_a_healthy_answer_has_no_cause_to_explain(healthy: Investigation) -> None:
    with pytest.raises(NoSuchCause, match="has no cause"):
        explain(healthy, 1)


def test_hostile_words_are_shown_as_text(hostile: Investigation) -> None:
    said = text(explain(hostile, 1))
    assert "\x1b" not in said
    assert "\\x1b[31m\\u202e" in said
