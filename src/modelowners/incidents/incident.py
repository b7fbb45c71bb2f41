"""An incident: what the events of its log add up to."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import Onset
from modelowners.incidents.paging import Progress
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Holder, Tenure

Json = Mapping[str, object]


class State(enum.StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"
    DISMISSED = "dismissed"


ACTIVE = frozenset({State.OPEN, State.ACKNOWLEDGED})
"""States in which somebody has to act."""

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset(
        {
            State.ACKNOWLEDGED,
            State.MITIGATED,
            State.RESOLVED,
            State.MERGED,
            State.DISMISSED,
        }
    ),
    State.ACKNOWLEDGED: frozenset(
        {State.MITIGATED, State.RESOLVED, State.MERGED, State.DISMISSED}
    ),
    State.MITIGATED: frozenset(
        {State.RESOLVED, State.OPEN, State.MERGED, State.DISMISSED}
    ),
    State.RESOLVED: frozenset(
        {State.CLOSED, State.OPEN, State.MERGED, State.DISMISSED}
    ),
    State.CLOSED: frozenset(),
    State.MERGED: frozenset({State.OPEN}),
    State.DISMISSED: frozenset({State.OPEN}),
}
"""Which state may follow which."""


class Act(enum.StrEnum):
    """What a person can do to an incident."""

    ACK = "ack"
    ASSIGN = "assign"
    NOT_MINE = "not-mine"
    CONFIRM_CAUSE = "confirm-cause"
    RESOLVE = "resolve"
    NOTE = "note"


class CloseReason(enum.StrEnum):
    """Why an incident ended."""

    FIXED = "fixed"
    RECOVERED = "recovered-by-itself"
    WONT_FIX = "wont-fix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """
    When what happened, UTC; a step that was skipped stays unknown (None).

    Parameters
    ----------
    began : Onset or None
        Interval in which the trouble itself began.
    detected, received : datetime
        When the loop saw it, and when our log had it.
    notified : datetime or None
        First message aimed at a person that a sink accepted.
    acked : datetime or None
        First human act that took it on.
    cause_proposed, cause_confirmed : datetime or None
        By a diagnosis, and by a human.
    owner_engaged : datetime or None
        First act of anyone who then answered for the confirmed cause; unknown
        until a cause is confirmed.
    fix_started, mitigated, verified, resolved, closed : datetime or None
        As recorded.
    reopened : tuple of datetime
        Each time.
    """

    detected: datetime
    received: datetime
    began: Onset | None = None
    notified: datetime | None = None
    acked: datetime | None = None
    cause_proposed: datetime | None = None
    cause_confirmed: datetime | None = None
    owner_engaged: datetime | None = None
    fix_started: datetime | None = None
    mitigated: datetime | None = None
    verified: datetime | None = None
    resolved: datetime | None = None
    closed: datetime | None = None
    reopened: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """
    An incident as the log tells it.

    Parameters
    ----------
    id : IncidentId
        Such as ``INC-12``.
    revision : int
        Number of its last event, from 1.
    model : AssetId
        The model that shows the symptom.
    symptom_class : str
        Sort of trouble, for grouping.
    tier : int
        The model's when it opened, 1 to 3.
    state : State
        Where it stands.
    severity : Severity
        How bad it is.
    pages : bool
        Whether its escalation plan runs until someone acknowledges.
    headline : str
        One sentence for a person.
    times : Times
        When what happened.
    tenures : tuple of Tenure
        Who held it; the last lasts still.
    refused : tuple of str
        Keys of holders and persons who refused it, sorted.
    findings : tuple of str
        Ids of the findings it collects, in the order of their coming.
    diagnosis : mapping
        The last proposed diagnosis, as the packet shows it.
    proposed : mapping
        The likeliest cause: asset, kind, column, change.
    confirmed : mapping or None
        The cause a human confirmed.
    route : mapping
        The last decision: rule, probability, candidates.
    progress : Progress or None
        How far the escalation has come; None where nobody can be reached.
    recurrence_of : IncidentId or None
        The earlier incident of the same trouble.
    close_reason : str or None
        Why it ended.
    last_window_end : datetime or None
        UTC end of the newest window known to show the trouble.
    changed_at : datetime
        UTC of the newest event that changed its state.
    diagnosed_at : datetime or None
        UTC; what the last proposed diagnosis could know.
    engagements : tuple of (AssetId, datetime)
        First act, per asset, of anyone who then answered for it.
    skipped : int
        Events of kinds this release does not know, at least 0.
    """

    id: IncidentId
    revision: int
    model: AssetId
    symptom_class: str
    tier: int
    state: State
    severity: Severity
    pages: bool
    headline: str
    times: Times
    tenures: tuple[Tenure, ...]
    changed_at: datetime
    refused: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    diagnosis: Json = field(default_factory=dict)
    proposed: Json = field(default_factory=dict)
    confirmed: Json | None = None
    route: Json = field(default_factory=dict)
    progress: Progress | None = None
    recurrence_of: IncidentId | None = None
    close_reason: str | None = None
    last_window_end: datetime | None = None
    diagnosed_at: datetime | None = None
    engagements: tuple[tuple[AssetId, datetime], ...] = ()
    skipped: int = 0

    @property
    def holder(self) -> Holder:
        """Who holds it now."""
        return self.tenures[-1].holder

    @property
    def tenure(self) -> Tenure:
        """The tenure that lasts."""
        return self.tenures[-1]

    @property
    def tosses(self) -> int:
        """How often it changed hands because it should not have been there."""
        return sum(tenure.tossed for tenure in self.tenures)

    @property
    def active(self) -> bool:
        """Whether somebody has to act."""
        return self.state in ACTIVE

    @property
    def available(self) -> tuple[Act, ...]:
        """What a person can do to it now, rights aside."""
        if self.state in {State.OPEN, State.ACKNOWLEDGED, State.MITIGATED}:
            acked = self.tenure.acked_at is not None or self.state is State.MITIGATED
            return tuple(act for act in Act if not (acked and act is Act.ACK))
        if self.state is State.RESOLVED:
            return (Act.CONFIRM_CAUSE, Act.NOTE)
        return (Act.NOTE,)

    @property
    def paging(self) -> bool:
        """Whether its escalation plan runs."""
        unheard = self.tenure.acked_at is None
        return self.pages and self.active and unheard and self.progress is not None

    def may_become(self, state: State) -> bool:
        """Tell whether a state may follow the present one."""
        return state in TRANSITIONS[self.state]
