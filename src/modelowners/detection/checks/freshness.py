"""
The last row is young enough.

Judged at the instant asked about: now, or `--as-of`. Without any row it fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from modelowners.core.facets import Node
from modelowners.core.time import DAY, HOUR, format_instant
from modelowners.detection.checks.forms import Judgement, Kind, Rule
from modelowners.detection.checks.grounds import View
from modelowners.detection.checks.results import Verdict
from modelowners.observations.declaration import duration

EXAMPLE = """\
- freshness: 2h
"""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """The last row is at most so old."""

    at_most: timedelta

    usual_windows = 1
    needs_labels = False
    judges_silence = True

    @property
    def subject(self) -> str:
        """What it is about."""
        return "last row"

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        return f"last row at most {say_length(self.at_most)} old"

    def judge(self, view: View) -> Judgement:
        """Compare the last known row with the instant asked about."""
        grounds = view.grounds
        rows = grounds.frame.of(view.partition)
        times = [profile.rows.last for profile in rows if profile is not None]
        last = max((at for at in times if at is not None), default=None)
        if last is None:
            return Judgement(verdict=Verdict.FAIL, found="no row at all")
        age = max(grounds.now - last, timedelta(0))
        verdict = Verdict.PASS if age <= self.at_most else Verdict.FAIL
        said = f"last row {format_instant(last)}, {say_length(age)} old"
        return Judgement(verdict=verdict, found=said)


def say_length(length: timedelta) -> str:
    """
    Say how long something is, in its two largest units.

    Examples
    --------
    >>> say_length(timedelta(hours=26, minutes=5)), say_length(timedelta(0))
    ('1d 2h', '0s')
    """
    rest, said = length, []
    units = ((DAY, "d"), (HOUR, "h"), (_MINUTE, "m"), (timedelta(seconds=1), "s"))
    for unit, name in units:
        if rest >= unit:
            said.append(f"{rest // unit}{name}")
            rest %= unit
    return " ".join(said[:2]) or "0s"


def read(node: Node) -> Sequence[Rule]:
    """
    Read a duration such as ``2h``.

    Raises
    ------
    BadFacet
        If it is 0 long.
    """
    length = duration(node)
    if not length:
        raise node.refuse("expected a duration longer than 0, such as 2h")
    return [Freshness(length)]


KIND = Kind(
    read=read,
    schema={"type": "string", "pattern": r"^\d{1,6}[smhdw]$"},
    example=EXAMPLE,
)
