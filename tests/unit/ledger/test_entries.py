from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import InputError
from modelowners.core.ids import AssetId, ChangeId
from modelowners.core.time import DAY, parse_instant
from modelowners.ledger.changes import Change, ChangeKind, Who
from modelowners.ledger.entries import (
    AHEAD,
    Entry,
    NoReason,
    NotYet,
    SaysNothing,
    TooLong,
)

NOW = parse_instant("2026-06-01T12:00Z")


def change(*kinds: ChangeKind, **fields: object) -> Change:
    kind = kinds[0] if kinds else ChangeKind.DEPLOY
    entry = Entry(kind=kind, asset=AssetId("model:eta"), **fields)  # type: ignore[arg-type]  # by name
    return entry.change(who=Who("ana"), now=NOW)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"what": " by hand "}, "by hand"),
        ({"version": "7"}, "version 7"),
        ({"version": "7", "environment": "prod"}, "version 7 to prod"),
        ({"artifact": "sha256:ab"}, "sha256:ab"),
        ({"before": {"t": 1}, "after": {"t": 2}}, "t 1 -> 2"),
        ({"version": "7", "after": {"t": 2}}, "version 7: t (none) -> 2"),
        ({"why": "because\nof it"}, "because"),
        ({"what": "  ", "version": "7"}, "version 7"),
    ],
)
def test_what_it_says(fields: dict[str, object], what: str) -> None:
    assert change(**fields).what == what


@pytest.mark.parametrize("fields", [{}, {"what": " "}, {"why": "\n"}, {"url": "u"}])
def test_an_entry_says_something(fields: dict[str, object]) -> None:
    with pytest.raises(SaysNothing):
        change(**fields)


def test_every_field_arrives() -> None:
    made = change(
        what="w",
        at=NOW - DAY,
        before={"a": 1},
        after={"a": 2},
        version="7",
        artifact="image",
        environment="prod",
        commit="c" * 40,
        why="because",
        url="https://ci/1",
        key="run-1",
        supersedes=ChangeId("chg_0"),
    )
    assert made.occurred_at == NOW - DAY
    assert made.recorded_at == NOW
    assert (made.before, made.after) == ({"a": 1}, {"a": 2, "artifact": "image"})
    assert (made.version, made.environment, made.commit) == ("7", "prod", "c" * 40)
    assert (made.why, made.who, made.supersedes) == ("because", Who("ana"), "chg_0")
    assert (made.source.connector, made.source.key) == ("record", "run-1")
    assert made.source.url == "https://ci/1"


def test_without_a_time_it_is_now() -> None:
    assert change(version="7").occurred_at == NOW


def test_a_decision_needs_a_reason() -> None:
    with pytest.raises(NoReason, match="--why"):
        change(ChangeKind.DECISION, what="keep the old model")
    assert change(ChangeKind.DECISION, what="keep it", why="cheaper").why == "cheaper"


def test_clocks_may_differ_a_little_the_future_may_not() -> None:
    assert change(version="7", at=NOW + AHEAD).occurred_at == NOW + AHEAD
    with pytest.raises(NotYet, match="2026-06-02T12:00:00Z"):
        change(version="7", at=NOW + DAY)


@pytest.mark.parametrize(
    "fields",
    [
        {"after": {"a": "x" * 5000}},
        {"before": {"a": "x" * 5000}, "what": "w"},
        {"what": "x" * 5000},
        {"what": "w", "why": "x" * 5000},
    ],
)
def test_what_is_too_long_is_refused_not_cut(fields: dict[str, object]) -> None:
    with pytest.raises(TooLong, match="--url") as caught:
        change(**fields)
    assert isinstance(caught.value, InputError)


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_key_decides_alone(one: str, other: str) -> None:
    first, second = change(version="7", key=one), change(version="8", key=other)
    assert (first.id == second.id) == (one == other)


def test_without_a_key_the_content_decides() -> None:
    same = change(version="7", at=NOW)
    assert same.id == change(version="7", at=NOW).id
    for other in (
        change(version="8", at=NOW),
        change(version="7", at=NOW - DAY),
        change(version="7", at=NOW, environment="prod", what="version 7"),
        change(ChangeKind.CONFIG, version="7", at=NOW),
    ):
        assert other.id != same.id
