"""History: whatever happens, every prefix of the log folds to a valid incident."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from incident_worlds import (
    FLEET,
    MODEL,
    NOON,
    WEATHER,
    WINDOW,
    World,
    cause,
    read_catalog,
)

from modelowners.app.desk import record
from modelowners.app.handling import (
    Build,
    Request,
    acking,
    act,
    assigning,
    confirming,
    noting,
    refusing,
    resolving,
)
from modelowners.app.loop import turn
from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import DAY, TimeWindow
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents import fold
from modelowners.incidents.events import Draft, Event, EventKind
from modelowners.incidents.history import HANDLERS, advance
from modelowners.incidents.incident import TRANSITIONS, CloseReason, Incident, State
from modelowners.incidents.refusals import NobodyLeft, NoHistory, NotNow, NotYours
from modelowners.incidents.tenures import Reason
from modelowners.ledger.changes import Who

PEOPLE = st.sampled_from(["ana", "bo", "cy", "di", "eli", "fay", "gus"])
OWNERS = st.sampled_from(["risk", "feeds", "fleet", "eli", "person:di"])
SICK = (
    (cause(0.9),),
    (cause(0.5), cause(0.45, team="fleet", person="fay", asset=FLEET, rank=2)),
    (cause(0.9, team="fleet", person="fay", asset=FLEET, kind=CauseKind.ROWS_LOST),),
    (cause(0.8, kind=CauseKind.CONCEPT_SHIFT, asset=MODEL),),
    (),
)


class Life(RuleBasedStateMachine):
    """An incident's life: loops and people do anything, legal or not."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.world = World(read_catalog(self.path))
        self.days = 0
        self.refused: set[str] = set()
        self.confirmed = False
        self.folded: dict[IncidentId, Incident] = {}

    def teardown(self) -> None:
        assert self.world.incidents.rebuild() == ()
        assert self.world.incidents.verify().fault is None
        for events in self.logs():
            assert fold(events) == self.folded[events[0].incident]
        self.world.database.close()
        self.folder.cleanup()

    @property
    def window(self) -> TimeWindow:
        return TimeWindow(WINDOW.start, WINDOW.end + self.days * DAY)

    @property
    def current(self) -> Incident:
        return self.world.incidents.within()[-1]

    @rule(minutes=st.sampled_from([0, 1, 16, 70, 24 * 60, 80 * 60]))
    def wait(self, minutes: int) -> None:
        self.world.clock.advance(timedelta(minutes=minutes))
        self.days += minutes // (24 * 60)

    @rule(which=st.sampled_from(range(len(SICK))))
    def fall_ill(self, which: int) -> None:
        self.world.make_sick(*SICK[which], window=self.window)
        self.look()

    @rule()
    def recover(self) -> None:
        self.world.make_well(self.window)
        self.look()

    @rule()
    def look(self) -> None:
        count = len(self.world.incidents.within())
        before = self.current.holder.key if count else None
        report = turn(self.world, as_of=self.world.clock.now())
        assert not [look.error for look in report.looks if look.error]
        assert report.notes == ()
        if len(self.world.incidents.within()) > count:
            self.refused, self.confirmed = set(), False
        elif count and self.current.holder.key != before and not self.confirmed:
            assert self.current.holder.key not in self.refused

    @rule()
    def look_twice(self) -> None:
        self.look()
        before = self.logs()
        self.look()
        assert self.logs() == before

    @precondition(lambda self: self.world.incidents.within())
    @rule(who=PEOPLE, text=st.text(max_size=5))
    def note(self, who: str, text: str) -> None:
        self.act(who, noting(text))

    @precondition(lambda self: self.world.incidents.within())
    @rule(who=PEOPLE)
    def ack(self, who: str) -> None:
        self.act(who, acking())

    @precondition(lambda self: self.world.incidents.within())
    @rule(who=PEOPLE, to=OWNERS, reason=st.sampled_from(list(Reason)))
    def assign(self, who: str, to: str, reason: Reason) -> None:
        self.act(who, assigning(to, reason))

    @precondition(lambda self: self.world.incidents.within())
    @rule(who=PEOPLE)
    def refuse(self, who: str) -> None:
        holder = self.current.holder.key
        if self.act(who, refusing("no", to=None, rank=None)):
            self.refused |= {holder, f"person:{who}"}
            assert self.current.holder.key not in self.refused
            assert self.current.tosses > 0

    @precondition(lambda self: self.world.incidents.within())
    @rule(who=PEOPLE, asset=st.sampled_from([WEATHER, FLEET, MODEL]))
    def confirm(self, who: str, asset: AssetId) -> None:
        kind = CauseKind.OFFSET
        build = confirming(rank=None, asset=asset, kind=kind)
        self.confirmed |= self.act(who, build)

    @precondition(lambda self: self.world.incidents.within())
    @rule(who=PEOPLE, reason=st.sampled_from(list(CloseReason)))
    def resolve(self, who: str, reason: CloseReason) -> None:
        self.act(who, resolving(reason, ""))

    @precondition(lambda self: self.world.incidents.within())
    @rule(number=st.integers(0, 200))
    def replay(self, number: int) -> None:
        """The same key again changes nothing."""
        events = self.world.incidents.history(self.current.id)
        old = events[number % len(events)]
        draft = Draft(
            kind=old.kind,
            occurred_at=old.occurred_at,
            actor=old.actor,
            body=old.body,
            key=old.key,
        )
        now = self.world.clock.now()
        self.world.incidents.append(self.current.id, [draft], at=now)
        assert self.world.incidents.history(self.current.id) == events

    def act(self, who: str, build: Build) -> bool:
        self.world.user = Who(who)
        before = self.logs()
        try:
            act(self.world, Request(incident=self.current.id), build, state=self.path)
        except (NotNow, NotYours, NobodyLeft):
            assert self.logs() == before, "a refused act leaves no trace"
            return False
        return True

    def logs(self) -> list[tuple[Event, ...]]:
        incidents = self.world.incidents
        return [incidents.history(one.id) for one in incidents.within()]

    @invariant()
    def every_prefix_is_valid(self) -> None:
        for events in self.logs():
            name = events[0].incident
            found = self.folded.get(name)
            for one in events[found.revision if found else 0 :]:
                before = found
                found = advance(before, one) if before else fold([one])
                check_tenures(found)
                check_times(found)
                if before is not None and found.state != before.state:
                    assert found.state in TRANSITIONS[before.state]
            assert found is not None
            self.folded[name] = found
            assert found == self.world.incidents.get(name), "the cache is the fold"

    @invariant()
    def one_unresolved_incident_per_class(self) -> None:
        lasting = [
            one.symptom_class
            for one in self.world.incidents.within()
            if one.state in {State.OPEN, State.ACKNOWLEDGED, State.MITIGATED}
        ]
        assert len(lasting) == len(set(lasting))


def check_tenures(found: Incident) -> None:
    """Exactly one holder at each instant since the opening."""
    assert found.tenures[0].start == found.times.detected
    assert found.tenures[-1].end is None
    for one, two in itertools.pairwise(found.tenures):
        assert one.end == two.start
        assert one.start <= two.start


def check_times(found: Incident) -> None:
    """A skipped state has no time; those that are known are in order."""
    times = found.times
    if found.state is State.OPEN:
        assert times.resolved is None
    if found.state in {State.RESOLVED, State.CLOSED}:
        assert times.resolved is not None
    if times.mitigated and times.resolved:
        assert times.mitigated <= times.resolved
    if times.owner_engaged is not None:
        assert found.confirmed is not None


Life.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, derandomize=True
)
TestLife = Life.TestCase


@pytest.fixture
def opened(tmp_path: Path) -> tuple[Event, ...]:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world.incidents.history(IncidentId("INC-1"))


def event(name: str, n: int, /, **body: object) -> Event:
    draft = Draft(kind=name, occurred_at=NOON + timedelta(hours=n), body=body)
    return draft.recorded(IncidentId("INC-1"), n=n, at=NOON + timedelta(hours=n))


def test_a_log_begins_with_its_opening(opened: tuple[Event, ...]) -> None:
    with pytest.raises(NoHistory, match=r"found onset\.estimated"):
        fold(opened[1:])
    with pytest.raises(NoHistory, match="no event"):
        fold([])


def test_an_unknown_kind_is_kept_and_skipped(opened: tuple[Event, ...]) -> None:
    later = event("teleported", len(opened) + 1, where="mars")
    before, after = fold(opened), fold([*opened, later])
    assert after == replace(before, revision=len(opened) + 1, skipped=1)


def test_every_kind_folds_even_with_an_empty_body(opened: tuple[Event, ...]) -> None:
    for kind in EventKind:
        if kind is not EventKind.INCIDENT_OPENED:
            found = fold([*opened, event(kind.value, len(opened) + 1)])
            check_tenures(found)
            assert found.skipped == 0
    assert set(HANDLERS) < set(EventKind)


def test_skipped_states_stay_unknown(opened: tuple[Event, ...]) -> None:
    times = fold([*opened, event("resolved", 50, reason="fixed")]).times
    assert times.resolved is not None
    assert (times.acked, times.mitigated, times.verified) == (None, None, None)


def test_an_illegal_transition_leaves_the_state(opened: tuple[Event, ...]) -> None:
    assert fold([*opened, event("closed", 50)]).state is State.OPEN
    assert fold([*opened, event("reopened", 50)]).state is State.OPEN


def test_merged_and_dismissed_come_back(opened: tuple[Event, ...]) -> None:
    merged = [*opened, event("merged", 50)]
    assert fold(merged).state is State.MERGED
    assert fold([*merged, event("unmerged", 51)]).state is State.OPEN
    dismissed = [*opened, event("dismissed", 50)]
    assert fold(dismissed).state is State.DISMISSED
    assert fold([*dismissed, event("reopened", 51)]).state is State.OPEN


def test_reopening_forgets_the_recovery_and_pages_anew(
    opened: tuple[Event, ...],
) -> None:
    log = [*opened, event("acked", 50), event("mitigated", 51), event("reopened", 52)]
    found = fold(log)
    assert found.state is State.OPEN
    assert (found.times.mitigated, len(found.times.reopened)) == (None, 1)
    assert found.paging
    assert found.progress is not None
    assert found.progress.done == ()


def test_an_owner_is_engaged_from_their_first_act_not_the_confirmation(
    opened: tuple[Event, ...],
) -> None:
    ana, cy = (
        Draft(
            kind="noted",
            occurred_at=NOON + timedelta(hours=hour),
            actor=f"person:{name}",
            body={"roles": roles},
        ).recorded(IncidentId("INC-1"), n=90 + hour, at=NOON)
        for hour, name, roles in (
            (1, "ana", {MODEL: ["accountable"]}),
            (2, "cy", {WEATHER: ["responder"]}),
        )
    )
    confirmed = event("cause.confirmed", 99, asset=WEATHER, kind="offset")
    assert fold([*opened, ana, cy]).times.owner_engaged is None
    found = fold([*opened, ana, cy, confirmed])
    assert found.times.owner_engaged == NOON + timedelta(hours=2)
    rejected = fold([*opened, ana, cy, confirmed, event("cause.rejected", 100)])
    assert rejected.times.owner_engaged is None


def test_only_a_message_to_a_person_counts_as_notified(
    opened: tuple[Event, ...],
) -> None:
    bare = [one for one in opened if one.kind != "notified"]
    channel = event("notified", 50, sink="file", person=None)
    assert fold([*bare, channel]).times.notified is None
    told = event("notified", 51, sink="email", person="cy")
    assert fold([*bare, channel, told]).times.notified == told.occurred_at


def test_recording_nothing_writes_nothing(tmp_path: Path) -> None:
    world = World(read_catalog(tmp_path))
    assert record(world, None, (), at=NOON) is None
    assert world.incidents.within() == ()
