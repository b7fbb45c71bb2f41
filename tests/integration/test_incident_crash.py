"""Killed with -9 at any point: nothing accepted is lost, repeats say so."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from crash_worlds import (
    DATABASES,
    FAILPOINTS,
    LATER,
    Cradle,
    Nursery,
    job,
    measure,
    nursery,
    read_lines,
    undisturbed,
    workshop,
)
from incident_worlds import NOON

if TYPE_CHECKING:
    from postgres_worlds import Server

ROUNDS = 3


@pytest.fixture(scope="module")
def hatch() -> Iterator[Nursery]:
    with nursery() as found:
        yield found


@pytest.fixture(scope="module")
def cradle(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> Iterator[Cradle]:
    with workshop(tmp_path_factory.mktemp("crash"), postgres) as found:
        yield found


@pytest.mark.parametrize("failpoint", FAILPOINTS)
@pytest.mark.parametrize("database", DATABASES)
def test_nothing_accepted_is_lost_and_repeats_follow_only_a_send(
    cradle: Cradle, hatch: Nursery, database: str, failpoint: str
) -> None:
    """`make bench NAME=crash` does the same many times."""
    row = measure(cradle, hatch, database, failpoint, rounds=ROUNDS)
    assert row.lost == 0
    assert row.unmarked == 0
    # At F5 the message had arrived and nobody knew: the one honest repeat.
    assert row.repeated == (ROUNDS if failpoint == "F5" else 0)


@pytest.mark.parametrize("database", DATABASES)
def test_killed_again_and_again_it_still_arrives(
    cradle: Cradle, hatch: Nursery, database: str
) -> None:
    expected, _ = undisturbed(cradle, hatch, database)
    place, folder = cradle.round(database)
    for _ in range(3):
        assert hatch.run(job(place, folder, NOON, "F4")) == -signal.SIGKILL
    assert read_lines(folder / "sent.jsonl") == []
    for now in (NOON, LATER):
        assert hatch.run(job(place, folder, now)) == 0
    assert len(read_lines(folder / "sent.jsonl")) == len(expected)


@pytest.mark.parametrize("database", DATABASES)
def test_another_run_after_success_sends_nothing(
    cradle: Cradle, hatch: Nursery, database: str
) -> None:
    place, folder = cradle.round(database)
    assert hatch.run(job(place, folder, NOON)) == 0
    before = read_lines(folder / "sent.jsonl")
    assert hatch.run(job(place, folder, NOON)) == 0
    assert read_lines(folder / "sent.jsonl") == before


def test_a_sink_under_test_refuses_what_nobody_expects(
    cradle: Cradle, hatch: Nursery
) -> None:
    """Else the figures above would prove nothing."""
    place, folder = cradle.round("sqlite")
    (folder / "expected.json").write_text("[]", encoding="utf-8")
    hatch.run(job(place, folder, NOON))
    assert read_lines(folder / "sent.jsonl") == []
    assert read_lines(folder / "unexpected.jsonl")
