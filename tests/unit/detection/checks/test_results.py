from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.detection.checks.results import CheckResult, Severity, Verdict, tally


def result(verdict: Verdict, severity: Severity = Severity.ERROR) -> CheckResult:
    return CheckResult(name="a", kind="unique", verdict=verdict, severity=severity)


@given(st.lists(st.sampled_from(Verdict)))
def test_planned_is_passed_failed_skipped_and_errored(verdicts: list[Verdict]) -> None:
    counts = tally(result(verdict) for verdict in verdicts)
    assert sum(counts.values()) == len(verdicts)
    assert all(counts[v] == verdicts.count(v) for v in Verdict)


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_pass_opens_the_gate_and_a_warning_never_closes_it(
    verdict: Verdict,
) -> None:
    assert result(verdict).closes == (verdict is not Verdict.PASS)
    assert not result(verdict, Severity.WARN).closes


def test_no_data_is_a_state_of_its_own() -> None:
    empty = CheckResult(name="a", kind="u", verdict=Verdict.SKIP, no_data=True)
    assert (empty.state, empty.closes) == ("no data", True)
    assert result(Verdict.SKIP).state == "skip"
