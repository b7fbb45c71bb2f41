from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from case_worlds import NOTHING, Bench, Draft, Fault

from modelowners.core.evidence import Evidence
from modelowners.core.ids import asset_id
from modelowners.diagnosis.attribution import Place
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.hypotheses import Hypothesis
from modelowners.diagnosis.rivals import SHOWN, what_is_not

WEATHER = Place(asset=asset_id("dataset:weather"), level="source", why="", sure=1.0)


def to_fahrenheit(draft: Draft) -> None:
    draft.put("temperature", 1.8 * draft.number("temperature") + 32)


def larger_orders(draft: Draft) -> None:
    """Let the world move where the model can follow: outcomes move with it."""
    draft.put("y", draft.number("y") + 2)
    draft.put("x", draft.number("x") + 3)


BOTH = Fault(world=larger_orders, served=to_fahrenheit)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("rivals"))


@pytest.fixture
def case(bench: Bench) -> Case:
    return bench.case(BOTH)


def story(
    case: Case,
    *columns: str,
    size: float = 9.0,
    against: str | None = None,
    **where: str,
) -> Hypothesis:
    onset = case.harmed.onset if case.harmed else case.sites()[0].onset
    lead = Suspect(
        kind=CauseKind.UNIT_OR_SCALE_CHANGE,
        columns=columns,
        segment=where,
        onset=onset,
        strength=0.9,
        size=size,
    )
    notes = (Evidence("repair", against),) if against else ()
    return Hypothesis(lead=lead, members=(lead,), place=WEATHER, said_against=notes)


def told(
    case: Case, ranked: Sequence[Hypothesis], winners: int = 1
) -> dict[str | None, str]:
    return {a.column: a.text for a in what_is_not(case, ranked, ranked[:winners])}


def test_the_loud_ones_are_told_with_the_reason_and_the_winner_is_not(
    case: Case,
) -> None:
    lines = told(case, [story(case, "temperature")])
    assert "temperature" not in lines
    assert lines["x"].startswith("x drifts, but ")
    assert lines["y"].startswith("y drifts, but ")
    assert "no sign of a fault" in lines["y"]


def test_a_column_the_model_hardly_uses_is_told_as_such(case: Case) -> None:
    known = case.surrogate
    assert known is not None
    influence = {**known.influence, "y": 0.001}
    knowing = replace(case, surrogate=replace(known, influence=influence))
    lines = told(knowing, [story(case, "temperature")])
    assert lines["y"] == "y drifts, but the model hardly uses it"


def test_without_a_winner_every_loud_column_is_spoken_of(case: Case) -> None:
    lines = told(case, [])
    assert "temperature" in lines
    assert len(lines) <= SHOWN


def test_what_repair_refuted_comes_first_with_what_refuted_it(case: Case) -> None:
    refuted = story(
        case, "x", against="putting x back would change nothing", vendor="a"
    )
    lines = told(case, [story(case, "temperature"), refuted])
    assert next(iter(lines)) == "x"
    assert lines["x"] == (
        "x moved too where vendor=a, but putting x back would change nothing"
    )


def test_a_column_is_told_once_and_three_lines_are_enough(case: Case) -> None:
    ranked = [story(case, "temperature")]
    ranked += [
        story(case, name, size=20 - i, against="no")
        for i, name in enumerate(("x", "x", "hour", "city", "vendor"))
    ]
    found = what_is_not(case, ranked, ranked[:1])
    assert [a.column for a in found] == ["x", "hour", "city"]


def test_a_winner_of_some_rows_does_not_silence_its_column_elsewhere(
    case: Case,
) -> None:
    partial = story(case, "temperature", vendor="a")
    assert "temperature" in told(case, [partial])


def test_in_a_calm_world_only_what_moved_is_spoken_of(bench: Bench) -> None:
    quiet = bench.case(NOTHING)
    moved = {site.column for site in quiet.inputs()}
    assert len(moved) <= 1
    assert set(told(quiet, [])) == moved
