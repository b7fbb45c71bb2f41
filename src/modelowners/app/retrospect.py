"""Retrospect: a postmortem with names or roles, and as Markdown to go on with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from modelowners.app.chronicle import say_event, say_span
from modelowners.app.desk import Desk
from modelowners.app.phrases import clean, say_figure
from modelowners.catalog.files import Catalog
from modelowners.core.time import parse_instant
from modelowners.incidents.events import Event
from modelowners.incidents.incident import Incident
from modelowners.incidents.postmortem import postmortem

Json = Mapping[str, object]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|!~])")


def recall(works: Desk, name: str, *, roles: bool = False) -> Json:
    """
    Give the postmortem of an incident.

    Parameters
    ----------
    works : Works
        The parts.
    name : str
        The incident's id, as typed.
    roles : bool
        Whether people stand as what they were in it instead of by name.
    """
    incident = works.incidents.get(name)
    events = works.incidents.history(incident.id)
    found = postmortem(incident, events, hashes=works.incidents.hashes(incident.id))
    timeline = [
        {**line, "text": say_event(event)}
        for line, event in _lined(found["timeline"], events)
    ]
    whole: Json = {**found, "timeline": timeline}
    return _veiled(whole, works.catalog, incident, events) if roles else whole


def _lined(lines: object, events: Sequence[Event]) -> Iterator[tuple[Json, Event]]:
    by_number = {event.n: event for event in events}
    for line in lines if isinstance(lines, list) else []:
        yield line, by_number[line["n"]]


def _veiled(
    found: Json, catalog: Catalog, incident: Incident, events: Sequence[Event]
) -> Json:
    """Put roles for names, whole words only, wherever a name may stand."""
    parts: dict[str, str] = {}
    for tenure in incident.tenures:
        if tenure.holder.person is not None:
            team = tenure.holder.team
            words = f"the holder ({team})" if team else "a holder"
            parts.setdefault(tenure.holder.person, words)
    acted = [event.person for event in events if event.person is not None]
    others = [one for one in dict.fromkeys(acted) if one not in parts]
    for number, person in enumerate(others, start=1):
        parts[person] = f"member {number}"
    for person in catalog.people:
        parts.setdefault(person, "a colleague")
    names = {
        written: parts[person]
        for person, declared in catalog.people.items()
        for written in (person, *declared.email)
    }
    # The longest first: an address holds the name of its person.
    listed = sorted(map(re.escape, names), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])(?:person:)?({'|'.join(listed)})(?![\w-])")

    def veil(value: object) -> object:
        if isinstance(value, str):
            return pattern.sub(lambda match: names[match[1]], value)
        if isinstance(value, Mapping):
            return {key: veil(one) for key, one in value.items()}
        return [veil(one) for one in value] if isinstance(value, list) else value

    return {key: veil(value) for key, value in found.items() if key != "hash"}


def to_markdown(found: Json) -> str:
    """
    Write a postmortem as Markdown; foreign text stays text.

    Parameters
    ----------
    found : mapping
        From `recall`.

    Returns
    -------
    str
        Ends with a line break.
    """
    overview = _mapping(found["overview"])
    lines = [
        f"# {found['incident']}: {_text(overview['headline'])}",
        "",
        *_overview(overview),
        *_section("What happened", _happened(_mapping(found["what_happened"]))),
        *_section("The change", _change(found["change"])),
        *_section("Contributing factors", _items(found["contributing_factors"])),
        *_section("Resolution", _resolution(_mapping(found["resolution"]))),
        *_section("Impact", _impact(_mapping(found["impact"]))),
        *_section("Who was in it", _responders(_rows(found["responders"]))),
        *_section("Tosses", _handovers(_rows(found["tosses"]))),
        *_section("Hand-offs", _handovers(_rows(found["hand_offs"]))),
        *_section("Timeline (UTC)", _timeline(_rows(found["timeline"]))),
        *_section("What went well", ["- "]),
        *_section("What went poorly", ["- "]),
        *_section("Actions", _actions(_rows(found["actions"]))),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, body: Iterator[str] | Sequence[str]) -> Iterator[str]:
    lines = list(body)
    yield from ("", f"## {title}", "", *(lines or ["None."]))


def _overview(overview: Json) -> Iterator[str]:
    cause = _mapping(overview["cause"])
    times = _mapping(overview["times"])
    sure = "confirmed" if cause["confirmed"] else "not confirmed"
    kind = str(cause["kind"] or "unknown").replace("_", " ")
    began = times["began"]
    facts = {
        "Model": overview["model"],
        "Severity": f"{overview['severity']}, {overview['state']}",
        "Owner": overview["owner"],
        "Cause": f"{kind} in {cause['asset'] or 'unknown'}, {sure}",
        "Began": " to ".join(map(str, began)) if isinstance(began, list) else None,
        "Detected": times["detected"],
        "Told": times["notified"],
        "Taken on": times["acked"],
        "Mitigated": times["mitigated"],
        "Over": times["resolved"],
        "Ended as": overview["close_reason"],
    }
    yield "| | |"
    yield "|---|---|"
    for name, value in facts.items():
        yield f"| {name} | {_text(value) if value is not None else 'unknown'} |"


def _happened(happened: Json) -> Iterator[str]:
    for cause in _rows(happened["causes"]):
        kind = str(cause["kind"]).replace("_", " ")
        share = cause.get("probability")
        sure = f", {float(share):.0%}" if isinstance(share, int | float) else ""
        yield f"- {_text(kind)} in {_text(cause['asset'])}{sure}"
        for evidence in _rows(cause.get("evidence"))[:3]:
            yield f"    - {_text(evidence['text'])}"
    for alert in _rows(happened["alerts"]):
        count = f", sent {alert['count']} times" if alert["count"] != 1 else ""
        yield f"- {_text(alert['source'])}: {_text(alert['title'])}{count}"


def _change(change: object) -> Iterator[str]:
    if not isinstance(change, Mapping):
        return
    author = f", by {_text(change['author'])}" if change.get("author") else ""
    yield f"{_text(change['id'])}: {_text(change['what'])}{author}"
    diff = str(change.get("diff") or "")
    if diff:
        # Indented, so that nothing in it can close the block.
        yield ""
        yield from (f"    {clean(line)}" for line in diff.splitlines()[:60])


def _resolution(resolution: Json) -> Iterator[str]:
    if resolution["reason"] is not None:
        yield f"- Over as {_text(resolution['reason'])}, {resolution['resolved']}"
    if resolution["verified"] is not None:
        yield f"- Verified {resolution['verified']}"
    for fix in _rows(resolution["fixes"]):
        yield f"- {_text(fix['action'] or fix['plan'])}: {fix['state']}, {fix['at']}"


def _impact(impact: Json) -> Iterator[str]:
    before, after = impact["before"], impact["after"]
    if isinstance(before, int | float) and isinstance(after, int | float):
        figures = f"{say_figure(before)} before, {say_figure(after)} since"
        rows = f"{impact['rows']} rows, {_text(impact['state'])}"
        yield f"- {_text(impact['metric'])}: {figures} ({rows})"
    blast = impact["blast"]
    if isinstance(blast, Mapping) and blast.get("assets"):
        yield f"- {blast['assets']} assets downstream, {blast.get('tier1')} of tier 1"
    minutes = impact["minutes"]
    if isinstance(minutes, int | float):
        yield f"- {minutes:.0f} minutes from its detection to its end"


def _responders(rows: Sequence[Json]) -> Iterator[str]:
    for row in rows:
        held = ", held it" if row["held_it"] else ""
        first = f"first act {_text(row['first_act'])} at {row['at']}"
        yield f"- {_text(row['person'])}: {first}, {row['acts']} in all{held}"


def _handovers(rows: Sequence[Json]) -> Iterator[str]:
    for row in rows:
        until = row["held_to"]
        span = f"{row['held_from']} to {until}"
        held = parse_instant(str(until)) - parse_instant(str(row["held_from"]))
        reason = f"{_text(row['reason'])}; it came by {_text(row['routed_by'])}"
        yield f"- {_text(row['from'])}, {span} ({say_span(held)}): {reason}"


def _timeline(rows: Sequence[Json]) -> Iterator[str]:
    yield "| at | who | what | evidence |"
    yield "|---|---|---|---|"
    for row in rows:
        who = (
            str(row["actor"]).removeprefix("person:").replace("system:loop", "program")
        )
        late = (
            "" if row["at"] == row["recorded_at"] else f" (rec. {row['recorded_at']})"
        )
        mark = str(row["hash"] or "")[:12]
        text = f"{_text(row['text'])}{late}"
        yield f"| {row['at']} | {_text(who)} | {text} | `{mark}` |"


def _actions(rows: Sequence[Json]) -> Iterator[str]:
    yield "| what | owner | until |"
    yield "|---|---|---|"
    for row in rows:
        owner = _text(row["owner"]) if row["owner"] else ""
        yield f"| {_text(row['what'])} | {owner} | {row['due']} |"
    yield "| | | |"


def _items(values: object) -> Iterator[str]:
    for value in values if isinstance(values, list) else []:
        yield f"- {_text(value)}"


def _text(value: object) -> str:
    """Give foreign text on one line, so that Markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", clean(str(value)))


def _rows(value: object) -> Sequence[Json]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}
