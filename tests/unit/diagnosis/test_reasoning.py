from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from case_worlds import (
    NOTHING,
    TRUTH,
    Bench,
    Draft,
    Fault,
    plan,
)

from modelowners.app.framing import frame_of
from modelowners.catalog.owners import Duty, Owner, Ownership, Status
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import HOUR
from modelowners.detection.shifts import shifts_of
from modelowners.detection.streams import streams_of
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.inquiries import Inquiry, silent
from modelowners.diagnosis.probes import PROBES
from modelowners.diagnosis.reasoning import Reasoned, diagnose
from modelowners.ledger.changes import Change, ChangeKind, Source

MODEL, WEATHER = asset_id("model:late"), asset_id("dataset:weather")
ORDERS = asset_id("dataset:orders")
PEOPLE = {MODEL: "mia", WEATHER: "ines", ORDERS: "omar"}


def to_fahrenheit(draft: Draft) -> None:
    draft.put("temperature", 1.8 * draft.number("temperature") + 32)


def null_temperature(draft: Draft) -> None:
    draft.put("temperature", float("nan"), draft.late & draft.chance(0.6))


FAHRENHEIT = Fault(served=to_fahrenheit)


def resolver(asset: AssetId, at: datetime) -> Ownership:
    person = PEOPLE[asset]
    return Ownership(
        asset=asset,
        at=at,
        status=Status.OWNED,
        owner=Owner("person", person),
        declared="modelowners.yaml:9",
        tier=2,
        accountable=Duty(person),
        responder=Duty(person),
    )


CHANGE = Change(
    kind=ChangeKind.CODE,
    asset=WEATHER,
    what="Convert temperature to Fahrenheit",
    source=Source("git", "feeds", "1"),
    recorded_at=TRUTH,
    occurred_at=TRUTH - HOUR,
)


def inquiry(case: Case) -> Inquiry:
    """Ask about a case's log as `debug` would."""
    return Inquiry(
        log=case.log,
        task=case.task,
        frame=case.frame,
        shifts=case.shifts,
        engine=case.engine,
        resolver=resolver,
        upstream={
            MODEL: {MODEL: 0, WEATHER: 1, ORDERS: 1},
            WEATHER: {WEATHER: 0},
            ORDERS: {ORDERS: 0},
        },
        changes=(CHANGE,),
    )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("reasoning"))


@pytest.fixture(scope="module")
def asked(bench: Bench) -> Inquiry:
    return inquiry(bench.case(FAHRENHEIT))


@pytest.fixture(scope="module")
def found(asked: Inquiry) -> Reasoned:
    return diagnose(asked)


def test_the_chain_from_symptom_to_owner(found: Reasoned) -> None:
    told = found.diagnosis
    assert told.symptom is not None
    assert told.symptom.after > told.symptom.before
    cause = told.causes[0]
    assert cause.kind is CauseKind.UNIT_OR_SCALE_CHANGE
    assert (cause.asset, cause.column) == (WEATHER, "temperature")
    assert cause.change_id == CHANGE.id
    assert cause.owner.person == "ines"
    assert cause.share is not None
    assert cause.share > 0.5
    assert [(n.person, n.role) for n in told.notified_would_be] == [
        ("ines", "owner of the cause"),
        ("mia", "symptom, note"),
    ]


def test_the_page_tells_proof_repair_and_ledger(found: Reasoned) -> None:
    cause = found.diagnosis.causes[0]
    kinds = [e.kind for e in cause.evidence]
    assert kinds[1] == "repair"
    assert kinds[-1] == "ledger"
    assert "names the column" in cause.evidence[-1].text
    assert cause.repair is not None
    assert cause.repair.harm_after is not None
    symptom = found.diagnosis.symptom
    assert symptom is not None
    assert cause.repair.harm_after < symptom.after


def test_ranks_and_probabilities_are_in_order(found: Reasoned) -> None:
    causes = found.diagnosis.causes
    assert [c.rank for c in causes] == [*range(1, len(causes) + 1)]
    likely = [c.probability for c in causes]
    assert likely == sorted(likely, reverse=True)
    assert sum(h.probability for h in found.hypotheses) <= 1 + 1e-9
    unexplained = found.diagnosis.unexplained
    assert unexplained is not None
    assert 0 <= unexplained <= 1


def test_the_same_inquiry_has_the_same_answer(found: Reasoned, asked: Inquiry) -> None:
    assert diagnose(asked).diagnosis == found.diagnosis


def test_nothing_broken_is_no_symptom_and_nobody_is_told(bench: Bench) -> None:
    told = diagnose(inquiry(bench.case(NOTHING))).diagnosis
    assert told.symptom is None
    assert told.causes == ()
    assert told.unexplained is None
    assert told.notified_would_be == ()


def test_a_probe_that_fails_is_named_and_the_others_go_on(
    asked: Inquiry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(case: Case) -> list[Suspect]:
        raise ZeroDivisionError(case.loss)

    monkeypatch.setitem(PROBES, CauseKind.CLOCK_SHIFT, fail)
    told = diagnose(asked).diagnosis
    assert "clock_shift: the probe failed (log_loss)" in told.not_looked_at
    assert told.causes[0].kind is CauseKind.UNIT_OR_SCALE_CHANGE


def test_stopped_half_way_it_tells_what_is_known_and_what_is_not(
    asked: Inquiry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(case: Case) -> list[Suspect]:
        raise KeyboardInterrupt(case.loss)

    last = list(PROBES)[-1]
    monkeypatch.setitem(PROBES, last, stop)
    told = diagnose(asked)
    assert told.interrupted
    assert told.diagnosis.causes[0].kind is CauseKind.UNIT_OR_SCALE_CHANGE
    note = f"interrupted: 1 of {len(PROBES)} probes not asked"
    assert note in told.diagnosis.not_looked_at


def test_stopped_while_repairs_are_replayed_the_rest_stays_unweighed(
    asked: Inquiry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(asked.engine), "repair", stop)
    told = diagnose(asked)
    assert told.interrupted
    assert told.diagnosis.causes[0].kind is CauseKind.UNIT_OR_SCALE_CHANGE
    assert told.diagnosis.causes[0].share is None
    assert "interrupted: not every repair was replayed" in told.diagnosis.not_looked_at


def test_undisturbed_it_is_not_called_interrupted(found: Reasoned) -> None:
    assert not found.interrupted


def test_what_was_not_looked_at_is_said(asked: Inquiry, found: Reasoned) -> None:
    told = found.diagnosis.not_looked_at
    assert any("stand-in that explains" in note for note in told)
    assert not any("modelowners sync" in note for note in told)
    blind = replace(
        asked,
        changes=(),
        looked_at_ledger=False,
        log=replace(asked.log, upstream=()),
        upstream={MODEL: {MODEL: 0}},
    )
    answer = diagnose(blind).diagnosis
    assert any("modelowners sync" in note for note in answer.not_looked_at)
    assert any("no upstream claims" in note for note in answer.not_looked_at)
    assert answer.causes[0].asset == MODEL
    assert answer.causes[0].change_id is None


def test_without_labels_a_broken_input_is_told_as_not_yet_measurable(
    bench: Bench,
) -> None:
    case = bench.case(Fault(served=null_temperature))
    log = replace(case.log, labels=None)
    frame = frame_of(case.engine, log, plan(), as_of=None, progress=silent)
    shifts = shifts_of(frame, streams_of(frame, loss=None))
    asked = replace(inquiry(case), log=log, frame=frame, shifts=shifts)
    told = diagnose(asked).diagnosis
    assert told.symptom is not None
    assert (told.symptom.metric, told.symptom.state) == ("score", "not yet measurable")
    assert told.causes[0].kind is CauseKind.MISSING_VALUES
    assert told.causes[0].share is None
    assert "no labels are declared: harm is not measured" in told.not_looked_at


def test_progress_only_grows(asked: Inquiry) -> None:
    steps: list[float] = []
    diagnose(replace(asked, progress=lambda _, done: steps.append(done)))
    assert steps == sorted(steps)
    assert 0 < steps[0] < steps[-1] <= 1
