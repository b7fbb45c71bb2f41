"""Handovers: an incident goes from one owner to another, with the reason kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelowners.catalog.owners import Ownership
from modelowners.incidents.acts import MAX_NOTE, Actor, check, listed
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import EventKind
from modelowners.incidents.incident import Act, Incident
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.paging import freeze
from modelowners.incidents.refusals import NobodyLeft, NotNow
from modelowners.incidents.routing import Candidate, Route, Rule, route_on
from modelowners.incidents.tenures import TOSSES, Holder, Reason

Json = Mapping[str, object]

TOSSES_TO_ARBITER = 2


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
    check(incident, Act.ASSIGN, actor)
    if to.key == incident.holder.key and to.person == incident.holder.person:
        raise NotNow(
            incident=incident.id,
            state=f"with {to}",
            act="to assign it there",
            why=" again",
            available=listed(incident),
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
    check(incident, Act.NOT_MINE, actor)
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
    check(incident, Act.CONFIRM_CAUSE, actor)
    entries = [Entry(actor.draft(EventKind.CAUSE_CONFIRMED, cause))]
    elsewhere = owner.known and owner.key != incident.holder.key
    if elsewhere and Act.ASSIGN in incident.available:
        decided = Route(to=owner, rule=Rule.CONFIRMED)
        body = {"reason": Reason.FOUND_CAUSE_ELSEWHERE.value}
        entries.append(_hand_over(incident, actor, decided, body, ownership))
    return tuple(entries)


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
