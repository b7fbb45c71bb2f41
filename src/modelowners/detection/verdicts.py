"""Verdicts: every planned check answered once, whatever happens to it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.detection.checks.forms import Check, Judgement
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.detection.checks.results import CheckResult, Verdict

logger = logging.getLogger(__name__)

LOOK_BACK = 60
"""Windows that are judged again, at most, to tell since when a check fails."""


def check(checks: Iterable[Check], grounds: Grounds) -> tuple[CheckResult, ...]:
    """
    Run checks on what a log holds.

    A check that breaks gives an ``error`` and the others still run: there are
    always as many results as checks.

    Parameters
    ----------
    checks : iterable of Check
        As declared.
    grounds : Grounds
        Profiles, and whom to ask.

    Returns
    -------
    tuple of CheckResult
        In the order of the checks.
    """
    return tuple(_answer(one, grounds) for one in checks)


def _answer(one: Check, grounds: Grounds) -> CheckResult:
    try:
        return _judge(one, grounds)
    except CannotJudge as reason:
        return _result(one, _Answer(Verdict.SKIP, str(reason).removesuffix(".")))
    except Exception as error:  # noqa: BLE001 - the guard around one check
        logger.warning("check.broke", extra={"check": one.name, "place": one.place})
        said = " ".join(str(error).split()) or type(error).__name__
        return _result(one, _Answer(Verdict.ERROR, said))


@dataclass(frozen=True, slots=True)
class _Answer:
    verdict: Verdict
    found: str
    examples: tuple[str, ...] = ()
    view: View | None = None
    since: datetime | None = None
    no_data: bool = False


def _judge(one: Check, grounds: Grounds) -> CheckResult:
    partition = grounds.partition(one.where)
    last = grounds.labelled if one.rule.needs_labels else grounds.complete
    length = _length(one, grounds)
    view = View(grounds, partition, max(last - length, 0), last)
    if one.rule.needs_labels and not last and grounds.complete:
        raise CannotJudge(why="the labels of no window are due yet")
    if not view.rows and not one.rule.judges_silence:
        said = "no data: no row"
        said += f" in {view.span}" if view.span is not None else " in the log"
        return _result(one, _Answer(Verdict.SKIP, said, view=view, no_data=True))
    found = one.rule.judge(view)
    since = None
    if found.verdict is Verdict.FAIL:
        since = _since(one, view)
    return _result(one, _of(found, view, since))


def _of(found: Judgement, view: View, since: datetime | None) -> _Answer:
    return _Answer(found.verdict, found.found, found.examples, view, since)


def _length(one: Check, grounds: Grounds) -> int:
    """Give how many base windows a check looks at, at least 1."""
    if one.window is None or not grounds.frame.windows:
        return one.rule.usual_windows
    return max(-(-one.window // grounds.frame.grain), 1)


def _since(one: Check, view: View) -> datetime | None:
    """
    Walk back while the check fails; windows without rows decide nothing.

    A check of several windows failed since the window that tipped it over.
    """
    if view.span is None:
        return None
    since = view.windows[-1].start
    for step in range(1, LOOK_BACK + 1):
        if view.first - step < 0:
            break
        earlier = View(
            view.grounds, view.partition, view.first - step, view.last - step
        )
        if not earlier.rows and not one.rule.judges_silence:
            continue
        try:
            found = one.rule.judge(earlier)
        except CannotJudge:
            break
        if found.verdict is not Verdict.FAIL:
            break
        since = earlier.windows[-1].start
    return since


def _result(one: Check, answer: _Answer) -> CheckResult:
    return CheckResult(
        name=one.name,
        kind=one.kind,
        verdict=answer.verdict,
        severity=one.severity,
        expected=one.rule.expected,
        found=answer.found,
        where=one.where,
        window=answer.view.span if answer.view is not None else None,
        since=answer.since,
        why=one.why,
        no_data=answer.no_data,
        examples=answer.examples,
        place=one.place,
    )


def longest(checks: Iterable[Check]) -> timedelta:
    """Give the longest window any check asks for; 0 where none does."""
    return max((one.window for one in checks if one.window), default=timedelta(0))
