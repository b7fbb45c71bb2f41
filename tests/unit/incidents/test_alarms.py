"""Alarms: graded, grouped, routed. Whole stories are in `app/test_signals.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import MODEL, NOON, WEATHER, read_catalog

from modelowners.app.desk import answering
from modelowners.catalog.files import Catalog
from modelowners.core.ids import IncidentId
from modelowners.incidents import assemble, attach, sound
from modelowners.incidents.alarms import (
    STORM,
    Alarm,
    belonging,
    graded,
    grouped,
    returning,
    revive,
    steer,
    stormy,
    worsen,
)
from modelowners.incidents.grouping import RECURRENCE
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.notices import address_book
from modelowners.incidents.severity import Effect, Severity
from modelowners.incidents.signals import CLASSES, Signal

ONE = Signal(source="am", fingerprint="1", asset=MODEL, starts_at=NOON, receipt="1")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return read_catalog(tmp_path)


def opened(catalog: Catalog, *signals: Signal, name: str = "INC-1") -> Incident:
    whose = answering(catalog, signals[0].place, NOON)
    book = address_book(catalog.organisation, sinks=("console",))
    entries = sound(Alarm(signals), whose, at=NOON)
    known = IncidentId(name)
    return assemble(None, entries, incident=known, book=book, at=NOON).after


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(CLASSES), st.booleans()),
        max_size=20,
    )
)
def test_grouping_loses_nothing_and_mixes_nothing(
    drawn: list[tuple[str, str, bool]],
) -> None:
    signals = [
        replace(
            ONE,
            source=source,
            symptom_class=kind,
            asset=MODEL if known else None,
            fingerprint=str(n),
        )
        for n, (source, kind, known) in enumerate(drawn)
    ]
    alarms = grouped(signals)
    assert sorted(s.fingerprint for a in alarms for s in a.signals) == sorted(
        s.fingerprint for s in signals
    )
    for alarm in alarms:
        assert len({(s.source, s.place, s.symptom_class) for s in alarm.signals}) == 1


@pytest.mark.parametrize(
    ("kind", "tier", "severity", "effect"),
    [
        ("errors", 1, Severity.SEV2, Effect.HARM),
        ("quality", 2, Severity.SEV3, Effect.HARM),
        ("freshness", 1, Severity.SEV3, Effect.BROKEN),
        ("drift", 1, Severity.SEV3, Effect.DRIFT),
        ("unheard-of", 9, Severity.SEV4, Effect.HARM),
    ],
)
def test_class_and_tier_grade_where_the_sender_does_not(
    kind: str, tier: int, severity: Severity, effect: Effect
) -> None:
    alarm = Alarm((replace(ONE, symptom_class=kind),))
    assert graded(alarm, tier=tier) == (severity, effect)


def test_the_worst_word_of_the_sender_counts() -> None:
    signals = (
        replace(ONE, severity=Severity.SEV3),
        replace(ONE, severity=Severity.SEV1, fingerprint="2"),
        replace(ONE, fingerprint="3"),
    )
    assert graded(Alarm(signals), tier=3)[0] is Severity.SEV1


def test_the_first_signal_is_the_one_that_began_first(catalog: Catalog) -> None:
    early = replace(ONE, fingerprint="9", starts_at=NOON - timedelta(hours=2))
    found = opened(catalog, ONE, early)
    assert found.times.detected == early.starts_at
    assert [alert.fingerprint for alert in found.signals] == ["1", "9"]
    assert not found.sick, "none of our own findings"


def test_a_signal_belongs_to_whoever_knows_the_very_alert(catalog: Catalog) -> None:
    one, two = opened(catalog, ONE), opened(catalog, ONE, name="INC-2")
    assert belonging([one, two], ONE) is two, "the newest that knows it"
    for state in (State.RESOLVED, State.DISMISSED, State.MERGED):
        assert belonging([replace(one, state=state)], ONE) is not None
    assert belonging([replace(one, state=State.CLOSED)], ONE) is None
    other = replace(ONE, fingerprint="2")
    assert belonging([one], other) is one, "same asset and class"
    assert belonging([one], replace(other, symptom_class="drift")) is None
    assert belonging([one], replace(other, asset=WEATHER)) is None
    assert belonging([replace(one, storm=True)], other) is None


def test_only_a_recent_end_comes_back(catalog: Catalog) -> None:
    times = replace(opened(catalog, ONE).times, resolved=NOON)
    over = replace(opened(catalog, ONE), state=State.RESOLVED, times=times)
    assert returning([over], ONE, NOON + RECURRENCE) is over
    late = NOON + RECURRENCE + timedelta(seconds=1)
    assert returning([over], ONE, late) is None
    assert returning([replace(over, state=State.CLOSED)], ONE, NOON) is None
    entries = revive(over, Alarm((ONE,)), at=NOON)
    assert [str(e.draft.kind) for e in entries] == ["reopened", "signal.attached"]


def test_a_storm_is_counted_by_source_and_minute(catalog: Catalog) -> None:
    found = opened(catalog, ONE)
    many = [found] * (STORM - 1)
    assert not stormy(many, "am", NOON)
    assert stormy([*many, found], "am", NOON)
    assert not stormy([*many, found], "other", NOON)
    assert not stormy([*many, found], "am", NOON + timedelta(minutes=1))
    diagnosed = replace(found, findings=("f",))
    assert not stormy([*many, diagnosed], "am", NOON)


def test_a_receipt_gives_one_entry_a_signal() -> None:
    entries = attach([ONE, ONE, replace(ONE, ends_at=NOON)], at=NOON)
    assert [str(e.draft.kind) for e in entries] == ["signal.attached", "signal.cleared"]
    assert all(entry.draft.once for entry in entries)


def test_only_a_worse_word_changes_the_severity(catalog: Catalog) -> None:
    found = opened(catalog, replace(ONE, severity=Severity.SEV3))
    for same in (Severity.SEV3, Severity.SEV4):
        assert worsen(found, Alarm((replace(ONE, severity=same),)), at=NOON) == ()
    (entry,) = worsen(found, Alarm((replace(ONE, severity=Severity.SEV2),)), at=NOON)
    assert entry.draft.body["severity"] == "sev2"
    raised = replace(found, severity=Severity.SEV1)
    (entry,) = worsen(raised, Alarm((replace(ONE, severity=Severity.SEV2),)), at=NOON)
    assert entry.draft.body["severity"] == "sev1", "a person's word stays"


def test_the_symptoms_owner_gets_it(catalog: Catalog) -> None:
    found = opened(catalog, ONE)
    entry = steer(found, answering(catalog, MODEL, NOON), at=NOON)
    assert entry.draft.body["to"] == {"team": "risk", "person": "ana"}
    assert entry.draft.body["plan"] is not None
    assert entry.tells == (), "the plan's first step tells them"
    quiet = steer(replace(found, pages=False), answering(catalog, MODEL, NOON), at=NOON)
    assert [tell.kind.value for tell in quiet.tells] == ["note"]
