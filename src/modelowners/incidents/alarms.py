"""Alarms: what the signals of other systems open, attach and clear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.catalog.owners import Ownership
from modelowners.core.ids import IncidentId
from modelowners.core.time import format_instant
from modelowners.incidents.entries import Entry
from modelowners.incidents.events import Draft, EventKind
from modelowners.incidents.grouping import RECURRENCE
from modelowners.incidents.incident import UNRESOLVED, Incident, State
from modelowners.incidents.routing import Route, Rule, course
from modelowners.incidents.severity import TABLE, Effect, Severity
from modelowners.incidents.sightings import holder_of
from modelowners.incidents.signals import EFFECTS, Signal

STORM = 20
"""From so many new incidents a minute on, one incident collects a source's signals."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Signals that belong together: of one asset and class, of one delivery or more."""

    signals: tuple[Signal, ...]
    storm: bool = False

    @property
    def first(self) -> Signal:
        """The signal that began first."""
        return min(self.signals, key=lambda one: (one.starts_at, one.fingerprint))

    @property
    def source(self) -> str:
        """Through which connector they came."""
        return self.signals[0].source


def grouped(signals: Iterable[Signal]) -> tuple[Alarm, ...]:
    """
    Put signals together that one incident would collect.

    Parameters
    ----------
    signals : iterable of Signal
        In the order they came in.

    Returns
    -------
    tuple of Alarm
        One per source, asset and class, in the order of their first signal.
    """
    found: dict[tuple[str, str, str], list[Signal]] = {}
    for one in signals:
        found.setdefault((one.source, one.place, one.symptom_class), []).append(one)
    return tuple(Alarm(tuple(some)) for some in found.values())


def belonging(incidents: Sequence[Incident], signal: Signal) -> Incident | None:
    """
    Find the incident that a signal belongs to.

    Parameters
    ----------
    incidents : sequence of Incident
        Of its asset, and storms of its source; oldest first.
    signal : Signal
        Firing or ended.

    Returns
    -------
    Incident or None
        Whichever knows the very alert as lasting, whatever became of it since;
        else the unresolved one of the same asset and class.
    """
    for one in reversed(incidents):
        if one.state is not State.CLOSED and _lasts(one, signal):
            return one
    for one in incidents:
        same = one.model == signal.place and one.symptom_class == signal.symptom_class
        if same and one.state in UNRESOLVED and not one.storm:
            return one
    return None


def _lasts(incident: Incident, signal: Signal) -> bool:
    return any(
        (alert.source, alert.fingerprint) == (signal.source, signal.fingerprint)
        and alert.ended is None
        for alert in incident.signals
    )


def returning(
    incidents: Sequence[Incident], signal: Signal, at: datetime
) -> Incident | None:
    """
    Find the resolved incident whose trouble a firing signal brings back.

    Parameters
    ----------
    incidents : sequence of Incident
        Of its asset, oldest first.
    signal : Signal
        Firing.
    at : datetime
        UTC.

    Returns
    -------
    Incident or None
        One of the same class that was resolved at most 30 min ago.
    """
    for one in reversed(incidents):
        resolved = one.times.resolved
        same = one.model == signal.place and one.symptom_class == signal.symptom_class
        if same and one.state is State.RESOLVED and resolved is not None:
            return one if at <= resolved + RECURRENCE else None
    return None


def stormy(incidents: Iterable[Incident], source: str, at: datetime) -> bool:
    """
    Tell whether a source sends more than people can look at one by one.

    Parameters
    ----------
    incidents : iterable of Incident
        Unresolved ones.
    source : str
        Which.
    at : datetime
        UTC.

    Returns
    -------
    bool
        Whether 20 incidents, or alerts of its storm, are new within a minute.
    """
    new = 0
    for one in incidents:
        first = [s.first_seen for s in one.signals if s.source == source]
        if one.storm:
            new += sum(at - MINUTE < seen <= at for seen in first)
        elif first and at - MINUTE < min(first) <= at and not one.findings:
            new += 1
    return new >= STORM


def sound(
    alarm: Alarm,
    ownership: Ownership,
    *,
    at: datetime,
    catalog: str = "",
    recurrence_of: IncidentId | None = None,
) -> tuple[Entry, ...]:
    """
    Give what opening an incident by signals records; `steer` gives its route.

    Parameters
    ----------
    alarm : Alarm
        Firing signals.
    ownership : Ownership
        Of their asset, at `at`.
    at : datetime
        UTC; our receipt.
    catalog : str
        Digest of the ownership file in force.
    recurrence_of : IncidentId, optional
        The earlier incident of the same trouble.
    """
    first = alarm.first
    severity, effect = graded(alarm, tier=ownership.tier)
    title = first.title
    if alarm.storm:
        title = f"{alarm.source} sends more alerts than can be looked at one by one"
    body = {
        "model": ownership.asset,
        "class": first.symptom_class,
        "tier": ownership.tier,
        "severity": severity.value,
        "effect": effect.value,
        "pages": _pages(alarm, effect),
        "why": f"{alarm.source} says so",
        "headline": f"{title} ({ownership.asset})",
        "findings": [],
        "holder": holder_of(ownership).plain(),
        "rule": Rule.SYMPTOM_OWNER.value,
        "catalog": catalog,
        "source": alarm.source,
        "storm": alarm.storm,
        "recurrence_of": recurrence_of,
    }
    draft = Draft(
        kind=EventKind.INCIDENT_OPENED,
        occurred_at=min(first.starts_at, at),
        body=body,
        key="opened",
        source=alarm.source,
    )
    return (Entry(draft), *attach(alarm.signals, at=at))


def attach(signals: Sequence[Signal], *, at: datetime) -> tuple[Entry, ...]:
    """
    Give what a delivery of signals records in the incident they belong to.

    Parameters
    ----------
    signals : sequence of Signal
        Firing or ended.
    at : datetime
        UTC; our receipt.

    Returns
    -------
    tuple of Entry
        One per signal, recorded once per receipt. Nobody is told of a repeat.
    """
    return tuple(
        Entry(
            Draft(
                kind=EventKind.SIGNAL_ATTACHED
                if one.firing
                else EventKind.SIGNAL_CLEARED,
                occurred_at=at,
                body={"signal": one.plain()},
                key=one.key,
                source=one.source,
                once=True,
            )
        )
        for one in {one.key: one for one in signals}.values()
    )


def worsen(incident: Incident, alarm: Alarm, *, at: datetime) -> tuple[Entry, ...]:
    """Give what is recorded where a sender judges its alert worse than before."""
    severity, effect = graded(alarm, tier=incident.tier)
    pages = _pages(alarm, effect) or incident.pages
    if severity.value >= incident.judged.value and pages == incident.pages:
        return ()
    worst = min(severity.value, incident.severity.value)
    body = {"severity": worst, "pages": pages, "why": f"{alarm.source} says so"}
    key = f"severity:{worst}:{pages}:{format_instant(at)}"
    draft = Draft(kind=EventKind.SEVERITY_CHANGED, occurred_at=at, body=body, key=key)
    return (Entry(draft),)


def revive(incident: Incident, alarm: Alarm, *, at: datetime) -> tuple[Entry, ...]:
    """Give what the quick return of a resolved trouble records."""
    draft = Draft(
        kind=EventKind.REOPENED,
        occurred_at=at,
        body={"why": f"{alarm.source} reports it again within 30 minutes"},
        key=f"reopened:{incident.revision}",
        source=alarm.source,
    )
    return (Entry(draft), *attach(alarm.signals, at=at))


def steer(incident: Incident, ownership: Ownership, *, at: datetime) -> Entry:
    """
    Route an incident that nobody has diagnosed: to whoever owns the symptom.

    Parameters
    ----------
    incident : Incident
        Without a route so far.
    ownership : Ownership
        Of its asset, at `at`.
    at : datetime
        UTC.
    """
    decided = Route(to=holder_of(ownership), rule=Rule.SYMPTOM_OWNER)
    body, tells = course(decided, ownership, pages=incident.pages)
    key = f"route:{decided.to.key}:{decided.rule.value}"
    draft = Draft(kind=EventKind.ROUTE_DECIDED, occurred_at=at, body=body, key=key)
    return Entry(draft, tells)


def graded(alarm: Alarm, *, tier: int) -> tuple[Severity, Effect]:
    """
    Tell how bad an alarm is: as its sender says, else by class and tier.

    Parameters
    ----------
    alarm : Alarm
        Its worst signal counts.
    tier : int
        Of its asset, 1 to 3.
    """
    order = list(Effect)
    effects = [EFFECTS.get(one.symptom_class, Effect.HARM) for one in alarm.signals]
    effect = min(effects, key=order.index)
    said = [one.severity.value for one in alarm.signals if one.severity is not None]
    if said:
        return Severity(min(said)), effect
    return TABLE[min(max(tier, 1), 3), effect], effect


def _pages(alarm: Alarm, effect: Effect) -> bool:
    said = {one.severity for one in alarm.signals}
    # What its sender calls a mere information does not wake anybody.
    return effect is not Effect.DRIFT and said != {Severity.SEV4}
