"""Routing: to the owner of the cause where it is sure enough whose that is."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from modelowners.catalog.owners import Ownership
from modelowners.diagnosis.causes import Category, Cause
from modelowners.incidents.entries import Tell
from modelowners.incidents.notices import NoticeKind
from modelowners.incidents.paging import freeze
from modelowners.incidents.tenures import Holder

SURE = 0.6
"""Least summed probability of the causes' owner."""

AHEAD = 0.2
"""Least distance to the next owner."""

NOBODYS = frozenset({Category.WORLD, Category.UNKNOWN})
"""Categories of causes that no upstream owner can mend."""

_ROUNDING = 1e-9


class Rule(enum.StrEnum):
    """Why an incident went where it went."""

    CAUSE_OWNER = "owner-of-cause"
    SYMPTOM_OWNER = "owner-of-symptom"
    UNOWNED_CAUSE = "unowned-cause"
    NEXT_CANDIDATE = "next-candidate"
    AFTER_TWO_TOSSES = "after-two-tosses"
    CONFIRMED = "confirmed-cause"
    BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An owner and the summed probability, 0 to 1, of the causes that are theirs."""

    holder: Holder
    probability: float

    def plain(self) -> dict[str, object]:
        """Give it as JSON has it."""
        return {**self.holder.plain(), "probability": round(self.probability, 6)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """
    A decision: who holds the incident, by which rule, and who is told besides.

    Parameters
    ----------
    to : Holder
        Who holds it.
    rule : Rule
        Why.
    probability : float or None
        Summed probability behind it, 0 to 1; None where none decided.
    candidates : tuple of Candidate
        Owners of causes, likeliest first.
    notes : tuple of Holder
        Who else is told, without being paged.
    """

    to: Holder
    rule: Rule
    probability: float | None = None
    candidates: tuple[Candidate, ...] = ()
    notes: tuple[Holder, ...] = ()


def candidates(causes: Iterable[Cause]) -> tuple[Candidate, ...]:
    """
    Sum the probabilities of causes per accountable owner, likeliest first.

    Parameters
    ----------
    causes : iterable of Cause
        Of one diagnosis. Causes of the world, unknown and unowned ones count
        for nobody.

    Returns
    -------
    tuple of Candidate
        Equal sums stand in the order of the causes.
    """
    sums: dict[str, Candidate] = {}
    for cause in causes:
        holder = Holder(cause.owner.team, cause.owner.person)
        if cause.category in NOBODYS or not holder.known:
            continue
        so_far = sums.get(holder.key, Candidate(holder, 0.0))
        total = so_far.probability + cause.probability
        sums[holder.key] = Candidate(so_far.holder, total)
    return tuple(sorted(sums.values(), key=lambda found: -found.probability))


def route(
    causes: Sequence[Cause], *, symptom: Holder, refused: Collection[str] = ()
) -> Route:
    """
    Decide who holds an incident.

    Parameters
    ----------
    causes : sequence of Cause
        Ranked, of one diagnosis.
    symptom : Holder
        The owner of the model that shows the symptom.
    refused : collection of str
        Keys of holders who refused it: they do not receive it again.

    Returns
    -------
    Route
        The owner of the cause where their summed probability is at least
        `SURE` and `AHEAD` of the next; otherwise the owner of the symptom.

    Examples
    --------
    >>> route((), symptom=Holder("eta", "bo")).rule.value
    'owner-of-symptom'
    """
    # A refuser keeps their probability: what is theirs must not make the next
    # one look surer than they are.
    ranked = candidates(causes)
    best = ranked[0] if ranked else None
    others = tuple(c.holder for c in ranked if c.holder.key != symptom.key)
    if best is not None and _sure(ranked) and best.holder.key not in refused:
        notes = () if best.holder.key == symptom.key else (symptom,)
        return Route(
            to=best.holder,
            rule=Rule.CAUSE_OWNER,
            probability=best.probability,
            candidates=ranked,
            notes=notes,
        )
    top = causes[0] if causes else None
    unowned = (
        top is not None
        and top.category not in NOBODYS
        and not Holder(top.owner.team, top.owner.person).known
    )
    return Route(
        to=symptom,
        rule=Rule.UNOWNED_CAUSE if unowned else Rule.SYMPTOM_OWNER,
        candidates=ranked,
        notes=tuple(holder for holder in others if holder.key not in refused),
    )


def _sure(ranked: tuple[Candidate, ...]) -> bool:
    best = ranked[0].probability
    second = ranked[1].probability if len(ranked) > 1 else 0.0
    return best >= SURE - _ROUNDING and best - second >= AHEAD - _ROUNDING


def route_on(
    ranked: Sequence[Candidate],
    *,
    symptom: Holder,
    refused: Collection[str],
    arbiters: Sequence[Holder] = (),
) -> Route | None:
    """
    Decide who holds an incident that its holder refused.

    Parameters
    ----------
    ranked : sequence of Candidate
        Owners of causes, likeliest first.
    symptom : Holder
        The owner of the model that shows the symptom.
    refused : collection of str
        Keys of everyone who refused, the last one included.
    arbiters : sequence of Holder
        After two refusals: who ends it, such as a common manager, then the
        symptom's lead; empty before.

    Returns
    -------
    Route or None
        Never to someone who refused; None where nobody is left, and a person
        has to be named.

    Examples
    --------
    >>> feeds, eta = Holder("feeds", "cy"), Holder("eta", "bo")
    >>> route_on([Candidate(feeds, 0.7)], symptom=eta, refused={"team:feeds"}).to.team
    'eta'
    """
    for arbiter in arbiters:
        if arbiter.known and arbiter.key not in refused:
            return Route(
                to=arbiter, rule=Rule.AFTER_TWO_TOSSES, candidates=tuple(ranked)
            )
    left = tuple(c for c in ranked if c.holder.key not in refused)
    if left:
        return Route(
            to=left[0].holder,
            rule=Rule.NEXT_CANDIDATE,
            probability=left[0].probability,
            candidates=tuple(ranked),
        )
    if symptom.known and symptom.key not in refused:
        return Route(to=symptom, rule=Rule.SYMPTOM_OWNER, candidates=tuple(ranked))
    return None


def course(
    decided: Route, ownership: Ownership, *, pages: bool
) -> tuple[dict[str, object], tuple[Tell, ...]]:
    """
    Write down a decision, with the escalation plan that starts by it.

    Parameters
    ----------
    decided : Route
        Who holds it.
    ownership : Ownership
        Of the asset whose roles answer, at that instant: its plan is frozen.
    pages : bool
        Whether the plan runs; else the holder gets a note.

    Returns
    -------
    dict of str to JSON value
        The body of a ``route.decided``.
    tuple of Tell
        First word to the holder; none where the plan's first step is one.
    """
    plan = freeze(ownership)
    body: dict[str, object] = {
        "to": decided.to.plain(),
        "rule": decided.rule.value,
        "probability": decided.probability,
        "candidates": [found.plain() for found in decided.candidates],
        "asset": ownership.asset,
        "responder": ownership.responder.person,
        "why": list(ownership.accountable.why),
        "plan": plan.plain() if plan else None,
    }
    if pages and plan:
        return body, ()
    kind = NoticeKind.PAGE if pages else NoticeKind.NOTE
    return body, (Tell(decided.to, None, kind, f"You hold it: {decided.rule.value}"),)
