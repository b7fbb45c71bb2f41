"""Forms: how checks are written in the ownership file, read strictly."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node, describe, mapping, nearest, number, text
from modelowners.detection.checks.grounds import View
from modelowners.detection.checks.results import Severity, Verdict
from modelowners.observations.declaration import duration

Schema = Mapping[str, object]

TEXT: Schema = {"type": ["string", "integer", "boolean"]}
TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
NUMBER: Schema = {"type": ["string", "number"]}
SHARE: Schema = {"type": ["string", "number"]}

OPTIONS: Mapping[str, Schema] = {
    "name": TEXT,
    "severity": {"enum": [severity.value for severity in Severity]},
    "where": {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": TEXT,
    },
    "why": TEXT,
    "window": {"type": "string", "pattern": r"^\d{1,6}[smhdw]$"},
}
"""What any check may carry beside its kind."""

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_LIMIT = re.compile(
    r"\s*(?P<sign><=|>=|<|>)\s*(?P<number>[-+]?[\d.]+(?:e[-+]?\d+)?)\s*(?P<percent>%?)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule says of some rows: a verdict, and what was found."""

    verdict: Verdict
    found: str
    examples: tuple[str, ...] = ()


class Rule(Protocol):
    """What a check asks, apart from where and how gravely."""

    @property
    def subject(self) -> str:
        """What it is about: a column, a metric, or a few words."""
        ...

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        ...

    @property
    def usual_windows(self) -> int:
        """How many base windows it looks at unless told otherwise."""
        ...

    @property
    def needs_labels(self) -> bool:
        """Whether only windows whose labels are due count."""
        ...

    @property
    def judges_silence(self) -> bool:
        """Whether no rows at all are something it can judge."""
        ...

    def judge(self, view: View) -> Judgement:
        """Judge some rows; pure but for precise questions to the engine."""
        ...


class RowRule:
    """What most rules are: one window, no labels, nothing to say without rows."""

    usual_windows = 1
    needs_labels = False
    judges_silence = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    A kind of check.

    Parameters
    ----------
    read : callable
        Reads what stands after the kind's name; one rule, or one per column.
    schema : mapping
        JSON Schema of that.
    example : str
        YAML, a list of checks; it is run, and shown in the reference.
    """

    read: Callable[[Node], Sequence[Rule]]
    schema: Schema
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    One test of the owner's.

    Parameters
    ----------
    name, kind : str
        As declared, and the kind of check.
    rule : Rule
        What it asks.
    severity : Severity
        Whether it closes the gate.
    where : mapping of str to str
        The rows it is about; empty for all.
    window : timedelta or None
        How much it looks at, ending with the last complete (or labelled) window.
    why : str
        The owner's reason.
    place : str
        ``file:line:column``.
    """

    name: str
    kind: str
    rule: Rule
    severity: Severity = Severity.ERROR
    where: Mapping[str, str] = field(default_factory=dict)
    window: timedelta | None = None
    why: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """
    A figure's limit, such as ``<= 0.5`` or ``<= 5 %``.

    Examples
    --------
    >>> str(Limit(sign="<=", number=0.05, percent=True))
    '<= 5 %'
    """

    sign: str
    number: float
    percent: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a value keeps to it; NaN never does."""
        return COMPARISONS[self.sign](value, self.number)

    def __str__(self) -> str:
        shown = f"{self.number * 100:g} %" if self.percent else f"{self.number:g}"
        return f"{self.sign} {shown}"


def limit(node: Node) -> Limit:
    """
    Read a limit such as ``<= 0.5``.

    Examples
    --------
    >>> limit(Node("<= 5 %", "f", 1, 1)).number
    0.05
    """
    return limit_of(text(node), node)


def limit_of(said: str, node: Node) -> Limit:
    """
    Read a limit from a part of a node's text.

    Raises
    ------
    BadFacet
        If it is none.
    """
    match = _LIMIT.fullmatch(said)
    try:
        value = float(match["number"]) if match else None
    except ValueError:
        value = None
    if match is None or value is None or abs(value) == float("inf"):
        raise node.refuse(
            f'expected a limit such as "<= 0.5" or "<= 5 %", found "{said.strip()}"'
        )
    percent = bool(match["percent"])
    return Limit(
        sign=match["sign"], number=value / 100 if percent else value, percent=percent
    )


def options(node: Node | None, known: Iterable[str]) -> dict[str, Node]:
    """Read the mapping form of a kind, refusing other keys than these."""
    return {} if node is None else mapping(node, dict.fromkeys(known))


def required(node: Node, found: Mapping[str, Node], key: str) -> Node:
    """
    Give a key's value.

    Raises
    ------
    BadFacet
        If it is not there.
    """
    if key not in found:
        raise node.refuse(f"expected `{key}:`, found {', '.join(found) or 'nothing'}")
    return found[key]


def column(node: Node) -> str:
    """
    Read the name of a column.

    Raises
    ------
    BadFacet
        If it is empty.
    """
    found = text(node)
    if not found.strip():
        raise node.refuse("expected the name of a column, found an empty text")
    return found


def columns(node: Node) -> list[str]:
    """
    Read one column or a list of them; each is a check of its own.

    Raises
    ------
    BadFacet
        If there is none, or one is named twice.
    """
    nodes = node.value if isinstance(node.value, list) else [node]
    if not nodes:
        raise node.refuse("expected a column or a list of columns, found an empty list")
    found: list[str] = []
    for child in nodes:
        name = column(child)
        if name in found:
            raise child.refuse(f'"{name}" is named twice')
        found.append(name)
    return found


def share(node: Node | None) -> float:
    """
    Read a share such as ``1 %`` or ``0.01``; 0 where there is none.

    Raises
    ------
    BadFacet
        If it is not from 0 to 1.

    Examples
    --------
    >>> share(Node("1 %", "f", 1, 1)), share(None)
    (0.01, 0.0)
    """
    if node is None:
        return 0.0
    said = str(node.value) if isinstance(node.value, str) else ""
    if said.rstrip().endswith("%"):
        bare = Node(said.rstrip()[:-1].strip(), node.file, node.line, node.column)
        found = number(bare) / 100
    else:
        found = number(node)
    if not 0 <= found <= 1:
        raise node.refuse(
            f"expected a share from 0 to 1, or 0 % to 100 %, found {describe(node)}"
        )
    return found


def with_options(check: Check, found: Mapping[str, Node]) -> Check:
    """
    Read what any check may carry: name, severity, rows, window, reason.

    Parameters
    ----------
    check : Check
        As it is without options.
    found : mapping of str to Node
        The check's entry; keys that are no option are left alone.

    Returns
    -------
    Check
        With its options.

    Raises
    ------
    BadFacet
        At the first that is wrong.
    """
    length = duration(found["window"]) if "window" in found else None
    if "window" in found and not length:
        raise found["window"].refuse("expected a window longer than 0")
    return replace(
        check,
        name=text(found["name"]) if "name" in found else check.name,
        severity=_severity(found["severity"])
        if "severity" in found
        else check.severity,
        where=_where(found["where"]) if "where" in found else check.where,
        window=length,
        why=text(found["why"]) if "why" in found else check.why,
    )


def _severity(node: Node) -> Severity:
    said = text(node)
    try:
        return Severity(said)
    except ValueError:
        raise node.refuse(
            f"expected the severity error or warn, found {describe(node)}"
            f"{nearest(said, dict.fromkeys(Severity))}"
        ) from None


def _where(node: Node) -> dict[str, str]:
    found = mapping(node)
    if len(found) != 1:
        raise node.refuse(
            f"expected one segment and its value, found {len(found)} of them"
        )
    return {name: text(child) for name, child in found.items()}


def unknown(node: Node, key: str, known: Iterable[str]) -> BadFacet:
    """Give the error for a key that is neither a kind nor an option."""
    return BadFacet(
        place=node.key_place,
        code="MO003",
        what=f'unknown check "{key}"{nearest(key, dict.fromkeys(known))}',
    )


def rows_of(part: int, whole: int) -> str:
    """
    Say how many rows of how many.

    Examples
    --------
    >>> rows_of(37, 300)
    '37 of 300 rows (12.3 %)'
    """
    if not whole:
        return "0 of 0 rows"
    exact = 100 * part / whole
    shown = f"{exact:.1f}" if exact >= 0.05 or not part else "<0.1"  # noqa: PLR2004 - rounds to 0.1
    if part < whole and shown == "100.0":
        shown = ">99.9"
    return f"{part:,} of {whole:,} rows ({shown} %)"


def figure(value: float) -> str:
    """
    Write a figure with up to six digits.

    Examples
    --------
    >>> figure(0.123456789), figure(400000.0)
    ('0.123457', '400,000')
    """
    if value == int(value) if abs(value) < 1e15 else False:  # noqa: PLR2004 - exact below
        return f"{int(value):,}"
    return f"{value:.6g}"


def within_share(part: int, whole: int, allowed: float) -> Verdict:
    """Pass where the offending rows are at most a share of all."""
    return Verdict.PASS if part <= allowed * whole else Verdict.FAIL
