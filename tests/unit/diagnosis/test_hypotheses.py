from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from case_faults import SWAPPED
from case_worlds import FEATURES, Bench, strongest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, Onset, TimeWindow, parse_instant
from modelowners.diagnosis.attribution import Place
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.hypotheses import (
    Hypothesis,
    group,
    reachable,
    repair_sentence,
    weigh_harm,
)
from modelowners.diagnosis.probes.data import column_swap
from modelowners.observations.questions import Repair

MODEL = AssetId("model:late")
WEATHER, ORDERS = AssetId("dataset:weather"), AssetId("dataset:orders")
AT = parse_instant("2026-06-10")
LATER = 5 * DAY


def suspect(
    *columns: str,
    kind: CauseKind = CauseKind.OFFSET,
    strength: float = 0.9,
    after: timedelta = timedelta(0),
    segment: Mapping[str, str] | None = None,
) -> Suspect:
    at = AT + after
    return Suspect(
        kind=kind,
        columns=columns,
        segment=segment or {},
        onset=Onset(at, at - DAY / 2, at + DAY / 2),
        strength=strength,
        size=8.0,
        evidence=(Evidence("signature", f"{kind.value} {' '.join(columns)}"),),
    )


def at(asset: AssetId) -> Place:
    level = "model" if asset == MODEL else "source"
    return Place(asset=asset, level=level, why="", sure=1.0)


def grouped(*told: tuple[Suspect, AssetId]) -> list[Hypothesis]:
    return group([(one, at(asset)) for one, asset in told])


def columns(found: Sequence[Hypothesis]) -> list[tuple[str, ...]]:
    return [h.columns for h in found]


def test_columns_of_one_asset_at_one_moment_are_one_story() -> None:
    (found,) = grouped(
        (suspect("dew", strength=0.5), WEATHER),
        (suspect("temp"), WEATHER),
        (suspect("wind", kind=CauseKind.DEFAULT_FILL, strength=0.7), WEATHER),
    )
    assert found.columns == ("temp", "wind", "dew")
    assert found.lead.columns == ("temp",)
    assert [e.text for e in found.evidence] == [
        "offset temp",
        "default_fill wind",
        "offset dew",
    ]


def test_other_moments_assets_and_rows_stay_apart() -> None:
    first = (suspect("temp"), WEATHER)
    oslo, bergen = {"city": "Oslo"}, {"city": "Bergen"}
    assert len(grouped(first, (suspect("dew", after=LATER), WEATHER))) == 2
    assert len(grouped(first, (suspect("price"), ORDERS))) == 2
    assert len(grouped(first, (suspect("dew", segment=oslo), WEATHER))) == 2
    for column in ("temp", "dew"):
        both = grouped(
            (suspect("temp", segment=oslo), WEATHER),
            (suspect(column, segment=bergen), WEATHER),
        )
        assert [dict(h.lead.segment) for h in both] in ([oslo, bergen], [bergen, oslo])


def test_of_rival_stories_about_a_column_the_strongest_is_left() -> None:
    (found,) = grouped(
        (suspect("temp", kind=CauseKind.CORRUPTED_VALUES, strength=0.6), WEATHER),
        (suspect("temp", kind=CauseKind.UNIT_OR_SCALE_CHANGE), WEATHER),
        (suspect("temp", strength=0.8, segment={"city": "Oslo"}), WEATHER),
    )
    assert [m.kind for m in found.members] == [CauseKind.UNIT_OR_SCALE_CHANGE]


def test_a_whisper_about_another_column_is_no_part_of_the_story() -> None:
    found = grouped((suspect("temp"), WEATHER), (suspect("dew", strength=0.1), WEATHER))
    assert columns(found) == [("temp",), ("dew",)]


@pytest.mark.parametrize(
    "kind",
    [
        CauseKind.CONCEPT_SHIFT,
        CauseKind.COVARIATE_SHIFT,
        CauseKind.WEAK_SEGMENT,
        CauseKind.BAD_RETRAIN,
        CauseKind.WRONG_VERSION_SERVED,
    ],
)
def test_world_and_model_stories_absorb_nothing_and_are_not_absorbed(
    kind: CauseKind,
) -> None:
    whole = (suspect("temp", kind=kind, strength=1.0), MODEL)
    part = (suspect("temp"), WEATHER)
    unclaimed = (suspect("speed"), MODEL)
    assert len(grouped(whole, part)) == 2
    assert len(grouped(part, whole)) == 2
    assert len(grouped(whole, unclaimed)) == 2


def relation(strength: float = 1.0, **segment: str) -> Suspect:
    return suspect(
        "total",
        "price",
        "tax",
        kind=CauseKind.RELATION_BROKEN,
        strength=strength,
        segment=segment,
    )


def test_a_relation_yields_to_the_signature_of_its_column_and_confirms_it() -> None:
    (found,) = grouped((relation(), ORDERS), (suspect("tax", strength=0.6), ORDERS))
    assert found.lead.kind is CauseKind.OFFSET
    assert found.columns == ("tax",)
    assert found.lead.strength == pytest.approx(0.95)
    assert "relation_broken total price tax" in [e.text for e in found.evidence]


def test_a_relation_whose_columns_show_nothing_is_the_story() -> None:
    (found,) = grouped((relation(), ORDERS), (suspect("tax", strength=0.3), ORDERS))
    assert found.lead.kind is CauseKind.RELATION_BROKEN
    assert found.columns == ("total", "price", "tax")


def test_a_relation_does_not_yield_to_other_rows_other_days_or_other_columns() -> None:
    whole = (relation(), ORDERS)
    for other in (
        suspect("tax", strength=0.95, segment={"city": "Oslo"}),
        suspect("tax", strength=0.95, after=LATER),
        suspect("speed", strength=0.95),
    ):
        lead = grouped(whole, (other, WEATHER))[0].lead
        assert (lead.kind, lead.strength) == (CauseKind.RELATION_BROKEN, 1.0)


def test_a_relation_of_some_rows_yields_to_a_signature_of_all() -> None:
    found = grouped((relation(city="Oslo"), ORDERS), (suspect("tax"), ORDERS))
    assert found[0].lead.kind is CauseKind.OFFSET


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["temp", "dew", "wind", "humid"]),
            st.sampled_from([WEATHER, ORDERS, MODEL]),
            st.sampled_from([{}, {"city": "Oslo"}]),
            st.integers(0, 12).map(lambda d: d * DAY),
        ),
        min_size=1,
        max_size=6,
    ),
    st.data(),
)
def test_grouping_is_free_of_order_and_loses_no_column(
    drawn: list[tuple[str, AssetId, dict[str, str], timedelta]], data: st.DataObject
) -> None:
    told = [
        (suspect(name, strength=1 - i / 10, segment=where, after=gap), asset)
        for i, (name, asset, where, gap) in enumerate(drawn)
    ]
    found = grouped(*told)
    assert grouped(*data.draw(st.permutations(told))) == found
    assert {c for h in found for c in h.columns} == {name for name, *_ in drawn}
    strengths = [h.lead.strength for h in found]
    assert strengths == sorted(strengths, reverse=True)


def test_an_exchange_is_put_back_both_ways(bench: Bench) -> None:
    case = bench.case(SWAPPED)
    seen = TimeWindow(case.frame.reference.start, case.frame.windows[-1].end)
    fitted = case.engine.surrogate(case.log, seen, columns=FEATURES)
    case = replace(case, surrogate=fitted)
    lead = strongest(column_swap.probe(case))
    told = weigh_harm(case, grouped((lead, ORDERS))[0])
    assert told.counter == 0
    assert told.share is not None
    assert told.share > 0.9
    back = lead.replacement
    assert back is not None
    assert back.other is not None
    mirrored = replace(back, column=back.other, other=back.column)
    other = replace(lead, replacement=mirrored)
    assert weigh_harm(case, grouped((other, ORDERS))[0]).repair == told.repair


def mended(*, share: float | None, repaired: float = 0.41) -> Hypothesis:
    lead = suspect("temp")
    answer = Repair(rows=900, loss=0.5, repaired=repaired, low=-0.1, high=-0.08)
    return Hypothesis(
        lead=lead, members=(lead,), place=at(WEATHER), repair=answer, share=share
    )


def test_a_repair_is_told_with_its_figures_where_it_mends() -> None:
    told = repair_sentence(mended(share=0.9))
    assert told is not None
    assert "from 0.5" in told.text
    assert "to 0.41" in told.text
    assert "90 %" in told.text
    assert (told.value, told.before) == (0.41, 0.5)


@pytest.mark.parametrize("share", [None, 0.0, 0.04])
def test_a_repair_that_mends_nothing_is_not_told(share: float | None) -> None:
    assert repair_sentence(mended(share=share)) is None
    assert repair_sentence(replace(mended(share=1.0), repair=None)) is None


def test_an_asset_that_lineage_does_not_know_reaches_itself() -> None:
    assert reachable(WEATHER, {}) == {WEATHER: 0}
    known = {ORDERS: {ORDERS: 0, WEATHER: 2}}
    assert reachable(ORDERS, known) == {ORDERS: 0, WEATHER: 2}
