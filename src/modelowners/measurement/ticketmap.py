"""The map of a ticket export: which column means what."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from modelowners.core.errors import InputError
from modelowners.core.facets import Node, mapping, nearest, text, texts

SOURCE = "tickets"


class Shape(enum.StrEnum):
    """What a row of an export is."""

    STATES = "states"
    """The ticket after a change, whole (ServiceNow's audit)."""

    CHANGES = "changes"
    """One changed field, from and to (JIRA's changelog)."""

    SUMMARY = "summary"
    """One ticket with its first and its last team."""


class NoColumn(InputError):
    """{place}: the export has no column "{column}"{nearest}."""


class BadMap(InputError):
    """{place} {what}. See docs/howto/measure-speed.md for a whole map."""


KEYS = (
    *("shape", "source", "id", "at", "order", "opened", "fixed", "closed"),
    *("state", "done", "team", "person", "severity", "asset", "outcome"),
    *("field", "from", "to", "nulls", "time_format", "timezone"),
)
"""Every key a map may have."""

_NEEDED: Mapping[Shape, tuple[str, ...]] = {
    Shape.STATES: ("id", "at", "team"),
    Shape.CHANGES: ("id", "at", "field", "from", "to", "team"),
    Shape.SUMMARY: ("id", "opened", "team"),
}
_SUMMARY_TEAMS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMap:
    """
    Which column of an export means what.

    Parameters
    ----------
    place : str
        The map's file, for errors.
    shape : Shape
        What a row is.
    source : str
        Names where tickets come from; ids are unique within it.
    id : str
        Column of the ticket's id.
    at : str or None
        Column of when the row's change happened.
    order : str or None
        Column of a number that orders the rows of a ticket; else `at` does.
    opened, fixed, closed : str or None
        Columns of times that do not change from row to row.
    state : str or None
        Column of the state; for `changes` the name of the field.
    done : frozenset of str
        States that mean fixed.
    team : tuple of str
        Column (for `changes`: field) of the team; for `summary` the columns of
        first and last team.
    person, severity, outcome : str or None
        Columns (for `changes`: fields).
    asset : tuple of str
        Columns that together name what was affected.
    field, before, after : str or None
        For `changes`: columns of the field's name, and its values.
    nulls : frozenset of str
        Texts that mean unknown.
    time_format : str or None
        As `datetime.strptime` reads it; None for ISO 8601.
    timezone : ZoneInfo
        Of times without one.
    """

    place: str
    shape: Shape
    source: str
    id: str
    at: str | None
    order: str | None
    opened: str | None
    fixed: str | None
    closed: str | None
    state: str | None
    done: frozenset[str]
    team: tuple[str, ...]
    person: str | None
    severity: str | None
    outcome: str | None
    asset: tuple[str, ...]
    field: str | None
    before: str | None
    after: str | None
    nulls: frozenset[str]
    time_format: str | None
    timezone: ZoneInfo

    def columns(self) -> tuple[str, ...]:
        """Name every column of the export it reads."""
        always = (self.id, self.at, self.order, self.opened, self.fixed, self.closed)
        values = (self.state, self.person, self.severity, self.outcome, *self.team)
        moving: tuple[str | None, ...] = values
        if self.shape is Shape.CHANGES:
            moving = (self.field, self.before, self.after)
        wanted = (*always, *moving, *self.asset)
        return tuple(dict.fromkeys(one for one in wanted if one is not None))

    def places(self, columns: Sequence[str]) -> Mapping[str, int]:
        """
        Find its columns in an export.

        Parameters
        ----------
        columns : sequence of str
            The export's, in order.

        Returns
        -------
        mapping of str to int
            Place of each column it reads.

        Raises
        ------
        NoColumn
            If one is missing.
        """
        found = {name: place for place, name in reversed(list(enumerate(columns)))}
        for name in self.columns():
            if name not in found:
                close = nearest(name, iter(found))
                raise NoColumn(place=self.place, column=name, nearest=close)
        return {name: found[name] for name in self.columns()}


def read_map(node: Node) -> TicketMap:
    """
    Read a map.

    Parameters
    ----------
    node : Node
        The whole document.

    Returns
    -------
    TicketMap
        Complete for its shape.

    Raises
    ------
    BadMap
        If a key its shape needs is missing, or a value cannot be used.
    BadFacet
        If it has a key that no map has.

    Examples
    --------
    >>> from modelowners.core.facets import Node
    >>> keys = {"shape": "states", "id": "n", "at": "t", "team": "g"}
    >>> nodes = {key: Node(value, "m.yaml", 1, 1) for key, value in keys.items()}
    >>> read_map(Node(nodes, "m.yaml", 1, 1)).team
    ('g',)
    """
    known = mapping(node, dict.fromkeys(KEYS))
    shape = _shape(node, known)
    for key in _NEEDED[shape]:
        if key not in known:
            what = f'lacks "{key}", which the shape "{shape.value}" needs'
            raise BadMap(place=node.file, what=what)
    done = frozenset(_texts(known, "done"))
    if "state" in known and not done:
        what = 'names a "state" but no "done": say which states mean fixed'
        raise BadMap(place=node.file, what=what)
    team = _texts(known, "team")
    wanted = _SUMMARY_TEAMS if shape is Shape.SUMMARY else 1
    if len(team) != wanted:
        what = f'"team" names {wanted} column(s) in the shape "{shape.value}"'
        raise BadMap(place=known["team"].place, what=what)
    one = {key: text(known[key]) for key in known if key not in _LISTS}
    return TicketMap(
        place=node.file,
        shape=shape,
        source=one.get("source", SOURCE),
        id=one["id"],
        at=one.get("at"),
        order=one.get("order"),
        opened=one.get("opened"),
        fixed=one.get("fixed"),
        closed=one.get("closed"),
        state=one.get("state"),
        done=done,
        team=team,
        person=one.get("person"),
        severity=one.get("severity"),
        outcome=one.get("outcome"),
        asset=_texts(known, "asset"),
        field=one.get("field"),
        before=one.get("from"),
        after=one.get("to"),
        nulls=frozenset({*_texts(known, "nulls"), ""}),
        time_format=one.get("time_format"),
        timezone=_zone(known),
    )


_LISTS = frozenset({"done", "team", "asset", "nulls"})


def _shape(node: Node, known: Mapping[str, Node]) -> Shape:
    if "shape" not in known:
        raise BadMap(place=node.file, what='lacks "shape": states, changes or summary')
    named = text(known["shape"])
    try:
        return Shape(named)
    except ValueError:
        close = nearest(named, iter(shape.value for shape in Shape))
        what = f'unknown shape "{named}"{close}'
        raise BadMap(place=known["shape"].place, what=what) from None


def _texts(known: Mapping[str, Node], key: str) -> tuple[str, ...]:
    return texts(known[key]) if key in known else ()


def _zone(known: Mapping[str, Node]) -> ZoneInfo:
    if "timezone" not in known:
        return ZoneInfo("UTC")
    named = text(known["timezone"])
    try:
        return ZoneInfo(named)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what = f'unknown time zone "{named}"; write one such as Europe/Berlin'
        raise BadMap(place=known["timezone"].place, what=what) from None
