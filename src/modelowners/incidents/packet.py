"""The context packet: all that whoever is called needs, in one small document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelowners.core.ids import canonical_json, digest
from modelowners.core.time import format_instant
from modelowners.incidents.incident import Incident

MAX_BYTES = 64 * 1024

NOT_BUILT = (
    "similar incidents: not looked at",
    "fixes: none planned through this program",
    "upstream incidents: not looked at",
)
"""What this release leaves empty, said in `unknown`."""


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
        "upstream_incidents": [],
        "similar": [],
        "fixes": [],
        "checks": found.get("checks", []),
        "runbook": found.get("runbook"),
        "unknown": [*(unknown if isinstance(unknown, list) else []), *NOT_BUILT],
    }
    document["hash"] = digest(document)
    return Packet(document, canonical_json(document), str(document["hash"]))
