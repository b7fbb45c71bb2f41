"""The card in words: lines for a terminal, and the document of `card --json`."""

from __future__ import annotations

from collections.abc import Iterator

from modelowners.app.card import MAX_CHANGES, Card
from modelowners.app.lines import Line, Tone
from modelowners.app.phrases import (
    clean,
    say_instant,
    say_segment,
    say_share,
    say_window,
    short,
)
from modelowners.app.story import quote
from modelowners.catalog.owners import Duty
from modelowners.core.time import format_instant

MARKS = {"pass": "holds", "fail": "broken", "skip": "not tested", "error": "not tested"}
"""A check's verdict as the verdict on a claim."""


def describe(card: Card) -> tuple[Line, ...]:
    """
    Write a card as text for a terminal.

    Parameters
    ----------
    card : Card
        What is known.

    Returns
    -------
    tuple of Line
        Who answers first; every empty part says what would fill it.
    """
    parts = (
        _answers(card),
        _claims(card),
        _served(card),
        _features(card),
        _incidents(card),
        _weaknesses(card),
        _changes(card),
        _gaps(card),
    )
    return tuple(line for part in parts for line in part)


def document(card: Card) -> dict[str, object]:
    """
    Give the document that `card --json` prints.

    Parameters
    ----------
    card : Card
        What is known.

    Returns
    -------
    dict
        JSON values and instants as text, keys in a fixed order.
    """
    ownership, served = card.ownership, card.served
    return {
        "model": card.model,
        "at": format_instant(card.at),
        "owner": {
            "status": ownership.status.value,
            "team": ownership.team,
            "tier": ownership.tier,
            "declared": ownership.declared,
            "stale": ownership.stale,
            "accountable": _duty(ownership.accountable),
            "responder": _duty(ownership.responder),
        },
        "claims": [
            {
                "name": claim.name,
                "kind": claim.kind,
                "verdict": claim.verdict,
                "expected": claim.expected,
                "found": claim.found,
                "where": dict(sorted(claim.where.items())),
                "since": format_instant(claim.since) if claim.since else None,
            }
            for claim in card.claims
        ],
        "served": None
        if served is None
        else {
            "from": format_instant(served.window.start),
            "to": format_instant(served.window.end),
            "rows": served.rows,
            "labelled": served.labelled,
            "versions": dict(sorted(served.versions.items())),
        },
        "features": [
            {"name": item.name, "asset": item.asset, "team": item.team}
            for item in card.features
        ],
        "changes": [
            {
                "id": change.id,
                "asset": change.asset,
                "kind": change.kind.value,
                "what": change.what,
                "from": format_instant(change.window.start),
                "to": format_instant(change.window.end),
            }
            for change in card.changes
        ],
        "weaknesses": [{"kind": w.kind, "text": w.text} for w in card.weaknesses],
        "incidents": [
            {
                "id": item.id,
                "state": item.state,
                "headline": item.headline,
                "since": format_instant(item.since),
            }
            for item in card.incidents
        ],
        "not_looked_at": list(card.not_looked_at),
    }


def _duty(duty: Duty) -> dict[str, object]:
    return {
        "person": duty.person,
        "until": format_instant(duty.until) if duty.until else None,
        "why": list(duty.why),
    }


def _heading(title: str) -> Iterator[Line]:
    yield Line()
    yield Line(title, Tone.TITLE)


def _answers(card: Card) -> Iterator[Line]:
    ownership = card.ownership
    yield Line(f"{short(card.model)} on {say_instant(card.at)}", Tone.TITLE)
    team = f" of {clean(ownership.team)}" if ownership.team else ""
    roles = (("accountable", ownership.accountable), ("responder", ownership.responder))
    for name, duty in roles:
        person = f"{clean(duty.person)}{team}" if duty.person else "nobody"
        why = "; ".join(clean(step) for step in duty.why)
        yield Line(f"{name:<12} {person}" + (f" ({why})" if why else ""), hang=13)
    declared = clean(ownership.declared) if ownership.declared else "nowhere"
    stale = ", not confirmed lately" if ownership.stale else ""
    yield Line(f"{'declared':<12} {declared}, tier {ownership.tier}{stale}", hang=13)


def _claims(card: Card) -> Iterator[Line]:
    yield from _heading("Claims")
    if not card.claims:
        file = "Declare expect: or checks: in the model's entry to have claims here."
        yield Line(file, Tone.QUIET, indent=2)
    for claim in card.claims:
        tone = {"fail": Tone.BAD, "pass": Tone.GOOD}.get(claim.verdict, Tone.QUIET)
        said = f"{MARKS.get(claim.verdict, claim.verdict):<12}{clean(claim.name)}: "
        said += f"{clean(claim.expected)}{say_segment(claim.where)}"
        if claim.verdict != "pass" and claim.found:
            found = "; found " if claim.verdict == "fail" else ": "
            said += f"{found}{clean(claim.found)}"
        if claim.since:
            said += f"; since {say_instant(claim.since)}"
        yield Line(said, tone, indent=2, hang=12)


def _served(card: Card) -> Iterator[Line]:
    served = card.served
    if served is None:
        return
    yield from _heading(f"Served, {say_window(served.window)}")
    share = served.labelled / served.rows if served.rows else 0.0
    said = f"{served.rows:,} rows, {say_share(share)} of them labelled"
    yield Line(said, indent=2)
    rows = served.versions
    for version in sorted(rows, key=lambda name: (-rows[name], name)):
        part = say_share(rows[version] / served.rows if served.rows else 0.0)
        yield Line(f"version {clean(version)}: {part} of rows", indent=2, hang=2)


def _features(card: Card) -> Iterator[Line]:
    if not card.features:
        return
    yield from _heading("Features, by who delivers them")
    groups: dict[str, list[str]] = {}
    for item in card.features:
        whom = clean(item.asset) if item.asset else "nobody declared"
        if item.team:
            whom += f" ({clean(item.team)})"
        groups.setdefault(whom, []).append(clean(item.name))
    for whom, names in sorted(groups.items()):
        yield Line(f"{whom}: {', '.join(names)}", indent=2, hang=2, rows=6)


def _incidents(card: Card) -> Iterator[Line]:
    if not card.incidents:
        return
    yield from _heading("Open incidents")
    for item in card.incidents:
        said = f"{clean(item.id)} {clean(item.state)} since {say_instant(item.since)}"
        yield Line(f"{said}: {clean(item.headline)}", Tone.BAD, indent=2, hang=2)
        command = f"modelowners incident show {quote(item.id)}"
        yield Line(command, Tone.COMMAND, indent=4)


def _weaknesses(card: Card) -> Iterator[Line]:
    if not card.weaknesses:
        return
    yield from _heading("Standing weaknesses")
    for item in card.weaknesses:
        yield Line(f"· {clean(item.text)}", indent=2, hang=2)


def _changes(card: Card) -> Iterator[Line]:
    yield from _heading("Recent changes")
    if not card.changes:
        yield Line("None in the ledger; to read them:", Tone.QUIET, indent=2)
        yield Line("modelowners sync", Tone.COMMAND, indent=4)
    for change in card.changes[:MAX_CHANGES]:
        said = f"{say_instant(change.window.start)}  {clean(change.asset)}: "
        yield Line(f"{said}{clean(change.what)}", indent=2, hang=2, rows=2)


def _gaps(card: Card) -> Iterator[Line]:
    if not card.not_looked_at:
        return
    yield from _heading("Not looked at")
    for gap in card.not_looked_at:
        yield Line(f"· {clean(gap)}", Tone.QUIET, indent=2, hang=2)
