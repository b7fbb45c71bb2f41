"""Severity: the table, and what pages."""

from __future__ import annotations

import pytest
from incident_worlds import LATER, cause, diagnosis, finding

from modelowners.detection.findings import Finding, FindingClass, Harm, HarmState
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.severity import Effect, Severity, grade

QUIET = Harm(HarmState.NONE_SHOWN)
DRIFT = finding(kind=FindingClass.DRIFT, harm=QUIET)
BROKEN = finding(kind=FindingClass.DATA, harm=Harm(HarmState.UNKNOWN), broken=True)
DOWN = finding(kind=FindingClass.VOLUME, before=900.0, after=0.0, harm=QUIET)
HARM = finding()
WELL = diagnosis(sick=False)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (DOWN, ["sev1", "sev2", "sev3"]),
        (HARM, ["sev2", "sev3", "sev4"]),
        (BROKEN, ["sev3", "sev4", "sev4"]),
        (DRIFT, ["sev3", "sev4", "sev4"]),
    ],
)
def test_the_table(found: Finding, expected: list[str]) -> None:
    graded = [grade(WELL, [found], tier=tier).severity.value for tier in (1, 2, 3)]
    assert graded == expected


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_drift_without_harm_never_pages(tier: int) -> None:
    many = [DRIFT] * 20
    assert not grade(WELL, many, tier=tier, tier1_consumer=True).pages


@pytest.mark.parametrize("found", [DOWN, HARM, BROKEN])
def test_harm_down_and_broken_inputs_page(found: Finding) -> None:
    assert grade(WELL, [found, DRIFT], tier=3).pages


@pytest.mark.parametrize("state", ["measured", "estimated"])
def test_a_harmed_metric_pages_whatever_the_cause(state: str) -> None:
    world = cause(0.9, kind=CauseKind.COVARIATE_SHIFT)
    graded = grade(diagnosis(world, state=state), [DRIFT], tier=2)
    assert graded.effect is Effect.HARM
    assert state in graded.why
    assert graded.pages


def test_unmeasurable_harm_with_a_broken_input_is_one_step_lower_and_says_so() -> None:
    unsure = diagnosis(cause(0.9), state="not yet measurable")
    graded = grade(unsure, [BROKEN], tier=1)
    harmed = grade(diagnosis(cause(0.9)), [BROKEN], tier=1)
    assert (graded.severity.value, harmed.severity.value) == ("sev3", "sev2")
    assert "not yet measurable" in graded.why


def test_what_is_over_counts_no_more() -> None:
    over = finding(ends=LATER)
    assert not grade(WELL, [over], tier=1).pages


def test_a_tier_1_consumer_makes_harm_one_step_worse() -> None:
    assert grade(WELL, [HARM], tier=2, tier1_consumer=True).severity is Severity.SEV2
    assert grade(WELL, [DOWN], tier=1, tier1_consumer=True).severity is Severity.SEV1
    assert grade(WELL, [BROKEN], tier=2, tier1_consumer=True).severity is Severity.SEV4


@pytest.mark.parametrize("tier", [-3, 0, 4, 99])
def test_a_tier_out_of_range_is_the_nearest(tier: int) -> None:
    nearest = 1 if tier < 1 else 3
    assert grade(WELL, [HARM], tier=tier) == grade(WELL, [HARM], tier=nearest)


def test_words_for_other_systems() -> None:
    words = [severity.word for severity in Severity]
    assert words == ["critical", "error", "warning", "info"]
