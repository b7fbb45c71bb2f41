from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from frame_worlds import START, frame, numeric, profile
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.time import DAY, Onset
from modelowners.detection.frames import Frame
from modelowners.detection.shifts import shifts_of
from modelowners.detection.streams import streams_of
from modelowners.diagnosis.symptoms import (
    Harmed,
    describe_symptom,
    find_harm,
    growth,
    labelled_masks,
    outcome_between,
    split_growth,
    worst_segments,
)
from modelowners.observations.profiles import (
    EVERYTHING,
    OTHER,
    OutcomeProfile,
    Partition,
    Profile,
)

HISTORY, TEST = 56, 14
DAYS = HISTORY + TEST
ONSET = 60
ROWS = 200
Level = Callable[[int], float]


def calm(day: int) -> float:
    del day
    return 0.5


def grown(day: int) -> float:
    return 0.7 if day >= ONSET else 0.5


def city(name: str) -> Partition:
    return Partition("segment", (("city", name),))


OSLO, BERGEN, TOWN = city("Oslo"), city("Bergen"), city("Town")


def world(
    levels: Mapping[Partition, Level],
    *,
    rows: Mapping[Partition, int] | None = None,
    labelled_until: int | None = None,
) -> Frame:
    """Give a frame whose partitions lose so much a row and day, in exponentials."""
    rng = np.random.default_rng(11)
    sizes = dict.fromkeys(levels, ROWS) | dict(rows or {})
    days: list[Profile] = []
    for day in range(DAYS):
        for partition, level in levels.items():
            n = sizes[partition]
            days.append(
                profile(
                    day,
                    {"x": numeric(rng.normal(size=n))},
                    partition=partition,
                    losses=rng.gamma(4.0, level(day) / 4.0, size=n),
                )
            )
    found = frame(days, history=HISTORY, test=TEST)
    return replace(found, labelled_until=labelled_until)


def harm(found: Frame) -> Harmed | None:
    return find_harm(found, shifts_of(found, streams_of(found, loss="log_loss")))


def test_a_calm_loss_is_no_harm() -> None:
    assert harm(world({EVERYTHING: calm, OSLO: calm})) is None


def test_a_loss_that_grew_is_found_where_and_when_it_grew() -> None:
    found = harm(world({EVERYTHING: grown, OSLO: grown}))
    assert found is not None
    assert found.partition == EVERYTHING
    assert found.index == ONSET
    assert found.onset.low <= START + ONSET * DAY <= found.onset.high


def test_a_loss_that_fell_is_no_harm() -> None:
    assert harm(world({EVERYTHING: lambda day: 1.2 - grown(day)})) is None


def test_a_partition_speaks_where_all_rows_are_silent() -> None:
    found = harm(world({EVERYTHING: calm, OSLO: grown, BERGEN: calm}))
    assert found is not None
    assert found.partition == OSLO


def test_a_partition_of_few_rows_raises_no_symptom() -> None:
    rows = {EVERYTHING: 40 * ROWS}
    assert harm(world({EVERYTHING: calm, OSLO: grown}, rows=rows)) is None


def test_labels_that_are_not_there_yet_are_no_harm() -> None:
    found = world({EVERYTHING: grown}, labelled_until=ONSET)
    before, after = labelled_masks(found, ONSET)
    assert before.any()
    assert not after.any()
    assert growth(found, "log_loss", ONSET) is None


@given(index=st.integers(0, DAYS - 1), labelled=st.integers(0, DAYS))
def test_before_and_after_never_meet(index: int, labelled: int) -> None:
    found = replace(frame([], history=HISTORY, test=TEST), labelled_until=labelled)
    before, after = labelled_masks(found, index)
    assert not (before & after).any()
    assert not (before | after)[labelled:].any()
    assert not before[index:].any()
    assert not after[:index].any()


def test_a_description_has_the_means_and_an_interval_around_them() -> None:
    found = world({EVERYTHING: grown})
    at = START + ONSET * DAY
    told = describe_symptom(found, "log_loss", ONSET, Onset(at, at, at))
    assert (told.metric, told.state) == ("log_loss", "measured")
    assert told.before == pytest.approx(0.5, abs=0.02)
    assert told.after == pytest.approx(0.7, abs=0.03)
    assert told.ci[0] < told.after < told.ci[1]
    assert told.ci[0] > told.before
    assert told.rows == (DAYS - ONSET) * ROWS
    assert growth(found, "log_loss", ONSET) == pytest.approx(told.after - told.before)


def test_the_interval_is_that_of_days_where_days_differ() -> None:
    restless = world({EVERYTHING: lambda day: 0.5 + 0.3 * (day % 2)})
    quiet = world({EVERYTHING: lambda _: 0.65})
    at = START + ONSET * DAY
    widths = []
    for one in (restless, quiet):
        low, high = describe_symptom(one, "log_loss", ONSET, Onset(at, at, at)).ci
        widths.append(high - low)
    assert widths[0] > 2 * widths[1]


def segments(found: Frame) -> list[Mapping[str, str]]:
    return [one.where for one in worst_segments(found, "log_loss", ONSET)]


def test_segments_that_carry_the_harm_are_listed_worst_first() -> None:
    found = world(
        {
            EVERYTHING: grown,
            OSLO: lambda day: 1.4 if day >= ONSET else 0.5,
            BERGEN: lambda day: 1.0 if day >= ONSET else 0.5,
            TOWN: calm,
            city(OTHER): lambda day: 2.0 if day >= ONSET else 0.5,
        }
    )
    assert segments(found) == [{"city": "Oslo"}, {"city": "Bergen"}]
    worst = worst_segments(found, "log_loss", ONSET)[0]
    assert worst.before == pytest.approx(0.5, abs=0.02)
    assert worst.after == pytest.approx(1.4, abs=0.05)
    assert worst.rows == (DAYS - ONSET) * ROWS


def test_no_segment_is_worse_where_all_grew_alike_or_none_did() -> None:
    assert segments(world({EVERYTHING: grown, OSLO: grown, BERGEN: grown})) == []
    assert segments(world({EVERYTHING: calm, OSLO: calm})) == []


def test_the_same_rows_are_listed_once() -> None:
    claimed = Partition("rows", (("city", "Oslo"),), "dataset:north")
    worse = {p: (lambda day: 1.4 if day >= ONSET else 0.5) for p in (OSLO, claimed)}
    assert segments(world({EVERYTHING: grown, **worse})) == [{"city": "Oslo"}]


def test_at_most_five_segments_are_listed() -> None:
    many = {city(f"c{i}"): (lambda day: 1.4 if day >= ONSET else 0.5) for i in range(8)}
    assert len(segments(world({EVERYTHING: grown, **many}))) == 5


BIN_LOSS = np.array([0.1, 0.3, 0.6, 0.9])


def scored(
    before: Sequence[float], after: Sequence[float], *, harder: float = 0.0
) -> Frame:
    """Give a frame of scores in four bins, each with its loss; later ones harder."""
    days = []
    for day in range(DAYS):
        late = day >= ONSET
        n = np.array(after if late else before, np.int64)
        loss = n * (BIN_LOSS + (harder if late else 0.0))
        outcome = OutcomeProfile(
            labelled=int(n.sum()), score_n=n, score_loss=loss, score_actual=0.0 * loss
        )
        empty = profile(day, {}, rows=int(n.sum()))
        days.append(replace(empty, outcome=outcome))
    return frame(days, history=HISTORY, test=TEST)


EASY, HARD = (40, 30, 20, 10), (10, 20, 30, 40)


def test_a_harder_mix_explains_the_growth() -> None:
    split = split_growth(scored(EASY, HARD), ONSET)
    assert split is not None
    assert split.after > split.before
    # Bins lean on their neighbours, which costs some of the explanation.
    assert split.explained > 0.6


def test_harder_truth_at_equal_scores_is_not_explained() -> None:
    split = split_growth(scored(EASY, EASY, harder=0.2), ONSET)
    assert split is not None
    assert split.after - split.before == pytest.approx(0.2)
    assert split.expected == pytest.approx(split.before)
    assert split.explained == pytest.approx(0.0, abs=1e-9)


@given(
    before=st.lists(st.integers(1, 90), min_size=4, max_size=4),
    after=st.lists(st.integers(1, 90), min_size=4, max_size=4),
    harder=st.floats(-0.05, 0.5),
)
def test_what_the_mix_explains_is_a_share(
    before: list[int], after: list[int], harder: float
) -> None:
    split = split_growth(scored(before, after, harder=harder), ONSET)
    assert split is not None
    assert 0 <= split.explained <= 1
    if split.after <= split.before:
        assert split.explained == 0


def test_a_side_without_scores_is_not_split() -> None:
    assert split_growth(world({EVERYTHING: grown}), ONSET) is None
    unlabelled = replace(scored(EASY, HARD), labelled_until=ONSET)
    assert split_growth(unlabelled, ONSET) is None


def test_outcomes_merge_over_the_chosen_windows_only() -> None:
    found = world({EVERYTHING: grown})
    one = np.arange(DAYS) == ONSET
    day = found.of()[ONSET]
    assert day is not None
    assert outcome_between(found.of(), one) == day.outcome
    assert outcome_between(found.of(), ~(one | ~one)).labelled == 0
