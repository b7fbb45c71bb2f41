"""Handling: a person's act on an incident, from their words to what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from modelowners.app.desk import Desk, answering, record, sole
from modelowners.catalog.files import Catalog
from modelowners.catalog.people import Organisation
from modelowners.core.errors import InputError
from modelowners.core.facets import nearest
from modelowners.core.ids import AssetId
from modelowners.diagnosis.causes import CauseKind, category_of
from modelowners.incidents import (
    acknowledge,
    assign,
    confirm_cause,
    deliver,
    note,
    refuse,
    resolve,
)
from modelowners.incidents.acts import Actor, next_holder
from modelowners.incidents.entries import Entry
from modelowners.incidents.incident import CloseReason, Incident
from modelowners.incidents.openings import holder_of
from modelowners.incidents.policy import Relation
from modelowners.incidents.refusals import Stale
from modelowners.incidents.routing import Route, Rule
from modelowners.incidents.tenures import Holder, Reason
from modelowners.ledger.changes import Who


class WhoActs(InputError):
    """
    Nobody in the ownership file is {found}, and acts are recorded by name.

    Say who acts with --as PERSON or MODELOWNERS_USER.
    """


class UnknownOwner(InputError):
    """No team or person "{name}" in the ownership file{nearest}."""


class NoSuchCause(InputError):
    """
    {incident} has no cause {found}; it names {known}.

    See `modelowners incident show {incident}`, or name one with --asset and --kind.
    """


class Works(Desk, Protocol):
    """What an act needs of the program; `app.wiring.Program` has it."""

    @property
    def acting(self) -> Who:
        """The person at the keyboard."""
        ...

    def record_revision(self) -> object:
        """Keep which catalog is in force."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    What every act has in common.

    Parameters
    ----------
    incident : str
        Its id, as typed.
    at : datetime or None
        UTC; when it happened, where not just now.
    revision : int or None
        Act only if the incident is still at this revision.
    """

    incident: str
    at: datetime | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an act looks at: the incident, who acts, and the catalog then."""

    incident: Incident
    actor: Actor
    catalog: Catalog

    def owner(self, name: str) -> tuple[Holder, str]:
        """
        Find an owner by name: a team first, then a person.

        Raises
        ------
        UnknownOwner
            If there is none of that name.
        """
        kind, colon, bare = name.partition(":")
        organisation = self.catalog.organisation
        kinds = {"team": organisation.teams, "person": organisation.people}
        wanted = {kind: kinds[kind]} if colon and kind in kinds else kinds
        bare = bare if colon and kind in kinds else name
        for found, known in wanted.items():
            if bare in known:
                whose = f"{found}:{bare}"
                return self.holder(whose), whose
        everyone = iter((*organisation.teams, *organisation.people))
        raise UnknownOwner(name=name, nearest=nearest(bare, everyone))

    def holder(self, whose: str) -> Holder:
        """Give who answers for an asset or an owner at the moment of the act."""
        return holder_of(answering(self.catalog, whose, self.actor.at))

    def cause(self, rank: int) -> Mapping[str, object]:
        """
        Give one of the causes the last diagnosis names.

        Raises
        ------
        NoSuchCause
            If it names none of that rank.
        """
        causes = causes_of(self.incident)
        for cause in causes:
            if cause["rank"] == rank and cause["kind"] != CauseKind.UNKNOWN.value:
                return cause
        raise NoSuchCause(
            incident=self.incident.id,
            found=rank,
            known=", ".join(f"{c['rank']} ({c['asset']})" for c in causes) or "none",
        )


Build = Callable[[Scene], tuple[Entry, ...]]


def act(works: Works, request: Request, build: Build, *, state: Path) -> Incident:
    """
    Let a person act: recorded, and told at once where nothing else is telling.

    Parameters
    ----------
    works : Works
        The parts.
    request : Request
        On which incident, and when.
    build : callable
        Gives the entries of the act.
    state : Path
        The state folder.

    Returns
    -------
    Incident
        As it stands afterwards.

    Raises
    ------
    WhoActs
        If it is not known who acts.
    Stale
        If the incident is not at the revision the request names.
    """
    who = works.acting
    if who.person is None:
        found = f'"{who.raw}"' if who.raw else "named"
        raise WhoActs(found=found)
    works.record_revision()
    incident = works.incidents.get(request.incident)
    if request.revision is not None and request.revision != incident.revision:
        raise Stale(
            incident=incident.id, found=incident.revision, expected=request.revision
        )
    at = request.at or works.clock.now()
    actor = describe(works.catalog, incident, who.person, at)
    scene = Scene(incident=incident, actor=actor, catalog=works.catalog)
    record(works, incident, build(scene), at=works.clock.now())
    with sole(state) as alone:
        if alone:
            deliver(works.incidents, works.notifiers, clock=works.clock)
    return works.incidents.get(incident.id)


def describe(catalog: Catalog, incident: Incident, person: str, at: datetime) -> Actor:
    """
    Say what ties a person to an incident at an instant.

    Parameters
    ----------
    catalog : Catalog
        Who answers for what.
    incident : Incident
        Which.
    person : str
        Key under ``people``.
    at : datetime
        UTC.
    """
    organisation = catalog.organisation
    known = organisation.people.get(person)
    relations = set()
    if known is not None and not known.is_gone(at):
        relations.add(Relation.MEMBER)
    if person in _holding(organisation, incident.holder):
        relations.add(Relation.HOLDER)
    causes = {AssetId(str(cause["asset"])) for cause in causes_of(incident)}
    if incident.confirmed:
        causes.add(AssetId(str(incident.confirmed.get("asset"))))
    roles = {
        asset: tuple(_roles(catalog, asset, person, at))
        for asset in {incident.model, *causes}
    }
    if roles[incident.model]:
        relations.add(Relation.ASSET_ROLE)
    if any(roles[asset] for asset in causes):
        relations.add(Relation.CAUSE_ROLE)
    held = {asset: found for asset, found in roles.items() if found}
    return Actor(person=person, at=at, relations=relations, roles=held)


def causes_of(incident: Incident) -> Sequence[Mapping[str, object]]:
    """Give the causes the last diagnosis names, likeliest first."""
    found = incident.diagnosis.get("causes")
    return found if isinstance(found, list) else []


def _holding(organisation: Organisation, holder: Holder) -> set[str | None]:
    team = organisation.teams.get(holder.team or "")
    if team is None:
        return {holder.person}
    return {holder.person, team.lead, team.deputy, *team.members}


def _roles(
    catalog: Catalog, asset: AssetId, person: str, at: datetime
) -> Iterator[str]:
    ownership = answering(catalog, asset, at)
    if ownership.accountable.person == person:
        yield "accountable"
    if ownership.responder.person == person:
        yield "responder"
    team = catalog.teams.get(ownership.team or "")
    if person in {catalog.asset(asset).deputy, team.deputy if team else None}:
        yield "deputy"


def acking() -> Build:
    """Take it on."""
    return lambda scene: acknowledge(scene.incident, scene.actor)


def noting(text: str) -> Build:
    """Add a remark."""
    return lambda scene: note(scene.incident, scene.actor, text)


def resolving(reason: CloseReason, text: str) -> Build:
    """Say that it is over."""
    return lambda scene: resolve(scene.incident, scene.actor, reason=reason, text=text)


def assigning(to: str, reason: Reason) -> Build:
    """Hand it to another owner."""

    def build(scene: Scene) -> tuple[Entry, ...]:
        holder, whose = scene.owner(to)
        return assign(
            scene.incident,
            scene.actor,
            to=holder,
            reason=reason,
            ownership=answering(scene.catalog, whose, scene.actor.at),
        )

    return build


def refusing(text: str, *, to: str | None, rank: int | None) -> Build:
    """Refuse it: to a named owner, to a cause's, or to whoever is next."""

    def build(scene: Scene) -> tuple[Entry, ...]:
        decided, whose = _onward(scene, to=to, rank=rank)
        ownership = answering(scene.catalog, whose, scene.actor.at)
        return refuse(
            scene.incident, scene.actor, to=decided, text=text, ownership=ownership
        )

    return build


def _onward(scene: Scene, *, to: str | None, rank: int | None) -> tuple[Route, str]:
    if to is not None:
        holder, whose = scene.owner(to)
        return Route(to=holder, rule=Rule.BY_HAND), whose
    if rank is not None:
        asset = str(scene.cause(rank)["asset"])
        return Route(to=scene.holder(asset), rule=Rule.BY_HAND), asset
    decided = next_holder(
        scene.incident,
        scene.actor,
        symptom=scene.holder(scene.incident.model),
        arbiters=_arbiters(scene),
    )
    return decided, decided.to.key


def _arbiters(scene: Scene) -> tuple[Holder, ...]:
    """Give a common manager of everyone who held it, then the symptom's lead."""
    organisation = scene.catalog.organisation
    held = {tenure.holder.person for tenure in scene.incident.tenures}
    chains = [_managers(organisation, person) for person in held if person]
    common = [boss for boss in chains[0] if all(boss in c for c in chains)]
    symptom = answering(scene.catalog, scene.incident.model, scene.actor.at)
    team = organisation.teams.get(symptom.team or "")
    lead = [team.lead] if team else []
    return tuple(Holder(None, person) for person in dict.fromkeys((*common, *lead)))


def _managers(organisation: Organisation, person: str) -> list[str]:
    found: list[str] = []
    now = organisation.people.get(person)
    while now is not None and now.manager and now.manager not in found:
        found.append(now.manager)
        now = organisation.people.get(now.manager)
    return found


def confirming(
    *, rank: int | None, asset: AssetId | None, kind: CauseKind | None
) -> Build:
    """Say what the cause was: one the diagnosis names, or another."""

    def build(scene: Scene) -> tuple[Entry, ...]:
        if asset is not None and kind is not None:
            category = category_of(kind).value
            cause: Mapping[str, object]
            cause = {"asset": asset, "kind": kind.value, "category": category}
        else:
            named = scene.cause(rank or 1)
            cause = {key: named.get(key) for key in ("asset", "kind", "category")}
        whose = str(cause["asset"])
        return confirm_cause(
            scene.incident,
            _answering_for(scene, AssetId(whose)),
            cause=cause,
            owner=scene.holder(whose),
            ownership=answering(scene.catalog, whose, scene.actor.at),
        )

    return build


def _answering_for(scene: Scene, asset: AssetId) -> Actor:
    """Narrow the actor's relations to the one cause that is to be confirmed."""
    actor = scene.actor
    roles = tuple(_roles(scene.catalog, asset, actor.person, actor.at))
    relations = set(actor.relations) - {Relation.CAUSE_ROLE}
    if roles:
        relations.add(Relation.CAUSE_ROLE)
    return Actor(
        person=actor.person,
        at=actor.at,
        relations=relations,
        roles={**actor.roles, **({asset: roles} if roles else {})},
        source=actor.source,
    )
