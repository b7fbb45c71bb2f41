"""Scenes: what an act looks at, and what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from modelowners.app.desk import answering
from modelowners.app.relations import causes_of
from modelowners.catalog.files import Catalog
from modelowners.core.errors import InputError
from modelowners.core.facets import nearest
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.acts import Actor
from modelowners.incidents.entries import Entry
from modelowners.incidents.incident import Incident
from modelowners.incidents.sightings import holder_of
from modelowners.incidents.tenures import Holder


class UnknownOwner(InputError):
    """No team or person "{name}" in the ownership file{nearest}."""


class NoSuchCause(InputError):
    """
    {incident} has no cause {found}; it names {known}.

    See `modelowners incident show {incident}`, or name one with --asset and --kind.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    What every act has in common.

    Parameters
    ----------
    incident : str
        Its id, as typed.
    at : datetime or None
        UTC; when it happened, where not just now.
    revision : int or None
        Act only if the incident is still at this revision.
    actor : str or None
        Key under ``people``; None for the person at the keyboard.
    key : str
        Idempotency key: the same request again changes nothing.
    source : str
        The face it came through.
    """

    incident: str
    at: datetime | None = None
    revision: int | None = None
    actor: str | None = None
    key: str = ""
    source: str = "cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an act looks at: the incident, who acts, and how to find the rest."""

    incident: Incident
    actor: Actor
    catalog: Catalog
    find: Callable[[str], Incident]

    def owner(self, name: str) -> tuple[Holder, str]:
        """
        Find an owner by name: a team first, then a person.

        Raises
        ------
        UnknownOwner
            If there is none of that name.
        """
        kind, colon, bare = name.partition(":")
        organisation = self.catalog.organisation
        kinds = {"team": organisation.teams, "person": organisation.people}
        wanted = {kind: kinds[kind]} if colon and kind in kinds else kinds
        bare = bare if colon and kind in kinds else name
        for found, known in wanted.items():
            if bare in known:
                whose = f"{found}:{bare}"
                return self.holder(whose), whose
        everyone = iter((*organisation.teams, *organisation.people))
        raise UnknownOwner(name=name, nearest=nearest(bare, everyone))

    def holder(self, whose: str) -> Holder:
        """Give who answers for an asset or an owner at the moment of the act."""
        return holder_of(answering(self.catalog, whose, self.actor.at))

    def cause(self, rank: int) -> Mapping[str, object]:
        """
        Give one of the causes the last diagnosis names.

        Raises
        ------
        NoSuchCause
            If it names none of that rank.
        """
        causes = causes_of(self.incident)
        for cause in causes:
            if cause["rank"] == rank and cause["kind"] != CauseKind.UNKNOWN.value:
                return cause
        raise NoSuchCause(
            incident=self.incident.id,
            found=rank,
            known=", ".join(f"{c['rank']} ({c['asset']})" for c in causes) or "none",
        )


Build = Callable[[Scene], tuple[Entry, ...]]
"""Gives the entries of an act."""
