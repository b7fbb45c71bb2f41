"""
A column of numbers that keeps within limits, both inclusive.

`min`, `max`, or both. Nulls do not count; an infinite value is outside. With
`at_most`, a share of the values may lie outside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from modelowners.core.facets import Node, number
from modelowners.detection.checks.forms import (
    NUMBER,
    SHARE,
    TEXT,
    Judgement,
    Kind,
    RowRule,
    Rule,
    column,
    figure,
    options,
    required,
    rows_of,
    share,
    within_share,
)
from modelowners.detection.checks.grounds import CannotJudge, View
from modelowners.observations.profiles import NumericProfile
from modelowners.observations.questions import Identity

EXAMPLE = """\
- {between: {column: monthly, min: 0, max: 200}, why: euros a month}
- between: {column: tenure, min: 0, at_most: 0.1 %}
"""


@dataclass(frozen=True, slots=True)
class Between(RowRule):
    """Values outside ``low <= x <= high`` are at most a share of all, 0 to 1."""

    column: str
    low: float = -math.inf
    high: float = math.inf
    at_most: float = 0.0

    @property
    def subject(self) -> str:
        """The column."""
        return self.column

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        most = f" in all but {self.at_most * 100:g} %" if self.at_most else ""
        if math.isinf(self.high):
            return f"{self.column} >= {figure(self.low)}{most}"
        if math.isinf(self.low):
            return f"{self.column} <= {figure(self.high)}{most}"
        limits = f"{figure(self.low)} and {figure(self.high)}"
        return f"{self.column} between {limits}{most}"

    def judge(self, view: View) -> Judgement:
        """
        Compare the extremes; where they are outside, count the values that are.

        Raises
        ------
        CannotJudge
            If there is no number, or none can be counted.
        """
        found = view.numbers(self.column)
        if found is None or not (found.n + found.infinite):
            raise CannotJudge(why=f'"{self.column}" holds no number in these rows')
        values = found.n + found.infinite
        seen = _range(found)
        if (
            not found.infinite
            and self.low <= found.minimum <= found.maximum <= self.high
        ):
            return Judgement(verdict=within_share(0, values, 0.0), found=seen)
        outside = self._outside(view, found)
        if outside is None:
            # Not counted: how many is unknown, that there are some is not.
            if math.isnan(found.minimum) or self.at_most:
                raise CannotJudge(
                    why=f'values of "{self.column}" outside cannot be counted'
                )
            return Judgement(verdict=within_share(1, 1, 0.0), found=seen)
        said = f"{rows_of(outside, values)} outside"
        said += f"; {seen}" if seen else ""
        return Judgement(
            verdict=within_share(outside, values, self.at_most), found=said
        )

    def _outside(self, view: View, found: NumericProfile) -> int | None:
        """Count exactly: each limit is an order between the column and a constant."""
        name, outside = view.grounds.column(self.column), found.infinite
        if not math.isinf(self.high):
            counted = view.held(_at_most(name, self.high))
            if counted is None:
                return None
            outside += counted[0] - counted[1]
        if not math.isinf(self.low):
            counted = view.held(_at_most(name, math.nextafter(self.low, -math.inf)))
            if counted is None:
                return None
            outside += counted[1]
        return outside


def _range(found: NumericProfile) -> str:
    """Say what the values span; empty where a private column keeps that to itself."""
    if math.isnan(found.minimum):
        return f"{found.infinite:,} infinite values" if found.infinite else ""
    said = f"from {figure(found.minimum)} to {figure(found.maximum)}"
    return said + (f", {found.infinite:,} infinite values" if found.infinite else "")


def _at_most(column: str, constant: float) -> Identity:
    return Identity(form="order", target=column, terms=(), constant=constant)


def read(node: Node) -> Sequence[Rule]:
    """
    Read a mapping with `column`, `min`, `max` and `at_most`.

    Raises
    ------
    BadFacet
        If neither limit is there, or the lower is above the upper.
    """
    found = options(node, ("column", "min", "max", "at_most"))
    name = column(required(node, found, "column"))
    if "min" not in found and "max" not in found:
        raise node.refuse("expected `min:`, `max:` or both, found neither")
    low = number(found["min"]) if "min" in found else -math.inf
    high = number(found["max"]) if "max" in found else math.inf
    if low > high:
        raise found["min"].refuse(
            f"expected a `min` of at most {figure(high)}, found {figure(low)}"
        )
    return [Between(name, low, high, share(found.get("at_most")))]


KIND = Kind(
    read=read,
    schema={
        "type": "object",
        "properties": {"column": TEXT, "min": NUMBER, "max": NUMBER, "at_most": SHARE},
        "required": ["column"],
        "anyOf": [{"required": ["min"]}, {"required": ["max"]}],
        "additionalProperties": False,
    },
    example=EXAMPLE,
)
