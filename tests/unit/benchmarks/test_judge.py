"""The judge of the benchmark: known answers get known verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from judge import Named, Verdict, judge, share, summarise, summarise_calm, wilson
from scipy.stats import binomtest
from smoke import cell, table, tasks

ONSET = datetime(2013, 9, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRUTH: dict[str, Any] = {
    "world": "offset",
    "seed": 1,
    "kind": "offset",
    "kinds": [],
    "columns": ["temp"],
    "owner": {"team": "forecasters", "person": "ines"},
    "teams": ["forecasters"],
    "onset": "2013-09-04T05:00:00Z",
    "harm": 0.02,
    "forbidden": [],
}
RIGHT = Named(
    kind="offset",
    asset="dataset:weather",
    columns=("temp",),
    team="forecasters",
    probability=0.9,
    change="chg_1",
    onset=(ONSET, ONSET - HOUR, ONSET + HOUR),
)
DRIFT = ("pressure", "forecasters")


def test_a_right_answer_is_right_in_everything() -> None:
    found = judge(TRUTH, [RIGHT], alarm=True, drift=DRIFT, change="chg_1")
    assert found.top1
    assert found.top3
    assert found.kind1
    assert found.owner1
    assert found.answered
    assert found.change
    assert found.onset_cover
    assert found.onset_error == 0
    assert found.drift_column is False
    assert found.drift_owner is True


@pytest.mark.parametrize(
    ("wrong", "figure"),
    [
        ({"kind": "stale_or_frozen"}, "kind1"),
        ({"columns": ("dewp",)}, "top1"),
        ({"team": "schedulers"}, "owner1"),
        ({"probability": 0.4}, "answered"),
        ({"change": "chg_2"}, "change"),
        ({"onset": (ONSET + HOUR, ONSET + HOUR, ONSET + HOUR)}, "onset_cover"),
    ],
)
def test_each_error_costs_its_figure(wrong: dict[str, Any], figure: str) -> None:
    cause = replace(RIGHT, **wrong)
    found = judge(TRUTH, [cause], alarm=True, drift=DRIFT, change="chg_1")
    assert getattr(found, figure) is False


def test_the_second_cause_counts_for_the_first_three() -> None:
    other = replace(RIGHT, kind="missing_values")
    found = judge(TRUTH, [other, RIGHT], alarm=True, drift=DRIFT)
    assert not found.top1
    assert found.top3


def test_no_answer_is_a_miss_not_an_error() -> None:
    found = judge(TRUTH, [], alarm=False, drift=DRIFT, change="chg_1")
    assert (found.top1, found.owner1, found.answered) == (False, False, False)
    assert found.onset_error is None
    assert found.top == "none"


def test_a_lookalike_counts_only_where_it_is_named_with_confidence() -> None:
    truth = {**TRUTH, "world": "hot_month", "kind": None, "forbidden": ["offset"]}
    assert judge(truth, [RIGHT], alarm=True, drift=DRIFT).named
    unsure = replace(RIGHT, probability=0.3)
    assert not judge(truth, [unsure], alarm=True, drift=DRIFT).named


@pytest.mark.parametrize(("hits", "total"), [(0, 5), (3, 7), (48, 60), (12, 12)])
def test_intervals_agree_with_scipy(hits: int, total: int) -> None:
    expected = binomtest(hits, total).proportion_ci(method="wilson")
    assert wilson(hits, total) == pytest.approx((expected.low, expected.high))


def test_shares_leave_out_what_does_not_apply() -> None:
    assert share([None, None]) == {"value": None, "low": 0.0, "high": 1.0, "n": 0}
    assert share([True, None, True])["value"] == 1


def verdicts() -> list[Verdict]:
    right = judge(TRUTH, [RIGHT], alarm=True, drift=DRIFT, change="chg_1")
    wrong = judge(TRUTH, [replace(RIGHT, kind="x")], alarm=True, drift=DRIFT)
    calm = {**TRUTH, "world": "no_fault", "kind": None}
    silent = judge(calm, [], alarm=False, drift=DRIFT)
    return [right, right, wrong, silent]


def test_sums_count_faults_and_calm_worlds_apart() -> None:
    found = summarise(verdicts())
    assert found["n"] == 3
    assert found["top1"]["value"] == pytest.approx(0.6667, abs=1e-4)
    assert found["precision_answered"]["n"] == 3
    assert found["change"]["n"] == 2
    calm = summarise_calm(verdicts())
    assert calm["false_alarm"] == {"value": 0, "low": 0, "high": 0.7935, "n": 1}


def test_the_table_has_a_line_for_all_and_one_a_kind() -> None:
    lines = table(verdicts()).splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == ["all faults", "offset"]
    assert cell(share([True, False])) == ".50 [.09, .91]"


def test_the_splits_share_no_seed() -> None:
    dev, test = (set(tasks(["offset", "no_fault"], 5, s)) for s in ("dev", "test"))
    assert not dev & test
    assert sum(kind == "no_fault" for kind, _ in dev) == 12
