"""History: events folded, one after the other, into the incident they tell of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import Onset, parse_instant
from modelowners.incidents.events import Event, EventKind
from modelowners.incidents.fixes import brought_on
from modelowners.incidents.incident import Incident, State, Times
from modelowners.incidents.paging import Plan, Progress, paused
from modelowners.incidents.refusals import NoHistory
from modelowners.incidents.severity import Severity
from modelowners.incidents.signals import added
from modelowners.incidents.tenures import Holder, Reason, Tenure, hand_over

K = EventKind
Handler = Callable[[Incident, Event], Incident]


def fold(events: Sequence[Event]) -> Incident:
    """
    Add up the events of one incident.

    Parameters
    ----------
    events : sequence of Event
        In order of their number, the opening first. Any prefix will do.

    Returns
    -------
    Incident
        The same events give the same incident; unknown kinds are skipped and
        counted.

    Raises
    ------
    NoHistory
        If there is no opening at its head.
    """
    if not events or events[0].kind != K.INCIDENT_OPENED:
        raise NoHistory(found=events[0].kind if events else "no event")
    incident = _opened(events[0])
    for event in events[1:]:
        incident = advance(incident, event)
    return incident


def advance(incident: Incident, event: Event) -> Incident:
    """
    Add one event to what came before.

    Parameters
    ----------
    incident : Incident
        Up to the event before.
    event : Event
        The next.

    Returns
    -------
    Incident
        A transition that its state does not allow leaves the state alone.
    """
    handler = HANDLERS.get(event.kind)
    if handler is None:
        known = event.kind in set(EventKind)
        incident = replace(incident, skipped=incident.skipped + (not known))
    else:
        incident = handler(incident, event)
    return _heard(_engage(replace(incident, revision=event.n), event), event)


def _opened(event: Event) -> Incident:
    body = event.body
    holder = Holder.read(body.get("holder"))
    first = Tenure(
        holder=holder,
        start=event.occurred_at,
        rule=_text(body, "rule", "owner-of-symptom"),
        by=event.actor,
    )
    earlier = body.get("recurrence_of")
    severity = Severity(_text(body, "severity", Severity.SEV4.value))
    return Incident(
        id=event.incident,
        revision=event.n,
        model=AssetId(_text(body, "model")),
        symptom_class=_text(body, "class"),
        tier=int(str(body.get("tier", 3))),
        state=State.OPEN,
        severity=severity,
        judged=severity,
        pages=body.get("pages") is True,
        headline=_text(body, "headline"),
        times=Times(detected=event.occurred_at, received=event.recorded_at),
        tenures=(first,),
        changed_at=event.occurred_at,
        findings=_texts(body.get("findings")),
        recurrence_of=IncidentId(str(earlier)) if earlier else None,
        last_window_end=_instant(body.get("window_end")),
        sick=body.get("source") is None,
        storm=body.get("storm") is True,
    )


def _attached(incident: Incident, event: Event) -> Incident:
    found = _texts(event.body.get("findings"))
    known = dict.fromkeys((*incident.findings, *found))
    return replace(
        _signalled(incident, event),
        findings=tuple(known),
        last_window_end=_later(incident, event),
        sick=incident.sick or bool(found),
        cleared_at=None,
    )


def _cleared(incident: Incident, event: Event) -> Incident:
    incident = _signalled(incident, event)
    # An entry without a signal tells of our own findings.
    ours = "signal" not in event.body
    incident = replace(incident, sick=incident.sick and not ours)
    over = not incident.sick and not incident.firing
    return replace(incident, cleared_at=event.occurred_at if over else None)


def _signalled(incident: Incident, event: Event) -> Incident:
    said = event.body.get("signal")
    if not isinstance(said, Mapping):
        return incident
    alerts = added(incident.signals, said, seen=event.recorded_at)
    return replace(incident, signals=alerts)


def _later(incident: Incident, event: Event) -> datetime | None:
    found = _instant(event.body.get("window_end"))
    ends = [at for at in (incident.last_window_end, found) if at is not None]
    return max(ends, default=None)


def _onset(incident: Incident, event: Event) -> Incident:
    at, low, high = (_instant(event.body.get(key)) for key in ("at", "low", "high"))
    if at is None or low is None or high is None:
        return incident
    return _timed(incident, began=Onset(at, low, high))


def _routed(incident: Incident, event: Event) -> Incident:
    body = event.body
    to = Holder.read(body.get("to"))
    reason = _text(body, "reason", Reason.FOUND_CAUSE_ELSEWHERE)
    if to.key != incident.holder.key or to.person != incident.holder.person:
        incident = _handed(incident, event, to=to, reason=reason)
    shown = ("rule", "probability", "candidates", "why", "responder", "asset")
    return _planned(replace(incident, route=_shown(body, shown)), event)


def _assigned(incident: Incident, event: Event) -> Incident:
    reason = _text(event.body, "reason", Reason.NEEDS_HELP)
    to = Holder.read(event.body.get("to"))
    refused = {*incident.refused, *_texts(event.body.get("refused"))}
    moved = _handed(incident, event, to=to, reason=reason)
    route = {**incident.route, **_shown(event.body, ("rule", "probability", "asset"))}
    moved = replace(moved, refused=tuple(sorted(refused)), route=route)
    return _planned(moved, event)


def _handed(incident: Incident, event: Event, *, to: Holder, reason: str) -> Incident:
    following = Tenure(
        holder=to,
        start=event.occurred_at,
        rule=_text(event.body, "rule", "by-hand"),
        by=event.actor,
    )
    tenures = hand_over(incident.tenures, following, reason=reason)
    return replace(incident, tenures=tenures)


def _planned(incident: Incident, event: Event) -> Incident:
    plan = Plan.read(event.body.get("plan"))
    begun = Progress(plan=plan, started=event.occurred_at) if plan else None
    return replace(incident, progress=begun)


def _escalated(incident: Incident, event: Event) -> Incident:
    progress = incident.progress
    if progress is None:
        return incident
    number = int(str(event.body.get("round", 0)))
    started = _instant(event.body.get("started")) or progress.started
    if number != progress.round:
        progress = Progress(plan=progress.plan, started=started, round=number)
    done = {*progress.done, int(str(event.body.get("step", 0)))}
    if event.body.get("lapsed") is True:
        *earlier, last = incident.tenures
        incident = replace(incident, tenures=(*earlier, replace(last, lapsed=True)))
    return replace(incident, progress=replace(progress, done=tuple(sorted(done))))


def _exhausted(incident: Incident, event: Event) -> Incident:
    if incident.progress is None:
        return incident
    resting = replace(incident.progress, exhausted_at=event.occurred_at)
    return replace(incident, progress=resting)


def _notified(incident: Incident, event: Event) -> Incident:
    if event.body.get("person") is None or incident.times.notified is not None:
        return incident
    return _timed(incident, notified=event.occurred_at)


def _acked(incident: Incident, event: Event) -> Incident:
    *earlier, last = incident.tenures
    if not incident.heard:
        first = last.acked_at or event.occurred_at
        last = replace(last, acked_at=first, acked_by=event.person, lapsed=False)
    incident = replace(incident, tenures=(*earlier, last))
    if incident.times.acked is None:
        incident = _timed(incident, acked=event.occurred_at)
    return _moved(incident, event, State.ACKNOWLEDGED)


def _severity(incident: Incident, event: Event) -> Incident:
    found = Severity(_text(event.body, "severity", incident.severity.value))
    return replace(
        incident,
        severity=found,
        judged=incident.judged if event.person else found,
        # The worst is never left in peace.
        snoozed_until=None if found is Severity.SEV1 else incident.snoozed_until,
        pages=event.body.get("pages", incident.pages) is True,
        headline=_text(event.body, "headline", incident.headline),
    )


def _proposed(incident: Incident, event: Event) -> Incident:
    body = event.body
    shown = ("asset", "category", "kind", "column", "change_id", "probability")
    found = body.get("dossier")
    incident = replace(
        incident,
        headline=_text(body, "headline", incident.headline),
        proposed={key: body.get(key) for key in shown},
        diagnosis=found if isinstance(found, Mapping) else {},
        last_window_end=_later(incident, event),
        diagnosed_at=event.occurred_at,
    )
    if incident.times.cause_proposed is None and body.get("asset") is not None:
        incident = _timed(incident, cause_proposed=event.occurred_at)
    return incident


def _confirmed(incident: Incident, event: Event) -> Incident:
    cause = {key: event.body.get(key) for key in ("asset", "category", "kind")}
    incident = _engage(replace(incident, confirmed=cause), event)
    engaged = dict(incident.engagements).get(AssetId(str(cause["asset"])))
    return _timed(incident, cause_confirmed=event.occurred_at, owner_engaged=engaged)


def _rejected(incident: Incident, event: Event) -> Incident:
    del event
    lost = _timed(incident, cause_confirmed=None, owner_engaged=None)
    return replace(lost, confirmed=None)


def _mitigated(incident: Incident, event: Event) -> Incident:
    if not incident.may_become(State.MITIGATED):
        return incident
    incident = _timed(incident, mitigated=event.occurred_at)
    return _moved(incident, event, State.MITIGATED)


def _resolved(incident: Incident, event: Event) -> Incident:
    if not incident.may_become(State.RESOLVED):
        return incident
    reason = _text(event.body, "reason", "fixed")
    incident = _timed(incident, resolved=event.occurred_at)
    return _moved(replace(incident, close_reason=reason), event, State.RESOLVED)


def _closed(incident: Incident, event: Event) -> Incident:
    if not incident.may_become(State.CLOSED):
        return incident
    incident = _timed(incident, closed=event.occurred_at)
    return _moved(incident, event, State.CLOSED)


def _reopened(incident: Incident, event: Event) -> Incident:
    if not incident.may_become(State.OPEN):
        return incident
    again = (*incident.times.reopened, event.occurred_at)
    incident = replace(
        _afresh(_timed(incident, reopened=again), event),
        last_window_end=_later(incident, event),
        cleared_at=None,
        # A window that shows it says so; a person's word says nothing of it.
        sick=incident.sick or "window_end" in event.body,
    )
    return _moved(incident, event, State.OPEN)


def _afresh(incident: Incident, event: Event) -> Incident:
    """Take back what ended it: it is open as on the first day, and asks again."""
    # Whoever had it acknowledged has to hear of it again.
    *earlier, last = incident.tenures
    last = replace(last, acked_at=None, acked_by=None, lapsed=False)
    progress = incident.progress
    if progress is not None:
        progress = Progress(plan=progress.plan, started=event.occurred_at)
    return replace(
        _timed(incident, mitigated=None, verified=None, resolved=None),
        tenures=(*earlier, last),
        progress=progress,
        close_reason=None,
        dismissed=None,
        merged_into=None,
        absorbed_into=None,
        snoozed_until=None,
    )


def _merged(incident: Incident, event: Event) -> Incident:
    if not incident.may_become(State.MERGED):
        return incident
    incident = replace(incident, merged_into=_into(event), absorbed_into=None)
    return _moved(incident, event, State.MERGED)


def _unmerged(incident: Incident, event: Event) -> Incident:
    if incident.state is not State.MERGED:
        return incident
    return _moved(_afresh(incident, event), event, State.OPEN)


def _dismissed(incident: Incident, event: Event) -> Incident:
    if not incident.may_become(State.DISMISSED):
        return incident
    incident = replace(incident, dismissed=_text(event.body, "reason"))
    return _moved(incident, event, State.DISMISSED)


def _absorbed(incident: Incident, event: Event) -> Incident:
    return replace(incident, absorbed_into=_into(event))


def _into(event: Event) -> IncidentId | None:
    found = _text(event.body, "into")
    return IncidentId(found) if found else None


def _released(incident: Incident, event: Event) -> Incident:
    alone = incident.alone or event.person is not None
    return replace(incident, absorbed_into=None, alone=alone)


def _snoozed(incident: Incident, event: Event) -> Incident:
    until = _instant(event.body.get("until"))
    if until is None or incident.severity is Severity.SEV1:
        return incident
    start = max(event.occurred_at, incident.snoozed_until or event.occurred_at)
    progress = incident.progress
    if progress is not None and until > start:
        progress = paused(progress, until - start)
    return replace(incident, snoozed_until=max(until, start), progress=progress)


def _verified(incident: Incident, event: Event) -> Incident:
    return _timed(incident, verified=event.occurred_at)


def _fixed(incident: Incident, event: Event) -> Incident:
    """Keep how far a fix has come: its first start and its last success count."""
    at = event.occurred_at
    fixes = brought_on(incident.fixes, event.kind, event.body, at=at)
    incident = replace(incident, fixes=fixes)
    if event.kind == K.FIX_STARTED and incident.times.fix_started is None:
        return _timed(incident, fix_started=at)
    if event.kind == K.FIX_FINISHED:
        return _timed(incident, fix_finished=at)
    return incident


def _first(name: str) -> Handler:
    """Keep when something happened first."""

    def note(incident: Incident, event: Event) -> Incident:
        if getattr(incident.times, name) is not None:
            return incident
        return _timed(incident, **{name: event.occurred_at})

    return note


def _broke_glass(incident: Incident, event: Event) -> Incident:
    del event
    return replace(incident, broken_glass=True)


def _moved(incident: Incident, event: Event, state: State) -> Incident:
    if not incident.may_become(state):
        return incident
    return replace(incident, state=state, changed_at=event.occurred_at)


def _engage(incident: Incident, event: Event) -> Incident:
    """Remember the first act, per asset, of whoever then answered for it."""
    roles = event.body.get("roles")
    if event.person is None or not isinstance(roles, Mapping):
        return incident
    first = dict(incident.engagements)
    for asset, held in sorted(roles.items()):
        if held and AssetId(asset) not in first:
            first[AssetId(asset)] = event.occurred_at
    return replace(incident, engagements=tuple(sorted(first.items())))


def _heard(incident: Incident, event: Event) -> Incident:
    """Remember the last act of the holder's side: an acknowledgement needs them."""
    relations = _texts(event.body.get("relation"))
    theirs = event.person is not None and (
        "holder" in relations or event.person == incident.tenure.acked_by
    )
    return replace(incident, heard_at=event.occurred_at) if theirs else incident


def _timed(incident: Incident, **times: object) -> Incident:
    return replace(incident, times=replace(incident.times, **times))  # type: ignore[arg-type]  # each caller names fields of Times


def _shown(body: Mapping[str, object], keys: Sequence[str]) -> dict[str, object]:
    return {key: body[key] for key in keys if key in body}


def _text(body: Mapping[str, object], key: str, otherwise: str = "") -> str:
    found = body.get(key)
    return found if isinstance(found, str) else otherwise


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _instant(value: object) -> datetime | None:
    return parse_instant(value) if isinstance(value, str) else None


HANDLERS: Mapping[str, Handler] = {
    K.SIGNAL_ATTACHED: _attached,
    K.SIGNAL_CLEARED: _cleared,
    K.ONSET_ESTIMATED: _onset,
    K.ROUTE_DECIDED: _routed,
    K.NOTIFIED: _notified,
    K.ESCALATED: _escalated,
    K.PLAN_EXHAUSTED: _exhausted,
    K.ACKED: _acked,
    K.ASSIGNED: _assigned,
    K.SEVERITY_CHANGED: _severity,
    K.CAUSE_PROPOSED: _proposed,
    K.CAUSE_CONFIRMED: _confirmed,
    K.CAUSE_REJECTED: _rejected,
    K.APPROVAL_REQUESTED: _first("approval_requested"),
    K.APPROVAL_GRANTED: _first("approval_granted"),
    K.FIX_PLANNED: _fixed,
    K.FIX_STARTED: _fixed,
    K.FIX_FINISHED: _fixed,
    K.FIX_FAILED: _fixed,
    K.BREAKGLASS_USED: _broke_glass,
    K.MITIGATED: _mitigated,
    K.VERIFIED: _verified,
    K.RESOLVED: _resolved,
    K.REOPENED: _reopened,
    K.CLOSED: _closed,
    K.MERGED: _merged,
    K.UNMERGED: _unmerged,
    K.DISMISSED: _dismissed,
    K.ABSORBED: _absorbed,
    K.RELEASED: _released,
    K.SNOOZED: _snoozed,
}
"""What each kind does; every other kind is history only."""
