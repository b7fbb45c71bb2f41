"""Fixes: what an incident knows of attempts to mend it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from modelowners.incidents.events import EventKind


class FixState(enum.StrEnum):
    """How far a fix has come."""

    PLANNED = "planned"
    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """
    One plan to mend an incident, and how far it has come.

    Parameters
    ----------
    plan : str
        Its id.
    action : str
        What it does, in words.
    asset : str
        The asset it acts on.
    state : FixState
        How far it has come.
    at : datetime
        UTC; when it came so far.
    gates : str
        ``pass``, ``fail``, or empty where none was asked.
    who_may : tuple of str
        People who may apply it.
    """

    plan: str
    action: str
    asset: str
    state: FixState
    at: datetime
    gates: str = ""
    who_may: tuple[str, ...] = ()


_STATES: Mapping[str, FixState] = {
    EventKind.FIX_PLANNED: FixState.PLANNED,
    EventKind.FIX_STARTED: FixState.STARTED,
    EventKind.FIX_FINISHED: FixState.FINISHED,
    EventKind.FIX_FAILED: FixState.FAILED,
}


def brought_on(
    fixes: tuple[Fix, ...], kind: str, body: Mapping[str, object], *, at: datetime
) -> tuple[Fix, ...]:
    """
    Add what an event says of a fix to what is known.

    Parameters
    ----------
    fixes : tuple of Fix
        So far, in the order of their coming.
    kind : str
        ``fix.planned``, ``fix.started``, ``fix.finished`` or ``fix.failed``.
    body : mapping
        ``plan`` and, where it says more, ``action``, ``asset``, ``gates``,
        ``who_may``.
    at : datetime
        UTC; when it happened.

    Examples
    --------
    >>> from modelowners.core.time import parse_instant
    >>> june = parse_instant("2026-06-01")
    >>> (one,) = brought_on((), "fix.started", {"plan": "fix_1"}, at=june)
    >>> one.state.value
    'started'
    """
    plan = str(body.get("plan", ""))
    known = {one.plan: one for one in fixes}
    old = known.get(plan) or Fix(
        plan=plan, action="", asset="", state=_STATES[kind], at=at
    )
    may = body.get("who_may")
    known[plan] = replace(
        old,
        state=_STATES[kind],
        at=at,
        action=str(body.get("action", old.action)),
        asset=str(body.get("asset", old.asset)),
        gates=str(body.get("gates", old.gates)),
        who_may=tuple(map(str, may)) if isinstance(may, list) else old.who_may,
    )
    return tuple(known.values())
