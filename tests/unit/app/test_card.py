from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest

from modelowners.app import debugging
from modelowners.app.card import Claim, Feature, draw_up
from modelowners.app.investigation import Investigation
from modelowners.app.wiring import Program
from modelowners.core.errors import InputError
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import VirtualClock, parse_instant

MODEL = asset_id("model:late-arrival")
NOW = parse_instant("2026-10-20")
FILE = """\
version: 1
people:
  ana: {email: ana@example.org}
  wes: {email: wes@example.org}
teams:
  risk-ml: {lead: ana}
  weather-feed: {lead: wes}
owns:
  "model:late-arrival":
    owner: risk-ml
    needs: ["dataset:weather"]
    predictions:
      source: log.csv
      columns: {prediction_id: id, ts: ts, score: score, model_version: version}
      segments: [origin]
      task: binary
      labels: {actual: late}
      upstream:
        "dataset:weather": {features: [temp]}
  "model:bare": {owner: risk-ml}
  "dataset:weather": {owner: weather-feed}
"""


def rows() -> Iterable[str]:
    """Three days, four rows an hour; the truth of every fourth row is missing."""
    yield "id,ts,score,version,origin,late,temp,wind"
    for i in range(3 * 96):
        day, minute = 17 + i // 96, 15 * (i % 96)
        ts = f"2026-10-{day}T{minute // 60:02}:{minute % 60:02}:00Z"
        version = "v2" if i % 3 else "v1"
        late = "" if i % 4 == 3 else str(i % 2)
        yield f"{i},{ts},0.{i % 9 + 1},{version},JFK,{late},{50 + i % 7},{i % 5}"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "modelowners.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "log.csv").write_text("\n".join(rows()), encoding="utf-8")
    found = Program.start(file=str(tmp_path / "modelowners.yaml"))
    found.clock = VirtualClock(NOW)
    return found


@pytest.fixture(autouse=True)
def _quick_diagnosis(
    monkeypatch: pytest.MonkeyPatch, late_arrival: Investigation
) -> None:
    """The diagnosis has its own tests; a card only takes its weaknesses."""
    monkeypatch.setattr(debugging, "debug", lambda *_, **__: late_arrival)


def test_a_card_says_who_answers_and_what_is_served(program: Program) -> None:
    card = draw_up(program, MODEL)
    assert card.at == NOW
    assert card.ownership.accountable.person == "ana"
    assert card.served is not None
    assert (card.served.rows, card.served.labelled) == (96, 72)
    assert card.served.versions == {"v1": 32, "v2": 64}
    assert card.not_looked_at == ()


def test_features_are_listed_with_who_delivers_them(program: Program) -> None:
    assert draw_up(program, MODEL).features == (
        Feature(name="temp", asset=asset_id("dataset:weather"), team="weather-feed"),
        Feature(name="wind", asset=None, team=None),
    )


def test_weaknesses_come_from_the_diagnosis(
    program: Program, late_arrival: Investigation
) -> None:
    assert draw_up(program, MODEL).weaknesses == late_arrival.diagnosis.weaknesses


def test_reading_a_card_writes_no_state(program: Program) -> None:
    program.keeps = False
    card = draw_up(program, MODEL)
    assert card.served is not None
    assert not card.changes
    assert not card.incidents
    assert not (program.settings.state / "state.db").exists()


def test_recent_changes_upstream_are_listed_latest_first(
    program: Program, late_arrival: Investigation
) -> None:
    guilty = next(iter(late_arrival.changes.values()))
    old = dataclasses.replace(
        guilty,
        source=dataclasses.replace(guilty.source, key="old"),
        occurred_at=parse_instant("2026-08-01"),
    )
    later = dataclasses.replace(
        guilty,
        source=dataclasses.replace(guilty.source, key="later"),
        occurred_at=parse_instant("2026-10-19"),
    )
    elsewhere = dataclasses.replace(guilty, asset=asset_id("dataset:fleet"))
    unseen = dataclasses.replace(
        guilty,
        source=dataclasses.replace(guilty.source, key="unseen"),
        occurred_at=parse_instant("2026-10-21"),
    )
    program.ledger.append([guilty, old, later, elsewhere, unseen])
    found = draw_up(program, MODEL).changes
    assert [change.id for change in found] == [later.id, guilty.id]


def test_a_model_without_log_has_a_card_that_says_so(program: Program) -> None:
    card = draw_up(program, asset_id("model:bare"))
    assert card.served is None
    assert not card.features
    assert not card.weaknesses
    (gap,) = card.not_looked_at
    assert gap.startswith("log: ")
    assert card.ownership.accountable.person == "ana"


def test_a_log_that_cannot_be_read_leaves_the_rest(
    program: Program, tmp_path: Path
) -> None:
    (tmp_path / "log.csv").unlink()
    card = draw_up(program, MODEL)
    assert card.served is None
    assert card.not_looked_at
    assert card.ownership.accountable.person == "ana"


@dataclasses.dataclass(frozen=True)
class Answer:
    """A check's answer, as detection gives it."""

    name: str
    verdict: str
    kind: str = "between"
    expected: str = "-60 to 130"
    found: str = "-80 to 40"
    where: dict[str, str] = dataclasses.field(default_factory=dict)
    since: datetime | None = NOW


def test_claims_stand_beside_their_verdicts_broken_ones_first(
    program: Program,
) -> None:
    asked: list[tuple[AssetId, datetime | None]] = []

    def check(model: AssetId, as_of: datetime | None) -> Iterable[Answer]:
        asked.append((model, as_of))
        return [
            Answer("b", "pass"),
            Answer("a", "pass"),
            Answer("d", "skip"),
            Answer("c", "fail", where={"origin": "JFK"}),
        ]

    card = draw_up(program, MODEL, as_of=NOW, check=check)
    assert [claim.name for claim in card.claims] == ["c", "d", "a", "b"]
    assert card.broken == (
        Claim(
            name="c",
            kind="between",
            verdict="fail",
            expected="-60 to 130",
            found="-80 to 40",
            where={"origin": "JFK"},
            since=NOW,
        ),
    )
    assert asked == [(MODEL, NOW)]


def test_a_check_that_is_refused_leaves_the_rest(program: Program) -> None:
    def check(model: AssetId, as_of: datetime | None) -> Iterable[Answer]:
        raise InputError(what=f"no {model} at {as_of}")

    card = draw_up(program, MODEL, check=check)
    assert card.claims == ()
    assert card.served is not None
    assert card.not_looked_at == (f"claims: no {MODEL} at None.",)


def test_declared_checks_that_did_not_run_are_said_to_be_untested(
    program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "modelowners.yaml"
    told = FILE.replace(
        '"model:bare": {owner: risk-ml}',
        '"model:bare": {owner: risk-ml, checks: [{not_null: temp}]}',
    )
    file.write_text(told, encoding="utf-8")
    fresh = Program.start(file=str(file))
    fresh.clock = program.clock
    card = draw_up(fresh, asset_id("model:bare"))
    assert any("declared, but not run" in gap for gap in card.not_looked_at)


def test_what_was_not_yet_known_is_not_on_the_card(program: Program) -> None:
    early = draw_up(program, MODEL, as_of=parse_instant("2026-10-18T12:00Z"))
    assert early.served is not None
    assert early.served.window.end <= parse_instant("2026-10-18")
