"""Owners: every team, who is asked now, and what it answers for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelowners.app.desk import answering
from modelowners.app.phrases import clean, say_instant
from modelowners.core.ids import AssetId
from modelowners.incidents.incident import UNRESOLVED

if TYPE_CHECKING:
    from modelowners.app.wiring import Program

SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLine:
    """
    One owner; all text.

    Parameters
    ----------
    name, kind, lead : str
        A team with its lead, or a person.
    oncall, until : str
        Who is asked now, and until when.
    members : str
        Who belongs to it.
    assets : tuple of str
        What it answers for, at most twelve.
    more : int
        Further assets.
    incidents : tuple of str
        What it holds that is not over.
    """

    name: str
    kind: str
    lead: str
    oncall: str
    until: str
    members: str
    assets: tuple[str, ...]
    more: int
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersPage:
    """
    What the page of owners shows.

    Parameters
    ----------
    sentence : str
        How much is owned.
    lines : tuple of OwnerLine
        By name.
    unowned : tuple of str
        Assets nobody owns.
    """

    sentence: str
    lines: tuple[OwnerLine, ...]
    unowned: tuple[str, ...]


def show_owners(program: Program) -> OwnersPage:
    """
    Gather what the page of owners shows.

    Parameters
    ----------
    program : Program
        The parts.
    """
    catalog = program.catalog
    owned: dict[str, list[AssetId]] = {f"team:{name}": [] for name in catalog.teams}
    unowned = []
    for asset in catalog.ids():
        owner = catalog.asset(asset).owner
        if owner is None or not owner.name:
            unowned.append(clean(asset))
        else:
            owned.setdefault(f"{owner.kind}:{owner.name}", []).append(asset)
    held: dict[str, list[str]] = {}
    for incident in program.incidents.within(UNRESOLVED):
        held.setdefault(incident.holder.key, []).append(incident.id)
    count = sum(map(len, owned.values()))
    said = f"{count:,} of {count + len(unowned):,} assets have an owner"
    return OwnersPage(
        sentence=f"{said}; {len(owned):,} owners.",
        lines=tuple(_line(program, key, owned[key], held) for key in sorted(owned)),
        unowned=tuple(sorted(unowned)),
    )


def _line(
    program: Program, key: str, assets: list[AssetId], held: dict[str, list[str]]
) -> OwnerLine:
    kind, _, name = key.partition(":")
    team = program.catalog.teams.get(name) if kind == "team" else None
    duty = answering(program.catalog, key, program.clock.now()).responder
    return OwnerLine(
        name=clean(name),
        kind=kind,
        lead=clean(team.lead) if team else "",
        oncall=clean(duty.person or ""),
        until=say_instant(duty.until) if duty.until else "",
        members=", ".join(map(clean, team.members)) if team else "",
        assets=tuple(map(clean, sorted(assets)[:SHOWN])),
        more=max(len(assets) - SHOWN, 0),
        incidents=tuple(held.get(key, ())),
    )
