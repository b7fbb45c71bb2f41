from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, HOUR, Onset, TimeWindow, parse_instant
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.matching import (
    NOTHING_SAID,
    UNDECLARED,
    WORDS,
    content_fit,
    match_change,
    time_gap,
    undeclared,
)
from modelowners.ledger.changes import Change, ChangeKind, Source

FEED = AssetId("dataset:weather")
UPSTREAM = AssetId("pipeline:sensors")
ONSET = parse_instant("2026-06-10")
NEAR = {FEED: 0, UPSTREAM: 1}


def suspect(kind: CauseKind = CauseKind.UNIT_OR_SCALE_CHANGE) -> Suspect:
    return Suspect(
        kind=kind,
        columns=("temp",),
        onset=Onset(ONSET, ONSET, ONSET + DAY),
        strength=0.9,
        size=9.0,
    )


def change(
    key: str,
    *,
    at: timedelta = timedelta(hours=-3),
    kind: ChangeKind = ChangeKind.CODE,
    asset: AssetId = FEED,
    what: str = "tidy up",
    diff: str | None = None,
) -> Change:
    return Change(
        kind=kind,
        asset=asset,
        what=what,
        source=Source("git", "feeds", key),
        recorded_at=ONSET,
        occurred_at=ONSET + at,
        diff_text=diff,
    )


def best(
    *changes: Change, kind: CauseKind = CauseKind.UNIT_OR_SCALE_CHANGE
) -> str | None:
    found = match_change(suspect(kind), changes, distance=NEAR, grain=DAY)
    return found.change.source.key if found else None


def test_the_change_that_names_column_and_unit_wins() -> None:
    guilty = change(
        "guilty",
        diff="--- a/f.py\n+++ b/f.py\n-    temp_f\n+    temp_celsius  # metric",
    )
    assert best(change("a"), guilty, change("b", at=-HOUR)) == "guilty"


def test_context_lines_name_nothing() -> None:
    quiet = change("q", diff="--- a/f.py\n+++ b/f.py\n temp = 1\n-import os")
    assert content_fit(suspect(), quiet) == (NOTHING_SAID, False)


def test_nearer_in_time_wins_where_words_are_equal() -> None:
    assert best(change("far", at=-2 * DAY), change("near", at=-HOUR)) == "near"


def test_an_effect_follows_its_cause() -> None:
    assert best(change("late", at=3 * DAY)) is None


def test_long_before_is_no_match() -> None:
    assert best(change("old", at=-30 * DAY)) is None


def test_the_asset_itself_comes_before_what_lies_upstream() -> None:
    assert best(change("up", asset=UPSTREAM), change("own")) == "own"
    assert best(change("up", asset=UPSTREAM)) == "up"
    assert best(change("other", asset=AssetId("dataset:fleet"))) is None


@pytest.mark.parametrize("kind", [ChangeKind.NOTE, ChangeKind.DECISION])
def test_words_alter_nothing(kind: ChangeKind) -> None:
    assert best(change("said", kind=kind, what="temp in celsius")) is None


def test_a_dependency_explains_data_badly() -> None:
    bump = change("bump", kind=ChangeKind.DEPENDENCY, at=-HOUR)
    code = change("code", at=-2 * HOUR)
    assert best(bump, code) == "code"


def test_an_observed_interval_meets_the_onset() -> None:
    seen = Change(
        kind=ChangeKind.DEPLOY,
        asset=FEED,
        what="version 2",
        source=Source("mlflow", "prod", "1"),
        recorded_at=ONSET,
        observed_between=TimeWindow(ONSET - DAY, ONSET + HOUR),
    )
    assert time_gap(suspect().onset, seen) == timedelta(0)


def test_order_of_the_ledger_does_not_matter() -> None:
    some = [change(k, at=-h * HOUR) for h, k in enumerate("abcdef")]
    assert best(*some) == best(*reversed(some))


def test_words_are_written_lower_case() -> None:
    assert all(w == w.lower() for words in WORDS.values() for w in words)


MODEL = AssetId("model:late")


@pytest.mark.parametrize(
    ("kind", "asset", "at", "meant"),
    [
        (ChangeKind.DEPLOY, MODEL, timedelta(hours=-3), True),
        (ChangeKind.DEPLOY, MODEL, timedelta(days=-9), False),
        (ChangeKind.CONFIG, MODEL, timedelta(hours=-3), False),
        (ChangeKind.DEPLOY, FEED, timedelta(hours=-3), False),
    ],
)
def test_a_version_that_returns_without_a_deployment_is_the_wrong_one(
    kind: ChangeKind, asset: AssetId, at: timedelta, *, meant: bool
) -> None:
    weak = replace(suspect(CauseKind.WRONG_VERSION_SERVED), strength=0.2)
    told = undeclared(weak, [change("a", kind=kind, asset=asset, at=at)], MODEL)
    assert (told == weak) is meant
    if not meant:
        assert told.strength == UNDECLARED
        assert told.evidence[-1].text == "no deployment of that version is on record"


def test_only_a_returning_version_needs_a_deployment() -> None:
    assert undeclared(suspect(), [], MODEL) == suspect()
