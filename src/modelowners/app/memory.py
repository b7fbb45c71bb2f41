"""Memory: what is known of a trouble besides its diagnosis, for the packet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from modelowners.app.desk import Desk
from modelowners.catalog.lineage import Lineage
from modelowners.core.errors import ModelownersError
from modelowners.core.ids import AssetId
from modelowners.incidents.incident import UNRESOLVED, Incident
from modelowners.incidents.sightings import Sighting
from modelowners.incidents.similarity import Facts, hit_rate, similar

MAX_UPSTREAM = 3
MAX_HEADLINE = 300

MAX_PAST = 500
"""So many of the newest incidents are remembered."""


class Works(Desk, Protocol):
    """What remembering needs of the program; `app.wiring.Program` has it."""

    @property
    def lineage(self) -> Lineage:
        """What is made from what."""
        ...

    def served_version(self, model: AssetId, at: datetime) -> str | None:
        """Say which version of a model its newest rows name; None where none does."""
        ...


def remember(works: Works, sighting: Sighting) -> Mapping[str, object]:
    """
    Gather past incidents like this one, those upstream, and what is served.

    Parameters
    ----------
    works : Works
        The parts.
    sighting : Sighting
        Of a model that is sick.

    Returns
    -------
    mapping
        ``similar``, ``history``, ``upstream_incidents``, ``served_version``.
    """
    past = works.incidents.within()[-MAX_PAST:]
    models = {sighting.model, *(one.model for one in past if one.confirmed)}
    upstream = {one: tuple(works.lineage.upstream(one)) for one in models}
    facts = Facts.seen(sighting.diagnosis, symptom=sighting.symptom)
    found = similar(facts, past, upstream=upstream)
    return {
        "similar": [one.plain() for one in found],
        "history": hit_rate(past, upstream=upstream).words,
        "upstream_incidents": list(_above(past, sighting, upstream[sighting.model])),
        **_served(works, sighting),
    }


def _served(works: Works, sighting: Sighting) -> Mapping[str, object]:
    try:
        found = works.served_version(sighting.model, sighting.at)
    except ModelownersError:
        # The incident matters more; its packet says that this was not looked at.
        return {}
    return {"served_version": found}


def _above(
    past: Sequence[Incident], sighting: Sighting, upstream: Sequence[AssetId]
) -> Sequence[Mapping[str, object]]:
    """Give the unresolved incidents that lie, or have their cause, upstream."""
    found = []
    for one in past:
        cause = (one.confirmed or one.proposed).get("asset")
        near = {one.model, cause} & set(upstream)
        if near and one.state in UNRESOLVED and one.model != sighting.model:
            found.append(
                {
                    "incident": one.id,
                    "model": one.model,
                    "cause": cause,
                    "headline": one.headline[:MAX_HEADLINE],
                    "holder": str(one.holder),
                }
            )
    return found[:MAX_UPSTREAM]
