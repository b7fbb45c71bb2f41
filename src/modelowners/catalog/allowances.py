"""Allowances: findings of `lint` that somebody accepts, for a reason, for a while."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from modelowners.catalog.patterns import Patterns, read_key
from modelowners.catalog.problems import Problem
from modelowners.catalog.reading import Reading, instant
from modelowners.core.errors import BadAssetId
from modelowners.core.facets import Node, describe, text

ALLOWANCE_KEYS = ("code", "asset", "until", "why")

_CODE = re.compile(r"MO[1-9]\d\d")


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    One accepted finding.

    Parameters
    ----------
    code : str
        Such as ``MO502``; what makes the file unreadable cannot be allowed.
    assets : str
        An id or a pattern.
    until : datetime
        UTC; from then on the finding is back.
    why : str
        The reason.
    """

    code: str
    assets: str
    until: datetime
    why: str

    def covers(self, problem: Problem, at: datetime) -> bool:
        """Tell whether it silences a problem at an instant (UTC)."""
        if problem.code != self.code or at >= self.until or problem.asset is None:
            return False
        return any(Patterns([self.assets]).matches(problem.asset))


def read_allowances(node: Node | None, reading: Reading) -> tuple[Allowance, ...]:
    """Read ``allow``: a list of allowances, each with all four keys."""
    if node is None or node.value is None:
        return ()
    if not isinstance(node.value, list):
        reading.add(node, f"expected a list, found {describe(node)}")
        return ()
    found = [_allowance(entry, reading) for entry in node.value]
    return tuple(one for one in found if one is not None)


def _allowance(entry: Node, reading: Reading) -> Allowance | None:
    fields = reading.fields(entry, ALLOWANCE_KEYS)
    missing = [key for key in ALLOWANCE_KEYS if key not in fields]
    if missing:
        if isinstance(entry.value, dict):
            what = f"an allowance without {missing[0]}:"
            reading.add(entry, what, remedy="it needs code, asset, until and why")
        return None
    code = reading.read(_code, fields["code"])
    assets = reading.read(_assets, fields["asset"])
    until = reading.read(lambda day: instant(day, UTC), fields["until"])
    why = reading.read(text, fields["why"])
    if code is None or assets is None or until is None or why is None:
        return None
    return Allowance(code, assets, until, why)


def _code(node: Node) -> str:
    found = text(node)
    if not _CODE.fullmatch(found):
        raise node.refuse(f'expected a code such as MO502, found "{found}"')
    return found


def _assets(node: Node) -> str:
    try:
        return read_key(text(node))
    except BadAssetId as error:
        raise node.refuse(
            f'bad id "{error.found}": {error.why}; write an id or a pattern',
            code="MO101",
        ) from None
