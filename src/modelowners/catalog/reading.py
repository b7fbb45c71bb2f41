"""A reading of the ownership file: what is known by name, and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from modelowners.catalog.patterns import Patterns
from modelowners.catalog.problems import Problem
from modelowners.core.errors import BadAssetId, BadFacet
from modelowners.core.facets import Node, describe, nearest, text
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY

T = TypeVar("T")

_WALL = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?)?"
)
_YEARS = range(1970, 2200)
"""Beyond these, conversions between zones overflow; nobody plans shifts there."""

_MACHINE_ZONES = {"localtime", "posixrules", "Factory"}
"""Names that mean another zone on each machine."""


@dataclass
class Reading:
    """
    One reading of the file, gathering problems instead of stopping at the first.

    Parameters
    ----------
    people, teams : collection of str
        Names that are declared, so that references are checked where they stand.
    assets : Patterns
        Keys under ``owns``, for the same reason.
    """

    people: Collection[str] = ()
    teams: Collection[str] = ()
    assets: Patterns = field(default_factory=lambda: Patterns(()))
    problems: list[Problem] = field(default_factory=list)

    def fields(self, node: Node, known: Collection[str]) -> dict[str, Node]:
        """Read a mapping with fixed keys; note unknown ones and leave them out."""
        if not isinstance(node.value, dict):
            self.add(node, f"expected a mapping, found {describe(node)}")
            return {}
        found = {k: v for k, v in node.value.items() if not k.startswith("x-")}
        for key in [key for key in found if key not in known]:
            hint = nearest(key, dict.fromkeys(known))
            what = f'unknown key "{key}"{hint}'
            remedy = "correct it, or start it with x- to keep it as a note"
            self.problems.append(
                Problem.at_key(found.pop(key), "MO003", what, remedy=remedy)
            )
        return found

    def named(self, node: Node) -> dict[str, Node]:
        """Read a mapping whose keys are names."""
        if node.value is None:
            return {}
        if isinstance(node.value, dict):
            return {k: v for k, v in node.value.items() if not k.startswith("x-")}
        self.add(node, f"expected a mapping, found {describe(node)}")
        return {}

    def read(self, reader: Callable[[Node], T], node: Node | None) -> T | None:
        """Read a value; note the refusal and give None if it is refused or absent."""
        if node is None:
            return None
        try:
            return reader(node)
        except BadFacet as refusal:
            self.problems.append(Problem.of(refusal))
        return None

    def each(self, reader: Callable[[Node], T], node: Node | None) -> tuple[T, ...]:
        """Read a list, or a lone value; leave out what is refused."""
        if node is None:
            return ()
        if isinstance(node.value, dict) or node.value is None:
            self.add(node, f"expected a list, found {describe(node)}")
            return ()
        items = node.value if isinstance(node.value, list) else [node]
        found = [self.read(reader, item) for item in items]
        return tuple(value for value in found if value is not None)

    def add(
        self, node: Node, what: str, *, code: str = "MO004", remedy: str = ""
    ) -> None:
        """Note an error at a value."""
        self.problems.append(Problem.at(node, code, what, remedy=remedy))

    def person(self, node: Node) -> str:
        """
        Read the name of a declared person.

        Raises
        ------
        BadFacet
            If nobody is declared by that name.
        """
        return _known(node, self.people, what="person", section="people")

    def team(self, node: Node) -> str:
        """
        Read the name of a declared team.

        Raises
        ------
        BadFacet
            If no team is declared by that name.
        """
        return _known(node, self.teams, what="team", section="teams")

    def party(self, node: Node) -> str:
        """
        Read the name of a declared team or person.

        Raises
        ------
        BadFacet
            If neither is declared by that name.
        """
        both = {*self.people, *self.teams}
        return _known(node, both, what="team or person", section="teams or people")

    def asset(self, node: Node) -> AssetId:
        """
        Read the id of an asset that some key under ``owns`` covers.

        Raises
        ------
        BadFacet
            If it is no id, or no key covers it.
        """
        found = read_asset_id(node)
        if next(self.assets.matches(found), None) is None:
            advice = _advice(found, self.assets.keys, "add it under owns")
            raise node.refuse(
                f'unknown asset "{found}"{advice} or correct the id', code="MO102"
            )
        return found


def read_asset_id(node: Node) -> AssetId:
    """
    Read an asset id.

    Raises
    ------
    BadFacet
        MO101, if it is none.
    """
    try:
        return asset_id(text(node))
    except BadAssetId as error:
        raise node.refuse(
            f'bad asset id "{error.found}": {error.why}; write kind:name',
            code="MO101",
        ) from None


def zone(node: Node) -> ZoneInfo:
    """
    Read a time zone by its IANA name.

    Raises
    ------
    BadFacet
        MO104, if there is no such zone, or it differs between machines.

    Examples
    --------
    >>> zone(Node("Europe/Oslo", "f", 1, 1)).key
    'Europe/Oslo'
    """
    name = text(node)
    try:
        if name not in _MACHINE_ZONES:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    advice = _advice(name, available_timezones(), "write an IANA name")
    raise node.refuse(
        f'unknown time zone "{name}"{advice} such as Europe/Madrid', code="MO104"
    )


def wall_time(node: Node) -> datetime:
    """
    Read a date or a time on the wall clock, without a zone.

    Raises
    ------
    BadFacet
        If it is neither, or names a zone.

    Examples
    --------
    >>> wall_time(Node("2026-11-02 10:00", "f", 1, 1)).isoformat()
    '2026-11-02T10:00:00'
    """
    found, is_zoned = _moment(node)
    if is_zoned:
        raise node.refuse(
            f"expected a time on the wall clock, found {describe(node)}; "
            "leave the zone out and give it as tz:"
        )
    return found


def instant(node: Node, local: tzinfo, *, through: bool = False) -> datetime:
    """
    Read a date or time; without a zone it is on the wall clock of `local`.

    Parameters
    ----------
    node : Node
        Such as ``2026-12-24 18:00``.
    local : tzinfo
        Whose wall clock; skipped and repeated hours follow ``fold=0``.
    through : bool
        Take the end of the day instead.

    Returns
    -------
    datetime
        UTC.

    Raises
    ------
    BadFacet
        If it is neither, or `through` is given a time of day.

    Examples
    --------
    >>> day = Node("2026-12-24", "f", 1, 1)
    >>> instant(day, ZoneInfo("Europe/Oslo"), through=True).isoformat()
    '2026-12-24T23:00:00+00:00'
    """
    found, is_zoned = _moment(node)
    if through:
        if ":" in text(node):
            raise node.refuse(
                f"expected a day, found {describe(node)}; an instant goes with to:"
            )
        found += DAY
    return found.astimezone(UTC) if is_zoned else wall_to_utc(found, local)


def wall_to_utc(wall: datetime, local: tzinfo) -> datetime:
    """
    Give the UTC instant of a wall-clock time; ``fold=0`` decides.

    Examples
    --------
    >>> skipped = datetime(2026, 3, 29, 2, 30)
    >>> wall_to_utc(skipped, ZoneInfo("Europe/Madrid")).isoformat()
    '2026-03-29T01:30:00+00:00'
    """
    return wall.replace(tzinfo=local, fold=0).astimezone(UTC)


def clock_time(written: str, node: Node) -> time:
    """
    Read a time of day, ``HH:MM``.

    Raises
    ------
    BadFacet
        If it is none.
    """
    try:
        return time.fromisoformat(written)
    except ValueError:
        raise node.refuse(f'expected a time such as 09:00, found "{written}"') from None


def span(node: Node, units: Mapping[str, timedelta], *, example: str) -> timedelta:
    """
    Read a positive length of time in the units given.

    Raises
    ------
    BadFacet
        If it is none.

    Examples
    --------
    >>> span(Node("2w", "f", 1, 1), {"w": timedelta(weeks=1)}, example="1w").days
    14
    """
    match = re.fullmatch(rf"([1-9]\d{{0,3}})([{''.join(units)}])", text(node))
    if match is None:
        raise node.refuse(
            f"expected a length such as {example}, found {describe(node)}"
        )
    return int(match[1]) * units[match[2]]


def _moment(node: Node) -> tuple[datetime, bool]:
    written = text(node)
    match = _WALL.fullmatch(written)
    try:
        found = datetime.fromisoformat(written) if match else None
    except ValueError:
        found = None
    if match is None or found is None or found.year not in _YEARS:
        raise node.refuse(
            f"expected a date or time such as 2026-11-02 10:00, found {describe(node)}"
        )
    return found, match[3] is not None


def _known(node: Node, names: Collection[str], *, what: str, section: str) -> str:
    name = text(node)
    if name in names:
        return name
    advice = _advice(name, names, f"add it under {section}")
    raise node.refuse(
        f'unknown {what} "{name}"{advice} or correct the name', code="MO102"
    )


def _advice(name: str, known: Collection[str], remedy: str) -> str:
    """Say what to do about an unknown name; ask first about the nearest known one."""
    hint, question, _ = nearest(name, dict.fromkeys(known)).partition("?")
    return f"{hint}? {remedy[0].upper()}{remedy[1:]}" if question else f"; {remedy}"
