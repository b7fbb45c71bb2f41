"""Signals: what other systems report, taken into incidents, each delivery once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from modelowners.app.desk import Desk, answering, record, retried
from modelowners.core.ids import IncidentId, asset_id
from modelowners.incidents import attach, sound
from modelowners.incidents.alarms import (
    Alarm,
    belonging,
    grouped,
    returning,
    revive,
    steer,
    stormy,
    worsen,
)
from modelowners.incidents.entries import Entry
from modelowners.incidents.grouping import earlier
from modelowners.incidents.incident import UNRESOLVED, Incident
from modelowners.incidents.severity import Severity
from modelowners.incidents.signals import Signal

Key = tuple[str, str]
"""Source and fingerprint: what tells an alert from all others."""


def take_signals(
    desk: Desk, signals: Iterable[Signal], *, at: datetime
) -> tuple[IncidentId, ...]:
    """
    Attach, open and clear what signals say.

    Nothing is dropped: what names no asset we know opens on ``service:SOURCE``,
    and goes to whoever owns that by the ownership file, else to the console.

    Parameters
    ----------
    desk : Desk
        The parts.
    signals : iterable of Signal
        In the order they came in; a receipt that was taken in before records
        nothing.
    at : datetime
        UTC; steps of escalation plans due then are taken.

    Returns
    -------
    tuple of IncidentId
        Incidents concerned, in order, each once. A signal that ended before we
        knew of it concerns none.
    """
    batch = Batch(desk, at)
    found: list[IncidentId] = []
    for alarm in grouped(signals):
        for firing in (True, False):
            part = tuple(one for one in alarm.signals if one.firing == firing)
            found += batch.take(part) if part else ()
    return tuple(dict.fromkeys([*found, *batch.finish()]))


@dataclass
class Batch:
    """
    One run of `take_signals`: what belongs to storms is written in one go.

    Parameters
    ----------
    desk : Desk
        The parts.
    at : datetime
        UTC.
    """

    desk: Desk
    at: datetime
    in_storm: dict[IncidentId, list[Signal]] = field(default_factory=dict)
    surplus: dict[str, list[Signal]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        storms = [one for one in self.desk.incidents.within(UNRESOLVED) if one.storm]
        self.storms: dict[Key, IncidentId] = {
            (alert.source, alert.fingerprint): one.id
            for one in storms
            for alert in one.signals
            if alert.ended is None
        }

    def take(self, signals: tuple[Signal, ...]) -> list[IncidentId]:
        """Take in signals of one asset and class, all firing or all ended."""
        known = self.desk.incidents.of(signals[0].place)
        by_incident: dict[IncidentId | None, list[Signal]] = {}
        for one in signals:
            storm = self.storms.get((one.source, one.fingerprint))
            owner = belonging(known, one)
            if owner is None and storm is not None:
                self.in_storm.setdefault(storm, []).append(one)
            else:
                name = owner.id if owner is not None else None
                by_incident.setdefault(name, []).append(one)
        found = []
        for incident, some in by_incident.items():
            alarm = Alarm(tuple(some))
            if incident is not None:
                found.append(retried(_attaching(self.desk, incident, alarm, self.at)))
            elif some[0].firing:
                found += self._opened(alarm)
        return found

    def _opened(self, alarm: Alarm) -> list[IncidentId]:
        """Open or reopen an incident, or keep the alarm for the storm's."""
        waiting = self.surplus.get(alarm.source)
        if waiting is None:
            opened = retried(_opening(self.desk, alarm, self.at))
            if opened is not None:
                return [opened]
        self.surplus.setdefault(alarm.source, []).extend(alarm.signals)
        return []

    def finish(self) -> list[IncidentId]:
        """Write what belongs to storms."""
        found = [
            retried(_attaching(self.desk, name, Alarm(tuple(some)), self.at))
            for name, some in self.in_storm.items()
        ]
        for some in self.surplus.values():
            alarm = Alarm(tuple(some))
            found.append(retried(_storming(self.desk, alarm, self.at)))
        return found


def _attaching(
    desk: Desk, name: IncidentId, alarm: Alarm, at: datetime
) -> Callable[[], IncidentId]:
    def step() -> IncidentId:
        incident = desk.incidents.get(name)
        new = _news(desk, incident, alarm)
        entries: tuple[Entry, ...] = attach(new, at=at)
        if new and new[0].firing and incident.state in UNRESOLVED:
            entries += worsen(incident, Alarm(new), at=at)
        record(desk, incident, entries, at=at)
        return name

    return step


def _opening(desk: Desk, alarm: Alarm, at: datetime) -> Callable[[], IncidentId | None]:
    """Open or reopen an incident; give None where there are too many new ones."""

    def step() -> IncidentId | None:
        first = alarm.first
        past = desk.incidents.of(first.place)
        back = returning(past, first, at)
        if back is not None:
            record(desk, back, revive(back, alarm, at=at), at=at)
            return back.id
        if stormy(desk.incidents.within(UNRESOLVED), alarm.source, at):
            return None
        last = earlier(past, symptom=first.symptom_class)
        return _opened(desk, alarm, at, recurrence_of=last.id if last else None)

    return step


def _storming(desk: Desk, alarm: Alarm, at: datetime) -> Callable[[], IncidentId]:
    """Collect what is too much to be looked at one by one in one incident."""

    def step() -> IncidentId:
        for one in desk.incidents.within(UNRESOLVED):
            if one.storm and any(s.source == alarm.source for s in one.signals):
                record(desk, one, attach(_news(desk, one, alarm), at=at), at=at)
                return one.id
        whole = asset_id(f"service:{alarm.source}")
        moved = tuple(replace(one, asset=whole) for one in alarm.signals)
        return _opened(desk, Alarm(moved, storm=True), at)

    return step


def _opened(
    desk: Desk, alarm: Alarm, at: datetime, *, recurrence_of: IncidentId | None = None
) -> IncidentId:
    ownership = answering(desk.catalog, alarm.first.place, at)
    entries = sound(
        alarm,
        ownership,
        at=at,
        catalog=desk.catalog.digest,
        recurrence_of=recurrence_of,
    )
    made = record(desk, None, entries, at=at)
    assert made is not None  # noqa: S101 - an opening is always written
    after = made.after
    if after.severity is Severity.SEV1:
        # The worst waits for no diagnosis.
        record(desk, after, (steer(after, ownership, at=at),), at=at)
    return after.id


def _news(desk: Desk, incident: Incident, alarm: Alarm) -> tuple[Signal, ...]:
    """Give the signals whose receipt the incident has not recorded."""
    known = desk.incidents.known(incident.id, [one.key for one in alarm.signals])
    return tuple(one for one in alarm.signals if one.key not in known)
