"""
Enough rows, and not too many.

`at_least` and `at_most` are rows in the window. `within` allows a share more or
less than usual: the median of the same weekdays (and hours) before, at least
three of them, else of all windows before. An empty window is a failure here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from modelowners.core.facets import Node, number
from modelowners.detection.checks.forms import (
    NUMBER,
    SHARE,
    Judgement,
    Kind,
    Rule,
    figure,
    options,
    share,
)
from modelowners.detection.checks.grounds import CannotJudge, View
from modelowners.detection.checks.results import Verdict

EXAMPLE = """\
- volume: {at_least: 100}
- {volume: {within: 50 %}, severity: warn}
"""
CYCLES = 3
"""Fewer windows of one weekday than this say nothing of what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Rows keep within absolute limits, or near what is usual."""

    at_least: float | None = None
    at_most: float | None = None
    within: float | None = None

    usual_windows = 1
    needs_labels = False
    judges_silence = True

    @property
    def subject(self) -> str:
        """What it is about."""
        return "rows"

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        said = []
        if self.at_least is not None:
            said.append(f"at least {figure(self.at_least)} rows")
        if self.at_most is not None:
            said.append(f"at most {figure(self.at_most)} rows")
        if self.within is not None:
            said.append(f"rows within {self.within * 100:g} % of usual")
        return ", ".join(said)

    def judge(self, view: View) -> Judgement:
        """Count the rows; compare with limits and with what is usual."""
        rows, fits = view.rows, True
        said = f"{rows:,} rows"
        if self.at_least is not None:
            fits = rows >= self.at_least
        if self.at_most is not None:
            fits = fits and rows <= self.at_most
        if self.within is not None:
            usual, how = _usual(view)
            fits = fits and abs(rows - usual) <= self.within * usual
            said += f"; usual are {figure(round(usual, 1))} ({how})"
        return Judgement(verdict=Verdict.PASS if fits else Verdict.FAIL, found=said)


def _usual(view: View) -> tuple[float, str]:
    """
    Give how many rows these windows usually have, and how that is known.

    Raises
    ------
    CannotJudge
        If fewer than three windows came before.
    """
    frame = view.grounds.frame
    phases = frame.phases()
    rows = [p.rows.kept if p is not None else 0 for p in frame.of(view.partition)]
    before = range(view.first)
    usual, cycled = 0.0, True
    for index in range(view.first, view.last):
        alike = [rows[i] for i in before if phases[i] == phases[index]]
        if len(alike) < CYCLES:
            cycled, alike = False, [rows[i] for i in before]
        if len(alike) < CYCLES:
            raise CannotJudge(
                why=f"{len(alike)} windows before say nothing of what is usual; "
                f"{CYCLES} are needed"
            )
        usual += median(alike)
    return usual, "median of its weekdays" if cycled else "median of all windows before"


def read(node: Node) -> Sequence[Rule]:
    """
    Read a mapping with `at_least`, `at_most` and `within`.

    Raises
    ------
    BadFacet
        If none is there, or they exclude each other.
    """
    found = options(node, ("at_least", "at_most", "within"))
    if not found:
        raise node.refuse("expected `at_least:`, `at_most:` or `within:`, found none")
    least = _rows(found.get("at_least"))
    most = _rows(found.get("at_most"))
    if least is not None and most is not None and least > most:
        raise found["at_least"].refuse(
            f"expected `at_least` of at most {figure(most)}, found {figure(least)}"
        )
    near = share(found["within"]) if "within" in found else None
    return [Volume(at_least=least, at_most=most, within=near)]


def _rows(node: Node | None) -> float | None:
    if node is None:
        return None
    found = number(node)
    if found < 0:
        raise node.refuse(f"expected a number of rows, found {figure(found)}")
    return found


KIND = Kind(
    read=read,
    schema={
        "type": "object",
        "properties": {"at_least": NUMBER, "at_most": NUMBER, "within": SHARE},
        "minProperties": 1,
        "additionalProperties": False,
    },
    example=EXAMPLE,
)
