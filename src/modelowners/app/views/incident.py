"""The incident's page: what broke, since when, whose it is, and what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from modelowners.app.chronicle import say_span, say_why
from modelowners.app.desk import answering
from modelowners.app.investigation import Investigation
from modelowners.app.phrases import (
    clean,
    say_between,
    say_figure,
    say_instant,
    say_metric,
)
from modelowners.app.relations import describe
from modelowners.app.report import Fact, Page, lay_out
from modelowners.app.sentences import happened, surety, title
from modelowners.app.views.acts import Form, offer
from modelowners.app.views.events import LogLine, list_events
from modelowners.app.views.moments import Moment, moment
from modelowners.app.views.reading import Reading
from modelowners.app.views.readings import Readings
from modelowners.app.views.recollection import recall
from modelowners.app.views.standing import Standing, of_incident
from modelowners.incidents.incident import UNRESOLVED, Incident

if TYPE_CHECKING:
    from modelowners.app.wiring import Program

AFTERWARDS = timedelta(days=7)
"""How long after its end an incident's chart goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixLine:
    """
    A plan to mend the incident.

    Parameters
    ----------
    plan : str
        Its id.
    action : str
        What it does.
    state : str
        How far it has come.
    gates : str
        Whether the owner's checks on it pass.
    at : Moment
        When it came so far.
    """

    plan: str
    action: str
    state: str
    gates: str
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherIncident:
    """Another incident that helps to understand this one: its id, and why."""

    id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """
    What the incident's page shows; all text.

    Parameters
    ----------
    id, model, model_path : str
        Which incident, of which model, and where that one's page is.
    revision : int
        Number of its last event: forms act only on this one.
    key : str
        Names a press of a button at this revision: a second one does nothing.
    standing : Standing
        Its state.
    title, lead, headline : str
        What broke and where; since when, by what, whose; the sentence that was
        sent to its holder.
    since : Moment
        When it began, as far as is known.
    forms : tuple of Form
        What may be done.
    fixes : tuple of FixLine
        Plans to mend it.
    story : Page or None
        The diagnosis; None where it came from elsewhere.
    silent : str
        Why there is no chart, where there is none.
    alerts : tuple of Fact
        What other systems said.
    alike : tuple of OtherIncident
        Earlier ones like it, and what they shared and were fixed by.
    upstream : tuple of OtherIncident
        Unresolved ones upstream.
    facts : tuple of Fact
        Key facts.
    log : tuple of LogLine
        What happened, the newest first.
    """

    id: str
    model: str
    model_path: str
    revision: int
    key: str
    standing: Standing
    title: str
    lead: str
    headline: str
    since: Moment
    forms: tuple[Form, ...]
    fixes: tuple[FixLine, ...]
    story: Page | None
    silent: str
    alerts: tuple[Fact, ...]
    alike: tuple[OtherIncident, ...]
    upstream: tuple[OtherIncident, ...]
    facts: tuple[Fact, ...]
    log: tuple[LogLine, ...]


def show_incident(
    program: Program, readings: Readings, name: str, *, acting: str | None
) -> IncidentPage:
    """
    Gather what the page of an incident shows.

    Parameters
    ----------
    program : Program
        The parts.
    readings : Readings
        What logs say over time.
    name : str
        The incident's id.
    acting : str or None
        The person who looks.

    Returns
    -------
    IncidentPage
        As it stands now; the diagnosis is the one its log keeps.

    Raises
    ------
    NoIncident
        If there is none of that name.
    """
    now = program.clock.now()
    incident = program.incidents.get(name)
    found = recall(incident, find=program.ledger.get)
    silent = "It was reported from outside: no log of ours was diagnosed."
    if found is not None:
        found, silent = _illustrated(program, readings, incident, found)
    actor = describe(program.catalog, incident, acting, now) if acting else None
    began = incident.times.began
    return IncidentPage(
        id=incident.id,
        model=clean(incident.model),
        model_path=clean(incident.model.partition(":")[2]),
        revision=incident.revision,
        key=f"{incident.id}.{incident.revision}.{acting or ''}",
        standing=of_incident(incident),
        title=_title(incident, found),
        lead=_lead(incident, found, now),
        headline=clean(incident.headline),
        since=moment(began.at if began else incident.times.detected, now),
        forms=offer(incident, actor, program.catalog),
        fixes=tuple(_fixes(incident, now)),
        story=lay_out(found) if found is not None else None,
        silent=silent,
        alerts=tuple(_alerts(incident)),
        alike=tuple(_alike(incident)),
        upstream=tuple(_upstream(incident)),
        facts=tuple(_facts(program, incident, now)),
        log=list_events(program.incidents.history(incident.id), now),
    )


def _illustrated(
    program: Program,
    readings: Readings,
    incident: Incident,
    found: Investigation,
) -> tuple[Investigation, str]:
    """Add the metric over time, up to now or a week after the end, and columns."""
    over = incident.times.closed or incident.times.resolved
    end = None
    if over is not None and incident.state not in UNRESOLVED:
        end = over + AFTERWARDS
    diagnosis = found.diagnosis
    metric = diagnosis.symptom.metric if diagnosis.symptom else None
    reading = readings.read(
        program,
        incident.model,
        since=diagnosis.window.start,
        until=end,
        loss=metric,
    )
    contrasts = readings.contrasts(program, diagnosis)
    if not isinstance(reading, Reading):
        return dataclasses.replace(found, contrasts=contrasts), reading
    illustrated = dataclasses.replace(found, series=reading.series, contrasts=contrasts)
    return illustrated, ""


def _title(incident: Incident, found: Investigation | None) -> str:
    if found is not None and (found.diagnosis.symptom or found.verdict):
        return title(found.diagnosis)
    return clean(incident.headline)


def _lead(incident: Incident, found: Investigation | None, now: datetime) -> str:
    times = incident.times
    began = times.began.at if times.began else times.detected
    end = times.resolved or now
    parts = [f"Since {say_instant(began)}, {say_span(end - began)}"]
    if times.resolved is not None:
        parts = [f"Lasted {say_span(end - began)}, from {say_instant(began)}"]
    cause = found.verdict if found is not None else None
    if cause is not None:
        parts.append(f"{happened(cause)} ({surety(cause.probability)})")
    elif found is not None:
        parts.append("the cause is not known yet")
    lead = f"{': '.join(parts)}."
    return f"{lead} With {clean(str(incident.holder))}: {say_why(incident)}."


def _fixes(incident: Incident, now: datetime) -> Iterator[FixLine]:
    for fix in incident.fixes:
        yield FixLine(
            plan=clean(fix.plan),
            action=clean(fix.action),
            state=fix.state.value,
            gates=clean(fix.gates),
            at=moment(fix.at, now),
        )


def _alerts(incident: Incident) -> Iterator[Fact]:
    for alert in incident.signals:
        lasts = "fires" if alert.ended is None else f"ended {say_instant(alert.ended)}"
        times = "once" if alert.count == 1 else f"{alert.count} times"
        told = f"{clean(alert.title)}: {lasts}, sent {times}"
        yield Fact(clean(alert.source), (told,))


def _alike(incident: Incident) -> Iterator[OtherIncident]:
    for one in _list(incident.diagnosis.get("similar")):
        shared = one.get("shared")
        said = [clean(str(fact)) for fact in shared] if isinstance(shared, list) else []
        if fixed := one.get("fixed_by"):
            said.append(f"fixed by {clean(str(fixed))}")
        yield OtherIncident(id=clean(str(one.get("incident"))), why="; ".join(said))


def _upstream(incident: Incident) -> Iterator[OtherIncident]:
    for one in _list(incident.diagnosis.get("upstream_incidents")):
        headline, holder = (clean(str(one.get(key))) for key in ("headline", "holder"))
        name = clean(str(one.get("incident")))
        yield OtherIncident(id=name, why=f"{headline} With {holder}.")


def _facts(program: Program, incident: Incident, now: datetime) -> Iterator[Fact]:
    pages = "pages until somebody takes it on" if incident.paging else "asks nobody now"
    yield Fact("State", (f"{incident.state.value}, {pages}",))
    yield Fact("Severity", (f"{incident.severity.value}, tier {incident.tier}",))
    yield Fact("With", (clean(str(incident.holder)), say_why(incident)))
    yield from _responder(program, incident, now)
    if len(incident.tenures) > 1:
        yield Fact("Held before by", tuple(_earlier(incident)))
    yield from _harm(incident)
    blast = incident.diagnosis.get("blast")
    if isinstance(blast, Mapping):
        count, first = blast.get("assets"), blast.get("tier1")
        told = f"{count} assets downstream, {first} of them tier 1"
        yield Fact("Affected", (told if count else "nothing downstream",))
    if version := incident.diagnosis.get("served_version"):
        yield Fact("Served version", (clean(str(version)),))
    if incident.confirmed is not None:
        kind = str(incident.confirmed.get("kind")).replace("_", " ")
        where = clean(str(incident.confirmed.get("asset")))
        yield Fact("Confirmed cause", (f"{kind} in {where}",))
    if incident.recurrence_of:
        yield Fact("Recurrence of", (incident.recurrence_of,))
    for name, other in (
        ("Part of", incident.absorbed_into),
        ("Merged into", incident.merged_into),
    ):
        if other:
            yield Fact(name, (other,))
    if runbook := incident.diagnosis.get("runbook"):
        yield Fact("Runbook", (clean(str(runbook)),))
    unknown = incident.diagnosis.get("unknown")
    gaps = tuple(map(clean, map(str, unknown))) if isinstance(unknown, list) else ()
    yield Fact("Not looked at", gaps or ("nothing was left out",))


def _responder(program: Program, incident: Incident, now: datetime) -> Iterator[Fact]:
    if not incident.holder.known:
        return
    whose = str(incident.route.get("asset") or incident.holder.key)
    duty = answering(program.catalog, whose, now).responder
    if duty.person is None:
        yield Fact("On call now", ("nobody can be reached",))
        return
    until = f" until {say_instant(duty.until)}" if duty.until else ""
    yield Fact("On call now", (f"{clean(duty.person)}{until}", *map(clean, duty.why)))


def _earlier(incident: Incident) -> Iterator[str]:
    for tenure in incident.tenures[:-1]:
        toss = "toss" if tenure.tossed else "hand-off"
        end = say_instant(tenure.end or tenure.start)
        held = clean(str(tenure.holder))
        yield f"{held}, until {end} ({toss}: {tenure.reason})"


def _harm(incident: Incident) -> Iterator[Fact]:
    symptom = incident.diagnosis.get("symptom")
    if isinstance(symptom, Mapping):
        before, after = (_number(symptom.get(key)) for key in ("before", "after"))
        figures = f"{say_figure(before)} → {say_figure(after)}"
        rows = symptom.get("rows")
        where = f", {rows:,} rows" if isinstance(rows, int) and rows else ""
        metric = say_metric(str(symptom.get("metric")))
        yield Fact(metric.capitalize(), (f"{figures}, {symptom.get('state')}{where}",))
    began = incident.times.began
    if began is not None and began.low != began.high:
        yield Fact("Surely began", (say_between(began.low, began.high),))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _list(value: object) -> list[Mapping[str, object]]:
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, Mapping)]
