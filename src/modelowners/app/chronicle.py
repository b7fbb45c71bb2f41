"""The chronicle: an incident, a list of them, and a look, as text for a person."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from modelowners.app.lines import Line, Tone
from modelowners.app.phrases import (
    clean,
    say_figure,
    say_instant,
    say_metric,
    say_share,
)
from modelowners.core.time import parse_instant
from modelowners.incidents.events import Event, EventKind
from modelowners.incidents.incident import Act, Incident, State

if TYPE_CHECKING:
    from modelowners.app.loop import Look, TurnReport

Json = Mapping[str, object]

MAX_DIFF_LINES = 12
MAX_TIMELINE = 40


def summarise(report: TurnReport) -> Iterator[Line]:
    """
    Say what a look saw: one line a model, one line in all where it is quiet.

    Parameters
    ----------
    report : TurnReport
        Of one turn.
    """
    count = len(report.looks)
    models = "1 model" if count == 1 else f"{count} models"
    if not count:
        yield Line(
            "No model has a predictions: section yet, so there is nothing to look at. "
            "Add one, and try `modelowners profile`.",
            Tone.QUIET,
        )
    elif report.quiet:
        yield Line(f"{models} looked at: all well, nothing is open.", Tone.GOOD)
        return
    for look in report.looks:
        yield _look_line(look)
    shown = {look.incident.id for look in report.looks if look.incident}
    for incident in report.active:
        if incident.id not in shown:
            yield _incident_line(incident)
    for note in report.notes:
        yield Line(f"Note: {clean(note)}", Tone.QUIET, hang=2)


def _look_line(look: Look) -> Line:
    name = clean(look.model)
    if look.error is not None:
        return Line(f"{name}: not looked at: {clean(look.error)}", Tone.BAD, hang=2)
    if look.incident is None:
        moved = f"; {look.drifts} input(s) moved without harm" if look.drifts else ""
        return Line(f"{name}: well{moved}.", Tone.GOOD)
    what = _did(look)
    incident = look.incident
    line = _incident_line(incident)
    return Line(f"{name}: {what}{line.text}", line.tone, hang=2)


def _did(look: Look) -> str:
    said = {
        EventKind.INCIDENT_OPENED.value: "opened ",
        EventKind.REOPENED.value: "reopened ",
        EventKind.RESOLVED.value: "recovered, ",
        EventKind.MITIGATED.value: "well again, not verified: ",
    }
    return next((word for kind, word in said.items() if kind in look.did), "")


def _incident_line(incident: Incident) -> Line:
    tone = Tone.BAD if incident.active and incident.pages else Tone.PLAIN
    mark = "pages" if incident.pages else "does not page"
    return Line(
        f"{incident.id} ({incident.severity.value}, {mark}, {incident.state.value}, "
        f"with {clean(str(incident.holder))}): {clean(incident.headline)}",
        tone,
        hang=2,
    )


def table(incidents: Sequence[Incident]) -> Iterator[Line]:
    """
    List incidents, one a line; nothing to list says the next command.

    Parameters
    ----------
    incidents : sequence of Incident
        In the order to show.
    """
    if not incidents:
        yield Line("No incident. `modelowners watch --once` looks for some.", Tone.GOOD)
    for incident in incidents:
        yield _incident_line(incident)


def narrate_incident(
    incident: Incident, events: Sequence[Event], *, now: datetime
) -> Iterator[Line]:
    """
    Tell an incident: what broke, whose it is and why, what to do, what happened.

    Parameters
    ----------
    incident : Incident
        As it stands.
    events : sequence of Event
        Its log.
    now : datetime
        UTC; how long it has lasted.
    """
    tone = Tone.BAD if incident.active else Tone.TITLE
    yield Line(f"{incident.id}  {clean(incident.headline)}", tone, hang=2)
    yield Line(_standing(incident, now), hang=2)
    yield from _whose(incident)
    yield from _evidence(incident)
    yield from _guilty(incident)
    yield from _next(incident)
    yield from _unknown(incident)
    yield from _timeline(events)


def _standing(incident: Incident, now: datetime) -> str:
    times = incident.times
    pages = "pages" if incident.pages else "does not page"
    parts = [f"{incident.state.value}, {incident.severity.value}, {pages}"]
    if times.began is not None:
        low, high = say_instant(times.began.low), say_instant(times.began.high)
        since = low if low == high else f"between {low} and {high}"
        parts.append(f"began {since}")
    parts.append(f"seen {say_instant(times.detected)}")
    end = times.resolved or now
    parts.append(f"lasted {say_span(end - times.detected)}")
    if incident.absorbed_into is not None:
        parts.append(f"explained by {incident.absorbed_into}")
    if incident.merged_into is not None:
        parts.append(f"merged into {incident.merged_into}")
    if incident.snoozed_until is not None and now < incident.snoozed_until:
        parts.append(f"rests until {say_instant(incident.snoozed_until)}")
    if incident.recurrence_of is not None:
        parts.append(f"a recurrence of {incident.recurrence_of}")
    return "; ".join(parts) + "."


def say_span(span: timedelta) -> str:
    """
    Write a length of time with its two greatest units.

    Examples
    --------
    >>> say_span(timedelta(days=2, hours=3, minutes=4)), say_span(timedelta(0))
    ('2 d 3 h', '0 min')
    """
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    named = [(days, "d"), (hours, "h"), (rest, "min")]
    shown = [f"{count} {unit}" for count, unit in named if count][:2]
    return " ".join(shown) or "0 min"


def _whose(incident: Incident) -> Iterator[Line]:
    yield Line()
    yield Line("Whose", Tone.TITLE)
    yield Line(f"{clean(str(incident.holder))}: {say_why(incident)}.", indent=2, hang=2)
    responder = incident.route.get("responder")
    if responder and responder != incident.holder.person:
        yield Line(f"On call now: {clean(str(responder))}.", indent=2)
    for tenure in incident.tenures[:-1]:
        toss = "toss" if tenure.tossed else "hand-off"
        held = f"{clean(str(tenure.holder))} held it from {say_instant(tenure.start)}"
        yield Line(f"{held} ({toss}: {tenure.reason}).", Tone.QUIET, indent=2, hang=2)


def say_why(incident: Incident) -> str:
    """
    Say in a clause why an incident is with whoever holds it.

    Parameters
    ----------
    incident : Incident
        Any.
    """
    rule = str(incident.route.get("rule") or incident.tenure.rule)
    probability = incident.route.get("probability")
    sure = (
        f", {say_share(probability)} sure"
        if isinstance(probability, float | int)
        else ""
    )
    words = {
        "owner-of-cause": f"owner of the likeliest cause{sure}",
        "owner-of-symptom": "owner of the model; no cause's owner is sure enough",
        "unowned-cause": "owner of the model; nobody owns the likeliest cause",
        "next-candidate": f"next candidate after a refusal{sure}",
        "after-two-tosses": "to decide, after two owners refused it",
        "confirmed-cause": "owner of the confirmed cause",
        "by-hand": "named by a person",
    }
    return words.get(rule, rule)


def _evidence(incident: Incident) -> Iterator[Line]:
    yield Line()
    yield Line("Why we think so", Tone.TITLE)
    symptom = incident.diagnosis.get("symptom")
    if isinstance(symptom, Mapping):
        yield Line(_symptom(symptom), indent=2, hang=2)
    causes = _list(incident.diagnosis.get("causes"))
    if not causes:
        yield Line("No cause was found so far.", indent=2)
    for cause in causes:
        yield Line(_cause(cause), indent=2, hang=3)
        for evidence in _list(cause.get("evidence"))[:2]:
            yield Line(f"- {clean(str(evidence['text']))}", indent=5, hang=2)
        for against in _list(cause.get("against"))[:1]:
            text = f"Not it: {clean(str(against['text']))}"
            yield Line(text, Tone.QUIET, indent=5, hang=2)
    if incident.confirmed is not None:
        kind = str(incident.confirmed.get("kind")).replace("_", " ")
        asset = clean(str(incident.confirmed.get("asset")))
        yield Line(f"Confirmed: {kind} in {asset}.", Tone.GOOD, indent=2)


def _symptom(symptom: Json) -> str:
    before, after = (_number(symptom.get(key)) for key in ("before", "after"))
    metric = say_metric(str(symptom.get("metric")))
    figures = f"{metric} {say_figure(before)} before, {say_figure(after)} since"
    return f"{figures} ({symptom.get('state')}, {symptom.get('rows')} rows)."


def _cause(cause: Json) -> str:
    column = cause.get("column")
    where = f"{clean(str(column))} of " if column else ""
    sure = say_share(_number(cause.get("probability")))
    kind = str(cause.get("kind")).replace("_", " ")
    asset = clean(str(cause.get("asset")))
    return f"{cause.get('rank')}. {kind} in {where}{asset}, {sure}"


def _guilty(incident: Incident) -> Iterator[Line]:
    causes = _list(incident.diagnosis.get("causes"))
    wanted = causes[0].get("change_id") if causes else None
    changes = _list(incident.diagnosis.get("changes"))
    for change in changes:
        if change["id"] == wanted:
            yield Line()
            yield Line("The change", Tone.TITLE)
            yield from _change(change)
            return


def _change(change: Json) -> Iterator[Line]:
    start = say_instant(parse_instant(str(change["from"])))
    author = f", by {clean(str(change['author']))}" if change.get("author") else ""
    what = clean(str(change["what"]))
    yield Line(f"{change['id']}: {what}", indent=2, hang=2)
    place = clean(str(change["asset"]))
    yield Line(f"{change['kind']} of {place}, {start}{author}", indent=2, hang=2)
    if change.get("url"):
        yield Line(clean(str(change["url"])), indent=2, fixed=True)
    after = change.get("after")
    before = change.get("before")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            old, new = clean(str(before.get(key))), clean(str(after.get(key)))
            yield Line(f"{clean(str(key))}: {old} -> {new}", indent=4, hang=2)
    diff = change.get("diff")
    lines = [line for line in str(diff or "").splitlines() if line.strip()]
    for line in lines[:MAX_DIFF_LINES]:
        tone = {"+": Tone.GOOD, "-": Tone.BAD}.get(line[:1], Tone.QUIET)
        yield Line(_kept(line), tone, indent=4, fixed=True)
    if len(lines) > MAX_DIFF_LINES:
        rest = len(lines) - MAX_DIFF_LINES
        yield Line(f"… {rest} more lines", Tone.QUIET, indent=4)


def _kept(line: str) -> str:
    """Clean a line of a difference, its indentation kept."""
    blank = len(line) - len(line.lstrip(" "))
    return f"{' ' * blank}{clean(line)}"[:200]


def _next(incident: Incident) -> Iterator[Line]:
    yield Line()
    yield Line("What to do", Tone.TITLE)
    name = incident.id
    said = {
        Act.ACK: ("Take it on", f"ack {name}"),
        Act.CONFIRM_CAUSE: ("Right cause", f"confirm-cause {name}"),
        Act.NOT_MINE: ("Not yours", f"not-mine {name} --reason WHY"),
        Act.RESOLVE: ("Over", f"resolve {name}"),
        Act.REOPEN: ("Back", f"reopen {name}"),
        Act.UNMERGE: ("Its own", f"unmerge {name}"),
        Act.NOTE: ("Say more", f"note {name} TEXT"),
    }
    steps = [
        (words, f"modelowners incident {command}")
        for act, (words, command) in said.items()
        if act in incident.available and not _is_settled(incident, act)
    ]
    debug = f"modelowners debug {shlex.quote(clean(incident.model))}"
    window = incident.diagnosis.get("window")
    if isinstance(window, Mapping):
        debug += f" --at {window['from']}/{window['to']}"
    place = 1 if Act.ACK in incident.available else 0
    steps.insert(place, ("Look closer", debug))
    if Act.RESOLVE in incident.available:
        steps.insert(place + 1, ("Mend it", f"modelowners fix plan {name}"))
    width = max(len(words) for words, _ in steps)
    for words, command in steps:
        yield Line(f"{words + ':':<{width + 1}} {command}", Tone.COMMAND, indent=2)
    runbook = incident.diagnosis.get("runbook")
    if runbook:
        yield Line(f"Runbook: {clean(str(runbook))}", indent=2)


def _is_settled(incident: Incident, act: Act) -> bool:
    """Tell whether a confirmed cause has made an act pointless."""
    confirmed = incident.confirmed is not None
    return confirmed and act in {Act.CONFIRM_CAUSE, Act.NOT_MINE}


def _unknown(incident: Incident) -> Iterator[Line]:
    found = incident.diagnosis.get("unknown")
    if isinstance(found, list) and found:
        yield Line()
        yield Line("Not looked at", Tone.TITLE)
        for text in found[:5]:
            yield Line(f"- {clean(str(text))}", Tone.QUIET, indent=2, hang=2)


def _timeline(events: Sequence[Event]) -> Iterator[Line]:
    yield Line()
    yield Line("What happened", Tone.TITLE)
    if len(events) > MAX_TIMELINE:
        hidden = len(events) - MAX_TIMELINE
        yield Line(f"… {hidden} earlier events: --json has all", Tone.QUIET, indent=2)
    for event in events[-MAX_TIMELINE:]:
        when = f"{event.occurred_at:%Y-%m-%d %H:%M}"
        who = clean(event.person or "program")
        # The loop's own times may be replayed; a person's were chosen.
        gap = event.recorded_at - event.occurred_at
        late = event.person is not None and gap >= timedelta(minutes=5)
        back = f" (recorded {event.recorded_at:%Y-%m-%d %H:%M})" if late else ""
        text = f"{when}  {who}: {say_event(event)}{back}"
        yield Line(text, Tone.QUIET, indent=2, hang=18)


def say_event(event: Event) -> str:
    """
    Say in one line what an event tells.

    Parameters
    ----------
    event : Event
        Of any kind; one this release does not know is named.
    """
    body = {**event.body, **_signal(event.body)}
    words = _WORDS.get(_variant(event))
    if words is None:
        return clean(event.kind.replace(".", " "))
    return clean(words.format_map(_Said(body)))


def _variant(event: Event) -> str:
    """Name the words for an event: a few kinds tell two sorts of things."""
    if "signal" in event.body:
        return f"{event.kind} by alert"
    if event.kind == EventKind.ESCALATED and event.body.get("person") is None:
        return "escalated to nobody"
    if event.body.get("shift") is False:
        return "escalated without a shift"
    return event.kind


def _signal(body: Json) -> Json:
    found = body.get("signal")
    return found if isinstance(found, Mapping) else {}


class _Said(dict[str, str]):
    """A body's values as text; what is missing is said to be unknown."""

    def __init__(self, body: Json) -> None:
        super().__init__({key: _value(value) for key, value in body.items()})

    def __missing__(self, key: str) -> str:
        return "unknown"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        person, team = value.get("person"), value.get("team")
        return f"{person} ({team})" if person and team else str(person or team)
    if isinstance(value, list):
        return str(len(value))
    return "nobody" if value is None else str(value)


_WORDS: Mapping[str, str] = {
    EventKind.INCIDENT_OPENED: "opened, {severity}: {why}",
    EventKind.SIGNAL_ATTACHED: "{findings} more finding(s)",
    EventKind.SIGNAL_CLEARED: "a full window shows none of it",
    "signal.attached by alert": "{source} reports: {title}",
    "signal.cleared by alert": "{source} reports no more: {title}",
    EventKind.ONSET_ESTIMATED: "began between {low} and {high}",
    EventKind.ROUTE_DECIDED: "goes to {to} ({rule})",
    EventKind.NOTIFIED: "{kind} taken by {sink}:{target} for {person}",
    EventKind.NOTIFY_FAILED: "{sink}:{target} could not be told: {reason}",
    EventKind.ESCALATED: "asks {person} as {role}",
    "escalated without a shift": "asks {person}, who answers for it",
    "escalated to nobody": "skips {role}: {why}",
    EventKind.SEEN: "{person} has seen it",
    EventKind.PLAN_EXHAUSTED: "everyone in the plan was asked",
    EventKind.ACKED: "took it on",
    EventKind.ASSIGNED: "hands it to {to}: {reason}",
    EventKind.NOTED: "{text}",
    EventKind.SEVERITY_CHANGED: "now {severity}: {why}",
    EventKind.CAUSE_PROPOSED: "likeliest cause: {kind} in {asset}",
    EventKind.CAUSE_CONFIRMED: "confirms the cause: {kind} in {asset}",
    EventKind.CAUSE_REJECTED: "rejects the cause: {kind} in {asset}",
    EventKind.APPROVAL_REQUESTED: "asks for approval: {action}",
    EventKind.APPROVAL_GRANTED: "approves: {action}",
    EventKind.APPROVAL_REFUSED: "refuses approval: {action}",
    EventKind.FIX_PLANNED: "plans a fix: {action}",
    EventKind.FIX_STARTED: "begins a fix: {plan}",
    EventKind.FIX_FINISHED: "finished a fix: {plan}",
    EventKind.FIX_FAILED: "a fix failed: {plan}",
    EventKind.BREAKGLASS_USED: "breaks the glass: {reason}",
    EventKind.VERIFIED: "verified: {why}",
    EventKind.MERGED: "merged into {into}",
    EventKind.UNMERGED: "no longer merged into {from}: {why}",
    EventKind.DISMISSED: "dismissed: {reason}",
    EventKind.ABSORBED: "{why}",
    EventKind.RELEASED: "stands alone: {why}",
    EventKind.SNOOZED: "rests until {until}",
    EventKind.MITIGATED: "well again, not verified: {why}",
    "mitigated and verified": "well again: {why}",
    EventKind.RESOLVED: "over: {reason}",
    EventKind.REOPENED: "back: {why}",
    EventKind.CLOSED: "closed: {reason}",
}
"""One line of the timeline by kind of event."""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


SHOWN = (State.OPEN, State.ACKNOWLEDGED, State.MITIGATED)
"""What `incident list` shows unless asked for all."""
