"""The port is filled by something with its one method, and a fake is enough."""

from __future__ import annotations

from collections.abc import Sequence

from modelowners.catalog.ports import AuthorshipSource, Touch
from modelowners.core.time import parse_instant


class Remembered:
    """A history kept in memory."""

    def __init__(self, *touches: Touch) -> None:
        self.found = touches

    def touches(self, paths: Sequence[str] = ()) -> tuple[Touch, ...]:
        return self.found if not paths else ()


def test_a_history_in_memory_fills_the_port() -> None:
    one = Touch(email="a@x", name="A", at=parse_instant("2026-06-01"), files=1)
    source: AuthorshipSource = Remembered(one)
    assert source.touches() == (one,)
    assert source.touches(["elsewhere"]) == ()
