"""Problems: what is wrong with the ownership file, where, and how to mend it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import cast

from modelowners.core.errors import BadFacet, InputError
from modelowners.core.facets import Node
from modelowners.core.ids import AssetId


class Severity(enum.StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One finding of the reader or of a rule.

    Parameters
    ----------
    file : str
        Path as a person would type it.
    line, column : int
        From 1.
    code : str
        ``MO`` and three digits, stable between releases.
    severity : Severity
        Errors make `lint` fail.
    what : str
        What was found.
    remedy : str
        What to do about it; empty where `what` says it.
    asset : AssetId or None
        The asset it is about, where there is one.

    Examples
    --------
    >>> print(Problem("o.yaml", 3, 5, "MO302", Severity.ERROR, "x", "name an owner"))
    o.yaml:3:5 MO302 error x; name an owner
    """

    file: str
    line: int
    column: int
    code: str
    severity: Severity
    what: str
    remedy: str = ""
    asset: AssetId | None = None

    @classmethod
    def at(
        cls,
        node: Node,
        code: str,
        what: str,
        *,
        remedy: str = "",
        severity: Severity = Severity.ERROR,
    ) -> Problem:
        """Make a problem that points at a value of the file."""
        return cls(node.file, node.line, node.column, code, severity, what, remedy)

    @classmethod
    def at_key(cls, node: Node, code: str, what: str, *, remedy: str = "") -> Problem:
        """Make an error that points at the key of a value."""
        line, column = node.key or (node.line, node.column)
        return cls(node.file, line, column, code, Severity.ERROR, what, remedy)

    @classmethod
    def of(cls, refusal: BadFacet, *, asset: AssetId | None = None) -> Problem:
        """Turn a facet reader's refusal into an error."""
        file, line, column = str(refusal.place).rsplit(":", 2)
        return cls(
            file,
            int(line),
            int(column),
            str(refusal.code),
            Severity.ERROR,
            str(refusal.what),
            asset=asset,
        )

    @property
    def rank(self) -> tuple[str, int, int, str, str]:
        """Where it comes in a list: by place, then code."""
        return (self.file, self.line, self.column, self.code, self.what)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        tail = f"; {self.remedy}" if self.remedy else ""
        if self.what.endswith("?") and self.remedy:
            tail = f" {self.remedy[0].upper()}{self.remedy[1:]}"
        return f"{place} {self.code} {self.severity} {self.what}{tail}"


class BadCatalog(InputError):
    """The ownership file has problems, listed one a line."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem that was found, by place."""
        return cast("tuple[Problem, ...]", self.details["problems"])

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        return "\n  ".join((f"the ownership file has {count}:", *lines))
