"""Openings: what the loop records by itself, from a diagnosis to a recovery."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from modelowners.catalog.owners import Ownership
from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import format_instant
from modelowners.detection.findings import Finding
from modelowners.diagnosis.causes import Category, Diagnosis
from modelowners.incidents.dossier import cause_key, dossier, onset_json
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import Draft, EventKind
from modelowners.incidents.grouping import symptom_class
from modelowners.incidents.incident import CloseReason, Incident, State
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.paging import PlanStep, bind, due, freeze
from modelowners.incidents.routing import Route, Rule, route
from modelowners.incidents.severity import Grading, grade
from modelowners.incidents.tenures import Holder, Reason
from modelowners.ledger.changes import Change

CLOSES = timedelta(hours=72)
"""A resolved incident closes after so long without a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """
    What one turn of the loop knows about one model.

    Parameters
    ----------
    at : datetime
        UTC, the loop's clock.
    diagnosis : Diagnosis
        What was found out.
    findings : tuple of Finding
        What it rests on.
    ownership : mapping of AssetId to Ownership
        At `at`: of the model, and of each asset that a cause names.
    headline : str
        What broke, since when and whose it is, in one sentence.
    changes : tuple of Change
        On the model and upstream of it.
    catalog : str
        Digest of the ownership file in force.
    blast : mapping of str to int
        ``assets`` downstream of the model, and how many are of ``tier1``.
    extra : mapping
        For the packet: ``served_version``, ``runbook``, ``checks``.
    """

    at: datetime
    diagnosis: Diagnosis
    findings: tuple[Finding, ...]
    ownership: Mapping[AssetId, Ownership]
    headline: str
    changes: tuple[Change, ...] = ()
    catalog: str = ""
    blast: Mapping[str, int] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def model(self) -> AssetId:
        """Which model."""
        return self.diagnosis.model

    @property
    def symptom(self) -> str:
        """Class of the symptom."""
        return symptom_class(self.diagnosis, self.live)

    @property
    def live(self) -> tuple[Finding, ...]:
        """Findings that are not over."""
        return tuple(found for found in self.findings if found.ends is None)

    @property
    def finding_ids(self) -> tuple[str, ...]:
        """Ids of the live findings, sorted."""
        return tuple(sorted({found.id for found in self.live}))

    @property
    def sick(self) -> bool:
        """Whether something is worse or broken now."""
        return self.diagnosis.symptom is not None and (
            bool(self.live) or not self.findings
        )

    @property
    def window_end(self) -> str:
        """End of the newest window looked at, as the log writes it."""
        return format_instant(self.diagnosis.window.end)

    @property
    def holder(self) -> Holder:
        """The symptom's owner."""
        return holder_of(self.ownership[self.model])

    def grading(self) -> Grading:
        """How bad it is."""
        return grade(
            self.diagnosis,
            self.findings,
            tier=self.ownership[self.model].tier,
            tier1_consumer=self.blast.get("tier1", 0) > 0,
        )


def holder_of(ownership: Ownership) -> Holder:
    """Give the owner that an answer of the catalog names: team and person."""
    owner = ownership.owner
    team = ownership.team
    person = ownership.accountable.person
    if person is None and owner is not None and owner.kind == "person":
        person = owner.name
    return Holder(team, person)


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
    decided = route(sighting.diagnosis.causes, symptom=sighting.holder)
    entries = (
        opened,
        *_onset(sighting),
        _proposal(sighting),
        _routing(sighting, decided, pages=grading.pages),
    )
    return tuple(entries)


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
    if incident.state is State.MITIGATED:
        entries.append(_again(sighting, "it is seen again"))
    entries.extend(_attached(incident, sighting))
    entries.extend(_worsened(incident, sighting))
    key = cause_key(sighting.diagnosis)
    changed = any(incident.proposed.get(name) != value for name, value in key.items())
    if changed and (key["asset"] is not None or not incident.proposed):
        entries.extend(_rethought(incident, sighting))
    return tuple(entries)


def reopen(incident: Incident, sighting: Sighting) -> tuple[Entry, ...]:
    """Give what the quick return of a resolved trouble records."""
    del incident
    return (_again(sighting, "it recurred within 30 minutes"),)


def clear(incident: Incident, sighting: Sighting) -> tuple[Entry, ...]:
    """
    Give what a recovery records, once a full window shows none of the trouble.

    Parameters
    ----------
    incident : Incident
        Unresolved.
    sighting : Sighting
        Without symptom.

    Returns
    -------
    tuple of Entry
        Nothing while the newest window is still one that showed it.
        Unacknowledged: resolved, recovered by itself. Acknowledged: mitigated,
        not verified.
    """
    if incident.state not in {State.OPEN, State.ACKNOWLEDGED}:
        return ()
    last = incident.last_window_end
    if last is not None and sighting.diagnosis.window.end <= last:
        return ()
    body = {"findings": list(incident.findings), "window_end": sighting.window_end}
    cleared = _draft(
        sighting,
        EventKind.SIGNAL_CLEARED,
        body,
        key=f"cleared:{sighting.window_end}:{len(incident.times.reopened)}",
    )
    round_ = f"{sighting.window_end}:{len(incident.times.reopened)}"
    if incident.times.acked is None:
        reason = {"reason": CloseReason.RECOVERED.value}
        end = _draft(sighting, EventKind.RESOLVED, reason, key=f"resolved:{round_}")
    else:
        why = {"verified": False, "why": "a full window shows none of it"}
        end = _draft(sighting, EventKind.MITIGATED, why, key=f"mitigated:{round_}")
    tell = Tell(incident.holder, None, NoticeKind.NOTE, "A full window is well again")
    return Entry(cleared), Entry(end, (tell,))


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

    Returns
    -------
    tuple of Entry
        One per step, the unreachable skipped with an event, and the
        exhaustion after the last.
    """
    progress = incident.progress
    if progress is None or not incident.paging:
        return ()
    progress, steps = due(progress, at)
    entries = []
    for index in steps:
        step = progress.plan.steps[index]
        person = bind(step, ownership, away=away)
        started = format_instant(progress.started)
        body = {
            "round": progress.round,
            "started": started,
            "step": index,
            "role": step.role,
            "person": person,
        }
        key = f"escalated:{progress.plan.of}:{started}:{index}"
        draft = Draft(kind=EventKind.ESCALATED, occurred_at=at, body=body, key=key)
        tells = () if person is None else (_page(incident, step, person),)
        entries.append(Entry(draft, tells))
    if steps and {*progress.done, *steps} >= set(range(len(progress.plan.steps))):
        body = {"round": progress.round}
        key = f"exhausted:{progress.plan.of}:{format_instant(progress.started)}"
        draft = Draft(kind=EventKind.PLAN_EXHAUSTED, occurred_at=at, body=body, key=key)
        entries.append(Entry(draft))
    return tuple(entries)


def _page(incident: Incident, step: PlanStep, person: str) -> Tell:
    why = f"You are asked as {step.role} of {incident.holder}"
    if step.role == person:
        why = f"You are asked by name for {incident.holder}"
    return Tell(incident.holder, person, NoticeKind.PAGE, why)


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
    if not starts_paging and found.severity.value >= incident.severity.value:
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
    heard = incident.tenure.acked_at is not None or incident.confirmed is not None
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
        yield _routing(
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


def _routing(
    sighting: Sighting,
    decided: Route,
    *,
    pages: bool,
    reason: Reason | None = None,
    former: Holder | None = None,
) -> Entry:
    asset, ownership = _answering(sighting, decided)
    plan = freeze(ownership)
    body: dict[str, object] = {
        "to": decided.to.plain(),
        "rule": decided.rule.value,
        "probability": decided.probability,
        "candidates": [c.plain() for c in decided.candidates],
        "asset": asset,
        "responder": ownership.responder.person,
        "why": list(ownership.accountable.why),
        "catalog": sighting.catalog,
        "plan": plan.plain() if plan else None,
    }
    if reason is not None:
        body["reason"] = reason.value
    tells = [] if pages and plan else [_first_word(decided, pages=pages)]
    tells += _others(sighting, decided, former)
    key = f"route:{decided.to.key}:{decided.rule.value}:{sighting.window_end}"
    draft = _draft(sighting, EventKind.ROUTE_DECIDED, body, key=key)
    return Entry(draft, tuple(tells))


def _answering(sighting: Sighting, decided: Route) -> tuple[AssetId, Ownership]:
    """Find the asset whose roles answer: the likeliest cause's that is the holder's."""
    if decided.rule is Rule.CAUSE_OWNER:
        for cause in sighting.diagnosis.causes:
            holder = Holder(cause.owner.team, cause.owner.person)
            if holder.key == decided.to.key and cause.asset in sighting.ownership:
                return cause.asset, sighting.ownership[cause.asset]
    return sighting.model, sighting.ownership[sighting.model]


def _first_word(decided: Route, *, pages: bool) -> Tell:
    kind = NoticeKind.PAGE if pages else NoticeKind.NOTE
    return Tell(decided.to, None, kind, why=f"You hold it: {decided.rule.value}")


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
