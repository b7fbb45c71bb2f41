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
    """A trouble was seen: model, class, severity, first holder."""

    SIGNAL_ATTACHED = "signal.attached"
    """More findings of ours, or an alert of another system, joined it."""

    SIGNAL_CLEARED = "signal.cleared"
    """A full window is well again, or an alert ended."""

    ONSET_ESTIMATED = "onset.estimated"
    """Between which instants the trouble began, and by which method."""

    ROUTE_DECIDED = "route.decided"
    """Who holds it, by which rule, with the escalation plan that starts."""

    NOTIFIED = "notified"
    """A sink accepted a message."""

    NOTIFY_FAILED = "notify.failed"
    """A sink refused a message for good; another channel carries it."""

    SEEN = "seen"
    """A person was shown it."""

    ESCALATED = "escalated"
    """A step of the plan fell due: whom it asked, or that nobody could be."""

    PLAN_EXHAUSTED = "plan.exhausted"
    """Everyone in the plan was asked; it starts again after an hour."""

    ACKED = "acked"
    """A person took it on: the plan stops."""

    ASSIGNED = "assigned"
    """It went to another owner, as a toss or a hand-off, with the reason."""

    NOTED = "noted"
    """A remark."""

    SEVERITY_CHANGED = "severity.changed"
    """It is worse or less bad than it was judged, and why."""

    CAUSE_PROPOSED = "cause.proposed"
    """The likeliest cause as a diagnosis has it, with its evidence."""

    CAUSE_CONFIRMED = "cause.confirmed"
    """A person said what the cause was."""

    CAUSE_REJECTED = "cause.rejected"
    """A person took that back."""

    APPROVAL_REQUESTED = "approval.requested"
    """Somebody was asked to approve a fix."""

    APPROVAL_GRANTED = "approval.granted"
    """It was approved."""

    APPROVAL_REFUSED = "approval.refused"
    """It was not."""

    FIX_PLANNED = "fix.planned"
    """A plan to mend it, with its gates and who may apply it."""

    FIX_STARTED = "fix.started"
    """A plan is being applied."""

    FIX_FINISHED = "fix.finished"
    """A plan was applied, and serving follows it."""

    FIX_FAILED = "fix.failed"
    """A plan could not be applied."""

    BREAKGLASS_USED = "breakglass.used"
    """Somebody applied a fix without the relation that is asked for."""

    MITIGATED = "mitigated"
    """The harm has stopped; the cause may still be there."""

    VERIFIED = "verified"
    """New rows show that the fix works."""

    RESOLVED = "resolved"
    """The trouble is over, and how."""

    REOPENED = "reopened"
    """It is back, or was never over."""

    CLOSED = "closed"
    """Nothing has changed for 72 hours after its end."""

    MERGED = "merged"
    """It is the same trouble as another incident."""

    UNMERGED = "unmerged"
    """It is a trouble of its own after all."""

    DISMISSED = "dismissed"
    """It was no incident, and why."""

    ABSORBED = "absorbed"
    """Another incident explains it; nobody is paged for it."""

    RELEASED = "released"
    """It stands alone again."""

    SNOOZED = "snoozed"
    """The plan stands still until an instant."""


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
    once : bool
        The key names one request for ever, whatever the incident's revision.
    """

    kind: str
    occurred_at: datetime
    actor: str = LOOP
    body: Mapping[str, object] = field(default_factory=dict)
    key: str = ""
    source: str = "loop"
    once: bool = False

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
