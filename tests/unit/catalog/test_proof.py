"""The proof: what it says of intervals is what sampling finds instant by instant."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.catalog.files import Catalog, load
from modelowners.catalog.proof import prove
from modelowners.catalog.roles import Chain, accountable, falls_back, responder
from modelowners.core.ids import asset_id
from modelowners.core.time import TimeWindow, parse_instant

if TYPE_CHECKING:
    import pytest

ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
PEOPLE = ("ana", "bo", "cy")
STEP = timedelta(minutes=15)


def world(chance: random.Random) -> str:
    """Three people, two teams, leave and covers around a change of clocks."""

    def day() -> str:
        return f"2026-{chance.choice(['03-2', '10-2'])}{chance.randint(0, 9)}"

    people = "\n".join(
        f"  {name}: {{email: {name}@x.example, tz: {chance.choice(ZONES)}"
        + (f", left: {day()}" if chance.random() < 0.3 else "")
        + (", manager: cy}" if name != "cy" else "}")
        for name in PEOPLE
    )
    away, cover = [], []
    for _ in range(chance.randint(0, 4)):
        who, (first, last) = chance.choice(PEOPLE), sorted([day(), day()])
        away.append(
            f"{{who: {who}, from: {first} 0{chance.randint(0, 9)}:30, through: {last}}}"
        )
    if chance.random() < 0.5:
        first, last = sorted([day(), day()])
        cover.append(f"{{who: ana, by: bo, from: {first}, through: {last}}}")
    every = chance.choice(["1d", "3d", "1w"])
    return f"""\
version: 1
people:
{people}
teams:
  up: {{lead: cy}}
  risk:
    lead: ana
    deputy: bo
    parent: up
    tz: {chance.choice(ZONES)}
    oncall: [{{from: {day()} 02:30, every: {every}, order: [ana, bo]}}]
calendar: {{away: [{", ".join(away)}], cover: [{", ".join(cover)}]}}
owns: {{model:a: {{owner: risk}}}}
"""


@settings(max_examples=12)
@given(st.randoms(use_true_random=False), st.sampled_from(["2026-03-25", "2026-10-22"]))
def test_the_proof_equals_sampling(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random, start: str
) -> None:
    file = tmp_path_factory.mktemp("world") / "modelowners.yaml"
    file.write_text(world(chance), encoding="utf-8")
    org = load(file).organisation
    chain = Chain("team", "risk")
    first = parse_instant(start)
    window = TimeWindow(first, first + timedelta(days=8))
    (proof,) = prove(org, {chain: [asset_id("model:a")]}, window)
    assert proof.intervals[0].start == window.start
    assert proof.intervals[-1].end == window.end
    at, position = window.start, 0
    while at < window.end:
        while proof.intervals[position].end <= at:
            position += 1
        interval = proof.intervals[position]
        assert interval.accountable == accountable(org, chain, at).person
        assert interval.responder == responder(org, chain, at).person
        assert interval.falls_back == falls_back(org, chain, at)
        at += STEP


def test_a_seeded_gap_has_exact_bounds(catalog_of: Callable[[str], Catalog]) -> None:
    catalog = catalog_of("""\
version: 1
people:
  ana: {email: a@x.example, tz: Europe/Madrid}
  bo: {email: b@x.example, tz: Europe/Oslo}
teams: {t: {lead: ana, deputy: bo}}
calendar:
  away:
    - {who: ana, from: 2026-10-20, through: 2026-10-30}
    - {who: bo, from: 2026-10-24 12:00, to: 2026-10-25 12:00}
owns: {model:a: {owner: t}}
""")
    window = TimeWindow.parse("2026-10-01/2026-11-01")
    chain = Chain("team", "t")
    (proof,) = prove(catalog.organisation, {chain: ["model:a"]}, window)  # type: ignore[list-item]  # an id
    gap = TimeWindow.parse("2026-10-24T10:00Z/2026-10-25T11:00Z")
    assert proof.gaps == (gap,)
    assert tuple(proof.spans(lambda it: it.steps == 0)) == (gap,)


def test_neighbouring_intervals_join_and_the_last_one_counts(
    catalog_of: Callable[[str], Catalog], example: str
) -> None:
    org = catalog_of(example).organisation
    chain = Chain("team", "risk-ml", "bo")
    window = TimeWindow.parse("2026-12-15/2027-01-05")
    (proof,) = prove(org, {chain: []}, window)
    (away,) = proof.spans(lambda interval: interval.accountable != "ana")
    assert away == TimeWindow.parse("2026-12-19T23:00Z/2027-01-03T23:00Z")
    (everything,) = proof.spans(lambda _: True)
    assert everything == window


def test_a_window_of_no_length_is_its_instant(
    catalog_of: Callable[[str], Catalog], small: str
) -> None:
    now = parse_instant("2026-06-01")
    (proof,) = prove(
        catalog_of(small).organisation,
        {Chain("team", "risk"): []},
        TimeWindow(now, now),
    )
    assert [(i.start, i.accountable) for i in proof.intervals] == [(now, "ana")]
