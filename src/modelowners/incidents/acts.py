"""Acts: what a person does to an incident, checked and turned into entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.catalog.owners import Ownership
from modelowners.core.ids import AssetId
from modelowners.core.time import format_instant
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import Draft, EventKind, person_actor
from modelowners.incidents.incident import Act, CloseReason, Incident
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.paging import freeze
from modelowners.incidents.policy import Relation, allowed, needed
from modelowners.incidents.refusals import NobodyLeft, NotNow, NotYours, OutOfOrder
from modelowners.incidents.routing import Candidate, Route, Rule, route_on
from modelowners.incidents.tenures import TOSSES, Holder, Reason

Json = Mapping[str, object]

MAX_NOTE = 4096
TOSSES_TO_ARBITER = 2


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
    _check(incident, Act.ACK, actor)
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
    _check(incident, Act.NOTE, actor)
    return (Entry(actor.draft(EventKind.NOTED, {"text": text[:MAX_NOTE]})),)


def assign(
    incident: Incident,
    actor: Actor,
    *,
    to: Holder,
    reason: Reason,
    ownership: Ownership | None = None,
) -> tuple[Entry, ...]:
    """
    Hand an incident to another owner.

    Parameters
    ----------
    incident : Incident
        Unresolved.
    actor : Actor
        Any member.
    to : Holder
        Who holds it from then on.
    reason : Reason
        Why; ``bad-route`` counts as a toss, the others as hand-offs.
    ownership : Ownership, optional
        Whose escalation plan starts; without it the person is told once.

    Raises
    ------
    NotNow
        If they hold it already.
    """
    _check(incident, Act.ASSIGN, actor)
    if to.key == incident.holder.key and to.person == incident.holder.person:
        raise NotNow(
            incident=incident.id,
            state=f"with {to}",
            act="to assign it there",
            why=" again",
            available=_listed(incident),
        )
    decided = Route(to=to, rule=Rule.BY_HAND)
    body: dict[str, object] = {"reason": reason.value}
    if reason in TOSSES:
        body["refused"] = [incident.holder.key]
    return (_hand_over(incident, actor, decided, body, ownership),)


def refuse(
    incident: Incident,
    actor: Actor,
    *,
    to: Route,
    text: str,
    ownership: Ownership | None = None,
) -> tuple[Entry, ...]:
    """
    Refuse an incident: it goes on and never comes back by itself.

    Parameters
    ----------
    incident : Incident
        Unresolved.
    actor : Actor
        Its holder.
    to : Route
        Where it goes, from `next_holder` or named by the refuser.
    text : str
        The refuser's reason, in their words.
    ownership : Ownership, optional
        Whose escalation plan starts.
    """
    _check(incident, Act.NOT_MINE, actor)
    _check_unconfirmed(incident)
    body = {
        "reason": Reason.NOT_MINE.value,
        "text": text[:MAX_NOTE],
        "refused": list(refusing(incident, actor.person)),
    }
    return (_hand_over(incident, actor, to, body, ownership),)


def refusing(incident: Incident, person: str) -> tuple[str, ...]:
    """Give the keys that count as refused: the holder, and the person who says so."""
    return tuple(sorted({incident.holder.key, f"person:{person}"}))


def next_holder(
    incident: Incident,
    actor: Actor,
    *,
    symptom: Holder,
    arbiters: Sequence[Holder] = (),
) -> Route:
    """
    Find who holds an incident that its holder refuses without naming another.

    Parameters
    ----------
    incident : Incident
        Held by the refuser.
    actor : Actor
        The refuser.
    symptom : Holder
        The owner of the model that shows the symptom.
    arbiters : sequence of Holder
        Who ends it after two refusals.

    Raises
    ------
    NobodyLeft
        If everyone who could hold it has refused.
    """
    refused = {*incident.refused, *refusing(incident, actor.person)}
    found = route_on(
        tuple(_candidates(incident)),
        symptom=symptom,
        refused=refused,
        arbiters=arbiters if incident.tosses + 1 >= TOSSES_TO_ARBITER else (),
    )
    if found is None:
        raise NobodyLeft(incident=incident.id)
    return found


def confirm_cause(
    incident: Incident,
    actor: Actor,
    *,
    cause: Json,
    owner: Holder,
    ownership: Ownership | None = None,
) -> tuple[Entry, ...]:
    """
    Say what the cause was; if it is another's, the incident goes there.

    Parameters
    ----------
    incident : Incident
        With the cause in doubt, or resolved already.
    actor : Actor
        Its holder, or who answers for the cause's asset.
    cause : mapping
        Asset, kind and category.
    owner : Holder
        Who answers for the cause's asset now.
    ownership : Ownership, optional
        Whose escalation plan starts, where it changes hands.
    """
    _check(incident, Act.CONFIRM_CAUSE, actor)
    entries = [Entry(actor.draft(EventKind.CAUSE_CONFIRMED, cause))]
    elsewhere = owner.known and owner.key != incident.holder.key
    if elsewhere and Act.ASSIGN in incident.available:
        decided = Route(to=owner, rule=Rule.CONFIRMED)
        body = {"reason": Reason.FOUND_CAUSE_ELSEWHERE.value}
        entries.append(_hand_over(incident, actor, decided, body, ownership))
    return tuple(entries)


def resolve(
    incident: Incident, actor: Actor, *, reason: CloseReason, text: str = ""
) -> tuple[Entry, ...]:
    """
    Say that the trouble is over.

    Parameters
    ----------
    incident : Incident
        Unresolved. A state that was skipped stays unknown.
    actor : Actor
        Its holder, or who answers for its model or its cause.
    reason : CloseReason
        Why it is over.
    text : str
        A remark.

    Raises
    ------
    OutOfOrder
        If it would be over before it began or was mitigated.
    """
    _check(incident, Act.RESOLVE, actor)
    times = incident.times
    for name, bound in (
        ("mitigated", times.mitigated),
        ("began", times.began.low if times.began else None),
    ):
        if bound is not None and actor.at < bound:
            raise OutOfOrder(
                incident=incident.id,
                field="resolved",
                found=format_instant(actor.at),
                why=f"{name} is {format_instant(bound)}",
            )
    body = {"reason": reason.value, "text": text[:MAX_NOTE]}
    why = f"{actor.person} says it is over: {reason.value}"
    tell = Tell(incident.holder, None, NoticeKind.NOTE, why)
    return (Entry(actor.draft(EventKind.RESOLVED, body), (tell,)),)


def _check(incident: Incident, act: Act, actor: Actor) -> None:
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
            available=_listed(incident),
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
    if actor.at < incident.tenure.start and act is not Act.NOTE:
        raise OutOfOrder(
            incident=incident.id,
            field=act.value,
            found=format_instant(actor.at),
            why=f"{incident.holder} holds it only since "
            f"{format_instant(incident.tenure.start)}",
        )


def _check_unconfirmed(incident: Incident) -> None:
    confirmed = incident.confirmed
    if confirmed is None or incident.route.get("asset") != confirmed.get("asset"):
        return
    raise NotNow(
        incident=incident.id,
        state="confirmed",
        act=Act.NOT_MINE.value,
        why=f": its cause was found in {confirmed.get('asset')}, which is yours",
        available=_listed(incident),
    )


def _why_not(incident: Incident, act: Act) -> str:
    by = incident.tenure.acked_by
    if act is Act.ACK and by is not None:
        return f", {by} took it on already"
    return ""


def _listed(incident: Incident) -> str:
    return ", ".join(act.value for act in incident.available)


def _candidates(incident: Incident) -> Sequence[Candidate]:
    found = incident.route.get("candidates")
    return [
        Candidate(Holder.read(one), float(str(one.get("probability", 0))))
        for one in (found if isinstance(found, list) else [])
    ]


def _whose(ownership: Ownership) -> str:
    """Name whose plan it is: by hand it is an owner's, not an asset's."""
    owner = ownership.owner
    return f"{owner.kind}:{owner.name}" if owner else ownership.asset


def _hand_over(
    incident: Incident,
    actor: Actor,
    decided: Route,
    body: Json,
    ownership: Ownership | None,
) -> Entry:
    plan = freeze(ownership, of=_whose(ownership)) if ownership is not None else None
    whole = {
        **body,
        "from": incident.holder.plain(),
        "to": decided.to.plain(),
        "rule": decided.rule.value,
        "probability": decided.probability,
        "asset": ownership.asset if ownership is not None else None,
        "plan": plan.plain() if plan else None,
    }
    why = f"{actor.person} hands it to you: {body['reason']}"
    kind = NoticeKind.PAGE if incident.pages else NoticeKind.NOTE
    tells = [] if incident.pages and plan else [Tell(decided.to, None, kind, why)]
    if incident.holder.known:
        gone = f"{decided.to} holds it now: {body['reason']}"
        tells.append(Tell(incident.holder, None, NoticeKind.NOTE, gone))
    return Entry(actor.draft(EventKind.ASSIGNED, whole), tuple(tells))
