"""The loop inside: one turn at a time, whatever fails is shown, and it ends."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from incident_worlds import MODEL, NOON

from modelowners.app.wiring import Program
from modelowners.core.errors import StateError
from modelowners.server.turns import Turns

if TYPE_CHECKING:
    from page_desks import PageDesk


def turns(desk: PageDesk, **parts: object) -> Turns:
    def start() -> Program:
        program = desk.program()
        program.take_in = desk.world.take_in  # type: ignore[method-assign,assignment]  # scripted
        program.diagnose = desk.world.diagnose  # type: ignore[method-assign]  # the same
        return program

    return Turns(
        parts.get("start", start),  # type: ignore[arg-type]  # wires a program
        desk.site.readings,
        clock=desk.world.clock,
        interval=timedelta(minutes=1),
    )


@pytest.fixture
def made(desk: PageDesk) -> Turns:
    return turns(desk)


def test_before_the_first_turn_it_says_so(made: Turns) -> None:
    beat = made.heartbeat()
    assert (beat.text, beat.tone) == ("The first look is under way", "unknown")


def test_a_turn_looks_and_is_counted(made: Turns, desk: PageDesk) -> None:
    made.take()
    assert made.pulse.error == ""
    assert (made.pulse.count, made.pulse.looked) == (1, 1)
    assert made.heartbeat().text == "Looked at 1 model just now"
    assert MODEL in desk.site.readings.glances


def test_what_fails_is_shown_and_the_next_is_taken(desk: PageDesk) -> None:
    failures: list[Exception] = [
        StateError(place="here", why="it is full", remedy="Free some"),
        RuntimeError("odd"),
    ]

    def start() -> Program:
        raise failures.pop(0)

    made = turns(desk, start=start)
    made.take()
    assert "it is full" in made.heartbeat().text
    assert made.heartbeat().tone == "bad"
    made.take()
    assert made.heartbeat().text.endswith("unexpected RuntimeError: odd")
    assert made.pulse.count == 2


def test_silence_is_bad_news(made: Turns, desk: PageDesk) -> None:
    made.take()
    desk.world.clock.at = NOON + timedelta(minutes=3)
    assert made.heartbeat().tone == "good"
    desk.world.clock.at = NOON + timedelta(minutes=5)
    assert made.heartbeat().tone == "bad"


def test_another_loop_at_work_is_said(
    made: Turns, desk: PageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made._stopping, "wait", lambda seconds: False)
    with desk.world.incidents.sole() as alone:
        assert alone
        made.take()
    assert "another `watch` or `serve`" in made.pulse.error


def test_an_act_being_told_is_waited_for(
    made: Turns, desk: PageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = desk.world.incidents.sole()
    assert held.__enter__()
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        held.__exit__(None, None, None)
        return False

    monkeypatch.setattr(made._stopping, "wait", wait)
    made.take()
    assert made.pulse.error == ""
    assert len(waits) == 1


def test_it_ends_when_it_is_told(made: Turns) -> None:
    done = threading.Event()
    take = made.take

    def once() -> None:
        take()
        done.set()

    made.take = once  # type: ignore[method-assign]  # to know when
    made.begin()
    assert done.wait(20)
    made.stop()
    assert not made._thread.is_alive()


def test_stopping_what_never_began_is_nothing(made: Turns) -> None:
    made.stop()
    assert made.pulse.count == 0


def test_a_post_brings_the_next_turn_soon(made: Turns) -> None:
    taken = threading.Semaphore(0)
    made.take = taken.release  # type: ignore[method-assign]  # only counts
    made.begin()
    assert taken.acquire(timeout=10), "the first turn is taken at once"
    assert not taken.acquire(timeout=0.1), "the next is a minute away"
    for _ in range(100):
        made.wake()
    assert taken.acquire(timeout=10), "unless it is woken"
    assert not taken.acquire(timeout=0.1), "once, however often"
    made.stop()
    assert not made._thread.is_alive()
