from __future__ import annotations

from dataclasses import replace

import pytest
from case_faults import FLIPPED, HARDER, RETRAINED, REVERSED_B
from case_worlds import NOTHING, Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.label_fault import (
    evenness,
    flattening,
    probe,
    rates_by_score,
)
from modelowners.observations.logs import Task


def test_flipped_labels_are_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(FLIPPED)))
    assert found.kind is CauseKind.LABEL_FAULT
    assert (found.columns, dict(found.segment)) == (("late",), {})
    assert holds_truth(found)
    assert found.strength > 0.5
    assert found.affected == pytest.approx(0.35, abs=0.1)


def test_a_world_that_changed_in_some_rows_is_no_fault_of_labels(
    bench: Bench,
) -> None:
    found = strongest(probe(bench.case(FLIPPED)))
    assert strength(probe(bench.case(REVERSED_B))) < 0.6 * found.strength


def test_harder_cases_have_the_right_labels(bench: Bench) -> None:
    found = strongest(probe(bench.case(FLIPPED)))
    assert strength(probe(bench.case(HARDER))) < found.strength / 2


def test_a_model_that_scores_otherwise_has_the_right_labels(bench: Bench) -> None:
    found = strongest(probe(bench.case(FLIPPED)))
    assert strength(probe(bench.case(RETRAINED))) < found.strength / 4


def test_without_harm_or_two_classes_labels_are_not_judged(bench: Bench) -> None:
    assert probe(bench.case(NOTHING)) == []
    assert probe(replace(bench.case(FLIPPED), task=Task.REGRESSION)) == []


def test_rates_stand_in_at_most_ten_groups(bench: Bench) -> None:
    case = bench.case(FLIPPED)
    assert case.harmed is not None
    rates = rates_by_score(case, case.harmed.index)
    assert rates is not None
    before, after, rows = rates
    assert 3 <= len(before) == len(after) == len(rows) <= 10
    assert ((before >= 0) & (before <= 1)).all()
    flat = flattening(case, case.harmed.index)
    assert flat is not None
    assert 0 < flat.slope < 1


def test_flipped_labels_move_every_slice_alike(bench: Bench) -> None:
    flipped, moved = bench.case(FLIPPED), bench.case(REVERSED_B)
    assert flipped.harmed is not None
    assert moved.harmed is not None
    by = flipped.loss
    even = evenness(flipped, flipped.harmed.index, by=by)
    assert even > evenness(moved, moved.harmed.index, by=by) + 0.2
