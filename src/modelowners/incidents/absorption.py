"""Absorption: one incident explains the others that lie downstream of its cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from modelowners.catalog.lineage import Lineage
from modelowners.core.ids import AssetId
from modelowners.core.time import Onset
from modelowners.diagnosis.causes import Category
from modelowners.incidents.entries import Entry, Tell
from modelowners.incidents.events import Draft, EventKind
from modelowners.incidents.incident import UNRESOLVED, Incident, State
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.openings import opening, routed
from modelowners.incidents.routing import SURE, route
from modelowners.incidents.sightings import Sighting

RELEASES = timedelta(minutes=10)
"""How long after its explanation is resolved a trouble that goes on stands alone."""


def explained_by(incident: Incident) -> AssetId | None:
    """
    Give the asset in which an incident's cause lies, where that is sure enough.

    Parameters
    ----------
    incident : Incident
        Any.

    Returns
    -------
    AssetId or None
        That of the confirmed cause, else of a cause of probability 0.6 or more.
    """
    if incident.confirmed is not None:
        return AssetId(str(incident.confirmed.get("asset")))
    asset, sure = incident.proposed.get("asset"), incident.proposed.get("probability")
    if isinstance(asset, str) and isinstance(sure, float | int) and sure >= SURE:
        return AssetId(asset)
    return None


def explaining(
    incidents: Iterable[Incident], sighting: Sighting, *, lineage: Lineage
) -> Incident | None:
    """
    Find the incident that explains what is seen of another model.

    Parameters
    ----------
    incidents : iterable of Incident
        Oldest first.
    sighting : Sighting
        Of a model that is sick.
    lineage : Lineage
        What is made from what.

    Returns
    -------
    Incident or None
        The oldest unresolved one with a cause upstream of the model, an onset
        that overlaps, and no other cause that the model's own diagnosis favours.
    """
    for one in incidents:
        fits = one.state in UNRESOLVED and one.absorbed_into is None and not one.storm
        if not fits or one.model == sighting.model:
            continue
        asset = explained_by(one)
        if asset is None or sighting.model not in lineage.downstream(asset):
            continue
        if _agrees(sighting, asset) and _overlaps(one.times.began, _onset(sighting)):
            return one
    return None


def explains(parent: Incident, sighting: Sighting) -> bool:
    """
    Tell whether an incident explains still what it explained.

    Parameters
    ----------
    parent : Incident
        The explanation.
    sighting : Sighting
        With a symptom.

    Returns
    -------
    bool
        False once the model's own diagnosis favours a cause elsewhere, or the
        explanation has lost its cause.
    """
    asset = explained_by(parent)
    return asset is not None and _agrees(sighting, asset)


def _agrees(sighting: Sighting, asset: AssetId) -> bool:
    """Tell whether the model's own diagnosis does not favour another cause."""
    causes = sighting.diagnosis.causes
    known = [cause for cause in causes if cause.category is not Category.UNKNOWN]
    return not known or known[0].asset == asset


def _onset(sighting: Sighting) -> Onset | None:
    causes, symptom = sighting.diagnosis.causes, sighting.diagnosis.symptom
    if causes and causes[0].category is not Category.UNKNOWN:
        return causes[0].onset
    return symptom.onset if symptom else None


def _overlaps(one: Onset | None, other: Onset | None) -> bool:
    if one is None or other is None:
        return False
    return one.low <= other.high and other.low <= one.high


def absorb(
    incident: Incident | None, sighting: Sighting, parent: Incident
) -> tuple[Entry, ...]:
    """
    Give what is recorded where another incident explains a trouble.

    Nobody is paged for it; its owner gets one quiet note.

    Parameters
    ----------
    incident : Incident or None
        The trouble's own; None where it opens by this.
    sighting : Sighting
        With a symptom.
    parent : Incident
        What explains it, from `explaining`.
    """
    asset = explained_by(parent)
    why = f"{parent.id} explains it: its cause in {asset} lies upstream"
    body = {"into": parent.id, "cause": asset, "why": why}
    draft = Draft(
        kind=EventKind.ABSORBED,
        occurred_at=sighting.at,
        body=body,
        key=f"absorbed:{parent.id}:{sighting.window_end}",
    )
    holder = incident.holder if incident is not None else sighting.holder
    words = f"For your information: {why}; {parent.holder} holds it"
    absorbed = Entry(draft, (Tell(holder, None, NoticeKind.NOTE, words),))
    return (*(opening(sighting) if incident is None else ()), absorbed)


def is_over(parent: Incident, at: datetime) -> bool:
    """
    Tell whether an incident no longer explains what goes on downstream.

    Parameters
    ----------
    parent : Incident
        The explanation.
    at : datetime
        UTC.

    Returns
    -------
    bool
        10 min after it was resolved; at once if it was no incident at all.
    """
    if parent.state is State.DISMISSED:
        return True
    resolved = parent.times.resolved
    finished = parent.state in {State.RESOLVED, State.CLOSED}
    return finished and resolved is not None and at >= resolved + RELEASES


def release(
    incident: Incident, sighting: Sighting, *, parent: Incident
) -> tuple[Entry, ...]:
    """
    Give what is recorded where a trouble goes on without its explanation.

    Parameters
    ----------
    incident : Incident
        Absorbed.
    sighting : Sighting
        With a symptom still.
    parent : Incident
        What explained it.

    Returns
    -------
    tuple of Entry
        It stands alone, and goes to whoever its own diagnosis names.
    """
    why = f"{parent.id} does not explain it"
    if is_over(parent, sighting.at):
        why = f"it goes on although {parent.id} is {parent.state.value}"
    draft = Draft(
        kind=EventKind.RELEASED,
        occurred_at=sighting.at,
        body={"from": parent.id, "why": why},
        key=f"released:{parent.id}:{sighting.window_end}",
    )
    decided = route(
        sighting.diagnosis.causes, symptom=sighting.holder, refused=incident.refused
    )
    return Entry(draft), routed(sighting, decided, pages=incident.pages)
