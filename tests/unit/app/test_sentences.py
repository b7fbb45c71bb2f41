from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.investigation import Investigation
from modelowners.app.sentences import (
    WORDS,
    ask,
    ask_owner,
    happened,
    headline,
    question,
    say_columns,
    say_symptom,
    surety,
    title,
    unit_pair,
)
from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId
from modelowners.diagnosis.causes import Cause, CauseKind, CauseOwner
from modelowners.diagnosis.signatures import KNOWN_PAIRS

STATISTICS = (
    *("p-value", "sigma", "std", "KS", "PSI", "log loss", "mean", "median"),
    *("quantile", "interval", "distribution", "%", "probab"),
)
"""Words and signs that a headline does without."""


def test_every_kind_has_its_sentence() -> None:
    assert set(WORDS) == set(CauseKind)


@pytest.mark.parametrize("kind", CauseKind)
def test_a_sentence_of_each_kind_names_who_and_which_rows(
    kind: CauseKind, cause_of: Callable[..., Cause]
) -> None:
    cause = cause_of(kind, segment={"vendor": "2"}, evidence=())
    said = happened(cause)
    assert "{" not in said + question(cause)
    assert not said.endswith(".")
    assert question(cause).endswith("?")
    assert "12 Oct 2026" in question(cause) or kind is CauseKind.WEAK_SEGMENT
    if kind is not CauseKind.UNKNOWN:
        assert "vendor 2" in said
        assert "vendor 2" not in happened(cause, with_segment=False)
        assert "weather" in said or kind is CauseKind.CONCEPT_SHIFT


@pytest.mark.parametrize("kind", sorted(set(CauseKind) - {CauseKind.UNKNOWN}))
def test_a_headline_of_each_kind_speaks_without_statistics(
    kind: CauseKind, late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(cause_of(kind),))
    said = headline(diagnosis)
    assert said.startswith(
        "late-arrival has been wrong more often since 12 Oct 2026 06:00 UTC: "
    )
    assert said.endswith(". Ask wes of weather-feed.")
    assert not [word for word in STATISTICS if word in said]


def test_two_kinds_never_say_the_same(cause_of: Callable[..., Cause]) -> None:
    said = sorted(happened(cause_of(kind, evidence=())) for kind in CauseKind)
    assert all(first != second for first, second in pairwise(said))


def test_units_are_named_old_and_new_where_the_evidence_names_them(
    cause_of: Callable[..., Cause],
) -> None:
    cause = cause_of(CauseKind.UNIT_OR_SCALE_CHANGE)
    assert happened(cause) == "weather sends temp in °C instead of °F"
    unnamed = dataclasses.replace(cause, evidence=(Evidence("signature", "x 7"),))
    assert happened(unnamed) == "weather sends temp on another scale"


@pytest.mark.parametrize("name", KNOWN_PAIRS)
@pytest.mark.parametrize(
    "form",
    ["{0} to {1}", "{0} -> {1}", "{0}→{1}", "{1} instead of {0}", "is {0} to {1}: x"],
)
def test_every_known_pair_is_read_from_a_sentence(name: str, form: str) -> None:
    old, new = name.split(" to ")
    assert unit_pair([f"it follows {form.format(old, new)}"]) == (old, new)


@pytest.mark.parametrize(
    "text",
    ["from a to b", "went from 57 to 13.9", "items to mindful", "from km/hx to m"],
)
def test_other_words_are_no_units(text: str) -> None:
    assert unit_pair([text]) is None


@pytest.mark.parametrize(
    ("metric", "before", "after", "said"),
    [
        ("log_loss", 0.3, 0.4, "has been wrong more often"),
        ("mae", 1.0, 2.0, "has been further off"),
        ("bias", 0.0, 2.0, "has been too high"),
        ("bias", 0.0, -2.0, "has been too low"),
        ("refunds", 1.0, 2.0, "has been worse"),
    ],
)
def test_each_metric_has_its_plain_word(
    late_arrival: Investigation, metric: str, before: float, after: float, said: str
) -> None:
    symptom = late_arrival.diagnosis.symptom
    assert symptom is not None
    changed = dataclasses.replace(symptom, metric=metric, before=before, after=after)
    diagnosis = dataclasses.replace(late_arrival.diagnosis, symptom=changed)
    assert f"late-arrival {said} since" in say_symptom(diagnosis)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("measured", "has been wrong"),
        ("estimated", "has probably been wrong"),
        ("not yet measurable", "has a fault whose harm is not yet measurable,"),
    ],
)
def test_what_was_not_measured_is_not_claimed(
    late_arrival: Investigation, state: str, said: str
) -> None:
    symptom = late_arrival.diagnosis.symptom
    assert symptom is not None
    changed = dataclasses.replace(symptom, state=state)
    diagnosis = dataclasses.replace(late_arrival.diagnosis, symptom=changed)
    assert said in headline(diagnosis)


def test_a_wide_onset_is_not_said_as_a_moment(late_arrival: Investigation) -> None:
    symptom = late_arrival.diagnosis.symptom
    assert symptom is not None
    onset = dataclasses.replace(
        symptom.onset, high=symptom.onset.low + timedelta(days=3)
    )
    diagnosis = dataclasses.replace(
        late_arrival.diagnosis, symptom=dataclasses.replace(symptom, onset=onset)
    )
    assert "since some time between 12 Oct 2026 04:00 UTC and 15 Oct" in headline(
        diagnosis
    )


def test_the_segment_of_the_cause_is_said_once(
    late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    cause = cause_of(CauseKind.RELATION_BROKEN, segment={"vendor": "2"})
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(cause,))
    assert headline(diagnosis).count("vendor 2") == 1


def test_a_broken_input_without_symptom_has_a_headline(
    late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    diagnosis = dataclasses.replace(
        late_arrival.diagnosis,
        symptom=None,
        causes=(cause_of(CauseKind.MISSING_VALUES),),
    )
    assert headline(diagnosis) == (
        "late-arrival: weather delivers temp empty since 12 Oct 2026 06:00 UTC. "
        "Ask wes of weather-feed."
    )


def test_an_unsure_broken_input_is_neither_health_nor_a_verdict(
    late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    unsure = cause_of(CauseKind.MISSING_VALUES, probability=0.3)
    diagnosis = dataclasses.replace(
        late_arrival.diagnosis, symptom=None, causes=(unsure,)
    )
    assert headline(diagnosis) == (
        "late-arrival: an input may be broken, and the cause is not known."
    )


def test_the_unknown_and_the_healthy_say_so(
    undecided: Investigation, healthy: Investigation
) -> None:
    assert headline(undecided.diagnosis).endswith("and the cause is not known.")
    assert "nothing is worse" in headline(healthy.diagnosis)


@pytest.mark.parametrize(
    ("person", "team", "said"),
    [
        ("wes", "weather-feed", "Ask wes of weather-feed."),
        ("wes", None, "Ask wes."),
        (None, "weather-feed", "Ask weather-feed."),
        (None, None, "Nobody is declared to own dataset:weather."),
    ],
)
def test_whom_to_ask(
    cause_of: Callable[..., Cause], person: str | None, team: str | None, said: str
) -> None:
    cause = cause_of(CauseKind.OFFSET, owner=CauseOwner(team=team, person=person))
    assert ask(cause) == said
    assert ask_owner(person, team, asset=AssetId("dataset:weather")) == said


@pytest.mark.parametrize(
    ("column", "columns", "said"),
    [
        (None, (), "its rows"),
        ("a", (), "a"),
        ("a", ("a", "b"), "a and b"),
        ("b", ("a", "b", "c"), "b and 2 more columns"),
    ],
)
def test_columns_are_counted_once(
    cause_of: Callable[..., Cause],
    column: str | None,
    columns: tuple[str, ...],
    said: str,
) -> None:
    cause = cause_of(CauseKind.OFFSET, column=column, columns=columns)
    assert say_columns(cause) == said


@given(st.floats(0, 1), st.floats(0, 1))
def test_surer_never_sounds_less_sure(one: float, other: float) -> None:
    order = ("a suspicion", "probable", "likely", "almost certain")
    low, high = sorted((one, other))
    places = [order.index(surety(p).split(",")[0]) for p in (low, high)]
    assert places == sorted(places)


def test_a_title_says_what_is_worse_and_where(late_arrival: Investigation) -> None:
    assert title(late_arrival.diagnosis) == "late-arrival has been wrong more often"
    first, *rest = late_arrival.diagnosis.causes
    part = dataclasses.replace(first, segment={"vendor": "2"})
    confined = dataclasses.replace(late_arrival.diagnosis, causes=(part, *rest))
    assert title(confined).endswith("wrong more often for vendor 2")


def test_a_title_without_harm(late_arrival: Investigation) -> None:
    broken = dataclasses.replace(late_arrival.diagnosis, symptom=None)
    assert title(broken) == "late-arrival is fed broken input"
    assert title(dataclasses.replace(broken, causes=())) == "late-arrival is well"
