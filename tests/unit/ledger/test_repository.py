from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.core.ids import AssetId, ChangeId
from modelowners.core.time import DAY, TimeWindow, parse_instant
from modelowners.ledger.changes import (
    Change,
    ChangeKind,
    Digest,
    Identity,
    Source,
    Strength,
    Who,
)
from modelowners.ledger.ports import Batch
from modelowners.ledger.repository import Ledger
from modelowners.store.database import Database

START = parse_instant("2026-06-01")
ETA, WEATHER = AssetId("model:eta"), AssetId("dataset:weather")
Make = Callable[..., Change]

optional_text = st.none() | st.text(max_size=5)
json_values = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
moments = st.integers(0, 10**6).map(lambda n: START + n * DAY / 1000)
digests = st.none() | st.builds(
    Digest, st.text(max_size=5), st.text(max_size=5), st.sampled_from(Strength)
)
whole_changes = st.builds(
    Change,
    kind=st.sampled_from(ChangeKind),
    asset=st.sampled_from([ETA, WEATHER]),
    what=st.text(max_size=8),
    source=st.builds(Source, *[st.text(max_size=5)] * 3, optional_text),
    recorded_at=moments,
    occurred_at=st.none() | moments,
    observed_between=st.none()
    | st.tuples(moments, st.integers(1, 9)).map(
        lambda pair: TimeWindow(pair[0], pair[0] + pair[1] * DAY)
    ),
    who=st.builds(Who, optional_text, optional_text, st.text(max_size=5)),
    before=st.dictionaries(st.text(max_size=4), json_values, max_size=3),
    after=st.dictionaries(st.text(max_size=4), json_values, max_size=3),
    diff_text=optional_text,
    path=optional_text,
    version=optional_text,
    commit=optional_text,
    environment=optional_text,
    why=optional_text,
    run=optional_text,
    identity=st.none() | st.builds(Identity, digests, digests),
)


@given(st.lists(whole_changes, max_size=6, unique_by=lambda change: change.id))
def test_every_field_comes_back(new: list[Change]) -> None:
    with Database.open(":memory:") as database:
        ledger = Ledger(database)
        assert ledger.append(new) == len(new)
        assert ledger.append(new) == 0
        assert {c.id: c for c in ledger.changes()} == {c.id: c for c in new}
        assert [ledger.get(change.id) for change in new] == new
        assert ledger.verify().rows == len(new)
        assert ledger.verify(head=ledger.head()).fault is None


@settings(max_examples=15)  # each example opens two databases
@given(
    st.lists(whole_changes, min_size=1, max_size=6, unique_by=lambda change: change.id),
    st.randoms(use_true_random=False),
)
def test_order_and_repetition_make_no_difference(
    new: list[Change], chance: random.Random
) -> None:
    shuffled = [*new, *new]
    chance.shuffle(shuffled)
    answers = []
    for batches in ([new], [[change] for change in shuffled]):
        with Database.open(":memory:") as database:
            ledger = Ledger(database)
            added = sum(ledger.append(batch) for batch in batches)
            answers.append((added, ledger.changes()))
    assert answers[0] == answers[1]


def test_repetition_within_a_batch_counts_once(
    ledger: Ledger, make_change: Make
) -> None:
    assert ledger.append([make_change("a"), make_change("a")]) == 1


def test_the_first_telling_stays(ledger: Ledger, make_change: Make) -> None:
    ledger.append([make_change("a", what="first")])
    assert ledger.append([make_change("a", what="second")]) == 0
    assert [change.what for change in ledger.changes()] == ["first"]


def test_only_some_assets(ledger: Ledger, make_change: Make) -> None:
    ledger.append([make_change("a"), make_change("b", asset=WEATHER)])
    assert [c.asset for c in ledger.changes([WEATHER])] == [WEATHER]
    assert len(ledger.changes([ETA, WEATHER])) == 2
    assert ledger.changes([]) == ()
    assert ledger.changes([AssetId("model:none")]) == ()


def test_very_many_assets(ledger: Ledger, make_change: Make) -> None:
    ledger.append([make_change("a"), make_change("b", asset=WEATHER)])
    many = {AssetId(f"model:m{n}") for n in range(40_000)} | {ETA, WEATHER}
    assert len(ledger.changes(many)) == 2


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, "abc"),
        (START + DAY, None, "bc"),
        (None, START + DAY, "a"),
        (START, START + DAY, "a"),
        (START + DAY, START + 2 * DAY, "b"),
        (START + 2 * DAY, START + 3 * DAY, "c"),
        (START + 4 * DAY, START + 5 * DAY, "c"),
        (START + 6 * DAY, None, ""),
    ],
)
def test_only_what_can_have_happened_in_between(
    ledger: Ledger,
    make_change: Make,
    since: object,
    until: object,
    found: str,
) -> None:
    seen = TimeWindow(START + 2 * DAY, START + 5 * DAY)
    ledger.append(
        [
            make_change("a", occurred_at=START),
            make_change("b", occurred_at=START + DAY),
            make_change("c", observed_between=seen),
        ]
    )
    told = ledger.changes([ETA], since=since, until=until)  # type: ignore[arg-type]  # instants
    assert "".join(change.source.key for change in told) == found


def test_a_correction_takes_the_place_of_what_it_corrects(
    ledger: Ledger, make_change: Make
) -> None:
    wrong = make_change("wrong")
    right = make_change("right", supersedes=wrong.id)
    ledger.append([right, wrong])  # even if it arrives first
    assert ledger.changes() == (right,)
    assert ledger.get(wrong.id) == wrong
    last = make_change("last", supersedes=right.id)
    ledger.append([last])
    assert ledger.changes([ETA]) == (last,)


def test_an_unknown_id(ledger: Ledger) -> None:
    assert ledger.get(ChangeId("chg_none")) is None


def test_changes_and_cursor_are_committed_together(
    ledger: Ledger, make_change: Make
) -> None:
    class Broken(Exception):
        pass

    def breaking() -> object:
        yield make_change("a")
        raise Broken

    batch = Batch(changes=breaking(), cursor="7")  # type: ignore[arg-type]  # breaks halfway
    with pytest.raises(Broken):
        ledger.advance("feed", "x", batch=batch, looked_at=START)
    assert (ledger.changes(), ledger.cursor("feed", "x")) == ((), None)


def test_watermarks_keep_the_last_look(ledger: Ledger) -> None:
    for n, floor in ((1, START), (2, None)):
        batch = Batch(changes=(), cursor=str(n), floor=floor, notes=(f"look {n}",))
        ledger.advance("feed", "x", batch=batch, looked_at=START + n * DAY)
    (mark,) = ledger.watermarks()
    assert (mark.looked_at, mark.floor) == (START + 2 * DAY, None)
    assert mark.notes == ("look 2",)
    assert ledger.cursor("feed", "x") == "2"


def test_an_empty_ledger(ledger: Ledger) -> None:
    assert ledger.changes() == ()
    assert ledger.watermarks() == ()
    assert ledger.verify().rows == 0
    assert ledger.append([]) == 0
