from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from investigation_strategies import investigations

from modelowners.app.investigation import Investigation
from modelowners.app.lines import Line, Tone, text
from modelowners.app.story import (
    MAX_CAUSES,
    MAX_GAPS,
    deciding_questions,
    diff_command,
    quote,
    say_change_time,
    tell,
)
from modelowners.core.time import TimeWindow, parse_instant
from modelowners.diagnosis.causes import Cause, CauseKind
from modelowners.ledger.changes import Change, Source


def told(investigation: Investigation) -> str:
    return text(tell(investigation))


def guilty(investigation: Investigation) -> Change:
    found = investigation.change_of(investigation.diagnosis.causes[0])
    assert found is not None
    return found


@pytest.mark.parametrize("world", ["late_arrival", "undecided", "healthy"])
def test_the_story_is_the_one_reviewed(
    world: str, request: pytest.FixtureRequest, golden: Callable[[str, str], None]
) -> None:
    golden(f"{world}.txt", told(request.getfixturevalue(world)))


@pytest.mark.parametrize("world", ["late_arrival", "undecided", "healthy"])
def test_the_story_fits_one_screen(world: str, request: pytest.FixtureRequest) -> None:
    rows = told(request.getfixturevalue(world)).splitlines()
    assert len(rows) <= 45
    prose = [row for row in rows if not row.startswith("    ")]
    assert max(map(len, prose)) <= 88


@settings(max_examples=20)
@given(investigations())
def test_any_investigation_has_a_printable_story(investigation: Investigation) -> None:
    lines = tell(investigation)
    assert lines[0].text
    assert all(line.text.isprintable() for line in lines)
    assert all(len(row) <= 40 for row in _prose(lines))
    calm = any(line.tone is Tone.GOOD for line in lines)
    assert calm == (investigation.healthy and not investigation.interrupted)


def _prose(lines: tuple[Line, ...]) -> list[str]:
    free = [line for line in lines if line.tone is not Tone.COMMAND and not line.fixed]
    return text(free, width=40).splitlines()


def test_a_healthy_model_gets_one_calm_sentence(healthy: Investigation) -> None:
    (line,) = tell(healthy)
    assert line.tone is Tone.GOOD
    assert line.text.count(". ") == 0


def test_calm_does_not_hide_what_was_not_looked_at(healthy: Investigation) -> None:
    diagnosis = dataclasses.replace(
        healthy.diagnosis, not_looked_at=("no labels: harm not measurable",)
    )
    unlabelled = dataclasses.replace(healthy, diagnosis=diagnosis)
    assert "no labels: harm not measurable" in told(unlabelled)


def test_calm_points_to_standing_weaknesses(
    healthy: Investigation, late_arrival: Investigation
) -> None:
    weak = dataclasses.replace(
        healthy.diagnosis, weaknesses=late_arrival.diagnosis.weaknesses
    )
    said = text(tell(dataclasses.replace(healthy, diagnosis=weak)), width=200)
    assert said.endswith("1 standing weakness: modelowners card late-arrival\n")


def test_an_interrupted_look_never_claims_health(
    healthy: Investigation, late_arrival: Investigation
) -> None:
    stopped = tell(dataclasses.replace(healthy, interrupted=True))
    assert stopped[0].text.startswith("Stopped before the end; until then ")
    assert stopped[0].tone is not Tone.GOOD
    said = told(dataclasses.replace(late_arrival, interrupted=True))
    assert said.startswith("Stopped before the end; this is what was known.\n")
    assert "Ask wes of weather-feed." in said


@pytest.mark.parametrize("kind", CauseKind)
def test_every_kind_has_a_story(
    kind: CauseKind, late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(cause_of(kind),))
    said = told(dataclasses.replace(late_arrival, diagnosis=diagnosis))
    named = kind is not CauseKind.UNKNOWN
    assert ("Why\n" in said) == named
    assert ("Two answers would decide:" in said) == (not named)
    assert "modelowners changes" in said


def test_the_unknown_names_two_questions_and_whom_to_ask(
    undecided: Investigation,
) -> None:
    asked = deciding_questions(undecided)
    assert len(asked) == 2
    assert asked[0].endswith("Ask wes of weather-feed.")
    assert asked[1].endswith("Ask ana of risk-ml.")
    assert "Suspects\n" in told(undecided)
    assert "Change\n" not in told(undecided)


def test_without_any_candidate_the_models_owner_is_asked(
    undecided: Investigation,
) -> None:
    diagnosis = dataclasses.replace(undecided.diagnosis, causes=())
    bare = dataclasses.replace(undecided, diagnosis=diagnosis)
    asked = deciding_questions(bare)
    assert [question.split("? ")[1] for question in asked] == 2 * [
        "Ask ana of risk-ml."
    ]
    assert "--explain" not in told(bare)
    unowned = dataclasses.replace(bare, ownership={})
    assert "Nobody is declared to own model:late-arrival." in told(unowned)


def test_at_most_three_causes_with_two_statements_each(
    late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    causes = tuple(cause_of(CauseKind.OFFSET, rank=rank) for rank in range(1, 6))
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=causes)
    said = told(dataclasses.replace(late_arrival, diagnosis=diagnosis))
    assert f"  {MAX_CAUSES}. weather" in said
    assert f"  {MAX_CAUSES + 1}. weather" not in said
    assert said.count("     · ") == 2 * MAX_CAUSES


def test_the_loudest_drift_is_answered(late_arrival: Investigation) -> None:
    said = told(late_arrival)
    assert "wind_speed moved most (KS 0.41); drift alone would have asked" in said
    assert "wind_speed drifts, but rows with it have no excess loss" in said


def test_the_guilty_column_is_not_among_the_innocent(
    late_arrival: Investigation,
) -> None:
    first, second = late_arrival.drift_ranking
    turned = dataclasses.replace(late_arrival, drift_ranking=(second, first))
    assert "temp moved most" not in told(turned)


def test_the_onset_mark_stands_under_the_first_bad_window(
    late_arrival: Investigation,
) -> None:
    rows = told(late_arrival).splitlines()
    chart = next(i for i, row in enumerate(rows) if "▁" in row)
    place = rows[chart + 1].index("▲")
    assert rows[chart][place] in "▆▇█"
    assert rows[chart][place - 1] in "▁▂▃"


def test_gaps_beyond_four_are_counted(late_arrival: Investigation) -> None:
    gaps = tuple(f"gap {i}" for i in range(MAX_GAPS + 3))
    diagnosis = dataclasses.replace(late_arrival.diagnosis, not_looked_at=gaps)
    said = told(dataclasses.replace(late_arrival, diagnosis=diagnosis))
    assert f"gap {MAX_GAPS - 1}\n" in said
    assert f"gap {MAX_GAPS}\n" not in said
    assert "and 3 more: --json lists them" in said


def test_a_cause_without_recorded_change_says_so(late_arrival: Investigation) -> None:
    said = told(dataclasses.replace(late_arrival, changes={}))
    assert "No recorded change fits the onset." in said


def test_a_change_in_git_is_shown_by_git(late_arrival: Investigation) -> None:
    change = guilty(late_arrival)
    assert diff_command(change) == "git show 3f2a9c51d0"
    long = dataclasses.replace(change, commit="3f2a9c51d0e7" + "0" * 28)
    assert diff_command(long) == "git show 3f2a9c51d0e7"


def test_a_series_of_another_figure_is_named(late_arrival: Investigation) -> None:
    assert late_arrival.series is not None
    rows = dataclasses.replace(late_arrival.series, metric="rows")
    said = told(dataclasses.replace(late_arrival, series=rows))
    assert "  rows, 1 Sep to 31 Oct 2026\n" in said
    assert "\n  1 Sep to 31 Oct 2026\n" in told(late_arrival)


def test_other_changes_are_shown_where_they_were_read(
    late_arrival: Investigation,
) -> None:
    change = guilty(late_arrival)
    linked = dataclasses.replace(
        change, source=Source("ci", "x", "1", url="https://ci.example.org/1")
    )
    assert diff_command(linked) == "https://ci.example.org/1"
    stated = dataclasses.replace(change, source=Source("record", "", "1"))
    assert diff_command(stated) == (
        "modelowners changes dataset:weather --since 2026-10-12T05:00:00Z --json"
    )


def test_a_change_seen_between_two_looks_says_between_which(
    late_arrival: Investigation,
) -> None:
    change = dataclasses.replace(
        guilty(late_arrival),
        occurred_at=None,
        observed_between=TimeWindow.parse("2026-10-11/2026-10-13"),
    )
    said = say_change_time(change)
    assert said == "between 11 Oct 2026 and 13 Oct 2026"


def test_hostile_words_reach_neither_the_terminal_nor_the_shell(
    hostile: Investigation,
) -> None:
    said = told(hostile)
    assert "\x1b" not in said
    assert "\u202e" not in said
    for line in tell(hostile):
        if line.tone is Tone.COMMAND and line.text.startswith("modelowners"):
            words = shlex.split(line.text)
            assert words[0] == "modelowners"
            assert not any(word in {";", "&", "|"} for word in words)
            assert len(words) <= 7


@pytest.mark.parametrize("word", ["a b", "$(reboot)", "`x`", "'", '"', "a;b", ""])
def test_a_quoted_word_is_one_word_again(word: str) -> None:
    assert shlex.split(quote(word)) == [word]


def test_a_window_is_typed_as_dates_where_they_say_it_all(
    late_arrival: Investigation,
) -> None:
    assert "--at 2026-10-01/2026-11-01 --explain 1" in told(late_arrival)
    diagnosis = dataclasses.replace(
        late_arrival.diagnosis,
        window=TimeWindow(
            parse_instant("2026-10-01T06:00Z"), parse_instant("2026-11-01")
        ),
    )
    said = told(dataclasses.replace(late_arrival, diagnosis=diagnosis))
    assert "--at 2026-10-01T06:00:00Z/2026-11-01 --explain 1" in said
