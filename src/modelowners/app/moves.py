"""Moves: each act with what it was told, as the entries it becomes on a scene."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from modelowners.app.desk import answering
from modelowners.app.relations import roles_of
from modelowners.app.scenes import Build, Scene
from modelowners.catalog.people import Organisation
from modelowners.core.ids import AssetId
from modelowners.diagnosis.causes import CauseKind, category_of
from modelowners.incidents import (
    acknowledge,
    assign,
    confirm_cause,
    dismiss,
    merge,
    mitigate,
    note,
    refuse,
    regrade,
    resolve,
    snooze,
    take_up,
    unmerge,
)
from modelowners.incidents.acts import Actor
from modelowners.incidents.entries import Entry
from modelowners.incidents.handovers import next_holder
from modelowners.incidents.incident import CloseReason, DismissReason
from modelowners.incidents.policy import Relation
from modelowners.incidents.routing import Route, Rule
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Holder, Reason


def acking() -> Build:
    """Take it on."""
    return lambda scene: acknowledge(scene.incident, scene.actor)


def noting(text: str) -> Build:
    """Add a remark."""
    return lambda scene: note(scene.incident, scene.actor, text)


def resolving(reason: CloseReason, text: str) -> Build:
    """Say that it is over."""
    return lambda scene: resolve(scene.incident, scene.actor, reason=reason, text=text)


def mitigating(text: str) -> Build:
    """Say that the harm has stopped."""
    return lambda scene: mitigate(scene.incident, scene.actor, text=text)


def dismissing(reason: DismissReason, text: str) -> Build:
    """Say that it was no incident."""
    return lambda scene: dismiss(scene.incident, scene.actor, reason=reason, text=text)


def reopening(text: str) -> Build:
    """Open it again."""
    return lambda scene: take_up(scene.incident, scene.actor, text=text)


def merging(into: str, text: str) -> Build:
    """Say that it is the same as another."""

    def build(scene: Scene) -> tuple[Entry, ...]:
        other = scene.find(into)
        return merge(scene.incident, scene.actor, into=other, text=text)

    return build


def unmerging(text: str) -> Build:
    """Say that it is a trouble of its own."""

    def build(scene: Scene) -> tuple[Entry, ...]:
        whose = answering(scene.catalog, scene.incident.model, scene.actor.at)
        return unmerge(scene.incident, scene.actor, ownership=whose, text=text)

    return build


def snoozing(
    *, until: datetime | None = None, length: timedelta | None = None
) -> Build:
    """Let it rest until an instant, or for so long."""

    def build(scene: Scene) -> tuple[Entry, ...]:
        end = until or scene.actor.at + (length or timedelta(0))
        return snooze(scene.incident, scene.actor, until=end)

    return build


def regrading(severity: Severity, text: str) -> Build:
    """Judge it worse, or less bad."""
    return lambda scene: regrade(
        scene.incident, scene.actor, severity=severity, text=text
    )


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
    roles = tuple(roles_of(scene.catalog, asset, actor.person, actor.at))
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
