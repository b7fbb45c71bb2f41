from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest

from modelowners.app.card import Card, Claim, Feature, OpenIncident, Served
from modelowners.app.card_text import describe, document
from modelowners.app.investigation import Investigation
from modelowners.app.lines import Tone, text
from modelowners.catalog.owners import Duty
from modelowners.core.evidence import Evidence
from modelowners.core.ids import asset_id
from modelowners.core.time import TimeWindow, parse_instant

MODEL = asset_id("model:late-arrival")
NOW = parse_instant("2026-10-20")
WEATHER = asset_id("dataset:weather")
HOSTILE = "<b>\x1b[31m\u202e"


@pytest.fixture
def card(late_arrival: Investigation) -> Card:
    """A card with something in every part."""
    return Card(
        model=MODEL,
        at=NOW,
        ownership=late_arrival.ownership[MODEL],
        served=Served(
            window=TimeWindow.parse("2026-10-19"),
            rows=1_000,
            labelled=400,
            versions={"v1": 100, "v2": 900},
        ),
        claims=(
            Claim(
                name="temp",
                kind="between",
                verdict="fail",
                expected="temp between 0 and 110",
                found="least value -17.8",
                where={"origin": "JFK"},
                since=parse_instant("2026-10-12"),
            ),
            Claim(
                name="auc",
                kind="metric",
                verdict="skip",
                expected="auc >= 0.8",
                found="no labels since 18 Oct",
            ),
            Claim(
                name="ids",
                kind="unique",
                verdict="pass",
                expected="prediction_id unique",
                found="no double",
            ),
        ),
        features=(
            Feature(name="temp", asset=WEATHER, team="weather-feed"),
            Feature(name="dewp", asset=WEATHER, team="weather-feed"),
            Feature(name="hour", asset=None, team=None),
        ),
        changes=tuple(late_arrival.changes.values()),
        weaknesses=late_arrival.diagnosis.weaknesses,
        incidents=(
            OpenIncident(
                id="INC-1",
                state="open",
                headline="late-arrival has been wrong more often",
                since=parse_instant("2026-10-13"),
            ),
        ),
        not_looked_at=("served: log.csv cannot be read",),
    )


def test_the_card_is_the_one_reviewed(
    card: Card, golden: Callable[[str, str], None]
) -> None:
    golden("card.txt", text(describe(card)))


def test_the_document_is_the_one_reviewed(
    card: Card, golden: Callable[[str, str], None]
) -> None:
    golden("card.json", json.dumps(document(card), indent=2, ensure_ascii=False) + "\n")


def test_a_verdict_stands_beside_its_claim_with_what_was_found(card: Card) -> None:
    lines = {line.text.split()[0]: line for line in describe(card) if line.text}
    broken = lines["broken"]
    assert broken.tone is Tone.BAD
    assert "between 0 and 110 for origin JFK; found least value -17.8" in broken.text
    assert lines["holds"].tone is Tone.GOOD
    assert "found" not in lines["holds"].text
    assert "not tested" in text(describe(card))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("claims", "Declare expect: or checks:"),
        ("changes", "modelowners sync"),
    ],
)
def test_an_empty_part_says_what_would_fill_it(
    card: Card, field: str, value: str
) -> None:
    assert value not in text(describe(card))
    empty = dataclasses.replace(card, **{field: ()})  # type: ignore[arg-type]  # by name
    assert value in text(describe(empty))


def test_other_empty_parts_take_no_room(card: Card) -> None:
    bare = dataclasses.replace(
        card, features=(), incidents=(), weaknesses=(), not_looked_at=(), served=None
    )
    said = text(describe(bare))
    for title in ("Features", "Open incidents", "Standing", "Not looked", "Served"):
        assert title not in said


def test_nobody_in_reach_is_said(card: Card) -> None:
    alone = dataclasses.replace(
        card.ownership, responder=Duty(None, why=("wes is away",))
    )
    said = text(describe(dataclasses.replace(card, ownership=alone)))
    assert "responder    nobody (wes is away)" in said


def test_a_window_without_rows_divides_by_nothing(card: Card) -> None:
    empty = Served(
        window=TimeWindow.parse("2026-10-19"), rows=0, labelled=0, versions={"v1": 0}
    )
    said = text(describe(dataclasses.replace(card, served=empty)))
    assert "0 rows, 0 % of them labelled" in said


def test_hostile_words_are_shown_as_text(card: Card) -> None:
    wild = dataclasses.replace(
        card,
        claims=(dataclasses.replace(card.claims[0], name=HOSTILE, found=HOSTILE),),
        features=(Feature(name=HOSTILE, asset=None, team=None),),
        weaknesses=(Evidence(HOSTILE, HOSTILE),),
        not_looked_at=(HOSTILE,),
    )
    said = text(describe(wild))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert said.count("<b>\\x1b[31m\\u202e") == 5
