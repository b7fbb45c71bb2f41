"""A postmortem: an incident told from its log, with what people have to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.core.ids import digest
from modelowners.core.time import format_instant
from modelowners.incidents.events import Event, EventKind
from modelowners.incidents.incident import Incident
from modelowners.incidents.tenures import Tenure

Json = dict[str, object]

DUE = timedelta(days=14)
"""How long after the end an action should be done."""

_NOT_TOLD = frozenset({EventKind.NOTIFIED, EventKind.NOTIFY_FAILED, EventKind.SEEN})
"""Kinds that the timeline counts instead of listing."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to be done after an incident: what, by whom, until when."""

    what: str
    owner: str | None
    due: datetime

    def plain(self) -> Json:
        """Give it as JSON has it."""
        return {"what": self.what, "owner": self.owner, "due": f"{self.due:%Y-%m-%d}"}


def postmortem(
    incident: Incident, events: Sequence[Event], *, hashes: Mapping[int, str]
) -> Json:
    """
    Tell an incident from its log: nothing in it is remembered, all is quoted.

    Parameters
    ----------
    incident : Incident
        As it stands.
    events : sequence of Event
        Its whole log.
    hashes : mapping of int to str
        Each event's link in the chain, by its number: the evidence.

    Returns
    -------
    dict
        JSON values. A time that was never recorded is null, and ``unknown``
        names it; what went well or poorly is left to people.
    """
    times = incident.times
    document: Json = {
        "incident": incident.id,
        "revision": incident.revision,
        "overview": _overview(incident),
        "what_happened": _happened(incident),
        "contributing_factors": list(_factors(incident)),
        "resolution": _resolution(incident),
        "impact": _impact(incident),
        "responders": _responders(incident, events),
        "tosses": [_handover(one) for one in incident.tenures if one.tossed],
        "hand_offs": [
            _handover(one) for one in incident.tenures if one.reason and not one.tossed
        ],
        "change": _guilty(incident),
        "timeline": [
            _line(event, hashes) for event in events if event.kind not in _NOT_TOLD
        ],
        "messages": sum(event.kind == EventKind.NOTIFIED for event in events),
        "went_well": [],
        "went_poorly": [],
        "actions": [action.plain() for action in _actions(incident)],
        "unknown": [
            name
            for name in ("began", "acked", "cause_confirmed", "mitigated", "resolved")
            if getattr(times, name) is None
        ],
    }
    document["hash"] = digest(document)
    return document


def _overview(incident: Incident) -> Json:
    times = incident.times
    cause = incident.confirmed or incident.proposed
    return {
        "headline": incident.headline,
        "model": incident.model,
        "severity": incident.severity.value,
        "state": incident.state.value,
        "owner": str(incident.holder),
        "cause": {
            "asset": cause.get("asset"),
            "kind": cause.get("kind"),
            "confirmed": incident.confirmed is not None,
        },
        "close_reason": incident.close_reason or incident.dismissed,
        "broken_glass": incident.broken_glass,
        "times": {
            "began": None
            if times.began is None
            else [format_instant(times.began.low), format_instant(times.began.high)],
            **{
                name: _instant(getattr(times, name))
                for name in (
                    *("detected", "received", "notified", "acked", "cause_proposed"),
                    *("cause_confirmed", "owner_engaged", "fix_started"),
                    *("fix_finished", "mitigated", "verified", "resolved", "closed"),
                )
            },
            "reopened": [format_instant(at) for at in times.reopened],
        },
        "minutes": _minutes(incident),
    }


def _minutes(incident: Incident) -> Json:
    """Give how long each stage took, null where either end is unknown."""
    times = incident.times
    began = times.began.at if times.began else None
    stages = {
        "unseen": (began, times.detected),
        "untold": (times.detected, times.notified),
        "unanswered": (times.notified, times.acked),
        "to_cause": (times.detected, times.cause_confirmed),
        "to_fix": (times.detected, times.fix_started),
        "to_end": (times.detected, times.resolved),
    }
    return {
        name: None
        if start is None or end is None
        else round((end - start).total_seconds() / 60, 1)
        for name, (start, end) in stages.items()
    }


def _happened(incident: Incident) -> Json:
    causes = incident.diagnosis.get("causes")
    known = causes if isinstance(causes, list) else []
    return {
        "symptom": incident.diagnosis.get("symptom"),
        "causes": known,
        "alerts": [
            {
                "source": one.source,
                "title": one.title,
                "started": format_instant(one.started),
                "ended": _instant(one.ended),
                "count": one.count,
            }
            for one in incident.signals
        ],
    }


def _factors(incident: Incident) -> Iterator[str]:
    cause = incident.confirmed or incident.proposed
    if cause.get("asset"):
        sure = "confirmed" if incident.confirmed else "proposed, not confirmed"
        kind = str(cause.get("kind")).replace("_", " ")
        yield f"{kind} in {cause.get('asset')} ({sure})"
    for weakness in _list(incident.diagnosis.get("weaknesses_matched")):
        yield str(weakness.get("text"))
    if incident.recurrence_of is not None:
        yield f"it had happened before: {incident.recurrence_of}"
    if incident.tosses:
        yield f"it changed hands {incident.tosses} time(s) because it was not theirs"


def _resolution(incident: Incident) -> Json:
    return {
        "reason": incident.close_reason,
        "mitigated": _instant(incident.times.mitigated),
        "verified": _instant(incident.times.verified),
        "resolved": _instant(incident.times.resolved),
        "fixes": [
            {
                "plan": fix.plan,
                "action": fix.action,
                "asset": fix.asset,
                "state": fix.state.value,
                "at": format_instant(fix.at),
            }
            for fix in incident.fixes
        ],
    }


def _impact(incident: Incident) -> Json:
    symptom = incident.diagnosis.get("symptom")
    found = symptom if isinstance(symptom, Mapping) else {}
    return {
        "metric": found.get("metric"),
        "before": found.get("before"),
        "after": found.get("after"),
        "rows": found.get("rows"),
        "state": found.get("state"),
        "blast": incident.diagnosis.get("blast"),
        "minutes": _minutes(incident)["to_end"],
    }


def _responders(incident: Incident, events: Sequence[Event]) -> list[Json]:
    """Give everyone who did something, with their first act and what they are."""
    held = {tenure.holder.person for tenure in incident.tenures}
    found: dict[str, Json] = {}
    for event in events:
        if event.person is None:
            continue
        one = found.setdefault(
            event.person,
            {
                "person": event.person,
                "first_act": event.kind,
                "at": format_instant(event.occurred_at),
                "acts": 0,
                "held_it": event.person in held,
            },
        )
        one["acts"] = int(str(one["acts"])) + 1
    return list(found.values())


def _handover(tenure: Tenure) -> Json:
    return {
        "from": str(tenure.holder),
        "held_from": format_instant(tenure.start),
        "held_to": _instant(tenure.end),
        "routed_by": tenure.rule,
        "reason": tenure.reason,
    }


def _guilty(incident: Incident) -> object:
    causes = _list(incident.diagnosis.get("causes"))
    wanted = causes[0].get("change_id") if causes else None
    for change in _list(incident.diagnosis.get("changes")):
        if wanted is not None and change.get("id") == wanted:
            return dict(change)
    return None


def _line(event: Event, hashes: Mapping[int, str]) -> Json:
    return {
        "n": event.n,
        "at": format_instant(event.occurred_at),
        "recorded_at": format_instant(event.recorded_at),
        "actor": event.actor,
        "kind": event.kind,
        "body": {
            key: value
            for key, value in event.body.items()
            if key not in {"implies", "dossier", "plan", "relation", "roles", "request"}
        },
        "hash": hashes.get(event.n),
    }


def _actions(incident: Incident) -> Iterator[Action]:
    """Propose what the log shows to be open, each for one person."""
    times = incident.times
    due = (times.resolved or times.detected) + DUE
    holder = incident.holder.person or incident.holder.team
    if incident.confirmed is None:
        command = f"modelowners incident confirm-cause {incident.id}"
        what = f"Say what the cause was: {command}"
        yield Action(what, holder, due)
    if incident.route.get("rule") == "unowned-cause":
        asset = incident.proposed.get("asset")
        yield Action(f"Find an owner for {asset}", holder, due)
    for tenure in incident.tenures:
        if tenure.tossed:
            what = f"Say in the ownership file why {tenure.rule} led to {tenure.holder}"
            yield Action(what, holder, due)
    if incident.broken_glass:
        yield Action("Look over what was mended by break-glass", holder, due)


def _list(value: object) -> list[Mapping[str, object]]:
    return value if isinstance(value, list) else []


def _instant(at: datetime | None) -> str | None:
    return format_instant(at) if at is not None else None
