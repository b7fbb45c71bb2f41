"""Results: what a check answers, and what that means for a gate."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.core.time import TimeWindow

MAX_EXAMPLES = 20
"""Offending values kept of a check, at most."""


class Verdict(enum.StrEnum):
    """What came of a check; every planned check has exactly one."""

    PASS = "pass"  # noqa: S105 - a verdict, no secret
    FAIL = "fail"
    SKIP = "skip"
    ERROR = "error"


class Severity(enum.StrEnum):
    """Whether a check that does not pass closes the gate."""

    ERROR = "error"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """
    The answer of one check.

    Parameters
    ----------
    name, kind : str
        As declared, and the kind of check; ``claim`` for what `expect` declares.
    verdict : Verdict
        ``skip``: it could not run; ``error``: running it broke.
    severity : Severity
        Of ``error``, anything but a pass closes the gate.
    expected, found : str
        What was declared, and what was seen or why nothing could be.
    where : mapping of str to str
        The rows it is about; empty for all.
    window : TimeWindow or None
        UTC, half-open: what it looked at; None where it saw no window.
    since : datetime or None
        UTC; start of the first window from which on it failed without a break,
        as far back as was looked. None where it did not fail.
    why : str
        The owner's reason, as declared.
    no_data : bool
        There was no row to judge: a ``skip`` that is never taken for a pass.
    examples : tuple of str
        At most 20 of the offending values, commonest first.
    place : str
        ``file:line:column`` of the declaration.
    """

    name: str
    kind: str
    verdict: Verdict
    severity: Severity = Severity.ERROR
    expected: str = ""
    found: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    window: TimeWindow | None = None
    since: datetime | None = None
    why: str = ""
    no_data: bool = False
    examples: tuple[str, ...] = ()
    place: str = ""

    @property
    def state(self) -> str:
        """The verdict as a word, "no data" told apart from other skips."""
        return "no data" if self.no_data else self.verdict.value

    @property
    def closes(self) -> bool:
        """Whether a gate stays shut because of it."""
        return self.severity is Severity.ERROR and self.verdict is not Verdict.PASS


def tally(results: Iterable[CheckResult]) -> dict[Verdict, int]:
    """
    Count results by verdict; the counts add up to the checks that were planned.

    Examples
    --------
    >>> one = CheckResult(name="a", kind="unique", verdict=Verdict.PASS)
    >>> tally([one, one])[Verdict.PASS]
    2
    """
    found = dict.fromkeys(Verdict, 0)
    for result in results:
        found[result.verdict] += 1
    return found
