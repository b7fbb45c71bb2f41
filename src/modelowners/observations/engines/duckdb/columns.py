"""Columns: what a source column is to a profile, and the SQL that reads it so."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from modelowners.observations.engines.duckdb.connection import literal, quoted

NULL_MARKERS = ("", "NA", "N/A", "NULL", "null", "None")
"""Texts that mean null in a CSV column of numbers; elsewhere they are values."""

_NUMBERS = re.compile(
    r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|REAL|DOUBLE|DECIMAL\(.*\)|BIGNUM"
)
_TIMES = re.compile(r"DATE|TIME|TIMESTAMP(_S|_MS|_NS)?|TIMESTAMP WITH TIME ZONE")
_TEXTS = re.compile(r"VARCHAR|BOOLEAN|UUID|JSON|ENUM\(.*\)|\"NULL\"", re.DOTALL)
_DECLARED = {
    "double": "DOUBLE",
    "float": "DOUBLE",
    "long": "DOUBLE",
    "integer": "DOUBLE",
    "int": "DOUBLE",
    "number": "DOUBLE",
    "string": "VARCHAR",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "timestamp": "TIMESTAMP",
    "date": "TIMESTAMP",
}
DECLARABLE = tuple(_DECLARED)
"""Types a feature may be declared as."""


class Kind(enum.Enum):
    """How a column is profiled."""

    NUMERIC = "numeric"
    TEXT = "text"
    SKIPPED = "skipped"


def kind_of(type_name: str) -> Kind:
    """
    Tell how a column of an engine type is profiled.

    Examples
    --------
    >>> kind_of("DECIMAL(18,3)"), kind_of("BOOLEAN"), kind_of("INTEGER[]")
    (<Kind.NUMERIC: 'numeric'>, <Kind.TEXT: 'text'>, <Kind.SKIPPED: 'skipped'>)
    """
    if _NUMBERS.fullmatch(type_name) or _TIMES.fullmatch(type_name):
        return Kind.NUMERIC
    return Kind.TEXT if _TEXTS.fullmatch(type_name) else Kind.SKIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    One column of a source.

    Parameters
    ----------
    name : str
        As the source calls it.
    type_name : str
        The engine's type of the stored values.
    target : str
        The type its values are read as; differs from `type_name` where a type
        is declared, or numbers are stored as text.
    """

    name: str
    type_name: str
    target: str

    @property
    def kind(self) -> Kind:
        """How it is profiled."""
        if kind_of(self.type_name) is Kind.SKIPPED:
            return Kind.SKIPPED
        return kind_of(self.target)

    @property
    def can_fail(self) -> bool:
        """Whether a value may be unreadable as the target type."""
        return kind_of(self.type_name) is Kind.TEXT and self.target not in {
            "VARCHAR",
            self.type_name,
        }

    def stored(self) -> str:
        """Give the SQL of the stored value, null markers removed where they count."""
        if self.can_fail:
            markers = ", ".join(literal(marker) for marker in NULL_MARKERS)
            text = f"CAST({quoted(self.name)} AS VARCHAR)"
            return f"CASE WHEN trim({text}) NOT IN ({markers}) THEN {text} END"
        return quoted(self.name)

    def value(self) -> str:
        """Give the SQL of the value: DOUBLE for numbers and times, else VARCHAR."""
        stored = self.stored()
        source = self.type_name
        if self.can_fail:
            stored, source = f"TRY_CAST({stored} AS {self.target})", self.target
        if self.kind is Kind.TEXT:
            return stored if source == "VARCHAR" else f"CAST({stored} AS VARCHAR)"
        if source == "DOUBLE":
            return stored
        if _TIMES.fullmatch(source):
            if source not in {"TIME", "TIMESTAMP WITH TIME ZONE"}:
                stored = f"CAST({stored} AS TIMESTAMP)"
            return f"CAST(epoch_us({stored}) AS DOUBLE)"
        return f"CAST({stored} AS DOUBLE)"

    def failed(self) -> str:
        """Give the SQL that tells whether a value is there but unreadable."""
        return f"({self.stored()} IS NOT NULL AND {self.value()} IS NULL)"


def target_type(type_name: str, declared: str | None) -> str:
    """
    Tell which type a column is read as.

    A declared number or time read from text is cast, failures counted; whole
    and broken numbers are all DOUBLE to a profile, so they never differ.

    Examples
    --------
    >>> target_type("VARCHAR", "double"), target_type("BIGINT", "double")
    ('DOUBLE', 'BIGINT')
    """
    wanted = _DECLARED.get((declared or "").lower())
    if wanted is None or kind_of(type_name) is Kind.SKIPPED:
        return type_name
    if wanted == "VARCHAR":
        return wanted
    return wanted if kind_of(type_name) is Kind.TEXT else type_name


def as_label(column: Column, expression: str | None = None) -> str:
    """
    Give the SQL of a value as text, whole numbers without a fraction.

    Examples
    --------
    >>> as_label(Column(name="a", type_name="BIGINT", target="BIGINT"))
    'CAST("a" AS VARCHAR)'
    """
    text = expression or quoted(column.name)
    if column.type_name in {"DOUBLE", "FLOAT"} or column.type_name.startswith(
        "DECIMAL"
    ):
        return number_text(f"CAST({text} AS DOUBLE)")
    return f"CAST({text} AS VARCHAR)"


def number_text(expression: str) -> str:
    """
    Give the SQL of a DOUBLE as text, whole numbers without a fraction.

    Examples
    --------
    >>> number_text("x")[:44]
    'CASE WHEN x = trunc(x) AND abs(x) < 1e15 THE'
    """
    return (
        f"CASE WHEN {expression} = trunc({expression}) AND abs({expression}) < 1e15 "
        f"THEN CAST(CAST({expression} AS BIGINT) AS VARCHAR) "
        f"ELSE CAST({expression} AS VARCHAR) END"
    )
