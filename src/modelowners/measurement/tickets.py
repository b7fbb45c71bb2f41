"""Tickets: rows of another tool's export turned into timelines."""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import TypeVar

from modelowners.measurement.ports import Cell, TicketTable
from modelowners.measurement.ticketmap import Shape, TicketMap
from modelowners.measurement.timelines import FixedBy, Hold, Timeline

Mask = Callable[[str], str]
_T = TypeVar("_T")


class Fault(enum.StrEnum):
    """Why a row of an export was left out."""

    RAGGED = "more or fewer cells than columns"
    NO_ID = "no id"
    NO_TIME = "no time"
    BAD_TIME = "a time that cannot be read"
    BAD_ORDER = "an order that is no number"
    BAD_TEXT = "a NUL character, which no database keeps"
    TWICE = "a second row of one ticket"


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What an export held.

    Parameters
    ----------
    timelines : tuple of Timeline
        One a ticket, in the order of their first row.
    rows : int
        Rows of the file, at least 0.
    faults : mapping of str to int
        Rows left out, by reason; empty where all were good.
    lost : int
        Tickets of which no row was good.
    """

    timelines: tuple[Timeline, ...]
    rows: int
    faults: Mapping[str, int]
    lost: int


class _Unusable(Exception):
    """A row cannot be used; it is left out and counted."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


@dataclass(slots=True)
class _Row:
    """A row whose cells have been read, or a change of one field."""

    at: datetime
    order: float
    opened: datetime | None
    fixed: datetime | None
    closed: datetime | None
    values: Mapping[str, str | None]
    asset: str | None
    field: str | None = None
    before: str | None = None
    after: str | None = None


def read_tickets(
    table: TicketTable, form: TicketMap, *, mask: Mask | None = None
) -> Reading:
    """
    Turn the rows of an export into timelines.

    Parameters
    ----------
    table : TicketTable
        The export.
    form : TicketMap
        What its columns mean.
    mask : callable, optional
        Replaces each person's name before it is kept.

    Returns
    -------
    Reading
        Bad rows are left out and counted, never guessed at.

    Raises
    ------
    NoColumn
        If the map names a column that the export has not.
    """
    reader = _Reader(form, form.places(table.columns), len(table.columns))
    faults: Counter[str] = Counter()
    found: dict[str, list[_Row]] = {}
    named, rows = set(), 0
    for cells in table.rows():
        rows += 1
        try:
            ticket = reader.name(cells)
            named.add(ticket)
            row = reader.row(cells, rows)
        except _Unusable as bad:
            faults[bad.fault.value] += 1
            continue
        if form.shape is Shape.SUMMARY and ticket in found:
            faults[Fault.TWICE.value] += 1
            continue
        found.setdefault(ticket, []).append(row)
    build = {
        Shape.STATES: _from_states,
        Shape.CHANGES: _from_changes,
        Shape.SUMMARY: _from_summary,
    }[form.shape]
    timelines = []
    for ticket, held in found.items():
        made = build(ticket, held, form)
        if mask is not None:
            made = replace(made, persons=tuple(map(mask, made.persons)))
        timelines.append(made)
    lost = len(named) - len(found)
    return Reading(tuple(timelines), rows, dict(sorted(faults.items())), lost)


class _Reader:
    """Reads cells; the same text of a time is parsed once."""

    def __init__(self, form: TicketMap, places: Mapping[str, int], width: int) -> None:
        self.form = form
        self.width = width
        self._places = places
        self._times: dict[str, datetime | None] = {}
        moving = (form.state, form.person, form.severity, form.outcome, *form.team)
        names = () if form.shape is Shape.CHANGES else moving
        self._values = [(name, places[name]) for name in names if name is not None]
        self._asset = [places[name] for name in form.asset]

    def name(self, cells: Sequence[Cell]) -> str:
        """
        Give the ticket's id.

        Raises
        ------
        _Unusable
            If the row has none, or not as many cells as there are columns.
        """
        if len(cells) != self.width:
            raise _Unusable(Fault.RAGGED)
        found = self.text(cells[self._places[self.form.id]])
        if found is None:
            raise _Unusable(Fault.NO_ID)
        return found

    def row(self, cells: Sequence[Cell], number: int) -> _Row:
        """
        Read one row.

        Raises
        ------
        _Unusable
            If its time is missing or cannot be read.
        """
        form = self.form
        opened = self.time(cells, form.opened)
        at = self.time(cells, form.at) if form.at is not None else opened
        if at is None:
            raise _Unusable(Fault.NO_TIME)
        row = _Row(
            at=at,
            order=self._order(cells, number),
            opened=opened,
            fixed=self.time(cells, form.fixed),
            closed=self.time(cells, form.closed),
            values={name: self.text(cells[place]) for name, place in self._values},
            asset=self._affected(cells),
        )
        if form.shape is Shape.CHANGES:
            row.field = self._cell(cells, form.field)
            row.before = self._cell(cells, form.before)
            row.after = self._cell(cells, form.after)
        return row

    def text(self, cell: Cell) -> str | None:
        """
        Give a cell's text; None where it means unknown.

        Raises
        ------
        _Unusable
            If it holds what cannot be kept.
        """
        if cell is None:
            return None
        found = cell.isoformat() if isinstance(cell, datetime) else cell.strip()
        if "\0" in found:
            raise _Unusable(Fault.BAD_TEXT)
        return None if found in self.form.nulls else found

    def time(self, cells: Sequence[Cell], column: str | None) -> datetime | None:
        """
        Give a cell's instant, UTC; None where there is none.

        Raises
        ------
        _Unusable
            If it cannot be read.
        """
        if column is None:
            return None
        cell = cells[self._places[column]]
        if isinstance(cell, datetime):
            return self._placed(cell)
        found = self.text(cell)
        if found is None:
            return None
        if found not in self._times:
            self._times[found] = self._parse(found)
        read = self._times[found]
        if read is None:
            raise _Unusable(Fault.BAD_TIME)
        return read

    def _parse(self, found: str) -> datetime | None:
        try:
            if self.form.time_format is None:
                return self._placed(datetime.fromisoformat(found))
            return self._placed(datetime.strptime(found, self.form.time_format))  # noqa: DTZ007 - `_placed` gives it its zone
        except (ValueError, OverflowError):
            return None

    def _placed(self, at: datetime) -> datetime:
        """
        Give an instant in UTC.

        Raises
        ------
        _Unusable
            If it leaves the calendar.
        """
        local = at if at.tzinfo is not None else at.replace(tzinfo=self.form.timezone)
        try:
            return local.astimezone(UTC)
        except OverflowError:
            raise _Unusable(Fault.BAD_TIME) from None

    def _order(self, cells: Sequence[Cell], number: int) -> float:
        """
        Give the number that orders a ticket's rows.

        Raises
        ------
        _Unusable
            If it is no number.
        """
        found = self._cell(cells, self.form.order)
        if self.form.order is None or found is None:
            return 0.0 if self.form.order is None else float(number)
        try:
            number_of = float(found)
        except ValueError:
            raise _Unusable(Fault.BAD_ORDER) from None
        if math.isnan(number_of):
            raise _Unusable(Fault.BAD_ORDER)
        return number_of

    def _cell(self, cells: Sequence[Cell], column: str | None) -> str | None:
        return None if column is None else self.text(cells[self._places[column]])

    def _affected(self, cells: Sequence[Cell]) -> str | None:
        parts = [self.text(cells[place]) for place in self._asset]
        if not any(parts):
            return None
        return "|".join(part or "?" for part in parts)


def _from_states(ticket: str, rows: list[_Row], form: TicketMap) -> Timeline:
    rows = _sorted(rows, form)
    team = form.team[0]
    opened = _first(row.opened for row in rows) or rows[0].at
    fixed, fixed_by = _fix(rows, form)
    first = Hold(rows[0].values.get(team), opened)
    moves = [(row.at, row.values.get(team)) for row in rows[1:]]
    holds = _holds(first, moves, until=fixed)
    bare = Timeline(
        id=ticket,
        source=form.source,
        opened=opened,
        holds=holds,
        fixed=fixed,
        fixed_by=fixed_by,
    )
    return _described(bare, rows, form)


def _from_changes(ticket: str, rows: list[_Row], form: TicketMap) -> Timeline:
    """Carry each field on from change to change: then every row is whole."""
    rows = _sorted(rows, form)
    start = {row.field: row.before for row in reversed(rows) if row.field is not None}
    opened = _first(row.opened for row in rows) or rows[0].at
    whole = [replace(rows[0], at=opened, order=-math.inf, values=start)]
    for row in rows:
        values = whole[-1].values
        if row.field is not None:
            values = {**values, row.field: row.after}
        whole.append(replace(row, values=values))
    return _from_states(ticket, whole, form)


def _from_summary(ticket: str, rows: list[_Row], form: TicketMap) -> Timeline:
    (row,) = rows
    opened = row.opened or row.at
    fixed, fixed_by = _fix(rows, form)
    first, last = (row.values.get(name) for name in form.team)
    bare = Timeline(
        id=ticket,
        source=form.source,
        opened=opened,
        holds=_holds(Hold(first, opened), [(opened, last)], until=None),
        fixed=fixed,
        fixed_by=fixed_by,
        timed=False,
    )
    return _described(bare, rows, form)


def _sorted(rows: list[_Row], form: TicketMap) -> list[_Row]:
    """Order a ticket's rows by the map's order, else by time; then as they lie."""
    if form.order is not None:
        return sorted(rows, key=attrgetter("order"))
    return sorted(rows, key=attrgetter("at"))


def _fix(
    rows: Sequence[_Row], form: TicketMap
) -> tuple[datetime | None, FixedBy | None]:
    """Find the start of the last unbroken resolved state."""
    if stated := _first(row.fixed for row in reversed(rows)):
        return stated, FixedBy.STATED
    start = None
    for row in reversed(rows):
        if form.state is None or row.values.get(form.state) not in form.done:
            break
        start = row.at
    return start, FixedBy.STATE_CHANGE if start is not None else None


def _holds(
    first: Hold, moves: Iterable[tuple[datetime, str | None]], *, until: datetime | None
) -> tuple[Hold, ...]:
    """Give who held it: a move that names nobody changes nothing."""
    holds = [first]
    for at, team in moves:
        last = holds[-1]
        if team is None or team == last.team or (until is not None and at > until):
            continue
        holds.append(Hold(team, max(at, last.start)))
    return tuple(holds)


def _described(bare: Timeline, rows: Sequence[_Row], form: TicketMap) -> Timeline:
    """Add what has no part in its course."""
    severity, outcome = _seen(rows, form.severity), _seen(rows, form.outcome)
    closed = _first(row.closed for row in reversed(rows))
    ends = (rows[-1].at, closed, bare.fixed)
    return replace(
        bare,
        asset=_first(row.asset for row in rows),
        severity=severity[0] if severity else None,
        relabelled=bool(severity) and severity[0] != severity[-1],
        outcome=outcome[-1] if outcome else None,
        closed=closed,
        persons=tuple(dict.fromkeys(_seen(rows, form.person))),
        last_at=max(at for at in ends if at is not None),
    )


def _seen(rows: Sequence[_Row], name: str | None) -> list[str]:
    values = [row.values.get(name) for row in rows] if name is not None else []
    return [value for value in values if value is not None]


def _first(values: Iterator[_T | None]) -> _T | None:
    return next((value for value in values if value is not None), None)
