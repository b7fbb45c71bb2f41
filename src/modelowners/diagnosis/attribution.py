"""Attribution: at which asset a suspect lies, and whose that was at the onset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelowners.catalog.owners import Ownership, Status
from modelowners.core.ids import AssetId, asset_kind
from modelowners.diagnosis.causes import (
    Category,
    CauseKind,
    CauseOwner,
    Suspect,
    category_of,
)
from modelowners.observations.logs import PredictionLog

Resolver = Callable[[AssetId, datetime], Ownership]

DATA_KINDS = frozenset({"dataset", "feature", "pipeline"})
AT_MODEL = frozenset({Category.MODEL, Category.DEPLOYMENT, Category.WORLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where a suspect lies.

    Parameters
    ----------
    asset : AssetId
        The finest asset that a declaration names.
    level : str
        ``source``, ``feature``, ``served`` or ``model``.
    why : str
        Which declaration named it.
    sure : float
        1 where a claim names it, less where it was chosen among several.
    """

    asset: AssetId
    level: str
    why: str
    sure: float


def place_of(suspect: Suspect, log: PredictionLog, needs: Sequence[AssetId]) -> Place:
    """
    Tell at which asset a suspect lies.

    Row claims come before feature claims, those before `needs`; causes in the
    model, its serving or the world lie at the model itself.

    Parameters
    ----------
    suspect : Suspect
        With its columns and rows.
    log : PredictionLog
        With its upstream claims.
    needs : sequence of AssetId
        What the model declares it needs, nearest first.

    Returns
    -------
    Place
        At the model where nothing is declared.
    """
    if category_of(suspect.kind) in AT_MODEL:
        return Place(asset=log.asset, level="model", why="the model itself", sure=1.0)
    if suspect.kind is CauseKind.LABEL_FAULT:
        return _labels(suspect, log)
    claim = None
    for column in (*suspect.columns, None):
        claim = log.claim_for(column, suspect.segment)
        if claim is not None:
            break
    if claim is not None:
        parts = [f"{c}={'|'.join(v)}" for c, v in claim.rows.items()]
        covers = suspect.columns[0] if suspect.columns and claim.features else ""
        why = (
            f"rows claim {' and '.join(parts)}" if parts else f"feature claim {covers}"
        )
        level = "feature" if asset_kind(claim.asset) == "feature" else "source"
        return Place(asset=claim.asset, level=level, why=why, sure=1.0)
    upstream = [a for a in needs if asset_kind(a) in DATA_KINDS]
    if len(upstream) == 1:
        return Place(
            asset=upstream[0], level="source", why="the only data it needs", sure=0.8
        )
    return Place(
        asset=log.asset,
        level="served",
        why="no upstream claim covers it: declare it under predictions.upstream",
        sure=0.5,
    )


def _labels(suspect: Suspect, log: PredictionLog) -> Place:
    claim = next(
        (c for c in log.upstream if set(suspect.columns) & set(c.features)), None
    )
    if claim is not None:
        why = f"feature claim {suspect.columns[0]}"
        return Place(asset=claim.asset, level="source", why=why, sure=1.0)
    return Place(
        asset=log.asset, level="served", why="its labels are its owner's", sure=0.7
    )


def owner_of(place: Place, resolver: Resolver, at: datetime) -> CauseOwner:
    """
    Tell whose an asset was at an instant, and why.

    Parameters
    ----------
    place : Place
        Where the cause lies.
    resolver : callable
        Gives an asset's ownership at an instant.
    at : datetime
        The onset, UTC.

    Returns
    -------
    CauseOwner
        Team and person are None where nobody owns it.
    """
    found = resolver(place.asset, at)
    if found.status in {Status.UNOWNED, Status.UNKNOWN_BEFORE}:
        return CauseOwner(
            team=None, person=None, why=(place.why, f"{place.asset} is {found.status}")
        )
    return CauseOwner(
        team=found.team,
        person=found.accountable.person,
        why=(place.why, f"owner of {place.asset} at the onset", *found.accountable.why),
    )
