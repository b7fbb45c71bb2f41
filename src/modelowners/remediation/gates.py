"""Gates: what must hold before a fix is applied; nothing waives them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modelowners.detection.checks.results import CheckResult, Verdict
from modelowners.remediation.ports import Registered


class Answer(enum.StrEnum):
    """What a gate says."""

    OPEN = "open"
    CLOSED = "closed"
    NOT_LOOKED_AT = "not looked at"
    """There was nothing to look at. It closes where something was declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """
    One condition and how it came out.

    Parameters
    ----------
    name : str
        What it is about: ``registry``, or a check's name.
    answer : Answer
        How it came out.
    said : str
        On what ground.
    closes : bool
        Whether the fix is refused because of it.
    """

    name: str
    answer: Answer
    said: str = ""
    closes: bool = False

    def plain(self) -> dict[str, object]:
        """Give it as the audit keeps it."""
        return {
            "name": self.name,
            "answer": self.answer.value,
            "said": self.said,
            "closes": self.closes,
        }


def registry_gate(version: str, found: Registered | None) -> Gate:
    """
    Judge whether the registry can serve a version.

    Examples
    --------
    >>> registry_gate("1", Registered("1")).answer.value
    'open'
    """
    if found is None:
        said = f"the registry has no version {version}"
    elif not found.ready:
        said = f"version {version} is not ready"
    else:
        return Gate(name="registry", answer=Answer.OPEN, said=f"version {version}")
    return Gate(name="registry", answer=Answer.CLOSED, said=said, closes=True)


def check_gates(version: str, results: Sequence[CheckResult]) -> tuple[Gate, ...]:
    """
    Turn the results of the owner's checks on a version into gates.

    Parameters
    ----------
    version : str
        The candidate.
    results : sequence of CheckResult
        On its rows; empty where the owner declared no checks.

    Returns
    -------
    tuple of Gate
        One a check. Where none is declared there is one that says so and
        closes nothing: the owner asked for no test.

    Examples
    --------
    >>> [gate.closes for gate in check_gates("1", ())]
    [False]
    """
    if not results:
        said = "no checks are declared, so nothing was tested"
        return (Gate(name="checks", answer=Answer.NOT_LOOKED_AT, said=said),)
    return tuple(_gate(version, one) for one in results)


def _gate(version: str, one: CheckResult) -> Gate:
    if one.verdict is Verdict.PASS:
        return Gate(name=one.name, answer=Answer.OPEN, said=one.found)
    if one.no_data:
        said = f"no row of version {version} to look at"
        return Gate(
            name=one.name, answer=Answer.NOT_LOOKED_AT, said=said, closes=one.closes
        )
    answer = Answer.NOT_LOOKED_AT if one.verdict is Verdict.SKIP else Answer.CLOSED
    said = f"expected {one.expected}, found {one.found}" if one.expected else one.found
    return Gate(name=one.name, answer=answer, said=said, closes=one.closes)


def shut(gates: Iterable[Gate]) -> tuple[Gate, ...]:
    """Give the gates that refuse the fix; empty where the owner may ship."""
    return tuple(gate for gate in gates if gate.closes)
