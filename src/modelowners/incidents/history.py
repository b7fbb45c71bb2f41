"""History: events folded, one after the other, into the incident they tell of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import Onset, parse_instant
from modelowners.incidents.events import Event, EventKind
from modelowners.incidents.incident import Incident, State, Times
from modelowners.incidents.paging import Plan, Progress
from modelowners.incidents.refusals import NoHistory
from modelowners.incidents.severity import Severity
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
        skipped = incident.skipped + (not known)
        return _engage(replace(incident, revision=event.n, skipped=skipped), event)
    return _engage(replace(handler(incident, event), revision=event.n), event)


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
    return Incident(
        id=event.incident,
        revision=event.n,
        model=AssetId(_text(body, "model")),
        symptom_class=_text(body, "class"),
        tier=int(str(body.get("tier", 3))),
        state=State.OPEN,
        severity=Severity(_text(body, "severity", Severity.SEV4.value)),
        pages=body.get("pages") is True,
        headline=_text(body, "headline"),
        times=Times(detected=event.occurred_at, received=event.recorded_at),
        tenures=(first,),
        changed_at=event.occurred_at,
        findings=_texts(body.get("findings")),
        recurrence_of=IncidentId(str(earlier)) if earlier else None,
        last_window_end=_instant(body.get("window_end")),
    )


def _attached(incident: Incident, event: Event) -> Incident:
    known = dict.fromkeys((*incident.findings, *_texts(event.body.get("findings"))))
    return replace(
        incident,
        findings=tuple(known),
        last_window_end=_later(incident, event),
    )


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
    if last.acked_at is None:
        last = replace(last, acked_at=event.occurred_at, acked_by=event.person)
    incident = replace(incident, tenures=(*earlier, last))
    if incident.times.acked is None:
        incident = _timed(incident, acked=event.occurred_at)
    return _moved(incident, event, State.ACKNOWLEDGED)


def _severity(incident: Incident, event: Event) -> Incident:
    return replace(
        incident,
        severity=Severity(_text(event.body, "severity", incident.severity.value)),
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
    incident = _timed(incident, mitigated=event.occurred_at)
    return _moved(incident, event, State.MITIGATED)


def _resolved(incident: Incident, event: Event) -> Incident:
    if not incident.may_become(State.RESOLVED):
        return incident
    reason = _text(event.body, "reason", "fixed")
    incident = _timed(incident, resolved=event.occurred_at)
    return _moved(replace(incident, close_reason=reason), event, State.RESOLVED)


def _closed(incident: Incident, event: Event) -> Incident:
    incident = _timed(incident, closed=event.occurred_at)
    return _moved(incident, event, State.CLOSED)


def _reopened(incident: Incident, event: Event) -> Incident:
    if not incident.may_become(State.OPEN):
        return incident
    times = incident.times
    incident = replace(
        incident,
        close_reason=None,
        last_window_end=_later(incident, event),
        times=replace(
            times,
            reopened=(*times.reopened, event.occurred_at),
            mitigated=None,
            verified=None,
            resolved=None,
        ),
    )
    # Whoever had it acknowledged has to hear of it again.
    *earlier, last = incident.tenures
    last = replace(last, acked_at=None, acked_by=None)
    incident = replace(incident, tenures=(*earlier, last))
    if incident.progress is not None:
        again = Progress(plan=incident.progress.plan, started=event.occurred_at)
        incident = replace(incident, progress=again)
    return _moved(incident, event, State.OPEN)


def _verified(incident: Incident, event: Event) -> Incident:
    return _timed(incident, verified=event.occurred_at)


def _fix_started(incident: Incident, event: Event) -> Incident:
    if incident.times.fix_started is not None:
        return incident
    return _timed(incident, fix_started=event.occurred_at)


def _to(state: State) -> Handler:
    def move(incident: Incident, event: Event) -> Incident:
        return _moved(incident, event, state)

    return move


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
    K.FIX_STARTED: _fix_started,
    K.MITIGATED: _mitigated,
    K.VERIFIED: _verified,
    K.RESOLVED: _resolved,
    K.REOPENED: _reopened,
    K.CLOSED: _closed,
    K.MERGED: _to(State.MERGED),
    K.UNMERGED: _reopened,
    K.DISMISSED: _to(State.DISMISSED),
}
"""What each kind does; every other kind is history only."""
