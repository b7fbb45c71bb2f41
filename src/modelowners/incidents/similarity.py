"""Similarity: past incidents like this one, and how often such a likeness was right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import format_instant
from modelowners.diagnosis.causes import Category, Diagnosis
from modelowners.incidents.fixes import FixState
from modelowners.incidents.incident import Incident

WEIGHTS: Mapping[str, int] = {
    "asset": 3,
    "cause kind": 3,
    "column or segment": 2,
    "shared upstream": 1,
    "symptom class": 1,
}
"""What each shared fact counts."""

ENOUGH = 4
"""Below it nothing is called similar."""

MOST = 3

HISTORY = 10
"""With fewer confirmed incidents, no rate is told: it would be chance."""

Upstream = Mapping[AssetId, Collection[AssetId]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """
    A past incident that resembles another.

    Parameters
    ----------
    incident : IncidentId
        The past one.
    score : int
        Sum of `WEIGHTS` of what is shared, `ENOUGH` to 10.
    shared : tuple of str
        Which facts.
    asset, kind : str
        Its confirmed cause.
    fixed_by : str or None
        What ended it.
    resolved : str or None
        When, as an ISO instant.
    """

    incident: IncidentId
    score: int
    shared: tuple[str, ...]
    asset: str
    kind: str
    fixed_by: str | None = None
    resolved: str | None = None

    def plain(self) -> dict[str, object]:
        """Give it as JSON has it."""
        return {
            "incident": self.incident,
            "score": self.score,
            "shared": list(self.shared),
            "cause": {"asset": self.asset, "kind": self.kind},
            "fixed_by": self.fixed_by,
            "resolved": self.resolved,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What two incidents are compared by: known before anybody confirmed a cause."""

    model: AssetId
    asset: AssetId | None
    kind: str | None
    columns: frozenset[str]
    segments: frozenset[tuple[str, str]]
    symptom: str

    @classmethod
    def of(cls, incident: Incident) -> Facts:
        """Read them off an incident, its likeliest cause among them."""
        causes = incident.diagnosis.get("causes")
        first = causes[0] if isinstance(causes, list) and causes else {}
        columns = {str(c) for c in first.get("columns", []) if c}
        if first.get("column"):
            columns.add(str(first["column"]))
        segment = first.get("segment")
        rows = segment.items() if isinstance(segment, Mapping) else ()
        asset = incident.proposed.get("asset")
        kind = incident.proposed.get("kind")
        return cls(
            model=incident.model,
            asset=AssetId(asset) if isinstance(asset, str) else None,
            kind=kind if isinstance(kind, str) else None,
            columns=frozenset(columns),
            segments=frozenset((str(k), str(v)) for k, v in rows),
            symptom=incident.symptom_class,
        )

    @classmethod
    def seen(cls, diagnosis: Diagnosis, *, symptom: str) -> Facts:
        """Read them off a diagnosis, before there is an incident."""
        top = diagnosis.causes[0] if diagnosis.causes else None
        if top is None or top.category is Category.UNKNOWN:
            none: frozenset[str] = frozenset()
            return cls(
                model=diagnosis.model,
                asset=None,
                kind=None,
                columns=none,
                segments=frozenset(),
                symptom=symptom,
            )
        columns = {*top.columns, *([top.column] if top.column else [])}
        return cls(
            model=diagnosis.model,
            asset=top.asset,
            kind=top.kind.value,
            columns=frozenset(columns),
            segments=frozenset(top.segment.items()),
            symptom=symptom,
        )


def similar(
    facts: Facts, past: Iterable[Incident], *, upstream: Upstream
) -> tuple[Likeness, ...]:
    """
    Find past incidents like one that is not confirmed yet.

    Parameters
    ----------
    facts : Facts
        Of the one.
    past : iterable of Incident
        Any; only those with a confirmed cause are compared.
    upstream : mapping of AssetId to collection of AssetId
        What each model is made from.

    Returns
    -------
    tuple of Likeness
        The three most alike, the newest first among equals; nothing below
        `ENOUGH`.
    """
    found = [_likeness(facts, one, upstream) for one in past if one.confirmed]
    enough = [one for one in reversed(found) if one.score >= ENOUGH]
    return tuple(sorted(enough, key=lambda one: -one.score)[:MOST])


def _likeness(facts: Facts, past: Incident, upstream: Upstream) -> Likeness:
    cause = past.confirmed or {}
    asset, kind = str(cause.get("asset")), str(cause.get("kind"))
    theirs = Facts.of(past)
    above = set(upstream.get(facts.model, ())) & set(upstream.get(past.model, ()))
    shares = {
        "asset": asset in {facts.asset, facts.model},
        "cause kind": kind == facts.kind,
        "column or segment": not facts.columns.isdisjoint(theirs.columns)
        or not facts.segments.isdisjoint(theirs.segments),
        "shared upstream": bool(above),
        "symptom class": facts.symptom == past.symptom_class,
    }
    shared = tuple(name for name, is_shared in shares.items() if is_shared)
    resolved = past.times.resolved
    return Likeness(
        incident=past.id,
        score=sum(WEIGHTS[name] for name in shared),
        shared=shared,
        asset=asset,
        kind=kind,
        fixed_by=_fixed_by(past),
        resolved=format_instant(resolved) if resolved else None,
    )


def _fixed_by(past: Incident) -> str | None:
    done = [fix for fix in past.fixes if fix.state is FixState.FINISHED]
    if done:
        return done[-1].action or done[-1].plan
    return past.close_reason


@dataclass(frozen=True, slots=True)
class HitRate:
    """Of `tried` confirmed incidents, how many the likest other one had named."""

    hits: int
    tried: int

    @property
    def words(self) -> str:
        """In words; below `HISTORY` only that there is too little of it."""
        if self.tried < HISTORY:
            return f"no history: {self.tried} incident(s) with a confirmed cause"
        return (
            f"the likest past incident had the same cause in {self.hits} of "
            f"{self.tried} confirmed incidents (each left out in turn)"
        )


def hit_rate(past: Sequence[Incident], *, upstream: Upstream) -> HitRate:
    """
    Tell how often the likest past incident had the cause that was confirmed.

    Each confirmed incident is left out in turn, and compared with what was
    confirmed of the others by what was known of it before its confirmation.

    Parameters
    ----------
    past : sequence of Incident
        Any; only those with a confirmed cause count.
    upstream : mapping of AssetId to collection of AssetId
        What each model is made from.

    Returns
    -------
    HitRate
        One without any likeness counts as missed.

    References
    ----------
    Stone, "Cross-validatory choice and assessment of statistical predictions",
    Journal of the Royal Statistical Society B 36(2), 1974.
    """
    confirmed = [one for one in past if one.confirmed]
    hits = 0
    for one in confirmed:
        others = [other for other in confirmed if other.id != one.id]
        found = similar(Facts.of(one), others, upstream=upstream)
        cause = one.confirmed or {}
        named = (cause.get("asset"), cause.get("kind"))
        hits += bool(found) and (found[0].asset, found[0].kind) == named
    return HitRate(hits, len(confirmed))
