"""The page of an incident's fix: what would be done, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelowners.app.fix_text import describe_plan, describe_standing
from modelowners.app.fixing import propose
from modelowners.app.following import Standing as FixStanding
from modelowners.app.lines import Line
from modelowners.app.phrases import clean
from modelowners.app.views.standing import Standing, of_incident
from modelowners.core.errors import ModelownersError
from modelowners.incidents.incident import UNRESOLVED

if TYPE_CHECKING:
    from modelowners.app.wiring import Program


@dataclass(frozen=True, slots=True)
class Said:
    """A line of text and how it is meant: ``command``, ``good``, ``bad`` and so on."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FixPage:
    """
    What the page of a fix shows; all text.

    Parameters
    ----------
    id : str
        The incident's.
    revision : int
        The incident's: buttons act only on this one.
    standing : Standing
        The incident's.
    plan : tuple of Said
        What would be done, its gates, and who may.
    unplanned : str
        Why nothing can be planned; empty where something can.
    open : bool
        Whether it may be applied now.
    refused : str
        Why whoever looks may not; empty where they may.
    done : tuple of Said
        How far what was applied has come.
    undoable : bool
        Whether the last one can be taken back.
    """

    id: str
    revision: int
    standing: Standing
    plan: tuple[Said, ...]
    unplanned: str
    open: bool
    refused: str
    done: tuple[Said, ...]
    undoable: bool


def show_fix(program: Program, name: str, *, acting: str | None) -> FixPage:
    """
    Gather what the page of an incident's fix shows; nothing is done or recorded.

    Parameters
    ----------
    program : Program
        The parts.
    name : str
        The incident's id.
    acting : str or None
        Who looks.

    Returns
    -------
    FixPage
        With the gates as they stand now.
    """
    incident = program.incidents.get(name)
    fixes = program.fixes.of(incident.id)
    unplanned, refused = "", ""
    plan: tuple[Said, ...] = ()
    is_open = False
    if incident.state not in UNRESOLVED:
        unplanned = f"{incident.id} is {incident.state.value}: there is nothing to fix."
    else:
        try:
            proposal = propose(program, name)
        except (ModelownersError, OSError) as error:
            unplanned = clean(str(error))
        else:
            plan, is_open = _said(describe_plan(proposal)), proposal.open
            refused = _refused(proposal.may, acting)
    standing = [FixStanding(fix=fix) for fix in fixes]
    return FixPage(
        id=incident.id,
        revision=incident.revision,
        standing=of_incident(incident),
        plan=plan,
        unplanned=unplanned,
        open=is_open,
        refused=refused,
        done=_said(describe_standing(incident, standing)) if fixes else (),
        undoable=any(fix.took_effect and fix.undoes is None for fix in fixes),
    )


def _refused(may: tuple[str, ...], acting: str | None) -> str:
    if acting is None:
        return "Say who you are first, at the top of the page."
    if acting in may:
        return ""
    names = ", ".join(map(clean, may)) or "nobody at present"
    return f"Not as {clean(acting)}: {names} may apply it."


def _said(lines: Iterable[Line]) -> tuple[Said, ...]:
    return tuple(Said(line.text, line.tone.value) for line in lines if line.text)
