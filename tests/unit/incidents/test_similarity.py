"""Similarity: what counts how much, what is too little, and how often it was right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import FLEET, MODEL, NOON, WEATHER, World, cause, read_catalog

from modelowners.app.loop import turn
from modelowners.core.ids import AssetId, IncidentId
from modelowners.incidents.fixes import Fix, FixState
from modelowners.incidents.incident import Incident
from modelowners.incidents.similarity import (
    ENOUGH,
    HISTORY,
    MOST,
    WEIGHTS,
    Facts,
    HitRate,
    hit_rate,
    similar,
)

OTHER = AssetId("model:other")
NONE: dict[AssetId, tuple[AssetId, ...]] = {}
FACTS = Facts(
    model=MODEL,
    asset=WEATHER,
    kind="offset",
    columns=frozenset({"temp"}),
    segments=frozenset({("city", "nyc")}),
    symptom="quality",
)


@pytest.fixture
def base(tmp_path: Path) -> Incident:
    world = World(read_catalog(tmp_path))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world.incidents.get("1")


def past(base: Incident, number: int = 1, **cause_: object) -> Incident:
    """An incident of another model, confirmed as something unlike FACTS."""
    confirmed = {"asset": FLEET, "kind": "rows_lost", "category": "data", **cause_}
    return replace(
        base,
        id=IncidentId(f"INC-{number}"),
        model=OTHER,
        symptom_class="drift",
        diagnosis={},
        confirmed=confirmed,
    )


@pytest.mark.parametrize(
    ("change", "upstream", "shared"),
    [
        ({"confirmed": {"asset": WEATHER, "kind": "x"}}, NONE, "asset"),
        ({"confirmed": {"asset": MODEL, "kind": "x"}}, NONE, "asset"),
        ({"confirmed": {"asset": FLEET, "kind": "offset"}}, NONE, "cause kind"),
        (
            {"diagnosis": {"causes": [{"column": "temp"}]}},
            NONE,
            "column or segment",
        ),
        (
            {"diagnosis": {"causes": [{"segment": {"city": "nyc"}}]}},
            NONE,
            "column or segment",
        ),
        ({}, {MODEL: (WEATHER,), OTHER: (WEATHER, FLEET)}, "shared upstream"),
        ({"symptom_class": "quality"}, NONE, "symptom class"),
    ],
)
def test_each_shared_fact_counts_what_was_agreed(
    base: Incident,
    change: dict[str, object],
    upstream: dict[AssetId, tuple[AssetId, ...]],
    shared: str,
) -> None:
    one = replace(past(base), **change)  # type: ignore[arg-type]  # by name
    # Alone no fact is enough, so two facts that score 4 stand beside it.
    padded = replace(FACTS, asset=FACTS.asset)
    alone = similar(padded, [one], upstream=upstream)
    assert alone == (), "one fact alone is too little"
    with_kind = dict(one.confirmed or {}) | {"kind": "offset"}
    strong = replace(one, confirmed=with_kind, symptom_class="quality")
    (found,) = similar(padded, [strong], upstream=upstream)
    assert shared in found.shared
    assert found.score == sum(WEIGHTS[name] for name in found.shared) >= ENOUGH


def test_everything_shared_scores_ten(base: Incident) -> None:
    one = replace(
        past(base, asset=WEATHER, kind="offset"),
        symptom_class="quality",
        diagnosis={"causes": [{"columns": ["temp"]}]},
    )
    upstream = {MODEL: (WEATHER,), OTHER: (WEATHER,)}
    (found,) = similar(FACTS, [one], upstream=upstream)
    assert (found.score, found.shared) == (10, tuple(WEIGHTS))
    assert sum(WEIGHTS.values()) == 10


def test_only_confirmed_ones_count(base: Incident) -> None:
    one = past(base, asset=WEATHER, kind="offset")
    assert similar(FACTS, [one], upstream=NONE)
    assert similar(FACTS, [replace(one, confirmed=None)], upstream=NONE) == ()


def test_the_three_most_alike_the_newest_first(base: Incident) -> None:
    alike = [past(base, n, asset=WEATHER, kind="offset") for n in range(1, 6)]
    best = replace(alike[0], symptom_class="quality")
    found = similar(FACTS, [best, *alike[1:]], upstream=NONE)
    assert [one.incident for one in found] == ["INC-1", "INC-5", "INC-4"]
    assert len(found) == MOST


def test_what_fixed_it_is_told(base: Incident) -> None:
    one = past(base, asset=WEATHER, kind="offset")
    fix = Fix(
        plan="p", action="alias to 3", asset="x", state=FixState.FINISHED, at=NOON
    )
    failed = replace(fix, plan="q", state=FixState.FAILED)
    for changed, said in (
        (one, None),
        (replace(one, close_reason="recovered-by-itself"), "recovered-by-itself"),
        (replace(one, fixes=(fix, failed)), "alias to 3"),
        (replace(one, fixes=(replace(fix, action=""),)), "p"),
    ):
        (found,) = similar(FACTS, [changed], upstream=NONE)
        assert found.fixed_by == said
        assert found.plain()["fixed_by"] == said


def test_facts_of_a_diagnosis_are_those_of_its_incident(base: Incident) -> None:
    # What is asked at opening is what is asked of the log later.
    world_facts = Facts.of(base)
    assert world_facts.asset == WEATHER
    assert world_facts.columns == {"temp"}
    assert Facts.of(replace(base, diagnosis={}, proposed={})).asset is None


def test_a_rate_needs_ten(base: Incident) -> None:
    some = [past(base, n, asset=WEATHER) for n in range(1, HISTORY)]
    found = hit_rate(some, upstream=NONE)
    assert (
        found.words == f"no history: {HISTORY - 1} incident(s) with a confirmed cause"
    )
    assert hit_rate([], upstream=NONE) == HitRate(0, 0)


def test_the_rate_leaves_each_out_in_turn(base: Incident) -> None:
    """Two kinds of trouble, each told by its proposal; one stands alone."""
    proposed = [
        {"asset": WEATHER, "kind": "offset"},
        {"asset": FLEET, "kind": "rows_lost"},
    ]
    many = [
        replace(past(base, n, **which), proposed=which)
        for n, which in enumerate(proposed * 6, start=1)
    ]
    alone = {"asset": AssetId("dataset:x"), "kind": "label_fault"}
    odd = replace(past(base, 13, **alone), proposed=alone)
    found = hit_rate([*many, odd], upstream=NONE)
    assert (found.hits, found.tried) == (12, 13)
    assert "12 of 13" in found.words


def test_a_wrong_proposal_is_a_miss(base: Incident) -> None:
    wrong = {"asset": WEATHER, "kind": "offset"}
    many = [replace(past(base, n), proposed=wrong) for n in range(1, 13)]
    assert hit_rate(many, upstream=NONE).hits == 0


@given(st.integers(0, 50), st.integers(0, 50))
def test_words_never_claim_a_rate_from_little(hits: int, tried: int) -> None:
    words = HitRate(min(hits, tried), tried).words
    assert words.startswith("no history") == (tried < HISTORY)
