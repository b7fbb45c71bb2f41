"""A timeline: who held one trouble from its opening to its fix, and what was done."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from modelowners.core.time import HOUR, Onset, from_micros, to_micros

SHORTEST = timedelta(minutes=1)
"""No duration counts as less: clocks of ticket tools go by the minute."""

OURS = "modelowners"
"""The source of what our own incident log tells."""


class FixedBy(enum.StrEnum):
    """How it is known when a trouble was fixed."""

    LOG = "log"
    """From our own incident log."""

    STATED = "stated"
    """The ticket has a field for it."""

    STATE_CHANGE = "state-change"
    """The start of the last unbroken run of states that mean done."""


class Step(enum.StrEnum):
    """
    A step of an incident's life; one that was skipped stays unknown.

    They are called as the fields of `incidents.incident.Times`.
    """

    DETECTED = "detected"
    NOTIFIED = "notified"
    ACKED = "acked"
    CAUSE_PROPOSED = "cause_proposed"
    OWNER_ENGAGED = "owner_engaged"
    CAUSE_CONFIRMED = "cause_confirmed"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_GRANTED = "approval_granted"
    FIX_STARTED = "fix_started"
    FIX_FINISHED = "fix_finished"
    MITIGATED = "mitigated"
    VERIFIED = "verified"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Hold:
    """
    A team takes over; it holds until the next one starts.

    Parameters
    ----------
    team : str or None
        None where nobody is named.
    start : datetime
        UTC.
    answered : datetime or None
        First human act in it, UTC; unknown for imports.
    """

    team: str | None
    start: datetime
    answered: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """
    One trouble from opening to fix.

    Parameters
    ----------
    id : str
        Unique within its source.
    source : str
        `OURS`, or the name of what was imported.
    opened : datetime
        UTC; when it was detected.
    holds : tuple of Hold
        Who held it, in order, at least one, the first from `opened` on;
        neighbours differ. None of them starts after the fix.
    fixed : datetime or None
        UTC start of the last unbroken resolved state; None while open.
    fixed_by : FixedBy or None
        How that is known.
    closed : datetime or None
        UTC; when it was filed away, which says nothing about work.
    outcome : str or None
        How it ended, such as ``fixed`` or ``wont-fix``; None where unknown.
    asset, severity : str or None
        As they were at opening.
    relabelled : bool
        Whether its severity was changed.
    cause_team : str or None
        Who answered, at opening, for the asset of the confirmed cause.
    first_team : str or None
        Whom the first route named, where that is not the first holder.
    tosses : int or None
        Hand-overs because it should not have been there; None for imports,
        which know only that the team changed.
    began : Onset or None
        Interval, UTC, in which the trouble itself began.
    steps : mapping of Step to datetime
        Those that are known, UTC; empty for imports.
    timed : bool
        False where only the first and the last team are known, not when.
    fate : str or None
        ``merged`` (or absorbed) or ``dismissed``: counted, not timed.
    persons : tuple of str
        Whom an import named, in order; kept, never compared.
    last_at : datetime or None
        UTC; the newest instant an import tells of it.
    """

    id: str
    source: str
    opened: datetime
    holds: tuple[Hold, ...]
    fixed: datetime | None = None
    fixed_by: FixedBy | None = None
    closed: datetime | None = None
    outcome: str | None = None
    asset: str | None = None
    severity: str | None = None
    relabelled: bool = False
    cause_team: str | None = None
    first_team: str | None = None
    tosses: int | None = None
    began: Onset | None = None
    steps: Mapping[Step, datetime] = field(default_factory=dict)
    timed: bool = True
    fate: str | None = None
    persons: tuple[str, ...] = ()
    last_at: datetime | None = None

    @property
    def holder(self) -> str | None:
        """Who holds it last."""
        return self.holds[-1].team

    @property
    def right_team(self) -> str | None:
        """
        Whose it was: accountable for the confirmed cause, else who fixed it.

        None while it is open and no cause is confirmed, and where no team is
        ever named.
        """
        if self.cause_team is not None:
            return self.cause_team
        return None if self.fixed is None else self.holder

    @property
    def teams(self) -> tuple[str, ...]:
        """Every team that held it, in order, with repetitions."""
        return tuple(hold.team for hold in self.holds if hold.team is not None)

    @property
    def changes(self) -> int:
        """How often it went from one team to another, at least 0."""
        return max(len(self.teams) - 1, 0)

    @property
    def kept(self) -> bool:
        """Whether the first route was the last: right team at once, no toss."""
        if self.tosses is None:
            return self.changes == 0
        return self.tosses == 0 and self.first_named == self.right_team

    @property
    def first_named(self) -> str | None:
        """The first team that was named."""
        return self.first_team or next(iter(self.teams), None)

    @property
    def pingpong(self) -> bool:
        """Whether some team held it twice or more."""
        return len(set(self.teams)) < len(self.teams)

    def end(self, as_of: datetime) -> datetime:
        """Give where its clock stops, UTC: its fix, else `as_of`; 1 min at least."""
        return max(self.fixed or as_of, self.opened + SHORTEST)

    def hours(self, as_of: datetime) -> float:
        """
        Give how long it took, or has taken so far, in hours, at least 1/60.

        Examples
        --------
        >>> from modelowners.core.time import parse_instant
        >>> june = parse_instant("2026-06-01")
        >>> one = Timeline(id="1", source="x", opened=june, holds=(Hold("a", june),))
        >>> one.hours(june + 2 * HOUR)
        2.0
        """
        return (self.end(as_of) - self.opened) / HOUR

    def first_touch(self) -> datetime | None:
        """Give when its right team first held it, UTC; None where unknown."""
        right = self.right_team
        starts = (hold.start for hold in self.holds if hold.team == right)
        return next(starts, None) if self.timed and right is not None else None

    def final_arrival(self) -> datetime | None:
        """Give the start of its right team's last unbroken hold, UTC, or None."""
        right = self.right_team
        starts = (hold.start for hold in reversed(self.holds) if hold.team == right)
        return next(starts, None) if self.timed and right is not None else None

    def known(self, as_of: datetime) -> Timeline:
        """
        Give it as it stood at an instant (UTC): what came later is not known yet.

        Examples
        --------
        >>> from modelowners.core.time import parse_instant
        >>> june, hold = parse_instant("2026-06-01"), Hold("a", parse_instant("2026-06"
        ... "-01"))
        >>> one = Timeline(
        ...     id="1", source="x", opened=june, holds=(hold,), fixed=june + 9 * HOUR
        ... )
        >>> one.known(june + HOUR).fixed is None
        True
        """
        if self.fixed is not None and self.fixed <= as_of:
            if self.closed is None or self.closed <= as_of:
                return self
            return replace(self, closed=None)
        held = tuple(hold for hold in self.holds if hold.start <= as_of)
        return replace(
            self,
            holds=held or self.holds[:1],
            fixed=None,
            fixed_by=None,
            closed=None,
            outcome=None,
        )

    def plain(self) -> dict[str, object]:
        """Give what the database keeps of an import, as JSON values."""
        found: dict[str, object] = {
            "holds": [[hold.team, to_micros(hold.start)] for hold in self.holds],
        }
        for name in ("fixed", "closed", "last_at"):
            at = getattr(self, name)
            if at is not None:
                found[name] = to_micros(at)
        for name in ("fixed_by", "outcome", "asset", "severity"):
            text = getattr(self, name)
            if text is not None:
                found[name] = str(text)
        if self.relabelled:
            found["relabelled"] = True
        if not self.timed:
            found["timed"] = False
        if self.persons:
            found["persons"] = list(self.persons)
        return found


def read_timeline(source: str, name: str, opened: datetime, body: object) -> Timeline:
    """
    Read what `Timeline.plain` wrote.

    Parameters
    ----------
    source, name : str
        Where it came from, and its id there.
    opened : datetime
        UTC.
    body : mapping
        JSON values, as they were written.

    Returns
    -------
    Timeline
        Equal to the one that was written.
    """
    assert isinstance(body, Mapping)  # noqa: S101 - `plain` wrote it
    held, persons = body["holds"], body.get("persons", [])
    assert isinstance(held, list)  # noqa: S101 - the same
    assert isinstance(persons, list)  # noqa: S101 - the same
    fixed_by, outcome = body.get("fixed_by"), body.get("outcome")
    return Timeline(
        id=name,
        source=source,
        opened=opened,
        holds=tuple(Hold(team, from_micros(start)) for team, start in held),
        fixed=_instant(body.get("fixed")),
        fixed_by=None if fixed_by is None else FixedBy(str(fixed_by)),
        closed=_instant(body.get("closed")),
        outcome=None if outcome is None else str(outcome),
        asset=_text(body.get("asset")),
        severity=_text(body.get("severity")),
        relabelled=body.get("relabelled") is True,
        timed=body.get("timed") is not False,
        persons=tuple(persons),
        last_at=_instant(body.get("last_at")),
    )


def _instant(value: object) -> datetime | None:
    return from_micros(value) if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
