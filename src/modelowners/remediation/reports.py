"""Reports: what the steps of a fix mean to the incident it is to mend."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from modelowners.core.ids import AssetId
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import Draft, EventKind, person_actor
from modelowners.incidents.incident import UNRESOLVED, CloseReason, Incident
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.tenures import Holder
from modelowners.remediation.fixes import Fix, Reason, Step, StepKind

Json = Mapping[str, object]


def report(
    fix: Fix,
    incident: Incident,
    *,
    owner: Holder,
    known: Collection[str],
    source: str = "cli",
) -> tuple[Entry, ...]:
    """
    Give what an incident's log lacks of a fix.

    Parameters
    ----------
    fix : Fix
        As the audit tells it.
    incident : Incident
        As it stands.
    owner : Holder
        Who answers for the acted-on asset: told of broken glass.
    known : collection of str
        Idempotency keys that the log holds already.
    source : str
        The face it comes through.

    Returns
    -------
    tuple of Entry
        In order; nothing where all is told. Repeated after a crash it adds
        what is missing and no more.
    """
    return tuple(
        entry
        for step in fix.steps
        for entry in _entries(fix, step, incident, owner, source)
        if entry.draft.key not in known
    )


def refusal(asked: Json, *, person: str, at: datetime, why: str) -> tuple[Entry, ...]:
    """
    Give what an incident's log records of a fix that was not let through.

    Parameters
    ----------
    asked : mapping of str to JSON value
        Action, asset, who may, and the gates that are shut.
    person : str
        Who asked.
    at : datetime
        UTC.
    why : str
        Why not.
    """
    requested, refused = EventKind.APPROVAL_REQUESTED, EventKind.APPROVAL_REFUSED
    actor = person_actor(person)
    drafts = (
        Draft(kind=requested, occurred_at=at, actor=actor, body=asked, source="cli"),
        Draft(
            kind=refused,
            occurred_at=at,
            body={**asked, "who": person, "why": why},
            source="cli",
        ),
    )
    return tuple(map(Entry, drafts))


def _entries(
    fix: Fix, step: Step, incident: Incident, owner: Holder, source: str
) -> Iterator[Entry]:
    """Give the entries that one step means."""
    make = _Draft(fix, step, source)
    if step.kind == StepKind.REQUESTED:
        if not incident.heard and incident.active:
            # Whoever mends it has taken it on.
            yield Entry(make(EventKind.ACKED, {}))
        yield from _begun(fix, step, make, owner)
    elif step.kind == StepKind.ALIAS_SET:
        text = f"{fix.id}: {fix.action}: the registry has it. Serving unverified."
        yield Entry(make(EventKind.NOTED, {"text": text}))
    elif step.kind == StepKind.COMMAND_FINISHED and step.body.get("code") != 0:
        text = f"{fix.id}: {step.body.get('name')}: {step.body.get('said')}"
        yield Entry(make(EventKind.NOTED, {"text": text}))
    elif step.kind in {StepKind.RAN, StepKind.SERVED}:
        why = f"{fix.id} works: {fix.action}"
        tell = Tell(incident.holder, None, NoticeKind.NOTE, why)
        yield Entry(make(EventKind.FIX_FINISHED, dict(step.body)), (tell,))
    elif step.kind == StepKind.FAILED:
        yield from _failed(fix, step, make, incident)
    elif step.kind == StepKind.RECOVERED:
        yield from _recovered(fix, step, make, incident)


class _Draft:
    """Writes drafts of one step, each kind once."""

    def __init__(self, fix: Fix, step: Step, source: str) -> None:
        self._fix, self._step, self._source = fix, step, source

    def __call__(self, kind: EventKind, body: Json) -> Draft:
        fix, step = self._fix, self._step
        said = {**body, "plan": fix.id, "action": str(fix.action), "asset": fix.asset}
        return Draft(
            kind=kind,
            occurred_at=step.at,
            actor=step.actor,
            body=said,
            key=f"{fix.id}:{step.n}:{kind.value}",
            source=self._source,
            once=True,
        )


def _begun(fix: Fix, step: Step, make: _Draft, owner: Holder) -> Iterator[Entry]:
    right = step.body.get("right")
    right = right if isinstance(right, Mapping) else {}
    roles = right.get("roles")
    tied = {"roles": {AssetId(fix.asset): roles}} if roles else {}
    gates = {"gates": "pass", "who_may": right.get("may", [])}
    yield Entry(make(EventKind.FIX_PLANNED, {**gates, "why": step.body.get("why")}))
    yield Entry(make(EventKind.APPROVAL_REQUESTED, {}))
    glass = right.get("break_glass")
    granted = {"right": dict(right), "judged": step.body.get("gates")}
    yield Entry(make(EventKind.APPROVAL_GRANTED, granted))
    if glass:
        why = f"{step.actor.partition(':')[2]} broke the glass to {fix.action}: {glass}"
        tell = Tell(owner, None, NoticeKind.PAGE, why)
        yield Entry(make(EventKind.BREAKGLASS_USED, {"why": glass}), (tell,))
    yield Entry(make(EventKind.FIX_STARTED, tied))


def _failed(fix: Fix, step: Step, make: _Draft, incident: Incident) -> Iterator[Entry]:
    body = {"reason": step.body.get("reason"), "why": step.body.get("why")}
    conflict = body["reason"] == Reason.CONFLICT.value
    kind = NoticeKind.PAGE if conflict and incident.pages else NoticeKind.NOTE
    why = f"{fix.id} failed: {fix.action}: {body['why']}"
    tell = Tell(incident.holder, None, kind, why)
    yield Entry(make(EventKind.FIX_FAILED, body), (tell,))


def _recovered(
    fix: Fix, step: Step, make: _Draft, incident: Incident
) -> Iterator[Entry]:
    window = {"from": step.body.get("from"), "to": step.body.get("to")}
    well = f"well from {window['from']} to {window['to']}"
    if incident.active:
        said = {**window, "verified": True, "why": f"{fix.id}: {well}"}
        yield Entry(make(EventKind.MITIGATED, said))
    if incident.times.verified is None:
        yield Entry(make(EventKind.VERIFIED, {**window, "why": f"{fix.id}: {well}"}))
    if incident.state in UNRESOLVED:
        why = f"{fix.id} mended it: {fix.action}; {well}"
        tell = Tell(incident.holder, None, NoticeKind.NOTE, why)
        body = {"reason": CloseReason.FIXED.value, "text": why}
        yield Entry(make(EventKind.RESOLVED, body), (tell,))
