"""
The desk: where a step of an incident meets the catalog and is recorded.

The loop and people use the same few functions, so that an event, the pages it
makes due and the messages they imply are always written together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from modelowners.catalog import resolve
from modelowners.catalog.assets import DEFAULT_TIER
from modelowners.catalog.files import Catalog
from modelowners.catalog.owners import Owner, Ownership, Status
from modelowners.catalog.roles import Chain, accountable, escalation, responder
from modelowners.catalog.rotation import segment_at
from modelowners.core.ids import AssetId
from modelowners.core.time import Clock
from modelowners.incidents import assemble, escalate
from modelowners.incidents.entries import Commit, Entry, followed
from modelowners.incidents.incident import Incident
from modelowners.incidents.notices import Address, address_book
from modelowners.incidents.ports import Follower, Notifier
from modelowners.incidents.refusals import Stale

if TYPE_CHECKING:
    from modelowners.incidents.repository import Incidents

TRIES = 3
"""How often a step is taken anew where somebody acted in the meantime."""

T = TypeVar("T")


class Desk(Protocol):
    """What recording needs of the program; `app.wiring.Program` has it."""

    @property
    def clock(self) -> Clock:
        """The present."""
        ...

    @property
    def catalog(self) -> Catalog:
        """The ownership file."""
        ...

    @property
    def incidents(self) -> Incidents:
        """Every incident."""
        ...

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        """Sinks by name."""
        ...


def record(
    desk: Desk, before: Incident | None, entries: Sequence[Entry], *, at: datetime
) -> Commit | None:
    """
    Write a step, the pages it makes due and their messages, in one transaction.

    Parameters
    ----------
    desk : Desk
        The parts.
    before : Incident or None
        What the step builds on; None opens a new one.
    entries : sequence of Entry
        The step; nothing is written where there is none.
    at : datetime
        UTC; steps of the escalation plan due then are taken.

    Returns
    -------
    Commit or None
        What was written; None where there was nothing to write, or it had
        been written before.
    """
    if not entries:
        return None
    incident = before.id if before else desk.incidents.next_id()
    book = address_book(desk.catalog.organisation, sinks=tuple(desk.notifiers))
    now = desk.clock.now()
    first = assemble(before, entries, incident=incident, book=book, at=now)
    whole = (*entries, *due_steps(desk, first.after, at))
    made = assemble(before, whole, incident=incident, book=book, at=now)
    made = followed(made, before, followers(desk, before))
    return made if desk.incidents.commit(made) else None


def followers(desk: Desk, incident: Incident | None) -> tuple[Address, ...]:
    """Give where an incident is shown by a sink that follows its state."""
    if incident is None:
        return ()
    sinks = desk.notifiers
    follow = {name for name, sink in sinks.items() if isinstance(sink, Follower)}
    return tuple(a for a in desk.incidents.addresses(incident.id) if a.sink in follow)


def due_steps(desk: Desk, incident: Incident, at: datetime) -> tuple[Entry, ...]:
    """
    Give the steps of an incident's escalation plan that are due.

    Parameters
    ----------
    desk : Desk
        The parts.
    incident : Incident
        Any.
    at : datetime
        UTC; people are bound to roles as of then.
    """
    progress = incident.progress
    if progress is None:
        return ()
    organisation = desk.catalog.organisation
    ownership = answering(desk.catalog, progress.plan.of, at)
    named = {step.person for step in progress.plan.steps if step.person}
    away = {
        person
        for person in named
        if person not in organisation.people or organisation.unavailable(person, at)
    }
    team = organisation.teams.get(ownership.team or "")
    shifts = team is not None and segment_at(team.oncall, at) is not None
    return escalate(incident, ownership, at, away=away, shifts=shifts)


def answering(catalog: Catalog, whose: str, at: datetime) -> Ownership:
    """
    Say who answers, for an asset or for an owner as such.

    Parameters
    ----------
    catalog : Catalog
        What the ownership file says.
    whose : str
        An asset's id, ``team:NAME`` or ``person:NAME``.
    at : datetime
        UTC.

    Returns
    -------
    Ownership
        Of an owner as such, `asset` is `whose`.
    """
    kind, _, name = whose.partition(":")
    organisation = catalog.organisation
    known = {"team": organisation.teams, "person": organisation.people}.get(kind)
    if known is None or name not in known:
        return resolve(catalog, AssetId(whose), at)
    chain = Chain(kind, name)
    return Ownership(
        asset=AssetId(whose),
        at=at,
        status=Status.OWNED,
        owner=Owner(kind, name),
        declared=None,
        tier=DEFAULT_TIER,
        accountable=accountable(organisation, chain, at),
        responder=responder(organisation, chain, at),
        escalation=escalation(organisation, chain, at),
    )


def retried(step: Callable[[], T]) -> T:
    """
    Take a step anew where somebody acted between reading and writing.

    Parameters
    ----------
    step : callable
        Reads, decides and writes.

    Raises
    ------
    Stale
        If it lost three times.
    """
    for _ in range(TRIES - 1):
        try:
            return step()
        except Stale:
            continue
    return step()
