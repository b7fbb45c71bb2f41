"""An incident: what the events of its log add up to."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import Onset
from modelowners.incidents.fixes import Fix
from modelowners.incidents.paging import Progress
from modelowners.incidents.severity import Severity
from modelowners.incidents.signals import Alert
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

UNRESOLVED = ACTIVE | {State.MITIGATED}
"""States in which the trouble is not over."""

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
    MITIGATE = "mitigate"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    MERGE = "merge"
    UNMERGE = "unmerge"
    DISMISS = "dismiss"
    SNOOZE = "snooze"
    SEVERITY = "severity"
    NOTE = "note"


AVAILABLE: Mapping[State, frozenset[Act]] = {
    **dict.fromkeys(UNRESOLVED, frozenset(Act) - {Act.REOPEN}),
    State.MITIGATED: frozenset(Act) - {Act.ACK, Act.MITIGATE, Act.SNOOZE},
    State.RESOLVED: frozenset(
        {Act.CONFIRM_CAUSE, Act.REOPEN, Act.MERGE, Act.DISMISS, Act.NOTE}
    ),
    State.CLOSED: frozenset({Act.NOTE}),
    State.MERGED: frozenset({Act.UNMERGE, Act.NOTE}),
    State.DISMISSED: frozenset({Act.REOPEN, Act.NOTE}),
}
"""Which acts a state allows; `Incident.available` narrows it."""


class CloseReason(enum.StrEnum):
    """Why an incident ended."""

    FIXED = "fixed"
    RECOVERED = "recovered-by-itself"
    WONT_FIX = "wont-fix"


class DismissReason(enum.StrEnum):
    """Why an incident was none."""

    FALSE_ALARM = "false-alarm"
    EXPECTED = "expected"
    DUPLICATE = "duplicate"


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
    approval_requested, approval_granted : datetime or None
        First of each.
    fix_started, fix_finished : datetime or None
        First start, last success.
    mitigated, verified, resolved, closed : datetime or None
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
    approval_requested: datetime | None = None
    approval_granted: datetime | None = None
    fix_started: datetime | None = None
    fix_finished: datetime | None = None
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
    judged : Severity
        How bad the program found it last; a person may see it otherwise.
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
    signals : tuple of Alert
        Alerts of other systems that it collects, in the order of their coming.
    sick : bool
        Whether findings of ours show the trouble still.
    cleared_at : datetime or None
        UTC; since when neither findings nor alerts show it.
    heard_at : datetime or None
        UTC; last act of whoever took it on.
    snoozed_until : datetime or None
        UTC; nobody is asked before.
    absorbed_into, merged_into : IncidentId or None
        The incident that explains it, and the one it is the same as.
    alone : bool
        Whether a person said that no other explains it.
    dismissed : str or None
        Why it was no incident.
    fixes : tuple of Fix
        Attempts to mend it, in the order of their coming.
    broken_glass : bool
        Whether somebody mended it past the relation that is asked for.
    storm : bool
        Whether it collects whatever one source sends.
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
    judged: Severity = Severity.SEV4
    signals: tuple[Alert, ...] = ()
    sick: bool = True
    cleared_at: datetime | None = None
    heard_at: datetime | None = None
    snoozed_until: datetime | None = None
    absorbed_into: IncidentId | None = None
    merged_into: IncidentId | None = None
    alone: bool = False
    dismissed: str | None = None
    fixes: tuple[Fix, ...] = ()
    broken_glass: bool = False
    storm: bool = False
    skipped: int = 0

    @property
    def number(self) -> int:
        """The number in its id: the order in which incidents opened."""
        digits = self.id.rpartition("-")[2]
        return int(digits) if digits.isdigit() else 0

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
    def heard(self) -> bool:
        """Whether its holder's side has taken it on, and not let it lie since."""
        return self.tenure.acked_at is not None and not self.tenure.lapsed

    @property
    def settled(self) -> bool:
        """Whether the confirmed cause is what brought it to its holder."""
        cause = self.confirmed
        return cause is not None and self.route.get("asset") == cause.get("asset")

    @property
    def firing(self) -> bool:
        """Whether an alert of another system lasts."""
        return any(alert.ended is None for alert in self.signals)

    @property
    def available(self) -> tuple[Act, ...]:
        """What a person can do to it now, rights aside."""
        closed = {
            Act.ACK: self.heard,
            Act.NOT_MINE: self.settled,
            Act.SNOOZE: self.severity is Severity.SEV1,
            Act.UNMERGE: self.state is not State.MERGED and self.absorbed_into is None,
        }
        allowed = AVAILABLE[self.state]
        return tuple(act for act in Act if act in allowed and not closed.get(act))

    @property
    def paging(self) -> bool:
        """Whether its escalation plan runs."""
        own = self.absorbed_into is None and self.progress is not None
        return self.pages and self.active and own and not self.heard

    def may_become(self, state: State) -> bool:
        """Tell whether a state may follow the present one."""
        return state in TRANSITIONS[self.state]
