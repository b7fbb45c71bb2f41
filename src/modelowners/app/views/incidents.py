"""Incidents: a list of them, the worst and latest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from modelowners.app.chronicle import say_span
from modelowners.app.phrases import clean, short
from modelowners.app.views.moments import Moment, moment
from modelowners.app.views.standing import Standing, of_incident
from modelowners.incidents.incident import UNRESOLVED, Incident

if TYPE_CHECKING:
    from modelowners.app.wiring import Program

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """
    An incident in a list; all text but its moment.

    Parameters
    ----------
    id, model, path, headline, holder, severity : str
        Which, of which model and where that one's page is, what, whose, how bad.
    standing : Standing
        Its state.
    since : Moment
        When it began.
    lasted : str
        How long.
    """

    id: str
    model: str
    path: str
    headline: str
    holder: str
    severity: str
    standing: Standing
    since: Moment
    lasted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentsPage:
    """
    What the list of incidents shows.

    Parameters
    ----------
    sentence : str
        How many are not over.
    tone : str
        Of the worst.
    everything : bool
        Whether those that are over are listed too.
    lines : tuple of IncidentLine
        Of this page.
    page, pages : int
        From 1.
    empty : str
        What to type where there is none.
    """

    sentence: str
    tone: str
    everything: bool
    lines: tuple[IncidentLine, ...]
    page: int
    pages: int
    empty: str


def show_incidents(program: Program, *, everything: bool, page: int) -> IncidentsPage:
    """
    Gather what the list of incidents shows.

    Parameters
    ----------
    program : Program
        The parts.
    everything : bool
        Also those that are over.
    page : int
        From 1.
    """
    now = program.clock.now()
    found = program.incidents.within(None if everything else UNRESOLVED)
    unresolved = [one for one in found if one.state in UNRESOLVED]
    paging = sum(one.paging for one in unresolved)
    lines = list_lines(found, now)
    pages = max(-(-len(lines) // PAGE), 1)
    page = min(max(page, 1), pages)
    count = len(unresolved)
    said = f"{count:,} incident{' is' if count == 1 else 's are'} not over"
    if paging:
        said += f"; {paging:,} wait{'s' if paging == 1 else ''} to be taken on"
    return IncidentsPage(
        sentence=f"{said}." if count else "No incident is open.",
        tone=lines[0].standing.tone if lines else "good",
        everything=everything,
        lines=lines[(page - 1) * PAGE : page * PAGE],
        page=page,
        pages=pages,
        empty="" if lines else "modelowners watch --once",
    )


def list_lines(
    incidents: Iterable[Incident], now: datetime
) -> tuple[IncidentLine, ...]:
    """List incidents: those that are not over first, by severity, then the latest."""
    ordered = sorted(
        sorted(incidents, key=lambda i: i.times.detected, reverse=True),
        key=lambda i: (
            of_incident(i).order,
            i.severity.value if i.state in UNRESOLVED else "",
        ),
    )
    return tuple(_line(incident, now) for incident in ordered)


def _line(incident: Incident, now: datetime) -> IncidentLine:
    times = incident.times
    began = times.began.at if times.began else times.detected
    return IncidentLine(
        id=incident.id,
        model=short(incident.model),
        path=clean(incident.model.partition(":")[2]),
        headline=clean(incident.headline),
        holder=clean(str(incident.holder)),
        severity=incident.severity.value,
        standing=of_incident(incident),
        since=moment(began, now),
        lasted=say_span((times.resolved or now) - began),
    )
