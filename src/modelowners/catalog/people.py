"""People, teams and the calendar: who exists, and who can be reached when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from modelowners.catalog.escalation import Target, read_plan
from modelowners.catalog.hours import Hours, read_hours
from modelowners.catalog.reading import Reading, instant, zone
from modelowners.catalog.rotation import Segment, read_segments
from modelowners.core.facets import Node, flag, text

PERSON_KEYS = (
    "email",
    "slack",
    "github",
    "pagerduty",
    "tz",
    "manager",
    "left",
    "active",
)
TEAM_KEYS = (
    "lead",
    "deputy",
    "members",
    "parent",
    "tz",
    "notify",
    "hours",
    "oncall",
    "escalate",
)
AWAY_KEYS = ("who", "from", "to", "through")
COVER_KEYS = ("who", "by", "from", "to", "through")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """
    One person.

    Parameters
    ----------
    name : str
        The key under ``people``.
    email : tuple of str
        Addresses; the first is written to, all identify.
    slack, github, pagerduty : str or None
        Names elsewhere.
    tz : tzinfo
        UTC where none is given.
    manager : str or None
        Another person.
    left : datetime or None
        UTC; not available from then on.
    active : bool
        False: not available.
    node : Node
        Where it is declared.
    """

    name: str
    email: tuple[str, ...] = ()
    slack: str | None = None
    github: str | None = None
    pagerduty: str | None = None
    tz: tzinfo = UTC
    manager: str | None = None
    left: datetime | None = None
    active: bool = True
    node: Node

    def is_gone(self, at: datetime) -> bool:
        """Tell whether the person left or is not active: not merely away."""
        return not self.active or (self.left is not None and self.left <= at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """
    One team.

    Parameters
    ----------
    name : str
        The key under ``teams``.
    lead : str
        The person who answers for what the team owns.
    deputy : str or None
        Who does when the lead cannot.
    members : tuple of str
        People.
    parent : str or None
        The team above.
    tz : tzinfo
        For rotation and hours: its own, else its lead's.
    notify : tuple of str
        Sinks, ``kind:target``.
    hours : Hours or None
        When notices that can wait are delivered.
    oncall : tuple of Segment
        Rotations, oldest first, each in force until the next.
    escalate : tuple of Target
        The plan; empty means the default one.
    node : Node
        Where it is declared.
    """

    name: str
    lead: str
    deputy: str | None = None
    members: tuple[str, ...] = ()
    parent: str | None = None
    tz: tzinfo = UTC
    notify: tuple[str, ...] = ()
    hours: Hours | None = None
    oncall: tuple[Segment, ...] = ()
    escalate: tuple[Target, ...] = ()
    node: Node


@dataclass(frozen=True, slots=True, order=True)
class Absence:
    """A person is away in ``start <= t < end``, UTC; `until` says it in words."""

    start: datetime
    end: datetime
    until: str


@dataclass(frozen=True, slots=True, order=True)
class Cover:
    """Somebody stands in for a person in ``start <= t < end``, UTC."""

    start: datetime
    end: datetime
    by: str
    node: Node = field(compare=False)


@dataclass(frozen=True, slots=True)
class Organisation:
    """
    Everyone, and when they can be reached.

    Parameters
    ----------
    people, teams : mapping
        By name.
    away, covers : mapping of str to tuple
        By person, in order of their start.
    """

    people: Mapping[str, Person]
    teams: Mapping[str, Team]
    away: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)
    covers: Mapping[str, tuple[Cover, ...]] = field(default_factory=dict)

    def unavailable(self, name: str, at: datetime) -> str | None:
        """Say why a person is not available at an instant; None if they are."""
        person = self.people[name]
        if person.left is not None and person.left <= at:
            return f"left {person.left.astimezone(person.tz):%Y-%m-%d}"
        if not person.active:
            return "is not active"
        for absence in self.away.get(name, ()):
            if absence.start <= at < absence.end:
                return f"away {absence.until}"
        return None

    def cover(self, name: str, at: datetime) -> str | None:
        """Give who stands in for a person at an instant, if that one is available."""
        for cover in self.covers.get(name, ()):
            if cover.start <= at < cover.end and not self.unavailable(cover.by, at):
                return cover.by
        return None

    def bounds(self, name: str) -> set[datetime]:
        """Give the instants at which this person's availability or cover changes."""
        found = {
            at for away in self.away.get(name, ()) for at in (away.start, away.end)
        }
        for cover in self.covers.get(name, ()):
            found |= {cover.start, cover.end}
        left = self.people[name].left
        return found | {left} if left else found


def read_person(name: str, node: Node, reading: Reading) -> Person:
    """Read one entry of ``people``."""
    found = reading.fields(node, PERSON_KEYS)
    local = reading.read(zone, found.get("tz")) or UTC
    active = reading.read(flag, found.get("active"))
    return Person(
        name=name,
        email=reading.each(_address, found.get("email")),
        slack=reading.read(text, found.get("slack")),
        github=reading.read(text, found.get("github")),
        pagerduty=reading.read(text, found.get("pagerduty")),
        tz=local,
        manager=reading.read(reading.person, found.get("manager")),
        left=reading.read(lambda at: instant(at, local), found.get("left")),
        active=active is not False,
        node=node,
    )


def read_team(
    name: str, node: Node, reading: Reading, people: Mapping[str, Person]
) -> Team | None:
    """Read one entry of ``teams``; None if it has no lead."""
    found = reading.fields(node, TEAM_KEYS)
    if "lead" not in found and isinstance(node.value, dict):
        reading.add(node, f'team "{name}" has no lead', remedy="name one: lead: PERSON")
    lead = reading.read(reading.person, found.get("lead"))
    local = reading.read(zone, found.get("tz")) or (people[lead].tz if lead else UTC)
    team = Team(
        name=name,
        lead=lead or "",
        deputy=reading.read(reading.person, found.get("deputy")),
        members=reading.each(reading.person, found.get("members")),
        parent=reading.read(reading.team, found.get("parent")),
        tz=local,
        notify=reading.each(_sink, found.get("notify")),
        hours=reading.read(lambda node: read_hours(node, local), found.get("hours")),
        oncall=read_segments(found.get("oncall"), reading, local),
        escalate=read_plan(found.get("escalate"), reading),
        node=node,
    )
    return team if lead else None


def read_calendar(
    node: Node | None, reading: Reading, people: Mapping[str, Person]
) -> tuple[dict[str, tuple[Absence, ...]], dict[str, tuple[Cover, ...]]]:
    """
    Read ``calendar``: who is away, and who covers for whom.

    Returns
    -------
    tuple of two dict
        Absences and covers by person, in order of their start.
    """
    away: dict[str, list[Absence]] = {}
    covers: dict[str, list[Cover]] = {}
    found = reading.fields(node, ("away", "cover")) if node else {}
    for entry in _entries(found.get("away"), reading):
        fields = reading.fields(entry, AWAY_KEYS)
        who = _who(entry, fields, reading)
        window = _window(entry, fields, reading, people.get(who or ""))
        if who and window:
            away.setdefault(who, []).append(Absence(*window))
    for entry in _entries(found.get("cover"), reading):
        fields = reading.fields(entry, COVER_KEYS)
        who = _who(entry, fields, reading)
        window = _window(entry, fields, reading, people.get(who or ""))
        by = reading.read(reading.person, fields.get("by"))
        if "by" not in fields:
            reading.add(entry, "a cover without by:", remedy="name who stands in")
        if who and window and by:
            covers.setdefault(who, []).append(Cover(*window[:2], by, entry))
    return (
        {who: tuple(sorted(entries)) for who, entries in sorted(away.items())},
        {who: tuple(sorted(entries)) for who, entries in sorted(covers.items())},
    )


def _entries(node: Node | None, reading: Reading) -> list[Node]:
    if node is None or node.value is None:
        return []
    if isinstance(node.value, list):
        return node.value
    reading.add(node, "expected a list of entries")
    return []


def _who(entry: Node, fields: Mapping[str, Node], reading: Reading) -> str | None:
    if "who" not in fields and isinstance(entry.value, dict):
        reading.add(entry, "an entry without who:", remedy="name the person")
    return reading.read(reading.person, fields.get("who"))


def _window(
    entry: Node,
    fields: Mapping[str, Node],
    reading: Reading,
    person: Person | None,
) -> tuple[datetime, datetime, str] | None:
    """Read from and to (an instant) or through (a whole day)."""
    if not isinstance(entry.value, dict):
        return None
    local = person.tz if person else UTC
    if "from" not in fields or ("to" in fields) == ("through" in fields):
        reading.add(
            entry,
            "an entry needs from: and one of to: and through:",
            remedy="to: is an instant, through: a whole day",
        )
        return None
    through = "through" in fields
    last = fields["through" if through else "to"]
    start = reading.read(lambda node: instant(node, local), fields["from"])
    end = reading.read(lambda node: instant(node, local, through=through), last)
    if start is None or end is None:
        return None
    if end <= start:
        reading.add(last, "it ends before it starts", remedy="correct from or the end")
        return None
    return start, end, f"{'through' if through else 'until'} {text(last)}"


def _address(node: Node) -> str:
    found = text(node)
    if "@" not in found.strip("@") or " " in found:
        raise node.refuse(f'expected an e-mail address, found "{found}"')
    return found


def _sink(node: Node) -> str:
    found = text(node)
    kind, colon, target = found.partition(":")
    # Only the console has no target: `console:` is whole.
    named = target or kind == "console"
    if not (colon and kind.isidentifier() and named):
        raise node.refuse(
            f'expected a sink such as "file:alerts.jsonl", found "{found}"; '
            "write kind:target"
        )
    return found
