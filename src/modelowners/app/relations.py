"""Relations: what ties a person to an incident and to an asset, at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from modelowners.app.desk import answering
from modelowners.catalog.files import Catalog
from modelowners.catalog.people import Organisation
from modelowners.core.ids import AssetId
from modelowners.incidents.acts import Actor
from modelowners.incidents.incident import Incident
from modelowners.incidents.policy import Relation
from modelowners.incidents.tenures import Holder


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
    relations = set(_membership(organisation, person, at))
    if person in _holding(organisation, incident.holder):
        relations.add(Relation.HOLDER)
    causes = {AssetId(str(cause["asset"])) for cause in causes_of(incident)}
    if incident.confirmed:
        causes.add(AssetId(str(incident.confirmed.get("asset"))))
    roles = {
        asset: tuple(roles_of(catalog, asset, person, at))
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


def roles_of(
    catalog: Catalog, asset: AssetId, person: str, at: datetime
) -> Iterator[str]:
    """Name what a person is to an asset at an instant: what its rights rest on."""
    ownership = answering(catalog, asset, at)
    if ownership.accountable.person == person:
        yield "accountable"
    if ownership.responder.person == person:
        yield "responder"
    team = catalog.teams.get(ownership.team or "")
    if person in {catalog.asset(asset).deputy, team.deputy if team else None}:
        yield "deputy"


def _membership(
    organisation: Organisation, person: str, at: datetime
) -> Iterator[Relation]:
    known = organisation.people.get(person)
    if known is not None and not known.is_gone(at):
        yield Relation.MEMBER
