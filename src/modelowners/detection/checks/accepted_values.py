"""
A column that holds nothing but values of a list.

Nulls do not count (`not_null` is their check). Numbers compare as numbers: 1 is
1.0. With `at_most`, a share of rows may hold something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelowners.core.facets import Node, texts
from modelowners.detection.checks.forms import (
    SHARE,
    TEXT,
    TEXTS,
    Judgement,
    Kind,
    RowRule,
    Rule,
    column,
    options,
    required,
    rows_of,
    share,
    within_share,
)
from modelowners.detection.checks.grounds import CannotJudge, View
from modelowners.detection.checks.results import MAX_EXAMPLES, Verdict
from modelowners.observations.profiles import NumericProfile, TextProfile

EXAMPLE = """\
- accepted_values: {column: channel, values: [app, shop, web]}
- {accepted_values: {column: country, values: [ES, NO], at_most: 40 %}, severity: warn}
"""
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class AcceptedValues(RowRule):
    """Other values than these take at most a share of the rows, 0 to 1."""

    column: str
    values: tuple[str, ...]
    at_most: float = 0.0

    @property
    def subject(self) -> str:
        """The column."""
        return self.column

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        shown = ", ".join(self.values[:_SHOWN])
        more = len(self.values) - _SHOWN
        shown += f" and {more} more" if more > 0 else ""
        most = f" in all but {self.at_most * 100:g} %" if self.at_most else ""
        return f"{self.column} one of {shown}{most}"

    def judge(self, view: View) -> Judgement:
        """
        Count the rows that hold another value.

        Raises
        ------
        CannotJudge
            If the values are not known by name.
        """
        found = view.column(self.column)
        if found is None or not found.n:
            raise CannotJudge(why=f'"{self.column}" holds no value in these rows')
        if isinstance(found, TextProfile):
            return self._texts(view, found)
        return self._numbers(view, found)

    def _texts(self, view: View, found: TextProfile) -> Judgement:
        if view.grounds.is_private(self.column):
            raise CannotJudge(
                why=f'"{self.column}" is private: its values are not kept'
            )
        accepted = set(self.values)
        others = {v: n for v, n in found.values.items() if v not in accepted}
        outside = sum(others.values())
        # Rarer values than the commonest 1,000 are counted, but not by name.
        rarer = max(found.other_values - len(accepted - set(found.values)), 0)
        least = self._judge(outside + rarer, found.n, others)
        most = self._judge(outside + found.other_rows, found.n, others)
        if least.verdict is not most.verdict:
            raise CannotJudge(
                why=f'"{self.column}" holds over {len(found.values):,} values; '
                "the rarer ones are not kept by name"
            )
        return least

    def _numbers(self, view: View, found: NumericProfile) -> Judgement:
        side = view.common_values(self.column)
        if side is None or not side.n:
            raise CannotJudge(why=f'the values of "{self.column}" cannot be asked for')
        accepted = {number for value in self.values if (number := _number(value))}
        others = {v: n for v, n in side.values.items() if _number(v) not in accepted}
        shown = {} if view.grounds.is_private(self.column) else others
        certain = sum(others.values())
        inside = sum(side.values.values()) - certain
        listed = len(side.values)
        if side.distinct > listed and len(accepted) > listed - len(others):
            # Some accepted number may be among those too rare to be listed.
            least = self._judge(certain, found.n, shown)
            if least.verdict is Verdict.FAIL:
                return least
            raise CannotJudge(
                why=f'"{self.column}" holds {side.distinct:,} different numbers; '
                f"only the {listed} commonest are known by value"
            )
        outside = found.n + found.infinite - inside
        return self._judge(outside, found.n + found.infinite, shown)

    def _judge(self, outside: int, rows: int, others: Mapping[str, int]) -> Judgement:
        ranked = sorted(others, key=lambda value: (-others[value], value))
        said = f"{rows_of(outside, rows)} hold another value"
        if ranked:
            said += f": {', '.join(ranked[:3])}{' …' if len(ranked) > 3 else ''}"  # noqa: PLR2004 - three fit a line
        return Judgement(
            verdict=within_share(outside, rows, self.at_most),
            found=said if outside else f"only accepted values in {rows:,} rows",
            examples=tuple(ranked[:MAX_EXAMPLES]),
        )


def _number(value: str) -> str:
    """Write a number as the engine's values are written; empty for other texts."""
    try:
        return f"{float(value) + 0.0:.12g}"
    except ValueError:
        return ""


def read(node: Node) -> Sequence[Rule]:
    """
    Read a mapping with `column`, `values` and `at_most`.

    Raises
    ------
    BadFacet
        If a key is missing, or no value is listed.
    """
    found = options(node, ("column", "values", "at_most"))
    listed = required(node, found, "values")
    values = texts(listed)
    if not values:
        raise listed.refuse("expected a value or a list of values, found an empty list")
    name = column(required(node, found, "column"))
    return [
        AcceptedValues(name, tuple(dict.fromkeys(values)), share(found.get("at_most")))
    ]


KIND = Kind(
    read=read,
    schema={
        "type": "object",
        "properties": {"column": TEXT, "values": TEXTS, "at_most": SHARE},
        "required": ["column", "values"],
        "additionalProperties": False,
    },
    example=EXAMPLE,
)
