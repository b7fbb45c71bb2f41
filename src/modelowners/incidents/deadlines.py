"""Deadlines: what falls due by the clock alone, each thing once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from modelowners.catalog.owners import Ownership
from modelowners.core.time import format_instant
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import Draft, EventKind
from modelowners.incidents.incident import CloseReason, Incident, State
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.paging import (
    LAPSES,
    LAPSES_SEV1,
    PlanStep,
    Progress,
    anew,
    bind,
    due,
)
from modelowners.incidents.severity import Severity

CLOSES = timedelta(hours=72)
"""A resolved incident closes after so long without a change."""

ONCALL = "oncall"

QUIET = timedelta(minutes=10)
"""How long nothing may show the trouble before an incident is over by itself."""


def close(incident: Incident, at: datetime) -> tuple[Entry, ...]:
    """Give what the end of a resolved incident records, 72 h after its last change."""
    if incident.state is not State.RESOLVED or at < incident.changed_at + CLOSES:
        return ()
    body = {"reason": incident.close_reason or CloseReason.FIXED.value}
    key = f"closed:{format_instant(incident.changed_at)}"
    return (Entry(Draft(kind=EventKind.CLOSED, occurred_at=at, body=body, key=key)),)


def escalate(
    incident: Incident,
    ownership: Ownership,
    at: datetime,
    *,
    away: Collection[str] = (),
    shifts: bool = True,
) -> tuple[Entry, ...]:
    """
    Give what the steps that are due record; each is taken once.

    Parameters
    ----------
    incident : Incident
        Any; only one that pages, is active and unheard has steps due.
    ownership : Ownership
        Of whom the plan is, at `at`: it says who holds each role now.
    at : datetime
        UTC, the loop's clock.
    away : collection of str
        People who cannot be reached at that instant.
    shifts : bool
        Whether being on call is a shift there, rather than a word for whoever
        answers anyway.

    Returns
    -------
    tuple of Entry
        One per step, the unreachable skipped with an event, and the
        exhaustion after the last.
    """
    progress = incident.progress
    if progress is None or _is_snoozed(incident, at):
        return ()
    lapses = lapses_at(incident)
    lapsed = lapses is not None and lapses <= at
    if lapsed:
        progress = anew(progress, at)
    elif not incident.paging:
        return ()
    progress, steps = due(progress, at)
    entries = []
    for index in steps:
        step = progress.plan.steps[index]
        person = bind(step, ownership, away=away)
        entry = Entry(_escalated(progress, index, person=person, at=at))
        if step.role == ONCALL and not shifts:
            body = {**entry.draft.body, "shift": False}
            entry = Entry(replace(entry.draft, body=body))
        if person is not None:
            page = _page(incident, step, person, shifts=shifts)
            entry = replace(entry, tells=(page,))
        entries.append(_marked(entry) if lapsed else entry)
    if steps and {*progress.done, *steps} >= set(range(len(progress.plan.steps))):
        body = {"round": progress.round}
        key = f"exhausted:{progress.plan.of}:{format_instant(progress.started)}"
        draft = Draft(kind=EventKind.PLAN_EXHAUSTED, occurred_at=at, body=body, key=key)
        entries.append(Entry(draft))
    return tuple(entries)


def _escalated(
    progress: Progress, index: int, *, person: str | None, at: datetime
) -> Draft:
    step = progress.plan.steps[index]
    started = format_instant(progress.started)
    body = {
        "round": progress.round,
        "started": started,
        "step": index,
        "role": step.role,
        "person": person,
    }
    if person is None:
        body["why"] = f"nobody who can be reached is {step.role}"
    key = f"escalated:{progress.plan.of}:{started}:{index}"
    return Draft(kind=EventKind.ESCALATED, occurred_at=at, body=body, key=key)


def _marked(entry: Entry) -> Entry:
    """Say that a step is taken because whoever had taken it on let it lie."""
    body = {**entry.draft.body, "lapsed": True}
    why = "Nothing was heard since it was acknowledged"
    tells = tuple(replace(tell, why=f"{tell.why}: {why}") for tell in entry.tells)
    return Entry(replace(entry.draft, body=body), tells)


def lapses_at(incident: Incident) -> datetime | None:
    """
    Say when an acknowledgement lapses unless its holder does something.

    Parameters
    ----------
    incident : Incident
        Any.

    Returns
    -------
    datetime or None
        UTC, 4 h (the worst severity: 1 h) after the last act of the holder's
        side; None where no plan would start again.
    """
    runs = incident.state is State.ACKNOWLEDGED and incident.heard and incident.pages
    if not runs or incident.progress is None or incident.absorbed_into is not None:
        return None
    worst = incident.severity is Severity.SEV1
    acked = incident.tenure.acked_at
    marks = [acked, incident.heard_at, incident.snoozed_until]
    last = max(mark for mark in marks if mark is not None)
    return last + (LAPSES_SEV1 if worst else LAPSES)


def _is_snoozed(incident: Incident, at: datetime) -> bool:
    return incident.snoozed_until is not None and at < incident.snoozed_until


def settle(incident: Incident, at: datetime) -> tuple[Entry, ...]:
    """
    Give what the end of every alert records, once nothing shows the trouble.

    Parameters
    ----------
    incident : Incident
        Any.
    at : datetime
        UTC, the loop's clock.

    Returns
    -------
    tuple of Entry
        After 10 min of quiet: resolved where nobody took it on, else mitigated
        and not verified.
    """
    since = incident.cleared_at
    if not incident.active or since is None or at < since + QUIET:
        return ()
    return tuple(ending(incident, at, why="nothing shows it any more"))


def ending(incident: Incident, at: datetime, *, why: str) -> Iterator[Entry]:
    """
    Give what ends an incident whose trouble went away by itself.

    Parameters
    ----------
    incident : Incident
        Active.
    at : datetime
        UTC.
    why : str
        What shows that it is over.
    """
    round_ = f"{incident.revision}:{len(incident.times.reopened)}"
    if incident.times.acked is None:
        body: dict[str, object] = {"reason": CloseReason.RECOVERED.value, "why": why}
        kind = EventKind.RESOLVED
    else:
        body = {"verified": False, "why": why}
        kind = EventKind.MITIGATED
    draft = Draft(kind=kind, occurred_at=at, body=body, key=f"{kind.value}:{round_}")
    # Whoever was told that another incident explains theirs hears of that one.
    own = incident.absorbed_into is None
    tell = Tell(incident.holder, None, NoticeKind.NOTE, "It is well again")
    yield Entry(draft, (tell,) if own else ())


def _page(incident: Incident, step: PlanStep, person: str, *, shifts: bool) -> Tell:
    holder = incident.holder
    why = f"You are asked as {step.role} of {holder}"
    if step.role == person:
        why = f"You are asked by name for {holder}"
    elif step.role == ONCALL and not shifts:
        why = f"You are asked because you answer for {holder.team or holder.person}"
    return Tell(holder, person, NoticeKind.PAGE, why)
