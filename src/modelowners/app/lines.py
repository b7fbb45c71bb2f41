"""Lines: text for a person, each with a tone; a face decides what a tone looks like."""

from __future__ import annotations

import enum
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 88


class Tone(enum.StrEnum):
    """What a line is, so that a terminal can colour it."""

    PLAIN = "plain"
    TITLE = "title"
    GOOD = "good"
    BAD = "bad"
    QUIET = "quiet"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Line:
    """
    One paragraph of a story.

    Parameters
    ----------
    text : str
        Printable; may be wrapped unless it is a command or a drawing.
    tone : Tone
        What it is.
    indent, hang : int
        Blanks before the first line, and more before the others.
    rows : int or None
        At most that many lines once wrapped, the rest replaced by ``…``.
    fixed : bool
        Never wrapped.
    """

    text: str = ""
    tone: Tone = Tone.PLAIN
    indent: int = 0
    hang: int = 0
    rows: int | None = None
    fixed: bool = False

    def wrap(self, width: int = WIDTH) -> str:
        """Break it into lines of at most `width` characters."""
        if self.fixed or self.tone is Tone.COMMAND:
            return " " * self.indent + self.text
        return textwrap.fill(
            self.text,
            width=width,
            initial_indent=" " * self.indent,
            subsequent_indent=" " * (self.indent + self.hang),
            max_lines=self.rows,
            placeholder=" …",
            break_on_hyphens=False,
        )


def text(lines: Sequence[Line], *, width: int = WIDTH) -> str:
    r"""
    Join a story into plain text, for mail, packets and files.

    Examples
    --------
    >>> text([Line("All is well.", Tone.GOOD)])
    'All is well.\n'
    """
    return "".join(f"{line.wrap(width)}\n" for line in lines)
