"""
Handling: a person's act on an incident, from their words to what is recorded.

Every face calls `perform`: the command line, the pages, whatever comes later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from modelowners.app.arguments import ARGUMENTS, read_move
from modelowners.app.desk import Desk, record, retried
from modelowners.app.relations import causes_of, describe, roles_of
from modelowners.app.scenes import Build, Request, Scene
from modelowners.core.errors import InputError
from modelowners.core.ids import IncidentId, digest
from modelowners.core.time import format_instant
from modelowners.incidents import deliver
from modelowners.incidents.entries import Entry
from modelowners.incidents.incident import Act, Incident
from modelowners.incidents.policy import allowed
from modelowners.incidents.refusals import KeyReused, Stale
from modelowners.ledger.changes import Who

__all__ = [
    "ARGUMENTS",
    "Build",
    "Request",
    "Scene",
    "WhoActs",
    "Works",
    "act",
    "causes_of",
    "describe",
    "perform",
    "permitted",
    "person_acting",
    "roles_of",
]


class WhoActs(InputError):
    """
    Nobody in the ownership file is {found}, and acts are recorded by name.

    Say who acts with --as PERSON or MODELOWNERS_USER.
    """


class Works(Desk, Protocol):
    """What an act needs of the program; `app.wiring.Program` has it."""

    @property
    def acting(self) -> Who:
        """The person at the keyboard."""
        ...

    def record_revision(self) -> object:
        """Keep which catalog is in force."""
        ...


def perform(
    works: Works, request: Request, act_: Act, arguments: Mapping[str, object]
) -> Incident:
    """
    Let a person do one of the acts, told by name what it needs.

    Parameters
    ----------
    works : Works
        The parts.
    request : Request
        On which incident, by whom, on which revision, under which key.
    act_ : Act
        Which.
    arguments : mapping
        JSON values by name; `ARGUMENTS` says which.

    Returns
    -------
    Incident
        As it stands afterwards.
    """
    asked = digest([act_.value, dict(arguments)])
    return _act(works, request, read_move(act_, arguments), asked=asked)


def act(works: Works, request: Request, build: Build) -> Incident:
    """
    Let a person act: recorded, and told at once where nothing else is telling.

    Parameters
    ----------
    works : Works
        The parts.
    request : Request
        On which incident, and when.
    build : callable
        Gives the entries of the act.

    Returns
    -------
    Incident
        As it stands afterwards.
    """
    return _act(works, request, build, asked="")


def _act(works: Works, request: Request, build: Build, *, asked: str) -> Incident:
    person = request.actor or person_acting(works)
    request = replace(request, actor=person)

    def entries(incident: Incident, at: datetime) -> tuple[Entry, ...]:
        actor = describe(works.catalog, incident, person, at)
        scene = Scene(
            incident=incident,
            actor=replace(actor, source=request.source),
            catalog=works.catalog,
            find=works.incidents.get,
        )
        return build(scene)

    return _write(works, request, entries, asked=asked)


Entries = Callable[[Incident, datetime], tuple[Entry, ...]]


def _write(works: Works, request: Request, entries: Entries, *, asked: str) -> Incident:
    """Record a request once, and tell at once what it implies."""
    works.record_revision()

    def step() -> Incident:
        incident = works.incidents.get(request.incident)
        if _is_replay(works, request, incident.id, asked):
            return incident
        expected, found = request.revision, incident.revision
        if expected is not None and expected != found:
            raise Stale(incident=incident.id, found=found, expected=expected)
        now = works.clock.now()
        made = _once(entries(incident, request.at or now), request, asked)
        record(works, incident, made, at=now)
        return incident

    # Whoever names no revision acts on the incident as it is, whatever it is.
    incident = step() if request.revision is not None else retried(step)
    with works.incidents.sole() as alone:
        if alone:
            deliver(works.incidents, works.notifiers, clock=works.clock)
    return works.incidents.get(incident.id)


def _is_replay(
    works: Works, request: Request, incident: IncidentId, asked: str
) -> bool:
    """
    Tell whether a request was recorded before.

    Raises
    ------
    KeyReused
        If its key was used for another request.
    """
    if not request.key:
        return False
    found = works.incidents.recorded(incident, _key(request, 0))
    if found is None:
        return False
    if found.get("request") != _asked(request, asked):
        raise KeyReused(incident=incident, key=request.key)
    return True


def _once(entries: Sequence[Entry], request: Request, asked: str) -> tuple[Entry, ...]:
    """Give the entries of a request the key that keeps them from coming twice."""
    if not request.key:
        return tuple(entries)
    said = {"request": _asked(request, asked)}
    return tuple(
        Entry(
            replace(
                entry.draft,
                key=_key(request, place),
                body={**entry.draft.body, **said},
                once=True,
            ),
            entry.tells,
        )
        for place, entry in enumerate(entries)
    )


def _key(request: Request, place: int) -> str:
    return f"request:{request.key}:{place}"


def _asked(request: Request, asked: str) -> str:
    at = format_instant(request.at) if request.at else None
    return digest([asked, request.actor, at])


def person_acting(works: Works) -> str:
    """
    Name the person at the keyboard, whose act is recorded by name.

    Raises
    ------
    WhoActs
        If it is not known who acts.
    """
    who = works.acting
    if who.person is None:
        found = f'"{who.raw}"' if who.raw else "named"
        raise WhoActs(found=found)
    return who.person


def permitted(works: Works, incident: Incident, person: str) -> tuple[Act, ...]:
    """
    Give the acts that its state allows now, and this person may do.

    Parameters
    ----------
    works : Works
        The parts.
    incident : Incident
        Which.
    person : str
        Key under ``people``.
    """
    actor = describe(works.catalog, incident, person, works.clock.now())
    return tuple(one for one in incident.available if allowed(one, actor.relations))
