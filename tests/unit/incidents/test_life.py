"""A life: loops, people and other systems do anything, legal or not."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from incident_worlds import (
    FLEET,
    MODEL,
    WEATHER,
    WINDOW,
    World,
    cause,
    check_tenures,
    check_times,
    read_catalog,
)

from modelowners.app.handling import perform
from modelowners.app.loop import turn
from modelowners.app.scenes import Request
from modelowners.app.signals import take_signals
from modelowners.core.ids import AssetId, IncidentId
from modelowners.core.time import DAY, TimeWindow
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents import fold
from modelowners.incidents.events import Draft, Event, EventKind
from modelowners.incidents.history import advance
from modelowners.incidents.incident import (
    TRANSITIONS,
    UNRESOLVED,
    Act,
    CloseReason,
    DismissReason,
    Incident,
)
from modelowners.incidents.refusals import (
    KeyReused,
    NobodyLeft,
    NoIncident,
    NotNow,
    NotYours,
    OutOfOrder,
)
from modelowners.incidents.severity import Severity
from modelowners.incidents.signals import Signal
from modelowners.incidents.tenures import Reason

PEOPLE = st.sampled_from(["ana", "bo", "cy", "di", "eli", "fay", "gus"])
OWNERS = st.sampled_from(["risk", "feeds", "fleet", "eli", "person:di"])
SICK = (
    (cause(0.9),),
    (cause(0.5), cause(0.45, team="fleet", person="fay", asset=FLEET, rank=2)),
    (cause(0.9, team="fleet", person="fay", asset=FLEET, kind=CauseKind.ROWS_LOST),),
    (cause(0.8, kind=CauseKind.CONCEPT_SHIFT, asset=MODEL),),
    (),
)
KINDS = st.sampled_from(
    [EventKind.FIX_PLANNED, EventKind.FIX_FINISHED, EventKind.MITIGATED]
)
REASONS = st.sampled_from([one.value for one in Reason if one is not Reason.NOT_MINE])
anybody = precondition(lambda self: self.world.incidents.within())


class Life(RuleBasedStateMachine):
    """Everything that can happen to the incidents of one model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(read_catalog(Path(self.folder.name)))
        self.days = 0
        self.number = 0
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
        seen = turn(self.world, as_of=self.world.clock.now())
        assert not [look.error for look in seen.looks if look.error]
        assert seen.notes == ()
        assert seen.overdue == 0
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

    @rule(which=st.sampled_from("ab"), firing=st.booleans())
    def alert(self, which: str, firing: bool) -> None:
        count = len(self.world.incidents.within())
        now = self.world.clock.now()
        self.number += 1
        signal = Signal(
            source="alertmanager",
            fingerprint=which,
            asset=MODEL,
            symptom_class="errors",
            starts_at=now,
            ends_at=None if firing else now,
            receipt=str(self.number),
        )
        take_signals(self.world, [signal], at=now)
        before = self.logs()
        take_signals(self.world, [signal], at=now)
        if firing:
            assert self.logs() == before, "the same receipt again records nothing"
        if len(self.world.incidents.within()) > count:
            self.refused, self.confirmed = set(), False

    @anybody
    @rule(who=PEOPLE, text=st.text(max_size=5))
    def note(self, who: str, text: str) -> None:
        self.do(who, Act.NOTE, text=f"n{text}")

    @anybody
    @rule(who=PEOPLE)
    def ack(self, who: str) -> None:
        self.do(who, Act.ACK)

    @anybody
    @rule(who=PEOPLE, to=OWNERS, reason=REASONS)
    def assign(self, who: str, to: str, reason: str) -> None:
        self.do(who, Act.ASSIGN, to=to, reason=reason)

    @anybody
    @rule(who=PEOPLE)
    def refuse(self, who: str) -> None:
        holder = self.current.holder.key
        if self.do(who, Act.NOT_MINE, text="no"):
            self.refused |= {holder, f"person:{who}"}
            assert self.current.holder.key not in self.refused
            assert self.current.tosses > 0

    @anybody
    @rule(who=PEOPLE, asset=st.sampled_from([WEATHER, FLEET, MODEL]))
    def confirm(self, who: str, asset: AssetId) -> None:
        kind = CauseKind.OFFSET.value
        did = self.do(who, Act.CONFIRM_CAUSE, asset=asset, kind=kind)
        self.confirmed = self.confirmed or did

    @anybody
    @rule(who=PEOPLE, reason=st.sampled_from(list(CloseReason)))
    def resolve(self, who: str, reason: CloseReason) -> None:
        self.do(who, Act.RESOLVE, reason=reason.value)

    @anybody
    @rule(who=PEOPLE, act=st.sampled_from([Act.MITIGATE, Act.REOPEN, Act.UNMERGE]))
    def move(self, who: str, act: Act) -> None:
        self.do(who, act, text="x")

    @anybody
    @rule(who=PEOPLE, reason=st.sampled_from(list(DismissReason)))
    def dismiss(self, who: str, reason: DismissReason) -> None:
        self.do(who, Act.DISMISS, reason=reason.value)

    @anybody
    @rule(who=PEOPLE, number=st.integers(1, 3))
    def merge(self, who: str, number: int) -> None:
        self.do(who, Act.MERGE, into=f"INC-{number}")

    @anybody
    @rule(who=PEOPLE, length=st.sampled_from(["1m", "4h", "24h", "25h", "0m"]))
    def snooze(self, who: str, length: str) -> None:
        self.do(who, Act.SNOOZE, **{"for": length})

    @anybody
    @rule(who=PEOPLE, severity=st.sampled_from(list(Severity)))
    def regrade(self, who: str, severity: Severity) -> None:
        self.do(who, Act.SEVERITY, severity=severity.value, text="x")

    @anybody
    @rule(kind=KINDS)
    def mend(self, kind: EventKind) -> None:
        """A fix may report whatever it likes, whatever state that is in."""
        self.number += 1
        now = self.world.clock.now()
        draft = Draft(kind=kind, occurred_at=now, body={"plan": f"fix_{self.number}"})
        for _ in range(2):
            self.world.incidents.append(self.current.id, [draft], at=now)
        log = self.world.incidents.history(self.current.id)
        assert [event.key for event in log].count(draft.idempotency_key) == 1

    def do(self, who: str, act: Act, **arguments: object) -> bool:
        """Do it; a replay of the same request changes nothing."""
        before = self.logs()
        self.number += 1
        name, key = self.current.id, f"key-{self.number}"
        request = Request(incident=name, actor=who, key=key, source="test")
        try:
            perform(self.world, request, act, arguments)
        except (NotNow, NotYours, NobodyLeft, NoIncident, OutOfOrder):
            assert self.logs() == before, "a refused act leaves no trace"
            return False
        assert self.current.available, "something can always be done"
        after = self.logs()
        again = perform(self.world, request, act, arguments)
        assert again == self.world.incidents.get(name)
        assert self.logs() == after
        with pytest.raises(KeyReused):
            perform(self.world, request, Act.NOTE, {"text": "something else"})
        assert self.logs() == after
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
    def what_is_available_is_not_refused_for_its_state(self) -> None:
        for one in self.world.incidents.within():
            assert Act.NOTE in one.available
            assert (Act.ACK in one.available) == (one.active and not one.heard)

    @invariant()
    def nobody_is_asked_in_vain(self) -> None:
        for one in self.world.incidents.within():
            if one.state not in UNRESOLVED or one.heard:
                assert not one.paging


Life.TestCase.settings = settings(
    max_examples=12, stateful_step_count=18, deadline=None, derandomize=True
)
TestLife = Life.TestCase
