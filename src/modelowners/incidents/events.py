"""An event: one thing that happened to an incident; the log of them is the truth."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.core.ids import IncidentId, canonical_json, stable_id

LOOP = "system:loop"
"""The actor of everything the program does by itself."""


class EventKind(enum.StrEnum):
    """
    What can happen. The vocabulary is whole from the first release on.

    An event of a kind this release does not know is kept and skipped.
    """

    INCIDENT_OPENED = "incident.opened"
    SIGNAL_ATTACHED = "signal.attached"
    SIGNAL_CLEARED = "signal.cleared"
    ONSET_ESTIMATED = "onset.estimated"
    ROUTE_DECIDED = "route.decided"
    NOTIFIED = "notified"
    NOTIFY_FAILED = "notify.failed"
    SEEN = "seen"
    ESCALATED = "escalated"
    PLAN_EXHAUSTED = "plan.exhausted"
    ACKED = "acked"
    ASSIGNED = "assigned"
    NOTED = "noted"
    SEVERITY_CHANGED = "severity.changed"
    CAUSE_PROPOSED = "cause.proposed"
    CAUSE_CONFIRMED = "cause.confirmed"
    CAUSE_REJECTED = "cause.rejected"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_GRANTED = "approval.granted"
    APPROVAL_REFUSED = "approval.refused"
    FIX_PLANNED = "fix.planned"
    FIX_STARTED = "fix.started"
    FIX_FINISHED = "fix.finished"
    FIX_FAILED = "fix.failed"
    BREAKGLASS_USED = "breakglass.used"
    MITIGATED = "mitigated"
    VERIFIED = "verified"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    MERGED = "merged"
    UNMERGED = "unmerged"
    DISMISSED = "dismissed"
    ABSORBED = "absorbed"
    RELEASED = "released"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    Something about to be recorded: an event without its place in the log.

    Parameters
    ----------
    kind : str
        A member of `EventKind`.
    occurred_at : datetime
        UTC; may lie before its recording, which is then shown.
    actor : str
        ``person:NAME``, or ``system:loop``.
    body : mapping of str to JSON value
        What is particular to the kind.
    key : str
        Idempotency key, unique in the incident: the same key again records
        nothing. Empty: derived from kind, time, actor and body.
    source : str
        Through which face it came: ``loop``, ``cli`` …
    """

    kind: str
    occurred_at: datetime
    actor: str = LOOP
    body: Mapping[str, object] = field(default_factory=dict)
    key: str = ""
    source: str = "loop"

    @property
    def idempotency_key(self) -> str:
        """
        The key that keeps it from being recorded twice.

        Examples
        --------
        >>> from modelowners.core.time import parse_instant
        >>> at = parse_instant("2026-06-01")
        >>> one, two = (Draft(kind="noted", occurred_at=at) for _ in range(2))
        >>> one.idempotency_key == two.idempotency_key
        True
        """
        if self.key:
            return self.key
        at = self.occurred_at.isoformat()
        return stable_id("evt", self.kind, at, self.actor, dict(self.body))

    def recorded(self, incident: IncidentId, *, n: int, at: datetime) -> Event:
        """Give the event it becomes as the `n`-th of its incident, recorded at `at`."""
        return Event(
            incident=incident,
            n=n,
            kind=self.kind,
            occurred_at=self.occurred_at,
            recorded_at=at,
            actor=self.actor,
            source=self.source,
            # As the database will give it back, so that live and folded are equal.
            body=json.loads(canonical_json(self.body)),
            key=self.idempotency_key,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    One recorded event.

    Parameters
    ----------
    incident : IncidentId
        Whose.
    n : int
        Its place in the incident, from 1 without gaps.
    kind : str
        A member of `EventKind`, or a kind of a later release.
    occurred_at, recorded_at : datetime
        UTC; when it happened, and when it entered the log.
    actor, source : str
        Who did it, and through which face.
    body : mapping of str to JSON value
        What is particular to the kind.
    key : str
        Idempotency key.
    """

    incident: IncidentId
    n: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    source: str
    body: Mapping[str, object]
    key: str

    @property
    def id(self) -> str:
        """Incident and number, such as ``INC-12.3``; the same for ever."""
        return f"{self.incident}.{self.n}"

    @property
    def person(self) -> str | None:
        """The human who did it, or None where the program did."""
        kind, _, name = self.actor.partition(":")
        return name if kind == "person" else None


def person_actor(name: str) -> str:
    """
    Name a person as an actor.

    Examples
    --------
    >>> person_actor("ana")
    'person:ana'
    """
    return f"person:{name}"
