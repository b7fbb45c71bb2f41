"""Recovery: what new rows must show before a fix counts as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.core.time import TimeWindow, format_instant, parse_instant
from modelowners.remediation.actions import AliasMove
from modelowners.remediation.fixes import (
    Fix,
    State,
    StepKind,
    serving_since,
)
from modelowners.remediation.ports import ServingProbe
from modelowners.remediation.protocol import Tools
from modelowners.remediation.serving import NEWEST_ROWS, Serving, observe


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """
    What the newest full window shows of the symptom.

    Parameters
    ----------
    window : TimeWindow
        UTC, half-open: one base window, complete, its labels due.
    well : bool
        Whether the trouble is gone from it.
    """

    window: TimeWindow
    well: bool


def look(
    fix: Fix, others: Sequence[Fix], *, probe: ServingProbe, until: datetime
) -> Serving | None:
    """
    See what new rows show about the version a fix put in place.

    Parameters
    ----------
    fix : Fix
        Any.
    others : sequence of Fix
        Of the same incident: rows count from the last command on.
    probe : ServingProbe
        Counts rows.
    until : datetime
        UTC; rows before it are known.

    Returns
    -------
    Serving or None
        None where no version is to be proven.
    """
    action, since = fix.action, serving_since(fix, others)
    if not isinstance(action, AliasMove) or since is None:
        return None
    if until <= since:
        return observe(action.to, {}, since=since)
    counted = probe.served(fix.asset, since=since, until=until, rows=NEWEST_ROWS)
    return observe(action.to, counted, since=since)


def verify(
    fix: Fix,
    *,
    serving: Serving | None,
    measured: Measured | None,
    tools: Tools,
    actor: str,
) -> Fix:
    """
    Carry a fix as far as what was seen allows.

    Parameters
    ----------
    fix : Fix
        Not over.
    serving : Serving or None
        From `look`.
    measured : Measured or None
        The newest full window; None where none is known.
    tools : Tools
        The audit and the clock.
    actor : str
        Who looks.

    Returns
    -------
    Fix
        ``serving_confirmed`` once new rows carry the version; ``recovered``
        once a full window that lies wholly after the fix shows none of the
        trouble. A metric that is back while serving is unverified proves
        nothing about the fix.
    """
    if fix.state is State.ALIAS_SET and serving is not None and serving.confirmed:
        fix = tools.write(fix, StepKind.SERVED, serving.plain(), actor=actor)
    since = _in_effect(fix)
    if since is None or measured is None or not fix.may_become(State.RECOVERED):
        return fix
    if measured.well and measured.window.start >= since:
        window = measured.window
        body = {
            "from": format_instant(window.start),
            "to": format_instant(window.end),
        }
        fix = tools.write(fix, StepKind.RECOVERED, body, actor=actor)
    return fix


def newest_window(end: datetime, grain: timedelta, *, well: bool) -> Measured:
    """
    Give the base window that ends at an instant.

    Examples
    --------
    >>> from modelowners.core.time import DAY
    >>> found = newest_window(parse_instant("2026-06-02"), DAY, well=True)
    >>> format_instant(found.window.start)
    '2026-06-01T00:00:00Z'
    """
    return Measured(window=TimeWindow(end - grain, end), well=well)


def _in_effect(fix: Fix) -> datetime | None:
    """UTC; from when on every row was to be the fix's: what is measured after it."""
    served = fix.last(StepKind.SERVED)
    if served is not None:
        return parse_instant(str(served.body["since"]))
    ran = fix.last(StepKind.RAN)
    return ran.at if ran is not None else None
