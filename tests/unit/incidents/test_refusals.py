"""Refusals: each says what was expected, what was found, and what to type."""

from __future__ import annotations

import pytest

from modelowners.core.errors import InputError, ModelownersError
from modelowners.incidents import refusals

DETAILS = {
    "found": "INC-9",
    "incident": "INC-1",
    "state": "closed",
    "act": "ack",
    "why": "it ended",
    "available": "note",
    "who": "bo",
    "remedy": "Ask them",
    "field": "resolved",
    "expected": 3,
    "key": "k",
    "kind": "seen",
    "name": "to",
}
EVERY = [
    thing
    for thing in vars(refusals).values()
    if isinstance(thing, type)
    and issubclass(thing, ModelownersError)
    and thing.__module__ == refusals.__name__
]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_refusal_fills_in_its_message(kind: type[ModelownersError]) -> None:
    text = str(kind(**DETAILS))
    assert "{" not in text
    assert text.endswith(".")


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_is_the_tree(kind: type[ModelownersError]) -> None:
    assert kind.__name__ in (refusals.__doc__ or "")
    assert issubclass(kind, InputError) == (kind is not refusals.NoHistory)


def test_a_foreign_brace_is_no_format() -> None:
    text = str(refusals.NoIncident(found="{0.__class__}"))
    assert "{0.__class__}" in text
