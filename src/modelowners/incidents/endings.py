"""Endings: an incident is over, was none, or is another's; and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from modelowners.catalog.owners import Ownership
from modelowners.core.time import format_instant
from modelowners.incidents.acts import MAX_NOTE, Actor, check, listed, to_holder
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import EventKind
from modelowners.incidents.incident import (
    Act,
    CloseReason,
    DismissReason,
    Incident,
    State,
)
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.refusals import NotNow, OutOfOrder
from modelowners.incidents.routing import Route, Rule, course
from modelowners.incidents.sightings import holder_of


def mitigate(incident: Incident, actor: Actor, *, text: str = "") -> tuple[Entry, ...]:
    """
    Say that the harm has stopped, though its cause may still be there.

    Parameters
    ----------
    incident : Incident
        Active.
    actor : Actor
        Its holder, or who answers for its model or its cause.
    text : str
        A remark.
    """
    check(incident, Act.MITIGATE, actor)
    check_order(incident, "mitigated", actor.at)
    body = {"verified": False, "why": text[:MAX_NOTE] or "said by hand"}
    why = f"{actor.person} says the harm has stopped"
    draft = actor.draft(EventKind.MITIGATED, body)
    return (Entry(draft, tuple(to_holder(incident, actor, why))),)


def resolve(
    incident: Incident, actor: Actor, *, reason: CloseReason, text: str = ""
) -> tuple[Entry, ...]:
    """
    Say that the trouble is over.

    Parameters
    ----------
    incident : Incident
        Unresolved. A state that was skipped stays unknown.
    actor : Actor
        Its holder, or who answers for its model or its cause.
    reason : CloseReason
        Why it is over.
    text : str
        A remark.
    """
    check(incident, Act.RESOLVE, actor)
    check_order(incident, "resolved", actor.at)
    body = {"reason": reason.value, "text": text[:MAX_NOTE]}
    why = f"{actor.person} says it is over: {reason.value}"
    tell = Tell(incident.holder, None, NoticeKind.NOTE, why)
    return (Entry(actor.draft(EventKind.RESOLVED, body), (tell,)),)


def check_order(incident: Incident, field: str, at: datetime) -> None:
    """
    Refuse an end that lies before what came before it.

    Parameters
    ----------
    incident : Incident
        Which.
    field : str
        ``mitigated`` or ``resolved``.
    at : datetime
        UTC; when it is said to have happened.

    Raises
    ------
    OutOfOrder
        If it would be mitigated before it began, or resolved before either.
    """
    for name, bound in _bounds(incident):
        if name != field and at < bound:
            raise OutOfOrder(
                incident=incident.id,
                field=field,
                found=format_instant(at),
                why=f"{name} is {format_instant(bound)}",
            )


def _bounds(incident: Incident) -> Iterator[tuple[str, datetime]]:
    times = incident.times
    if times.mitigated is not None:
        yield "mitigated", times.mitigated
    if times.began is not None:
        yield "began", times.began.low


def dismiss(
    incident: Incident, actor: Actor, *, reason: DismissReason, text: str = ""
) -> tuple[Entry, ...]:
    """
    Say that it was no incident; it comes back only if it grows worse.

    Parameters
    ----------
    incident : Incident
        Not closed.
    actor : Actor
        Its holder, or who answers for its model.
    reason : DismissReason
        Why not.
    text : str
        A remark.
    """
    check(incident, Act.DISMISS, actor)
    body = {"reason": reason.value, "text": text[:MAX_NOTE]}
    why = f"{actor.person} says it is none: {reason.value}"
    draft = actor.draft(EventKind.DISMISSED, body)
    return (Entry(draft, tuple(to_holder(incident, actor, why))),)


def take_up(incident: Incident, actor: Actor, *, text: str = "") -> tuple[Entry, ...]:
    """
    Open an incident again: whoever holds it is asked anew.

    Parameters
    ----------
    incident : Incident
        Mitigated, resolved or dismissed.
    actor : Actor
        Any member.
    text : str
        Why.
    """
    check(incident, Act.REOPEN, actor)
    body = {"why": text[:MAX_NOTE] or "said by hand"}
    return (Entry(actor.draft(EventKind.REOPENED, body)),)


def merge(
    incident: Incident, actor: Actor, *, into: Incident, text: str = ""
) -> tuple[Entry, ...]:
    """
    Say that it is the same trouble as another incident.

    Parameters
    ----------
    incident : Incident
        Not closed.
    actor : Actor
        Any member.
    into : Incident
        The other, which goes on.
    text : str
        A remark.

    Raises
    ------
    NotNow
        If the other is itself, or no longer goes on.
    """
    check(incident, Act.MERGE, actor)
    why = ""
    if into.id == incident.id:
        why = " with itself"
    elif into.state in {State.MERGED, State.DISMISSED, State.CLOSED}:
        why = f" into {into.id}, which is {into.state.value}"
    elif into.absorbed_into == incident.id:
        why = f" into {into.id}, which it explains"
    if why:
        raise NotNow(
            incident=incident.id,
            state=incident.state.value,
            act=Act.MERGE.value,
            why=why,
            available=listed(incident),
        )
    body = {"into": into.id, "text": text[:MAX_NOTE]}
    told = f"{actor.person} merged it into {into.id}, which {into.holder} holds"
    draft = actor.draft(EventKind.MERGED, body)
    return (Entry(draft, tuple(to_holder(incident, actor, told))),)


def unmerge(
    incident: Incident, actor: Actor, *, ownership: Ownership, text: str = ""
) -> tuple[Entry, ...]:
    """
    Say that it is a trouble of its own after all.

    Parameters
    ----------
    incident : Incident
        Merged, or explained by another.
    actor : Actor
        Any member.
    ownership : Ownership
        Of its asset: an incident that never had a route gets one.
    text : str
        Why.
    """
    check(incident, Act.UNMERGE, actor)
    why = text[:MAX_NOTE] or "said by hand"
    if incident.state is State.MERGED:
        body = {"from": incident.merged_into, "why": why}
        return (Entry(actor.draft(EventKind.UNMERGED, body)),)
    body = {"from": incident.absorbed_into, "why": why}
    released = Entry(actor.draft(EventKind.RELEASED, body))
    decided = Route(to=holder_of(ownership), rule=Rule.SYMPTOM_OWNER)
    route, tells = course(decided, ownership, pages=incident.pages)
    return released, Entry(actor.draft(EventKind.ROUTE_DECIDED, route), tells)
