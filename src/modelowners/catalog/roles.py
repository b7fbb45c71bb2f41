"""
Roles at an instant: who is accountable, who responds, whom to ask next.

Exactly one available person is accountable. Candidates come in a fixed order
(the owner or its lead, the asset's deputy, the team's deputy, then upward), a
cover takes a candidate's place for its interval, and the first who is
available answers; everyone skipped is named in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelowners.catalog.assets import Asset
from modelowners.catalog.escalation import DEFAULT_PLAN, TEAM, Target
from modelowners.catalog.files import Catalog
from modelowners.catalog.owners import Duty, Ownership, Status, Step
from modelowners.catalog.people import Organisation
from modelowners.catalog.rotation import segment_at, shift_starts
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY

LOOK_AHEAD = 370 * DAY
"""How far `until` is looked for: a year of shifts and leave."""

Candidate = tuple[str, str]
"""A role in words and the person who has it."""


@dataclass(frozen=True, slots=True, order=True)
class Chain:
    """
    A responsibility chain: assets with the same chain get the same answers.

    Parameters
    ----------
    kind, name : str
        The owner: ``team`` or ``person``, and its name.
    deputy : str
        The asset's deputy; empty where there is none.
    """

    kind: str
    name: str
    deputy: str = ""

    @classmethod
    def of(cls, asset: Asset) -> Chain | None:
        """Give the chain of an asset; None if nobody owns it."""
        if asset.owner is None:
            return None
        return cls(asset.owner.kind, asset.owner.name, asset.deputy or "")

    def leads(self, org: Organisation) -> list[Candidate]:
        """Give the owner itself: a person, or a team's lead."""
        if self.kind == "person":
            return [("owner", self.name)]
        return [("lead", org.teams[self.name].lead)]

    def deputies(self, org: Organisation) -> list[Candidate]:
        """Give the asset's deputy, then the team's."""
        found = [("asset deputy", self.deputy)] if self.deputy else []
        if self.kind == "team" and (deputy := org.teams[self.name].deputy):
            found.append(("team deputy", deputy))
        return found

    def uppers(self, org: Organisation) -> list[Candidate]:
        """Give the leads of the teams above, then the managers above those."""
        found: list[Candidate] = []
        person = self.name
        if self.kind == "team":
            team = org.teams[self.name]
            seen = {team.name}
            while team.parent and team.parent not in seen:
                team = org.teams[team.parent]
                seen.add(team.name)
                found.append((f"{team.name} lead", team.lead))
            person = team.lead
        met = {person}
        while (manager := org.people[person].manager) and manager not in met:
            met.add(manager)
            found.append((f"manager of {person}", manager))
            person = manager
        return found

    def candidates(self, org: Organisation) -> list[Candidate]:
        """Give everyone who could be accountable, in order, each person once."""
        everyone = self.leads(org) + self.deputies(org) + self.uppers(org)
        return list(
            {person: (role, person) for role, person in reversed(everyone)}.values()
        )[::-1]


def accountable(org: Organisation, chain: Chain, at: datetime) -> Duty:
    """
    Give the one person who answers at an instant, with every skip.

    Parameters
    ----------
    org : Organisation
        Who exists, and who can be reached when.
    chain : Chain
        Whose asset it is.
    at : datetime
        UTC.
    """
    return _first_available(org, chain.candidates(org), at)


def responder(org: Organisation, chain: Chain, at: datetime) -> Duty:
    """
    Give who is paged at an instant: the holder of the shift, else the next.

    Parameters
    ----------
    org : Organisation
        Who exists, and who can be reached when.
    chain : Chain
        Whose asset it is.
    at : datetime
        UTC.
    """
    segments = org.teams[chain.name].oncall if chain.kind == "team" else ()
    segment = segment_at(segments, at)
    if segment is None:
        found = accountable(org, chain, at)
        why = "no rotation yet" if segments else "no rotation"
        return replace(found, why=(why, *found.why))
    shift = segment.shift_at(at)
    label = f"shift {shift} of segment {segment.wall:%Y-%m-%d}"
    count = len(segment.order)
    order = [segment.order[(shift + k) % count] for k in range(count)]
    holder = _reach(org, order[0], at)
    if holder.person == order[0]:
        return Duty(order[0], why=(label,))
    if holder.person is not None:
        return Duty(holder.person, why=(f"{label}: {holder.why[0]}",))
    skipped = [f"{label}: {holder.why[0]}"]
    rest = [("next in order", person) for person in dict.fromkeys(order[1:])]
    found = _first_available(org, rest, at)
    if found.person is None:
        found = accountable(org, chain, at)
        skipped.append("nobody in the order is available")
    return replace(found, why=(*skipped, *found.why))


def falls_back(org: Organisation, chain: Chain, at: datetime) -> bool:
    """Tell whether a shift runs whose holder, cover included, is not available."""
    segments = org.teams[chain.name].oncall if chain.kind == "team" else ()
    segment = segment_at(segments, at)
    if segment is None:
        return False
    holder = segment.holder(segment.shift_at(at))
    return _reach(org, holder, at).person is None


def escalation(org: Organisation, chain: Chain, at: datetime) -> tuple[Step, ...]:
    """
    Give the plan with today's people.

    A role nobody can fill is dropped, together with the wait after it: there is
    nobody whose answer to wait for. `team:NAME` is replaced by that team's plan; a
    team inside its own plan is dropped too (`lint` names it).
    """
    steps: list[Step] = []
    after = timedelta(0)
    is_dropped = False
    for wait, role, owner in _expand(org, chain, frozenset()):
        after += timedelta(0) if is_dropped else wait
        person = _role(org, owner, role, at)
        is_dropped = person is None
        if is_dropped:
            continue
        label = role if owner.name == chain.name else f"{owner.name} {role}"
        steps.append(Step(after, label, person))
    return tuple(steps)


def circular_plans(org: Organisation) -> tuple[str, ...]:
    """Give the teams whose plan leads back to themselves through ``team:``."""
    after = {
        name: {
            target.role.removeprefix(TEAM)
            for target in team.escalate
            if target.role.startswith(TEAM)
        }
        for name, team in org.teams.items()
    }
    found = []
    for name in sorted(after):
        met: set[str] = set()
        ring = set(after[name])
        while ring - met:
            met |= ring
            ring = {other for one in ring for other in after.get(one, ())}
        if name in met:
            found.append(name)
    return tuple(found)


def resolve(catalog: Catalog, asset: AssetId, at: datetime) -> Ownership:
    """
    Say whose an asset is at an instant, and who can be reached.

    Parameters
    ----------
    catalog : Catalog
        What the ownership file says.
    asset : AssetId
        Which asset; it need not be declared by its id.
    at : datetime
        UTC.

    Returns
    -------
    Ownership
        With the reasons for each name.
    """
    found = catalog.asset(asset)
    org = catalog.organisation
    chain = Chain.of(found)
    verified = found.verified
    answerer = on_call = Duty(None)
    status = Status.DELIBERATELY_UNOWNED if found.is_disowned else Status.UNOWNED
    if chain is not None:
        points = list(change_points(org, chain, at, at + LOOK_AHEAD))
        answerer = _until(lambda t: accountable(org, chain, t), at, points)
        on_call = _until(lambda t: responder(org, chain, t), at, points)
        reachable = (
            answerer.person is not None and owner_inactive(org, chain, at) is None
        )
        status = Status.OWNED if reachable else Status.OWNER_INACTIVE
    return Ownership(
        asset=asset,
        at=at,
        status=status,
        owner=found.owner,
        declared=found.declared,
        tier=found.tier,
        accountable=answerer,
        responder=on_call,
        consult=found.consult,
        escalation=escalation(org, chain, at) if chain else (),
        verified_on=verified.on if verified else None,
        stale=verified is None or verified.is_stale(at, found.tier),
    )


def owner_inactive(org: Organisation, chain: Chain, at: datetime) -> str | None:
    """Say who left or is not active: the owner, or the lead of the owning team."""
    person = chain.leads(org)[0][1]
    if org.people[person].is_gone(at):
        return f"{person} {org.unavailable(person, at)}"
    return None


def change_points(
    org: Organisation, chain: Chain, start: datetime, end: datetime
) -> Iterator[datetime]:
    """
    Yield every instant in ``start < t < end`` at which an answer can change.

    These are starts of shifts and segments, bounds of leave and cover, and the
    days on which people leave; between two of them every role stays as it is.
    """
    people, teams = _involved(org, chain)
    found = {at for name in people for at in org.bounds(name)}
    for name in teams:
        found.update(shift_starts(org.teams[name].oncall, start, end))
    yield from sorted(at for at in found if start < at < end)


def _first_available(
    org: Organisation, candidates: list[Candidate], at: datetime
) -> Duty:
    why: list[str] = []
    for role, person in candidates:
        found = _reach(org, person, at)
        why += [f"{role} {reason}" for reason in found.why]
        if found.person is not None:
            return Duty(found.person, why=tuple(why))
    return Duty(None, why=(*why, "nobody else in the chain"))


def _reach(org: Organisation, person: str, at: datetime) -> Duty:
    """Give the person, who covers for them, or nobody with the reason."""
    if (by := org.cover(person, at)) is not None:
        return Duty(by, why=(f"{person}, covered by {by}",))
    if (reason := org.unavailable(person, at)) is not None:
        return Duty(None, why=(f"{person} {reason}",))
    return Duty(person, why=(person,))


def _role(org: Organisation, chain: Chain, role: str, at: datetime) -> str | None:
    """Give who fills a role of a plan at an instant."""
    if role == "oncall":
        return responder(org, chain, at).person
    if role == "lead":
        found = chain.leads(org) + chain.deputies(org)
    elif role == "deputy":
        found = chain.deputies(org)
    elif role == "manager":
        found = chain.uppers(org)
    else:
        found = [("", role)]
    return _first_available(org, found, at).person


def _expand(
    org: Organisation, chain: Chain, above: frozenset[str]
) -> Iterator[tuple[timedelta, str, Chain]]:
    """Yield wait, role and whose role it is, with teams' plans spliced in."""
    above |= {chain.name}
    for target in _plan(org, chain):
        if not target.role.startswith(TEAM):
            yield target.wait, target.role, chain
            continue
        name = target.role.removeprefix(TEAM)
        if name in above or name not in org.teams:
            continue
        wait = target.wait
        for inner, role, owner in _expand(org, Chain("team", name), above):
            yield wait + inner, role, owner
            wait = timedelta(0)


def _plan(org: Organisation, chain: Chain) -> tuple[Target, ...]:
    plan = org.teams[chain.name].escalate if chain.kind == "team" else ()
    return plan or DEFAULT_PLAN


def _involved(org: Organisation, chain: Chain) -> tuple[set[str], set[str]]:
    """Give the people and teams whose calendar can change an answer."""
    people: set[str] = set()
    teams: set[str] = set()
    for _wait, role, owner in (*_expand(org, chain, frozenset()), (None, "", chain)):
        people |= {person for _role, person in owner.candidates(org)}
        people |= {role} & set(org.people)
        if owner.kind == "team":
            teams.add(owner.name)
    for team in teams:
        people |= {who for one in org.teams[team].oncall for who in one.order}
    people |= {cover.by for who in people for cover in org.covers.get(who, ())}
    return people, teams


def _until(
    answer: Callable[[datetime], Duty], at: datetime, points: list[datetime]
) -> Duty:
    """Give the answer at an instant, and until when that person stays."""
    now = answer(at)
    for point in points:
        if answer(point).person != now.person:
            return replace(now, until=point)
    return now
