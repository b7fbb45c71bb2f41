"""The context packet: all that whoever is called needs, in one small document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelowners.core.ids import canonical_json, digest
from modelowners.core.time import format_instant
from modelowners.incidents.fixes import Fix
from modelowners.incidents.incident import Incident
from modelowners.incidents.signals import Alert

MAX_BYTES = 64 * 1024

HASH_BYTES = 128
"""Room for the hash, which is added last."""

MAX_ALERTS = 10
MAX_FIXES = 5

MAX_TEXT = 200

NOT_LOOKED: Mapping[str, str] = {
    "similar": "similar incidents: not looked at",
    "upstream_incidents": "upstream incidents: not looked at",
    "served_version": "the version in serving: not looked at",
}
"""What is said in `unknown` where the log holds no answer to it."""


@dataclass(frozen=True, slots=True)
class Packet:
    """
    One packet: its document, its bytes, and their digest.

    Parameters
    ----------
    document : mapping
        JSON values, ``hash`` included.
    body : bytes
        Canonical JSON of the document, at most 64 KiB.
    hash : str
        ``sha256:`` of the document without its hash.
    """

    document: Mapping[str, object]
    body: bytes
    hash: str


def packet(incident: Incident) -> Packet:
    """
    Make the context packet of an incident as it stands.

    Parameters
    ----------
    incident : Incident
        Folded from any prefix of its log.

    Returns
    -------
    Packet
        The same log prefix gives the same bytes; what was not looked at is
        named under ``unknown``.
    """
    found = incident.diagnosis
    route = incident.route
    holder = incident.holder
    unknown = found.get("unknown")
    silent = [words for key, words in NOT_LOOKED.items() if key not in found]
    document: dict[str, object] = {
        "incident": incident.id,
        "revision": incident.revision,
        "as_of": format_instant(incident.diagnosed_at or incident.times.detected),
        "headline": incident.headline,
        "model": incident.model,
        "state": incident.state.value,
        "severity": incident.severity.value,
        "pages": incident.pages,
        "window": found.get("window"),
        "reference": found.get("reference"),
        "symptom": found.get("symptom"),
        "causes": found.get("causes", []),
        "unexplained": found.get("unexplained"),
        "confirmed": incident.confirmed,
        "changes": found.get("changes", []),
        "owner": {
            "team": holder.team,
            "accountable": holder.person,
            "responder": route.get("responder"),
            "rule": route.get("rule", incident.tenure.rule),
            "probability": route.get("probability"),
            "why": route.get("why", []),
            "candidates": route.get("candidates", []),
        },
        "blast": found.get("blast"),
        "served_version": found.get("served_version"),
        "weaknesses_matched": found.get("weaknesses_matched", []),
        "upstream_incidents": found.get("upstream_incidents", []),
        "similar": found.get("similar", []),
        "history": found.get("history"),
        "fixes": [_fix(fix) for fix in incident.fixes[-MAX_FIXES:]],
        "alerts": [_alert(alert) for alert in incident.signals[-MAX_ALERTS:]],
        "checks": found.get("checks", []),
        "runbook": found.get("runbook"),
        "unknown": [*(unknown if isinstance(unknown, list) else []), *silent],
    }
    _shrink(document)
    document["hash"] = digest(document)
    return Packet(document, canonical_json(document), str(document["hash"]))


def _shrink(document: dict[str, object]) -> None:
    """Leave out what can be asked for elsewhere, until it is small enough."""
    left_out: list[str] = []
    before = document["unknown"]
    known = before if isinstance(before, list) else []
    for key in ("alerts", "similar", "upstream_incidents", "fixes", "changes"):
        if len(canonical_json(document)) <= MAX_BYTES - HASH_BYTES:
            return
        document[key] = []
        left_out.append(key.replace("_", " "))
        said = f"left out for want of room: {', '.join(left_out)}"
        document["unknown"] = [*known, said]


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "plan": fix.plan,
        "action": fix.action[:MAX_TEXT],
        "asset": fix.asset,
        "state": fix.state.value,
        "gates": fix.gates,
        "who_may": list(fix.who_may[:20]),
    }


def _alert(alert: Alert) -> dict[str, object]:
    return {
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "title": alert.title,
        "started": format_instant(alert.started),
        "ended": format_instant(alert.ended) if alert.ended else None,
        "count": alert.count,
    }
