from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from modelowners.catalog.owners import Duty, Owner, Ownership, Status
from modelowners.core.ids import AssetId
from modelowners.core.time import Onset, parse_instant
from modelowners.diagnosis.attribution import Place, owner_of, place_of
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.observations.logs import Claim, Labels, PredictionLog

MODEL = AssetId("model:amount-due")
FEED_A, FEED_B = AssetId("dataset:feed-a"), AssetId("dataset:feed-b")
TRUTH = AssetId("dataset:payments")
AT = parse_instant("2026-06-10")


def log(*claims: Claim) -> PredictionLog:
    return PredictionLog(
        asset=MODEL,
        root=Path(),
        source=("a.csv",),
        columns={},
        labels=Labels(actual="paid"),
        upstream=claims,
    )


ROWS = (
    Claim(asset=FEED_A, rows={"vendor": ("1",)}),
    Claim(asset=FEED_B, rows={"vendor": ("2", "4")}),
)


def suspect(
    *columns: str, kind: CauseKind = CauseKind.OFFSET, **segment: str
) -> Suspect:
    return Suspect(
        kind=kind,
        columns=columns,
        segment=segment,
        onset=Onset(AT, AT, AT),
        strength=1.0,
        size=1.0,
    )


def test_rows_come_before_columns() -> None:
    both = log(*ROWS, Claim(asset=AssetId("dataset:meter"), features=("fare",)))
    assert place_of(suspect("fare", vendor="4"), both, ()).asset == FEED_B
    assert place_of(suspect("fare"), both, ()).asset == "dataset:meter"


def test_a_suspect_of_all_rows_belongs_to_no_row_claim() -> None:
    found = place_of(suspect("fare"), log(*ROWS), ())
    assert found.asset == MODEL
    assert "declare" in found.why
    assert found.sure < 1


def test_the_only_data_it_needs_is_next() -> None:
    needs = (AssetId("service:api"), FEED_A)
    assert place_of(suspect("fare"), log(), needs).asset == FEED_A
    assert place_of(suspect("fare"), log(), (FEED_A, FEED_B)).asset == MODEL


@pytest.mark.parametrize(
    "kind", [CauseKind.BAD_RETRAIN, CauseKind.CONCEPT_SHIFT, CauseKind.WEAK_SEGMENT]
)
def test_model_and_world_lie_at_the_model(kind: CauseKind) -> None:
    found = place_of(suspect("fare", kind=kind, vendor="2"), log(*ROWS), (FEED_A,))
    assert (found.asset, found.level) == (MODEL, "model")


def test_labels_have_an_owner_where_one_is_claimed() -> None:
    wrong = suspect("paid", kind=CauseKind.LABEL_FAULT)
    claimed = log(Claim(asset=TRUTH, features=("paid",)))
    assert place_of(wrong, claimed, ()).asset == TRUTH
    assert place_of(wrong, log(), (FEED_A,)).asset == MODEL


def _resolver(status: Status, person: str | None) -> Ownership:
    return Ownership(
        asset=FEED_B,
        at=AT,
        status=status,
        owner=Owner("team", "feed-b"),
        declared="modelowners.yaml:9",
        tier=2,
        accountable=Duty(person, None, ("lead bo",)),
        responder=Duty(person),
    )


def test_the_owner_is_asked_for_at_the_onset() -> None:
    asked: list[datetime] = []

    def resolver(asset: AssetId, at: datetime) -> Ownership:
        assert asset == FEED_B
        asked.append(at)
        return _resolver(Status.OWNED, "bo")

    place = Place(asset=FEED_B, level="source", why="rows claim vendor=2", sure=1.0)
    found = owner_of(place, resolver, AT)
    assert asked == [AT]
    assert (found.team, found.person) == ("feed-b", "bo")
    assert found.why[0] == "rows claim vendor=2"


def test_unowned_names_nobody() -> None:
    place = Place(asset=FEED_B, level="source", why="", sure=1.0)
    found = owner_of(place, lambda a, t: _resolver(Status.UNOWNED, None), AT)
    assert (found.team, found.person) == (None, None)
    assert "unowned" in found.why[1]
