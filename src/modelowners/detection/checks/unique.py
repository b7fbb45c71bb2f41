"""
A column whose values never come twice in the window.

Nulls do not count. Of the prediction id, deliveries of the same prediction count:
they are dropped from every other figure, and told here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelowners.core.facets import Node
from modelowners.detection.checks.forms import (
    TEXTS,
    Judgement,
    Kind,
    RowRule,
    Rule,
    columns,
    rows_of,
    within_share,
)
from modelowners.detection.checks.grounds import CannotJudge, View
from modelowners.detection.checks.results import MAX_EXAMPLES
from modelowners.observations.profiles import EVERYTHING

EXAMPLE = """\
- unique: prediction_id
"""
IDENTITY = "prediction_id"


@dataclass(frozen=True, slots=True)
class Unique(RowRule):
    """No value of a column comes twice."""

    column: str

    @property
    def subject(self) -> str:
        """The column."""
        return self.column

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        return f"{self.column} unique"

    def judge(self, view: View) -> Judgement:
        """
        Compare values with distinct values, or count repeated deliveries.

        Raises
        ------
        CannotJudge
            If there is no value, or distinct ones are not counted.
        """
        if self.column in {IDENTITY, view.grounds.log.columns.get(IDENTITY)}:
            return _deliveries(view)
        found = view.column(self.column)
        if found is None:
            raise CannotJudge(why=f'the column "{self.column}" is gone from these rows')
        if not found.n:
            raise CannotJudge(why=f'"{self.column}" is null in all {view.rows:,} rows')
        distinct = found.distinct
        if distinct == found.n:
            return Judgement(
                verdict=within_share(0, found.n, 0.0),
                found=f"{found.n:,} values, all different",
            )
        side = view.common_values(self.column)
        if side is None and not distinct:
            raise CannotJudge(why=f'distinct values of "{self.column}" are not counted')
        values, different = found.n, distinct or 0
        if side is not None:
            values, different = side.n, side.distinct
        twice = values - different
        counts = side.values if side is not None else {}
        repeated = [name for name, rows in counts.items() if rows > 1]
        if view.grounds.is_private(self.column):
            repeated = []
        return Judgement(
            verdict=within_share(twice, values, 0.0),
            found=f"{rows_of(twice, values)} repeat a value"
            if twice
            else f"{values:,} values, all different",
            examples=tuple(repeated[:MAX_EXAMPLES]),
        )


def _deliveries(view: View) -> Judgement:
    if view.partition != EVERYTHING:
        raise CannotJudge(
            why="repeated deliveries are counted over all rows; drop `where:`"
        )
    read = sum(profile.rows.read for profile in view.profiles)
    twice = sum(profile.rows.dropped.get("duplicate", 0) for profile in view.profiles)
    said = (
        f"{rows_of(twice, read)} deliver a prediction again"
        if twice
        else f"{view.rows:,} ids, all different"
    )
    return Judgement(verdict=within_share(twice, read, 0.0), found=said)


def read(node: Node) -> Sequence[Rule]:
    """Read a column or a list of columns."""
    return [Unique(name) for name in columns(node)]


KIND = Kind(read=read, schema=TEXTS, example=EXAMPLE)
