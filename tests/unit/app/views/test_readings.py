"""What is kept of logs between two looks, and when they are read again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from frame_worlds import MODEL, frame, numeric, profile
from incident_worlds import ONSET, cause, diagnosis
from page_desks import PageDesk, contrast_of

from modelowners.app.framing import Plan
from modelowners.app.loop import Look
from modelowners.app.views.reading import Reading
from modelowners.app.views.readings import (
    KEPT,
    Question,
    Readings,
)
from modelowners.app.wiring import Program
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow


def reading_plan() -> Plan:
    made = frame([profile(0, {"a": numeric(np.ones(3))})], history=1, test=1)
    return Plan(
        windows=made.windows,
        reference=made.reference,
        test=made.test,
        why="",
        labelled_until=2,
    )


def test_a_log_that_cannot_be_read_says_why(quiet: PageDesk) -> None:
    found = Readings().read(quiet.program(), MODEL)
    assert isinstance(found, str)
    assert "predictions" in found


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[AssetId]:
    """Count how often a log is really read."""
    asked: list[AssetId] = []

    def read(program: Program, model: AssetId, **rest: object) -> Reading:
        del program, rest
        asked.append(model)
        return Reading(model=model, plan=reading_plan())

    monkeypatch.setattr("modelowners.app.views.readings._read", read)
    return asked


def test_a_page_reads_a_log_once_between_two_looks(
    quiet: PageDesk, counted: list[AssetId]
) -> None:
    readings, program = Readings(), quiet.program()
    for _ in range(3):
        readings.read(program, MODEL)
    assert counted == [MODEL]


def test_a_look_reads_again_only_what_pages_asked_for(
    quiet: PageDesk, counted: list[AssetId]
) -> None:
    readings, program = Readings(), quiet.program()
    readings.read(program, MODEL)
    readings.renew(program)
    assert len(counted) == 2
    readings.renew(program)
    assert len(counted) == 2
    readings.read(program, MODEL)
    assert len(counted) == 3


def test_only_so_much_is_kept(quiet: PageDesk, counted: list[AssetId]) -> None:
    readings, program = Readings(), quiet.program()
    for number in range(KEPT + 5):
        readings.read(program, AssetId(f"model:{number}"))
    assert len(readings._kept) == KEPT
    readings.read(program, AssetId("model:0"))
    assert counted[-1] == "model:0"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Question]:
    """Collect questions for columns, and answer them."""
    found: list[Question] = []

    def ask(program: Program, question: Question) -> object:
        del program
        found.append(question)
        return contrast_of(question.column)

    monkeypatch.setattr("modelowners.app.views.readings._ask", ask)
    return found


def test_each_cause_is_asked_about_its_own_column(
    quiet: PageDesk, asked: list[Question]
) -> None:
    sick = diagnosis(cause(0.8), cause(0.1, rank=2))
    found = Readings().contrasts(quiet.program(), sick)
    assert set(found) == {1, 2}
    (one,) = asked  # the same question is asked once
    assert one.column == "temp"
    assert one.before == sick.reference.window
    assert one.after == TimeWindow(ONSET.high, sick.window.end)


def test_a_cause_after_the_last_window_is_not_asked_about(
    quiet: PageDesk, asked: list[Question]
) -> None:
    sick = diagnosis(cause(0.8), window=TimeWindow.parse("2026-06-01/2026-06-02"))
    assert Readings().contrasts(quiet.program(), sick) == {}
    assert asked == []


def test_a_private_column_is_never_asked_for(quiet: PageDesk, tmp_path: Path) -> None:
    del tmp_path
    log = type("Log", (), {"private": frozenset({"temp"})})()
    program = type("Program", (), {"log": lambda self, model: log})()
    question = Question(
        model=MODEL,
        column="temp",
        before=TimeWindow.parse("2026-06-01"),
        after=TimeWindow.parse("2026-06-02"),
    )
    del quiet
    assert Readings().contrast(program, question) is None


def test_a_look_leaves_a_glance(quiet: PageDesk, counted: list[AssetId]) -> None:
    readings = Readings()
    at = ONSET.at + timedelta(days=1)
    readings.look(quiet.program(), Look(model=MODEL, drifts=3), at=at)
    assert readings.glances[MODEL].drifts == 3
    readings.look(quiet.program(), Look(model=MODEL, error="no such file"), at=at)
    assert readings.glances[MODEL].error == "no such file"
    assert len(counted) == 1
