"""Grouping: which findings belong to one incident."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from modelowners.detection.findings import Finding, FindingClass
from modelowners.diagnosis.causes import Diagnosis
from modelowners.incidents.incident import UNRESOLVED, CloseReason, Incident, State
from modelowners.incidents.severity import HARMFUL

RECURRENCE = timedelta(minutes=30)
"""A resolved incident that recurs sooner is reopened; later it is a new one."""

SYMPTOM_CLASS: Mapping[FindingClass, str] = {
    FindingClass.QUALITY: "data",
    FindingClass.DATA: "data",
    FindingClass.DRIFT: "drift",
    FindingClass.FRESHNESS: "freshness",
    FindingClass.VOLUME: "freshness",
    FindingClass.CONTRACT: "contract",
    FindingClass.PERFORMANCE: "quality",
    FindingClass.CHECK: "data",
}
"""Class of the symptom by class of the finding."""


def symptom_class(diagnosis: Diagnosis, findings: Iterable[Finding]) -> str:
    """
    Name the sort of trouble an incident is about.

    Parameters
    ----------
    diagnosis : Diagnosis
        A harmed metric makes it ``quality``.
    findings : iterable of Finding
        Else the broken ones decide, else the largest.

    Returns
    -------
    str
        ``quality``, ``data``, ``drift``, ``freshness`` or ``contract``.
    """
    symptom = diagnosis.symptom
    if symptom is not None and symptom.state in HARMFUL:
        return "quality"
    ranked = sorted(findings, key=lambda found: (not found.broken, -found.score))
    return SYMPTOM_CLASS[ranked[0].kind] if ranked else "quality"


def joined(
    incidents: Iterable[Incident],
    *,
    symptom: str,
    findings: Collection[str],
    cause: Mapping[str, object],
) -> Incident | None:
    """
    Find the unresolved incident that a diagnosis belongs to.

    The class may change while the trouble is the same: harm becomes measurable
    when labels arrive. So a shared finding or the same likeliest cause joins
    as well.

    Parameters
    ----------
    incidents : iterable of Incident
        Of the same model, oldest first.
    symptom : str
        The diagnosis's class.
    findings : collection of str
        Ids of its findings.
    cause : mapping
        Its likeliest cause: asset and kind.

    Returns
    -------
    Incident or None
        The oldest that fits.
    """
    unresolved = [one for one in incidents if one.state in UNRESOLVED]
    for one in unresolved:
        if one.symptom_class == symptom or not set(findings).isdisjoint(one.findings):
            return one
    for one in unresolved:
        same = (one.proposed.get(key) == cause.get(key) for key in ("asset", "kind"))
        if cause.get("asset") is not None and all(same):
            return one
    return None


def lingering(
    incidents: Iterable[Incident],
    *,
    symptom: str,
    findings: Collection[str],
    window_end: datetime,
) -> Incident | None:
    """
    Find the finished incident whose trouble merely goes on, so that it is no news.

    Parameters
    ----------
    incidents : iterable of Incident
        Of the same model, oldest first.
    symptom : str
        The diagnosis's class.
    findings : collection of str
        Ids of its findings.
    window_end : datetime
        UTC end of the newest window that shows the trouble.

    Returns
    -------
    Incident or None
        The newest of those dismissed, merged, or resolved as not to be fixed
        that were never seen well since; or one resolved on the evidence of a
        window that is still the newest.
    """
    for one in reversed(tuple(incidents)):
        shared = not set(findings).isdisjoint(one.findings)
        if not one.sick or not (shared or one.symptom_class == symptom):
            continue
        if one.state in {State.DISMISSED, State.MERGED}:
            return one
        if one.state is not State.RESOLVED:
            continue
        last = one.last_window_end
        seen = last is not None and window_end <= last
        if seen or one.close_reason == CloseReason.WONT_FIX:
            return one
    return None


def earlier(incidents: Iterable[Incident], *, symptom: str) -> Incident | None:
    """
    Find the newest finished incident of the same class.

    Parameters
    ----------
    incidents : iterable of Incident
        Of the same model, oldest first.
    symptom : str
        The class.
    """
    finished = [
        one
        for one in incidents
        if one.symptom_class == symptom and one.state in {State.RESOLVED, State.CLOSED}
    ]
    return finished[-1] if finished else None
