from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.lines import WIDTH, Line, Tone, text

plain = st.text(alphabet=st.characters(categories=["L", "N"]), max_size=12)


@given(st.lists(plain, max_size=60), st.integers(0, 8), st.integers(0, 8))
def test_no_line_is_wider_than_asked_and_no_word_is_lost(
    words: list[str], indent: int, hang: int
) -> None:
    said = " ".join(word for word in words if word)
    wrapped = Line(said, indent=indent, hang=hang).wrap(40)
    assert all(len(row) <= 40 for row in wrapped.splitlines())
    assert wrapped.split() == said.split()


def test_a_command_is_never_broken() -> None:
    command = "modelowners " + "x" * 200
    assert Line(command, Tone.COMMAND, indent=4).wrap(40) == f"    {command}"


def test_a_drawing_is_never_broken() -> None:
    assert Line("▁ ▂" * 50, fixed=True).wrap(40) == "▁ ▂" * 50


def test_the_rest_of_a_long_statement_is_marked_as_left_out() -> None:
    wrapped = Line("word " * 100, rows=2).wrap(40)
    assert len(wrapped.splitlines()) == 2
    assert wrapped.endswith(" …")


def test_an_empty_line_stays_a_line() -> None:
    assert text([Line("a"), Line(), Line("b")]) == "a\n\nb\n"


@pytest.mark.parametrize("tone", Tone)
def test_a_tone_changes_no_word(tone: Tone) -> None:
    assert text([Line("as it is", tone)], width=WIDTH) == "as it is\n"
