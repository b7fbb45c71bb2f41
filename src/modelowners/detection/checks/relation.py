"""
Columns of one row that fit together: a sum with signs, a product, or an order.

The left side is one column; `±` (or `+-`) gives the difference that still holds,
else only rounding does. Rows in which a column is null do not count. Names that
are no plain words stand in double quotes; the truth is called `actual`. With
`at_most`, a share of rows may break it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from modelowners.core.facets import Node, text
from modelowners.detection.checks.forms import (
    SHARE,
    TEXT,
    Judgement,
    Kind,
    RowRule,
    Rule,
    options,
    required,
    rows_of,
    share,
    within_share,
)
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.observations.questions import Identity

EXAMPLE = """\
- relation: yearly = 12 * monthly ± 0.01
- {relation: {form: monthly <= yearly, at_most: 1 %}, severity: warn}
"""
ROUNDING = 1e-6
"""Difference that holds where no tolerance is given."""
LABEL = "actual"

_NAME = r'"[^"]+"|[A-Za-z_][\w.]*'
_NUMBER = r"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+"
_WHOLE = re.compile(
    rf"\s*(?P<target>{_NAME})\s*(?P<sign><=|>=|=)(?P<right>.*?)"
    rf"(?:(?:±|\+/?-)\s*(?P<tolerance>{_NUMBER})\s*)?",
    re.DOTALL,
)
_TERM = re.compile(
    rf"\s*(?P<sign>[-+]?)\s*(?P<first>{_NAME}|{_NUMBER})"
    rf"(?:\s*\*\s*(?P<second>{_NAME}|{_NUMBER}))?\s*"
)
_FORMS = 'a relation such as "total = fare + extra ± 0.01" or "start <= end"'


@dataclass(frozen=True, slots=True)
class Relation(RowRule):
    """A relation is broken in at most a share of the rows, 0 to 1."""

    said: str
    identity: Identity
    at_most: float = 0.0

    @property
    def subject(self) -> str:
        """The column on the left."""
        return self.identity.target

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        most = f" in all but {self.at_most * 100:g} %" if self.at_most else ""
        return f"{self.said}{most}"

    def judge(self, view: View) -> Judgement:
        """
        Ask in how many rows it holds.

        Raises
        ------
        CannotJudge
            If a column is missing, holds text, or is null throughout.
        """
        names = [self.identity.target, *(name for _, name in self.identity.terms)]
        known = {name: _known(view.grounds, name) for name in names}
        counted = view.held(_renamed(self.identity, known))
        if counted is None:
            raise CannotJudge(why=f"not all of {', '.join(names)} are numbers")
        rows, held = counted
        if not rows:
            raise CannotJudge(why=f"no row holds all of {', '.join(names)}")
        broken = rows - held
        said = f"broken in {rows_of(broken, rows)}"
        return Judgement(
            verdict=within_share(broken, rows, self.at_most),
            found=said if broken else f"holds in {rows:,} rows",
        )


def _known(grounds: Grounds, name: str) -> str:
    labels = grounds.log.labels
    if labels is not None and name in {LABEL, labels.actual}:
        return LABEL
    return grounds.column(name)


def _renamed(identity: Identity, names: dict[str, str]) -> Identity:
    return Identity(
        form=identity.form,
        target=names[identity.target],
        terms=tuple((weight, names[name]) for weight, name in identity.terms),
        constant=identity.constant,
        tolerance=identity.tolerance,
    )


def parse(node: Node) -> Identity:
    """
    Read a relation.

    Raises
    ------
    BadFacet
        If it is none, or has a form that cannot be asked.

    Examples
    --------
    >>> found = parse(Node("total = fare - 2 * off ± 0.01", "f", 1, 1))
    >>> found.terms, found.tolerance
    (((1.0, 'fare'), (-2.0, 'off')), 0.01)
    """
    said = text(node)
    match = _WHOLE.fullmatch(said)
    if match is None:
        raise node.refuse(f'expected {_FORMS}, found "{said}"')
    target, sign = match["target"].strip('"'), match["sign"]
    tolerance = float(match["tolerance"]) if match["tolerance"] else ROUNDING
    terms, constant, product = _terms(match["right"], node)
    if product:
        if sign != "=":
            raise node.refuse(f'a product is compared with "=", found "{sign}"')
        return Identity(form="product", target=target, terms=terms, tolerance=tolerance)
    if not terms:
        raise node.refuse("expected a column on the right; `between` takes numbers")
    if sign == ">=":
        if len(terms) != 1 or terms[0][0] != 1:
            raise node.refuse('write it the other way round, with "<="')
        # Whatever is added on the right is taken away on the left.
        target, terms, constant = terms[0][1], ((1.0, target),), -constant
    form = "sum" if sign == "=" else "order"
    return Identity(
        form=form, target=target, terms=terms, constant=constant, tolerance=tolerance
    )


def _terms(said: str, node: Node) -> tuple[tuple[tuple[float, str], ...], float, bool]:
    """Read the right side: its terms, its constant, and whether it is a product."""
    terms: list[tuple[float, str]] = []
    constant, at, product = 0.0, 0, False
    while at < len(said) or not at:
        match = _TERM.match(said, at)
        if match is None or (at and not match["sign"]):
            raise node.refuse(f'expected {_FORMS}, found "{said[at:].strip()}"')
        at = match.end()
        weight = -1.0 if match["sign"] == "-" else 1.0
        names = [part for part in (match["first"], match["second"]) if part]
        numbers = [float(part) for part in names if _is_number(part)]
        named = [part.strip('"') for part in names if not _is_number(part)]
        for number in numbers:
            weight *= number
        if not named:
            constant += weight
        terms += [(weight, name) for name in named]
        product = product or len(named) > 1
    if product and (len(terms) > 2 or constant or terms[0][0] != 1):  # noqa: PLR2004 - two factors
        raise node.refuse('expected one product of two columns, such as "a = b * c"')
    return tuple(terms), constant, product


def _is_number(part: str) -> bool:
    return part[0].isdigit() or part[0] == "."


def read(node: Node) -> Sequence[Rule]:
    """Read a relation, or a mapping with `form` and `at_most`."""
    if not isinstance(node.value, dict):
        return [Relation(" ".join(text(node).split()), parse(node))]
    found = options(node, ("form", "at_most"))
    form = required(node, found, "form")
    said = " ".join(text(form).split())
    return [Relation(said, parse(form), share(found.get("at_most")))]


KIND = Kind(
    read=read,
    schema={
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {"form": TEXT, "at_most": SHARE},
                "required": ["form"],
                "additionalProperties": False,
            },
        ]
    },
    example=EXAMPLE,
)
