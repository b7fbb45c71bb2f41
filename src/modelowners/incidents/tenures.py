"""A tenure: the time during which one owner holds an incident."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime


class Reason(enum.StrEnum):
    """Why an incident changed hands."""

    NOT_MINE = "not-mine"
    BAD_ROUTE = "bad-route"
    FOUND_CAUSE_ELSEWHERE = "found-cause-elsewhere"
    NEEDS_HELP = "needs-help"
    SHIFT_CHANGE = "shift-change"
    LOAD = "load"
    ESCALATION_TIMEOUT = "escalation-timeout"
    OWNERSHIP_TRANSFER = "ownership-transfer"


TOSSES = frozenset({Reason.NOT_MINE, Reason.BAD_ROUTE})
"""The holder refused it, or another found the route wrong; all else is a hand-off."""


@dataclass(frozen=True, slots=True)
class Holder:
    """
    One owner: a team with its named person, or a person alone.

    Both are None where nobody is declared or available.

    Examples
    --------
    >>> str(Holder("feeds", "cy")), Holder("feeds", "cy").key
    ('cy (feeds)', 'team:feeds')
    """

    team: str | None
    person: str | None

    @property
    def key(self) -> str:
        """Who it counts as: the team where there is one, else the person."""
        if self.team is not None:
            return f"team:{self.team}"
        return f"person:{self.person}" if self.person is not None else "nobody"

    @property
    def known(self) -> bool:
        """Whether anybody stands behind it."""
        return self.team is not None or self.person is not None

    def plain(self) -> dict[str, object]:
        """Give it as JSON has it."""
        return {"team": self.team, "person": self.person}

    @classmethod
    def read(cls, value: object) -> Holder:
        """Read what `plain` wrote; anything else is nobody."""
        found = value if isinstance(value, Mapping) else {}
        team, person = found.get("team"), found.get("person")
        return cls(
            team if isinstance(team, str) else None,
            person if isinstance(person, str) else None,
        )

    def __str__(self) -> str:
        if self.person is not None and self.team is not None:
            return f"{self.person} ({self.team})"
        return self.person or self.team or "nobody"


NOBODY = Holder(None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """
    The time during which one owner holds an incident.

    Parameters
    ----------
    holder : Holder
        Who.
    start : datetime
        UTC, included.
    end : datetime or None
        UTC, not included; None while it lasts.
    rule : str
        Which rule or person gave it.
    by : str
        The actor who gave it.
    reason : str or None
        Why it ended; None while it lasts.
    acked_at : datetime or None
        First human acknowledgement in it, UTC.
    acked_by : str or None
        Who has it in hand: by whom it was acknowledged last.
    lapsed : bool
        Whether it was let lie after that, so that it has to be taken on anew.
    """

    holder: Holder
    start: datetime
    rule: str
    by: str
    end: datetime | None = None
    reason: str | None = None
    acked_at: datetime | None = None
    acked_by: str | None = None
    lapsed: bool = False

    @property
    def tossed(self) -> bool:
        """Whether it ended because it should not have begun."""
        return self.reason in TOSSES


def hand_over(
    tenures: tuple[Tenure, ...], following: Tenure, *, reason: str
) -> tuple[Tenure, ...]:
    """
    End the last tenure where the following begins: no gap, no overlap.

    Parameters
    ----------
    tenures : tuple of Tenure
        So far, at least one; the last has no end.
    following : Tenure
        What comes next; it begins no earlier than the last did.
    reason : str
        Why the last one ends.

    Returns
    -------
    tuple of Tenure
        A last tenure that lasted no time vanishes, unless it was refused.

    Examples
    --------
    >>> from modelowners.core.time import DAY, parse_instant
    >>> june = parse_instant("2026-06-01")
    >>> first = Tenure(holder=Holder("a", None), start=june, rule="r", by="x")
    >>> then = Tenure(holder=Holder("b", None), start=june + DAY, rule="r", by="x")
    >>> [t.reason for t in hand_over((first,), then, reason="load")]
    ['load', None]
    """
    *earlier, last = tenures
    start = max(following.start, last.start)
    following = replace(following, start=start)
    if start == last.start and reason not in TOSSES:
        return (*earlier, following)
    return (*earlier, replace(last, end=start, reason=reason), following)
