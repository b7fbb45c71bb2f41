"""
A column without nulls, or with few.

NaN counts as null, and so does a value that cannot be read as the declared type.
A column that was there and is gone is null in every row. A list of columns is one
check each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelowners.core.facets import Node
from modelowners.detection.checks.forms import (
    SHARE,
    TEXTS,
    Judgement,
    Kind,
    RowRule,
    Rule,
    columns,
    options,
    required,
    rows_of,
    share,
    within_share,
)
from modelowners.detection.checks.grounds import View
from modelowners.observations.profiles import NumericProfile

EXAMPLE = """\
- not_null: tenure
- {not_null: {column: [monthly, channel], at_most: 1 %}, severity: warn}
"""


@dataclass(frozen=True, slots=True)
class NotNull(RowRule):
    """A column's nulls are at most a share of the rows, 0 to 1."""

    column: str
    at_most: float = 0.0

    @property
    def subject(self) -> str:
        """The column."""
        return self.column

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        most = f"at most {self.at_most * 100:g} %" if self.at_most else "no"
        return f"{most} nulls in {self.column}"

    def judge(self, view: View) -> Judgement:
        """Count nulls, NaN and unreadable values."""
        found, rows = view.column(self.column), view.rows
        if found is None:
            verdict = within_share(rows, rows, self.at_most)
            return Judgement(
                verdict=verdict, found=f"the column is gone from all {rows:,} rows"
            )
        filled, failed = found.n, 0
        if isinstance(found, NumericProfile):
            filled, failed = found.n + found.infinite, found.failed
        # Where only some windows have the column, it is null in the others.
        empty = rows - filled
        said = f"null in {rows_of(empty, rows)}"
        if failed:
            said += f", of them {failed:,} unreadable"
        return Judgement(verdict=within_share(empty, rows, self.at_most), found=said)


def read(node: Node) -> Sequence[Rule]:
    """Read a column, a list of columns, or a mapping with `column` and `at_most`."""
    if not isinstance(node.value, dict):
        return [NotNull(name) for name in columns(node)]
    found = options(node, ("column", "at_most"))
    most = share(found.get("at_most"))
    return [NotNull(name, most) for name in columns(required(node, found, "column"))]


KIND = Kind(
    read=read,
    schema={
        "anyOf": [
            TEXTS,
            {
                "type": "object",
                "properties": {"column": TEXTS, "at_most": SHARE},
                "required": ["column"],
                "additionalProperties": False,
            },
        ]
    },
    example=EXAMPLE,
)
