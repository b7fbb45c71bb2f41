"""Checks: the owner's tests of a model's log, one module a kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from modelowners.core.facets import Facet, Node, describe, items, mapping
from modelowners.core.ids import AssetId
from modelowners.detection.checks import (
    accepted_values,
    between,
    freshness,
    metric,
    not_null,
    relation,
    unique,
    volume,
)
from modelowners.detection.checks.forms import (
    OPTIONS,
    Check,
    Kind,
    Schema,
    unknown,
    with_options,
)

__all__ = ["KINDS", "Check", "checks_schema", "read_checks"]

KINDS: Mapping[str, Kind] = {
    "accepted_values": accepted_values.KIND,
    "between": between.KIND,
    "freshness": freshness.KIND,
    "metric": metric.KIND,
    "not_null": not_null.KIND,
    "relation": relation.KIND,
    "unique": unique.KIND,
    "volume": volume.KIND,
}
"""Every kind of check by its name in the file."""


def read_checks(asset: AssetId, facet: Facet, root: Path) -> tuple[Check, ...]:
    """
    Read a `checks` facet: a list of checks.

    Parameters
    ----------
    asset : AssetId
        The model.
    facet : Facet
        Its `checks` section.
    root : Path
        Folder of the ownership file; nothing is read from it.

    Returns
    -------
    tuple of Check
        In the order of the file; a check of several columns is several.

    Raises
    ------
    BadFacet
        At the first key, value or option that is wrong, with its place.

    Examples
    --------
    >>> from modelowners.core.ids import asset_id
    >>> one = Node({"not_null": Node("tenure", "f.yaml", 3, 19)}, "f.yaml", 3, 9)
    >>> facet = Facet("checks", Node([one], "f.yaml", 2, 7))
    >>> [check.name for check in read_checks(asset_id("model:churn"), facet, Path())]
    ['not_null tenure']
    """
    del asset, root
    return tuple(check for node in items(facet.node) for check in _checks(node))


def _checks(node: Node) -> Iterator[Check]:
    if not isinstance(node.value, dict):
        raise node.refuse(
            f"expected a check such as `not_null: tenure`, found {describe(node)}"
        )
    found = mapping(node)
    for key, child in found.items():
        if key not in KINDS and key not in OPTIONS:
            raise unknown(child, key, (*KINDS, *OPTIONS))
    kinds = [key for key in found if key in KINDS]
    if len(kinds) != 1:
        named = " and ".join(kinds) or "none"
        raise node.refuse(f"expected one kind of check, found {named}")
    kind = kinds[0]
    rules = KINDS[kind].read(found[kind])
    for rule in rules:
        made = Check(
            name=f"{kind} {rule.subject}", kind=kind, rule=rule, place=node.place
        )
        yield with_options(made, found)


def checks_schema() -> Schema:
    """
    Give the JSON Schema of a `checks` section.

    Examples
    --------
    >>> sorted(checks_schema())
    ['items', 'type']
    """
    kinds = {name: kind.schema for name, kind in KINDS.items()}
    entry: Schema = {
        "type": "object",
        "properties": {**kinds, **OPTIONS},
        "patternProperties": {"^x-": True},
        "oneOf": [{"required": [name]} for name in KINDS],
        "additionalProperties": False,
    }
    return {"type": "array", "items": entry}
