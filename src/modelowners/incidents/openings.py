"""Openings: what the loop records by itself, from a diagnosis to a recovery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from modelowners.catalog.owners import Ownership
from modelowners.core.ids import IncidentId
from modelowners.diagnosis.causes import Category
from modelowners.incidents.deadlines import ending
from modelowners.incidents.dossier import cause_key, dossier, onset_json
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import Draft, EventKind
from modelowners.incidents.incident import UNRESOLVED, CloseReason, Incident, State
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.routing import Route, Rule, course, route
from modelowners.incidents.sightings import Sighting
from modelowners.incidents.tenures import Holder, Reason


def open_incident(
    sighting: Sighting, *, recurrence_of: IncidentId | None = None
) -> tuple[Entry, ...]:
    """
    Give what opening an incident records: the trouble, its cause, its route.

    Parameters
    ----------
    sighting : Sighting
        With a symptom.
    recurrence_of : IncidentId, optional
        The earlier incident of the same trouble.

    Returns
    -------
    tuple of Entry
        Opening, onset, proposed cause and route; `escalate` adds the first page.
    """
    decided = route(sighting.diagnosis.causes, symptom=sighting.holder)
    pages = sighting.grading().pages
    return (
        *opening(sighting, recurrence_of=recurrence_of),
        routed(sighting, decided, pages=pages),
    )


def opening(
    sighting: Sighting, *, recurrence_of: IncidentId | None = None
) -> tuple[Entry, ...]:
    """Give what a new incident records of its trouble and cause, without a route."""
    grading = sighting.grading()
    body = {
        "model": sighting.model,
        "class": sighting.symptom,
        "tier": sighting.ownership[sighting.model].tier,
        "severity": grading.severity.value,
        "effect": grading.effect.value,
        "pages": grading.pages,
        "why": grading.why,
        "headline": sighting.headline,
        "findings": list(sighting.finding_ids),
        "holder": sighting.holder.plain(),
        "rule": Rule.SYMPTOM_OWNER.value,
        "catalog": sighting.catalog,
        "window_end": sighting.window_end,
        "recurrence_of": recurrence_of,
    }
    opened = Entry(_draft(sighting, EventKind.INCIDENT_OPENED, body, key="opened"))
    return (opened, *_onset(sighting), _proposal(sighting))


def reassess(incident: Incident, sighting: Sighting) -> tuple[Entry, ...]:
    """
    Give what a further look at an unresolved incident records; often nothing.

    Parameters
    ----------
    incident : Incident
        Open, acknowledged or mitigated.
    sighting : Sighting
        With a symptom.

    Returns
    -------
    tuple of Entry
        New findings, a worse severity, another likeliest cause; before
        acknowledgement a surer route, afterwards a proposal to the holder.
    """
    entries: list[Entry] = []
    # What was mitigated by hand is still seen for a while: only a return counts.
    if incident.state is State.MITIGATED and not incident.sick:
        entries.append(_again(sighting, "it is seen again"))
    entries.extend(_attached(incident, sighting))
    entries.extend(_worsened(incident, sighting))
    if is_rethought(incident, sighting):
        entries.extend(_rethought(incident, sighting))
    return tuple(entries)


def is_rethought(incident: Incident, sighting: Sighting) -> bool:
    """
    Tell whether a further look names another likeliest cause than before.

    Parameters
    ----------
    incident : Incident
        With the last proposal.
    sighting : Sighting
        With a symptom. That no cause is found any more is no other cause.
    """
    key = cause_key(sighting.diagnosis)
    changed = any(incident.proposed.get(name) != value for name, value in key.items())
    return changed and (key["asset"] is not None or not incident.proposed)


def reopen(incident: Incident, sighting: Sighting) -> tuple[Entry, ...]:
    """Give what the return of a trouble records, resolved or dismissed before."""
    if incident.state is State.DISMISSED:
        why = "it is worse than when it was dismissed"
        return (_again(sighting, why), *_worsened(incident, sighting))
    return (_again(sighting, "it recurred within 30 minutes"),)


def clear(incident: Incident, sighting: Sighting) -> tuple[Entry, ...]:
    """
    Give what a recovery records, once a full window shows none of the trouble.

    Parameters
    ----------
    incident : Incident
        Any but a closed one.
    sighting : Sighting
        Without symptom.

    Returns
    -------
    tuple of Entry
        Nothing while the newest window is still one that showed it. After a
        finished fix: verified and resolved. Else unacknowledged: resolved,
        recovered by itself; acknowledged: mitigated, not verified. While an
        alert of another system fires, only that we see it no more.
    """
    last = incident.last_window_end
    stale = last is not None and sighting.diagnosis.window.end <= last
    if stale or incident.state is State.CLOSED:
        return ()
    entries = [_seen_well(incident, sighting)] if incident.sick else []
    if incident.firing:
        return tuple(entries)
    if incident.state in UNRESOLVED and _is_mended(incident, sighting):
        return (*entries, *_verified(incident, sighting))
    if incident.active and incident.sick:
        entries += ending(incident, sighting.at, why="a full window shows none of it")
    return tuple(entries)


def _seen_well(incident: Incident, sighting: Sighting) -> Entry:
    body = {"findings": list(incident.findings), "window_end": sighting.window_end}
    key = f"cleared:{sighting.window_end}:{len(incident.times.reopened)}"
    return Entry(_draft(sighting, EventKind.SIGNAL_CLEARED, body, key=key))


def _is_mended(incident: Incident, sighting: Sighting) -> bool:
    """Tell whether the window lies, at least in part, after a finished fix."""
    fixed = incident.times.fix_finished
    return fixed is not None and sighting.diagnosis.window.end > fixed


def _verified(incident: Incident, sighting: Sighting) -> Iterator[Entry]:
    why = "a full window after the fix shows none of it"
    body: dict[str, object] = {"window_end": sighting.window_end, "why": why}
    key = f"verified:{sighting.window_end}"
    yield Entry(_draft(sighting, EventKind.VERIFIED, body, key=key))
    reason = {"reason": CloseReason.FIXED.value, "why": why}
    tell = Tell(incident.holder, None, NoticeKind.NOTE, "It is fixed, and verified")
    key = f"resolved:{sighting.window_end}"
    draft = _draft(sighting, EventKind.RESOLVED, reason, key=key)
    yield Entry(draft, (tell,))


def _draft(
    sighting: Sighting, kind: EventKind, body: Mapping[str, object], *, key: str
) -> Draft:
    return Draft(kind=kind, occurred_at=sighting.at, body=body, key=key)


def _again(sighting: Sighting, why: str) -> Entry:
    body = {"why": why, "window_end": sighting.window_end}
    key = f"reopened:{sighting.window_end}"
    return Entry(_draft(sighting, EventKind.REOPENED, body, key=key))


def _onset(sighting: Sighting) -> Iterator[Entry]:
    diagnosis = sighting.diagnosis
    top = diagnosis.causes[0] if diagnosis.causes else None
    known = top is not None and top.category is not Category.UNKNOWN
    if top is not None and known:
        found, method = top.onset, f"diagnosis: {top.kind.value}"
    elif diagnosis.symptom is not None:
        found, method = diagnosis.symptom.onset, "symptom"
    else:
        return
    body = {**onset_json(found), "method": method}
    key = f"onset:{method}:{sighting.window_end}"
    yield Entry(_draft(sighting, EventKind.ONSET_ESTIMATED, body, key=key))


def _moves(incident: Incident, onset: Entry) -> bool:
    began = incident.times.began
    known = onset_json(began) if began else {}
    return any(onset.draft.body.get(key) != value for key, value in known.items())


def _attached(incident: Incident, sighting: Sighting) -> Iterator[Entry]:
    new = [found for found in sighting.finding_ids if found not in incident.findings]
    if new:
        body = {"findings": new, "window_end": sighting.window_end}
        key = f"attached:{','.join(new)}"
        yield Entry(_draft(sighting, EventKind.SIGNAL_ATTACHED, body, key=key))


def _worsened(incident: Incident, sighting: Sighting) -> Iterator[Entry]:
    found = sighting.grading()
    starts_paging = found.pages and not incident.pages
    if not starts_paging and found.severity.value >= incident.judged.value:
        return
    body = {
        "severity": min(found.severity.value, incident.severity.value),
        "pages": found.pages or incident.pages,
        "why": found.why,
        "headline": sighting.headline,
    }
    key = f"severity:{body['severity']}:{body['pages']}:{sighting.window_end}"
    yield Entry(_draft(sighting, EventKind.SEVERITY_CHANGED, body, key=key))


def _rethought(incident: Incident, sighting: Sighting) -> Iterator[Entry]:
    decided = route(
        sighting.diagnosis.causes, symptom=sighting.holder, refused=incident.refused
    )
    surer = decided.rule is Rule.CAUSE_OWNER and decided.to.key != incident.holder.key
    surer = surer and incident.absorbed_into is None
    by_hand = incident.tenure.rule == Rule.BY_HAND
    heard = incident.heard or incident.confirmed is not None or by_hand
    if surer and heard:
        why = (
            f"The diagnosis now points to {decided.to}. To hand it over: "
            f"modelowners incident confirm-cause {incident.id}"
        )
        yield _proposal(
            sighting, Tell(incident.holder, None, NoticeKind.NOTE, why), to=decided.to
        )
        return
    yield _proposal(sighting)
    yield from (one for one in _onset(sighting) if _moves(incident, one))
    if surer:
        yield routed(
            sighting,
            decided,
            pages=incident.pages,
            reason=Reason.FOUND_CAUSE_ELSEWHERE,
            former=incident.holder,
        )


def _proposal(sighting: Sighting, *tells: Tell, to: Holder | None = None) -> Entry:
    key = cause_key(sighting.diagnosis)
    top = sighting.diagnosis.causes[0] if sighting.diagnosis.causes else None
    found = dossier(sighting.diagnosis, sighting.changes)
    body = {
        **key,
        "probability": top.probability if top else None,
        "headline": sighting.headline,
        "window_end": sighting.window_end,
        "suggests": to.plain() if to else None,
        "dossier": {**found, "blast": dict(sighting.blast), **sighting.extra},
    }
    identity = ":".join(str(value) for value in key.values())
    return Entry(
        _draft(
            sighting,
            EventKind.CAUSE_PROPOSED,
            body,
            key=f"proposed:{identity}:{sighting.window_end}",
        ),
        tells,
    )


def routed(
    sighting: Sighting,
    decided: Route,
    *,
    pages: bool,
    reason: Reason | None = None,
    former: Holder | None = None,
) -> Entry:
    """
    Record who holds it, and tell them and whoever else is concerned.

    Parameters
    ----------
    sighting : Sighting
        What the decision rests on.
    decided : Route
        The decision.
    pages : bool
        Whether the holder's escalation plan runs.
    reason : Reason, optional
        Why it changes hands, where it was held before.
    former : Holder, optional
        Who held it before.
    """
    body, tells = course(decided, _answering(sighting, decided), pages=pages)
    body["catalog"] = sighting.catalog
    if reason is not None:
        body["reason"] = reason.value
    tells = (*tells, *_others(sighting, decided, former))
    key = f"route:{decided.to.key}:{decided.rule.value}:{sighting.window_end}"
    draft = _draft(sighting, EventKind.ROUTE_DECIDED, body, key=key)
    return Entry(draft, tells)


def _answering(sighting: Sighting, decided: Route) -> Ownership:
    """Find the asset whose roles answer: the likeliest cause's that is the holder's."""
    if decided.rule is Rule.CAUSE_OWNER:
        for cause in sighting.diagnosis.causes:
            holder = Holder(cause.owner.team, cause.owner.person)
            if holder.key == decided.to.key and cause.asset in sighting.ownership:
                return sighting.ownership[cause.asset]
    return sighting.ownership[sighting.model]


def _others(
    sighting: Sighting, decided: Route, former: Holder | None
) -> Iterator[Tell]:
    notes: dict[str, Tell] = {}
    for holder in (*decided.notes, *([former] if former else [])):
        if holder.key != decided.to.key:
            why = f"For your information: {decided.to} holds it"
            notes[holder.key] = Tell(holder, None, NoticeKind.NOTE, why)
    yield from notes.values()
    author = _author(sighting, decided)
    if author is not None:
        why = f"For your information: a change of yours is near; {decided.to} holds it"
        yield Tell(Holder(None, author), author, NoticeKind.NOTE, why)


def _author(sighting: Sighting, decided: Route) -> str | None:
    """Find who made the matched change, unless they hold the incident anyway."""
    matched: Sequence[object] = [c.change_id for c in sighting.diagnosis.causes[:1]]
    for change in sighting.changes:
        if change.id in matched and change.who.person not in {None, decided.to.person}:
            return change.who.person
    return None
