"""Gates: silence about a version is never taken for a pass."""

from __future__ import annotations

import pytest

from modelowners.detection.checks.results import CheckResult, Severity, Verdict
from modelowners.remediation.gates import (
    Answer,
    check_gates,
    registry_gate,
    shut,
)
from modelowners.remediation.ports import Registered


def result(
    verdict: Verdict, *, severity: Severity = Severity.ERROR, no_data: bool = False
) -> CheckResult:
    return CheckResult(
        name="metric log_loss",
        kind="metric",
        verdict=verdict,
        severity=severity,
        expected="log_loss <= 0.5",
        found="log_loss 0.9",
        no_data=no_data,
    )


@pytest.mark.parametrize(
    ("verdict", "no_data", "answer", "closes"),
    [
        (Verdict.PASS, False, Answer.OPEN, False),
        (Verdict.FAIL, False, Answer.CLOSED, True),
        (Verdict.ERROR, False, Answer.CLOSED, True),
        (Verdict.SKIP, False, Answer.NOT_LOOKED_AT, True),
        (Verdict.SKIP, True, Answer.NOT_LOOKED_AT, True),
    ],
)
def test_a_check_becomes_a_gate(
    verdict: Verdict, no_data: bool, answer: Answer, closes: bool
) -> None:
    (gate,) = check_gates("1", [result(verdict, no_data=no_data)])
    assert (gate.answer, gate.closes) == (answer, closes)
    assert gate.said


@pytest.mark.parametrize("verdict", Verdict)
def test_a_warning_closes_nothing(verdict: Verdict) -> None:
    (gate,) = check_gates("1", [result(verdict, severity=Severity.WARN)])
    assert not gate.closes


def test_without_rows_it_was_not_looked_at() -> None:
    (gate,) = check_gates("7", [result(Verdict.SKIP, no_data=True)])
    assert gate.said == "no row of version 7 to look at"


def test_without_checks_it_says_that_nothing_was_tested() -> None:
    (gate,) = check_gates("7", [])
    assert gate.answer is Answer.NOT_LOOKED_AT
    assert "nothing was tested" in gate.said
    assert not gate.closes


@pytest.mark.parametrize(
    ("found", "closes", "said"),
    [
        (None, True, "no version 7"),
        (Registered("7", ready=False), True, "not ready"),
        (Registered("7"), False, "version 7"),
    ],
)
def test_the_registry_must_be_able_to_serve_it(
    found: Registered | None, closes: bool, said: str
) -> None:
    gate = registry_gate("7", found)
    assert gate.closes is closes
    assert said in gate.said
    assert shut([gate]) == ((gate,) if closes else ())
    assert gate.plain()["closes"] is closes
