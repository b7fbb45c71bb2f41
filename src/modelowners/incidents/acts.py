"""Acts: what a person does to an incident, checked and turned into entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from modelowners.core.ids import AssetId
from modelowners.core.time import format_instant
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import Draft, EventKind, person_actor
from modelowners.incidents.incident import Act, Incident
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.policy import Relation, allowed, needed
from modelowners.incidents.refusals import NotNow, NotYours, OutOfOrder
from modelowners.incidents.severity import Severity

Json = Mapping[str, object]

MAX_NOTE = 4096

ANYTIME = frozenset({Act.NOTE, Act.SEVERITY})
"""What may be said to have happened before the present tenure."""

LONGEST_SNOOZE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    Who acts, when, and what ties them to the incident at that moment.

    Parameters
    ----------
    person : str
        Key under ``people``.
    at : datetime
        UTC; when it happened, at the latest now.
    relations : collection of Relation
        To the incident.
    roles : mapping of AssetId to sequence of str
        Which of accountable, responder and deputy they are, for the incident's
        model and the assets its causes name.
    source : str
        The face it came through.
    """

    person: str
    at: datetime
    relations: Collection[Relation]
    roles: Mapping[AssetId, Sequence[str]] = field(default_factory=dict)
    source: str = "cli"

    def draft(self, kind: EventKind, body: Json) -> Draft:
        """Draft an event of theirs, with the relation that allowed it."""
        tied = {
            "relation": sorted(relation.value for relation in self.relations),
            "roles": {asset: list(held) for asset, held in sorted(self.roles.items())},
        }
        return Draft(
            kind=kind,
            occurred_at=self.at,
            actor=person_actor(self.person),
            source=self.source,
            body={**body, **tied},
        )


def acknowledge(incident: Incident, actor: Actor) -> tuple[Entry, ...]:
    """
    Take an incident on: its escalation plan stops.

    Parameters
    ----------
    incident : Incident
        Open, or newly handed over.
    actor : Actor
        Any member.
    """
    check(incident, Act.ACK, actor)
    return (Entry(actor.draft(EventKind.ACKED, {})),)


def note(incident: Incident, actor: Actor, text: str) -> tuple[Entry, ...]:
    """
    Add a remark to the timeline.

    Parameters
    ----------
    incident : Incident
        In any state.
    actor : Actor
        Any member.
    text : str
        At most 4,096 characters are kept.
    """
    check(incident, Act.NOTE, actor)
    return (Entry(actor.draft(EventKind.NOTED, {"text": text[:MAX_NOTE]})),)


def snooze(incident: Incident, actor: Actor, *, until: datetime) -> tuple[Entry, ...]:
    """
    Leave everyone in peace for a while: the escalation plan stands still.

    Parameters
    ----------
    incident : Incident
        Active; never of the worst severity.
    actor : Actor
        Its holder, or who answers for its model.
    until : datetime
        UTC; at most 24 h ahead.

    Raises
    ------
    OutOfOrder
        If it would end before it begins, or last longer.
    """
    check(incident, Act.SNOOZE, actor)
    if not actor.at < until <= actor.at + LONGEST_SNOOZE:
        raise OutOfOrder(
            incident=incident.id,
            field="snooze until",
            found=format_instant(until),
            why=f"it ends after {format_instant(actor.at)}, at most 24 h later",
        )
    body = {"until": format_instant(until)}
    why = f"{actor.person} lets it rest until {format_instant(until)}"
    draft = actor.draft(EventKind.SNOOZED, body)
    return (Entry(draft, tuple(to_holder(incident, actor, why))),)


def regrade(
    incident: Incident, actor: Actor, *, severity: Severity, text: str
) -> tuple[Entry, ...]:
    """
    Judge an incident worse, or less bad, than the program does.

    Parameters
    ----------
    incident : Incident
        Unresolved.
    actor : Actor
        Its holder, or who answers for its model.
    severity : Severity
        As they see it.
    text : str
        Why.

    Raises
    ------
    NotNow
        If it has that severity already.
    """
    check(incident, Act.SEVERITY, actor)
    if severity is incident.severity:
        raise NotNow(
            incident=incident.id,
            state=severity.value,
            act="to make it so",
            why=" again",
            available=listed(incident),
        )
    body = {"severity": severity.value, "why": text[:MAX_NOTE]}
    why = f"{actor.person} judges it {severity.value}: {text}"
    draft = actor.draft(EventKind.SEVERITY_CHANGED, body)
    return (Entry(draft, tuple(to_holder(incident, actor, why))),)


def to_holder(incident: Incident, actor: Actor, why: str) -> Iterator[Tell]:
    """Give the note to the holder about another's act."""
    if incident.holder.known and incident.holder.person != actor.person:
        yield Tell(incident.holder, None, NoticeKind.NOTE, why)


def check(incident: Incident, act: Act, actor: Actor) -> None:
    """
    Refuse what the state does not allow, then what the policy does not.

    Raises
    ------
    NotNow
        If the state does not allow it.
    NotYours
        If the policy does not.
    OutOfOrder
        If it is said to have happened before the present tenure.
    """
    if act not in incident.available:
        raise NotNow(
            incident=incident.id,
            state=incident.state.value,
            act=act.value,
            why=_why_not(incident, act),
            available=listed(incident),
        )
    if not allowed(act, actor.relations):
        raise NotYours(
            who=actor.person,
            act=act.value,
            incident=incident.id,
            why=f"{needed(act)}; it is held by {incident.holder}",
            remedy="Ask them, or add a remark: modelowners incident note "
            f"{incident.id} TEXT",
        )
    if actor.at < incident.tenure.start and act not in ANYTIME:
        raise OutOfOrder(
            incident=incident.id,
            field=act.value,
            found=format_instant(actor.at),
            why=f"{incident.holder} holds it only since "
            f"{format_instant(incident.tenure.start)}",
        )


def _why_not(incident: Incident, act: Act) -> str:
    by = incident.tenure.acked_by
    if act is Act.ACK and incident.heard and by is not None:
        return f", {by} took it on already"
    if act is Act.NOT_MINE and incident.settled:
        asset = (incident.confirmed or {}).get("asset")
        return f": its cause was found in {asset}, which is yours"
    if act is Act.SNOOZE and incident.severity is Severity.SEV1:
        return ": the worst is never left in peace"
    return ""


def listed(incident: Incident) -> str:
    """Name what is possible now."""
    return ", ".join(act.value for act in incident.available)
