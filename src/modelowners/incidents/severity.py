"""Severity: how bad an incident is, and whether it pages."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from modelowners.detection.findings import Finding, FindingClass, HarmState
from modelowners.diagnosis.causes import Diagnosis
from modelowners.observations.profiles import EVERYTHING

HARMFUL = frozenset({HarmState.MEASURED, HarmState.ESTIMATED})


class Severity(enum.StrEnum):
    """From 1, the worst, to 4."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"

    @property
    def word(self) -> str:
        """The word other systems use for it."""
        return _WORDS[self]


_WORDS = {
    Severity.SEV1: "critical",
    Severity.SEV2: "error",
    Severity.SEV3: "warning",
    Severity.SEV4: "info",
}


class Effect(enum.StrEnum):
    """What the trouble does, worst first."""

    LARGE = "large"
    HARM = "harm"
    BROKEN = "broken input"
    DRIFT = "drift"


TABLE = {
    (1, Effect.LARGE): Severity.SEV1,
    (1, Effect.HARM): Severity.SEV2,
    (1, Effect.BROKEN): Severity.SEV3,
    (1, Effect.DRIFT): Severity.SEV3,
    (2, Effect.LARGE): Severity.SEV2,
    (2, Effect.HARM): Severity.SEV3,
    (2, Effect.BROKEN): Severity.SEV4,
    (2, Effect.DRIFT): Severity.SEV4,
    (3, Effect.LARGE): Severity.SEV3,
    (3, Effect.HARM): Severity.SEV4,
    (3, Effect.BROKEN): Severity.SEV4,
    (3, Effect.DRIFT): Severity.SEV4,
}
"""Severity by tier and effect; a broken input stands one step below shown harm."""


@dataclass(frozen=True, slots=True)
class Grading:
    """
    A severity, whether it pages, and why.

    To page means that the escalation plan starts.
    """

    severity: Severity
    effect: Effect
    pages: bool
    why: str


def grade(
    diagnosis: Diagnosis,
    findings: Iterable[Finding],
    *,
    tier: int,
    tier1_consumer: bool = False,
) -> Grading:
    """
    Tell how bad it is: harm decides, drift alone never pages.

    Parameters
    ----------
    diagnosis : Diagnosis
        What was found out.
    findings : iterable of Finding
        What it rests on; those that are over count no more.
    tier : int
        The model's, 1 to 3.
    tier1_consumer : bool
        Whether harm reaches something of tier 1 downstream: one step worse.

    Returns
    -------
    Grading
        Without a declared limit, "large" means down: no rows arrive at all.

    Examples
    --------
    >>> from modelowners.core.ids import asset_id
    >>> from modelowners.core.time import TimeWindow
    >>> from modelowners.diagnosis.causes import Reference
    >>> may, june = TimeWindow.parse("2026-05-01"), TimeWindow.parse("2026-06-01")
    >>> quiet = Diagnosis(model=asset_id("model:eta"), window=june,
    ...                   reference=Reference(window=may, why="declared"), symptom=None)
    >>> grade(quiet, (), tier=2).pages
    False
    """
    live = tuple(finding for finding in findings if finding.ends is None)
    effect, why = _effect(diagnosis, live)
    severity = TABLE[min(max(tier, 1), 3), effect]
    if tier1_consumer and effect in {Effect.LARGE, Effect.HARM}:
        order = list(Severity)
        severity = order[max(order.index(severity) - 1, 0)]
        why = f"{why}, and it reaches something of tier 1"
    return Grading(severity, effect, pages=effect is not Effect.DRIFT, why=why)


UNMEASURED = "not yet measurable"
"""A symptom's state where an input is provably broken and labels are not there."""


HARMLESS = "none shown"
"""A symptom's state where an input is provably broken and labels show no harm."""


def _nothing_arrives(finding: Finding) -> bool:
    everywhere = finding.partition == EVERYTHING
    return everywhere and finding.kind is FindingClass.VOLUME and finding.after <= 0


def _effect(diagnosis: Diagnosis, live: tuple[Finding, ...]) -> tuple[Effect, str]:
    symptom = diagnosis.symptom
    if any(_nothing_arrives(finding) for finding in live):
        return Effect.LARGE, "no rows arrive"
    if symptom is not None and symptom.state in HARMFUL and _worse(diagnosis):
        return Effect.HARM, f"{symptom.metric} is worse, {symptom.state}"
    for finding in live:
        if finding.harm.state in HARMFUL and (finding.harm.amount or 0) > 0:
            return Effect.HARM, f"harm is {finding.harm.state}"
    if symptom is not None and symptom.state == HARMLESS:
        return Effect.DRIFT, "an input is broken; labels show no harm"
    unmeasured = symptom is not None and symptom.state == UNMEASURED
    if unmeasured or any(finding.broken for finding in live):
        return Effect.BROKEN, "an input is broken; harm not yet measurable"
    return Effect.DRIFT, "nothing shows harm"


def _worse(diagnosis: Diagnosis) -> bool:
    symptom = diagnosis.symptom
    return symptom is not None and symptom.after > symptom.before
