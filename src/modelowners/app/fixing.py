"""Fixing: from an incident to a plan, from a plan to a fix, from a fix to a proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from modelowners.app.desk import record, retried
from modelowners.app.following import Standing, Works, serving_of, tools_of
from modelowners.app.handling import person_acting, roles_of
from modelowners.core.ids import AssetId
from modelowners.core.time import (
    TimeWindow,
    format_instant,
)
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents import deliver
from modelowners.incidents.events import person_actor
from modelowners.incidents.incident import UNRESOLVED, Incident
from modelowners.observations.profiles import NULL
from modelowners.remediation import apply, choose, plan, undo
from modelowners.remediation.declaration import Declaration, read_fix
from modelowners.remediation.fixes import Fix, Order
from modelowners.remediation.gates import Gate, check_gates, registry_gate, shut
from modelowners.remediation.plans import (
    ALIAS,
    Choice,
    Plan,
    Trouble,
    check_command,
)
from modelowners.remediation.policy import Applicant, Right, permit
from modelowners.remediation.protocol import reversing
from modelowners.remediation.refusals import (
    GatesClosed,
    NoGoodVersion,
    NotAMember,
    NothingToMend,
    NotYourFix,
)
from modelowners.remediation.reports import refusal

FACET = "fix"

BEFORE = timedelta(days=28)
"""How far before the trouble versions count as good."""

GOOD_ROWS = 10_000
"""Only so many of the newest rows before the trouble are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """
    A plan, and what stands between it and its being applied.

    Parameters
    ----------
    incident : Incident
        What it mends.
    plan : Plan
        What would be done.
    gates : tuple of Gate
        As they stand now.
    may : tuple of str
        Who may apply it, by name.
    """

    incident: Incident
    plan: Plan
    gates: tuple[Gate, ...]
    may: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether no gate refuses it."""
        return not shut(self.gates)


def propose(
    works: Works, name: str, *, wanted: str | None = None, to: str | None = None
) -> Proposal:
    """
    Say what would mend an incident; nothing is done or recorded.

    Parameters
    ----------
    works : Works
        The parts.
    name : str
        The incident's id, as typed.
    wanted : str or None
        An action by name, instead of the one that suits the cause.
    to : str or None
        For an alias: the version, instead of the last good one.

    Returns
    -------
    Proposal
        With its gates as they stand now.

    Raises
    ------
    NothingToMend
        If the incident is over.
    """
    incident = works.incidents.get(name)
    if incident.state not in UNRESOLVED:
        raise NothingToMend(incident=incident.id, state=incident.state.value)
    trouble = trouble_of(incident)
    fixes = works.fixes.of(incident.id)
    wanted = wanted or (ALIAS if to else None)
    choice = choose(
        trouble,
        declared(works, trouble),
        wanted=wanted,
        fixes=fixes,
        place=works.catalog.files[0] if works.catalog.files else "the ownership file",
    )
    made, gates = _planned(works, incident, choice, to=to)
    return Proposal(
        incident=incident, plan=made, gates=gates, may=_may(works, made.asset)
    )


def apply_fix(
    works: Works,
    name: str,
    *,
    wanted: str | None = None,
    to: str | None = None,
    break_glass: str | None = None,
) -> Standing:
    """
    Apply what mends an incident, as the person at the keyboard.

    Parameters
    ----------
    works : Works
        The parts.
    name : str
        The incident's id, as typed.
    wanted, to : str or None
        See `propose`.
    break_glass : str or None
        A reason waives the relation, not the gates.

    Returns
    -------
    Standing
        The fix as it stands, and what is known of its serving.

    Raises
    ------
    GatesClosed
        If a gate is shut; recorded as a refused approval, as is a missing right.
    """
    person = person_acting(works)
    works.record_revision()
    proposal = propose(works, name, wanted=wanted, to=to)
    made = proposal.plan
    right = _right(works, proposal, person, break_glass)
    if closing := shut(proposal.gates):
        closed = "; ".join(f"{gate.name}: {gate.said}" for gate in closing)
        _refused(works, proposal, person, closed)
        raise GatesClosed(
            incident=proposal.incident.id, closed=closed, command=check_command(made)
        )
    order = _order(proposal, right, person)
    fix = apply(order, tools=tools_of(works))
    return _told(works, fix)


def undo_fix(works: Works, name: str, *, break_glass: str | None = None) -> Standing:
    """
    Take the last fix of an incident back, as the person at the keyboard.

    Parameters
    ----------
    works : Works
        The parts.
    name : str
        The incident's id, as typed.
    break_glass : str or None
        See `apply_fix`.

    Returns
    -------
    Standing
        The fix that moves the alias back. No gate is asked: the version was
        served until the fix.
    """
    person = person_acting(works)
    works.record_revision()
    incident = works.incidents.get(name)
    fixes = [one for one in works.fixes.of(incident.id) if one.undoes is None]
    last = next((one for one in reversed(fixes) if one.took_effect), None)
    move = reversing(last, incident.id)
    assert last is not None  # noqa: S101 - `reversing` refuses None
    back = Plan(
        trouble=trouble_of(incident),
        asset=last.asset,
        name=ALIAS,
        action=move,
        why=f"takes {last.id} back",
    )
    proposal = Proposal(
        incident=incident, plan=back, gates=(), may=_may(works, last.asset)
    )
    right = _right(works, proposal, person, break_glass)
    order = replace(_order(proposal, right, person), undoes=last.id)
    fix = undo(order, last, tools=tools_of(works))
    return _told(works, fix)


def trouble_of(incident: Incident) -> Trouble:
    """Give what is to be mended: the confirmed cause, else the proposed one."""
    cause = incident.confirmed or incident.proposed
    kind = cause.get("kind")
    known = {member.value for member in CauseKind}
    return Trouble(
        incident=incident.id,
        model=incident.model,
        asset=AssetId(str(cause.get("asset") or incident.model)),
        kind=CauseKind(str(kind)) if kind in known else CauseKind.UNKNOWN,
        confirmed=incident.confirmed is not None,
    )


def declared(works: Works, trouble: Trouble) -> tuple[Declaration, ...]:
    """Give what may be done to the cause's asset and to the model."""
    catalog = works.catalog
    found = []
    for asset in dict.fromkeys((trouble.asset, trouble.model)):
        facet = catalog.asset(asset).facets.get(FACET)
        if facet is not None:
            found.append(read_fix(asset, facet, catalog.root))
    return tuple(found)


def _planned(
    works: Works, incident: Incident, choice: Choice, *, to: str | None
) -> tuple[Plan, tuple[Gate, ...]]:
    trouble, alias = trouble_of(incident), choice.declaration.alias
    if choice.name != ALIAS or alias is None:
        return plan(trouble, choice, current=None, to=None), ()
    registry = works.registry(alias.registry)
    current = registry.alias(alias.model, alias.name)
    to = to or good_version(works, incident, choice.asset)
    made = plan(trouble, choice, current=current, to=to)
    gates = (
        registry_gate(to, registry.version(alias.model, to)),
        *check_gates(to, works.check_candidate(choice.asset, to)),
    )
    return made, gates


def good_version(works: Works, incident: Incident, model: AssetId) -> str:
    """
    Find the version that served most of the newest rows before the trouble.

    Parameters
    ----------
    works : Works
        The parts.
    incident : Incident
        With its onset.
    model : AssetId
        Whose log is asked.

    Raises
    ------
    NoGoodVersion
        If the log does not say.
    """
    began = incident.times.began
    until = began.low if began is not None else incident.times.detected
    window = TimeWindow(until - BEFORE, until)
    log = works.log(model)
    counted = works.engine.versions(log, window, rows=GOOD_ROWS) or {}
    named = {version: rows for version, rows in counted.items() if version != NULL}
    if not named:
        raise NoGoodVersion(
            asset=model, since=format_instant(until), incident=incident.id
        )
    return max(sorted(named), key=named.__getitem__)


def _may(works: Works, asset: AssetId) -> tuple[str, ...]:
    catalog, at = works.catalog, works.clock.now()
    people = catalog.organisation.people
    return tuple(
        person for person in people if any(roles_of(catalog, asset, person, at))
    )


def _right(
    works: Works, proposal: Proposal, person: str, break_glass: str | None
) -> Right:
    """
    Say by what right somebody acts; a refusal is recorded.

    Raises
    ------
    NotAMember
        If they are not declared, or have left.
    NotYourFix
        If they have no relation to the asset and break no glass.
    """
    catalog, at = works.catalog, works.clock.now()
    known = catalog.organisation.people.get(person)
    asset = proposal.plan.asset
    applicant = Applicant(
        person=person,
        member=known is not None and not known.is_gone(at),
        roles=tuple(roles_of(catalog, asset, person, at)),
    )
    try:
        return permit(
            applicant,
            asset=asset,
            incident=proposal.incident.id,
            may=proposal.may,
            break_glass=break_glass,
        )
    except (NotAMember, NotYourFix):
        _refused(works, proposal, person, "no relation to the acted-on asset")
        raise


def _refused(works: Works, proposal: Proposal, person: str, why: str) -> None:
    at = works.clock.now()
    asked = {
        "action": str(proposal.plan.action),
        "asset": proposal.plan.asset,
        "who_may": list(proposal.may),
        "gates": [gate.plain() for gate in shut(proposal.gates)],
    }
    entries = refusal(asked, person=person, at=at, why=why)

    def write() -> None:
        incident = works.incidents.get(proposal.incident.id)
        record(works, incident, entries, at=at)

    retried(write)


def _order(proposal: Proposal, right: Right, person: str) -> Order:
    made = proposal.plan
    return Order(
        incident=proposal.incident.id,
        asset=made.asset,
        action=made.action,
        actor=person_actor(person),
        why=made.why,
        right={**right.plain(), "may": list(proposal.may)},
        gates=[gate.plain() for gate in proposal.gates],
    )


def _told(works: Works, fix: Fix) -> Standing:
    """Deliver what the steps implied, where nobody else is delivering."""
    with works.incidents.sole() as alone:
        if alone:
            deliver(works.incidents, works.notifiers, clock=works.clock)
    fixes = works.fixes.of(fix.incident)
    return Standing(fix=fix, serving=serving_of(works, fix, fixes, works.clock.now()))
