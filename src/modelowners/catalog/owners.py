"""Owners: who answers for an asset at an instant, and why that person."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.core.ids import AssetId


class Status(enum.StrEnum):
    """Whether anyone answers for an asset."""

    OWNED = "owned"
    OWNER_INACTIVE = "owner-inactive"
    UNOWNED = "unowned"
    DELIBERATELY_UNOWNED = "deliberately-unowned"
    UNKNOWN_BEFORE = "unknown-before"


@dataclass(frozen=True, slots=True)
class Owner:
    """One team or one person, never a list."""

    kind: str
    """``team`` or ``person``."""
    name: str


@dataclass(frozen=True, slots=True)
class Duty:
    """
    Who holds a role at an instant.

    `person` is None where nobody is available; `until` is the UTC instant the
    answer next changes (None: not foreseen); `why` tells each step and skip.
    """

    person: str | None
    until: datetime | None = None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation plan: after how long, which role, today's person."""

    after: timedelta
    role: str
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """
    The answer to *whose is this at that instant*.

    Parameters
    ----------
    asset : AssetId
        Which asset.
    at : datetime
        UTC.
    status : Status
        Whether anyone answers.
    owner : Owner or None
        As declared.
    declared : str or None
        ``file:line`` of the declaration.
    tier : int
        1 (most important) to 3.
    accountable, responder : Duty
        The one person who answers, and who is paged.
    consult : tuple of str
        Teams or people to be informed, never paged.
    escalation : tuple of Step
        In order.
    verified_on : datetime or None
        When the owner last confirmed it, UTC.
    stale : bool
        The verification is missing or expired.
    """

    asset: AssetId
    at: datetime
    status: Status
    owner: Owner | None
    declared: str | None
    tier: int
    accountable: Duty
    responder: Duty
    consult: tuple[str, ...] = ()
    escalation: tuple[Step, ...] = ()
    verified_on: datetime | None = None
    stale: bool = True

    @property
    def team(self) -> str | None:
        """The owning team's name, where the owner is a team."""
        return self.owner.name if self.owner and self.owner.kind == "team" else None
