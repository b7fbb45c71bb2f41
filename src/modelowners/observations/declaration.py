"""
The `predictions` facet: what its owner says a model's log is.

Reading it opens no log and needs neither NumPy nor DuckDB, so that `lint` and
`who` stay light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from modelowners.core.errors import BadAssetId, BadFacet, BadTime
from modelowners.core.facets import (
    Facet,
    Node,
    describe,
    flag,
    items,
    mapping,
    nearest,
    number,
    text,
    texts,
)
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY, HOUR, TimeWindow, parse_duration
from modelowners.observations.logs import (
    CANONICAL,
    Claim,
    Labels,
    PredictionLog,
    Task,
)

T = TypeVar("T")

TYPES = (
    "bool",
    "boolean",
    "date",
    "datetime",
    "double",
    "float",
    "int",
    "integer",
    "long",
    "number",
    "string",
    "text",
    "timestamp",
)
"""Types a feature may be declared as."""

_KEYS = dict.fromkeys(
    (
        "columns",
        "delivery_lag",
        "drop_limit",
        "features",
        "format",
        "grain",
        "labels",
        "positive",
        "private",
        "segments",
        "source",
        "task",
        "threshold",
        "timezone",
        "upstream",
    )
)
_LABEL_KEYS = dict.fromkeys(
    ("actual", "delay", "inline", "key", "logged_at", "source", "ts")
)
_CLAIM_KEYS = dict.fromkeys(("features", "rows"))
_JOINS = ("prediction_id", "entity_key")
_GRAINS = {"1d": DAY, "1h": HOUR}


def read_log(
    asset: AssetId, facet: Facet, root: Path, reference: Facet | None = None
) -> PredictionLog:
    """
    Read a model's `predictions` facet.

    Parameters
    ----------
    asset : AssetId
        The model.
    facet : Facet
        Its `predictions` section.
    root : Path
        Folder of the ownership file; relative sources start there.
    reference : Facet, optional
        Its `reference` section.

    Returns
    -------
    PredictionLog
        Checked against itself; no file was looked at.

    Raises
    ------
    BadFacet
        At the first key, type or contradiction that is wrong, with its place.

    Examples
    --------
    >>> source = Node("log/*.parquet", "f.yaml", 3, 15)
    >>> facet = Facet("predictions", Node({"source": source}, "f.yaml", 3, 7))
    >>> read_log(asset_id("model:churn"), facet, Path()).source
    ('log/*.parquet',)
    """
    found = mapping(facet.node, _KEYS)
    if "source" not in found:
        raise facet.node.refuse(
            "expected `source:`, the path or glob of the log's Parquet or CSV files"
        )
    _check_format(found.get("format"))
    features, types, prefix = _features(found.get("features"))
    log = PredictionLog(
        asset=asset,
        root=root,
        source=tuple(_path(node) for node in items(found["source"])),
        columns=_columns(found.get("columns")),
        features=features,
        feature_types=types,
        feature_prefix=prefix,
        segments=_names(found.get("segments")),
        labels=_labels(found.get("labels")),
        task=_optional(found.get("task"), _task),
        positive=_optional(found.get("positive"), text) or "1",
        threshold=_number_or(found.get("threshold"), 0.5),
        timezone=_optional(found.get("timezone"), _zone) or "UTC",
        grain=_optional(found.get("grain"), _grain) or DAY,
        private=frozenset(_names(found.get("private"))),
        drop_limit=_share_or(found.get("drop_limit"), 0.01),
        delivery_lag=_optional(found.get("delivery_lag"), duration) or timedelta(0),
        reference=read_reference(reference) if reference else None,
        upstream=_upstream(found.get("upstream")),
        place=facet.node.place,
    )
    _check_claims(log, found)
    return log


def read_reference(facet: Facet) -> TimeWindow:
    """
    Read a `reference` facet: the window in which the model was known to be well.

    Examples
    --------
    >>> facet = Facet("reference", Node("2026-05-01/2026-06-01", "f.yaml", 4, 16))
    >>> read_reference(facet).length.days
    31
    """
    return window(facet.node)


def check_reference(asset: AssetId, facet: Facet, root: Path) -> TimeWindow:
    """Read a `reference` facet as `lint` reads every facet."""
    del asset, root
    return read_reference(facet)


def window(node: Node) -> TimeWindow:
    """
    Read a window, refusing bad ones at their place.

    Raises
    ------
    BadFacet
        If it is none.

    Examples
    --------
    >>> str(window(Node("2026-05-01", "f", 1, 1)))
    '2026-05-01T00:00:00Z/2026-05-02T00:00:00Z'
    """
    try:
        return TimeWindow.parse(text(node))
    except BadTime as error:
        raise node.refuse(_uncapped(error)) from None


def duration(node: Node) -> timedelta:
    """
    Read a duration, refusing bad ones at their place.

    Raises
    ------
    BadFacet
        If it is none.

    Examples
    --------
    >>> duration(Node("30d", "f", 1, 1)).days
    30
    """
    try:
        return parse_duration(text(node))
    except BadTime:
        raise node.refuse(
            f"expected a duration such as 15m, 1h or 30d, found {describe(node)}"
        ) from None


def _uncapped(error: Exception) -> str:
    message = str(error)
    return message[:1].lower() + message[1:]


def _optional(node: Node | None, read: Callable[[Node], T]) -> T | None:
    return None if node is None else read(node)


def _number_or(node: Node | None, default: float) -> float:
    return default if node is None else number(node)


def _share_or(node: Node | None, default: float) -> float:
    if node is None:
        return default
    found = number(node)
    if not 0 <= found <= 1:
        raise node.refuse(f"expected a share from 0 to 1, found {describe(node)}")
    return found


def _check_format(node: Node | None) -> None:
    if node is not None and text(node) not in {"auto", "flat"}:
        raise node.refuse(
            f"expected the format auto or flat, found {describe(node)}; "
            "flat Parquet and CSV tables are read, one row per prediction"
        )


def _path(node: Node) -> str:
    found = text(node)
    scheme, colon, _ = found.partition(":")
    if not found.strip():
        raise node.refuse("expected a path or glob, found an empty text")
    if "://" in found or (colon and scheme in {"table", "jsonl", "spark"}):
        raise node.refuse(
            f'expected a path or glob of Parquet or CSV files, found "{found}"; '
            "copy or mount the files where this machine can read them"
        )
    return found


def _columns(node: Node | None) -> dict[str, str]:
    if node is None:
        return {}
    return {
        role: _name(child)
        for role, child in mapping(node, dict.fromkeys(CANONICAL)).items()
    }


def _name(node: Node) -> str:
    found = text(node)
    if not found:
        raise node.refuse("expected the name of a column, found an empty text")
    return found


def _names(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    found: dict[str, None] = {}
    for child in items(node):
        name = _name(child)
        if name in found:
            raise child.refuse(f'"{name}" is named twice')
        found[name] = None
    return tuple(found)


def _features(node: Node | None) -> tuple[tuple[str, ...], dict[str, str], str]:
    """Read a list of names, a mapping to types, or a prefix."""
    if node is None:
        return (), {}, ""
    if not isinstance(node.value, dict):
        if node.value == "signature":
            raise node.refuse(
                "expected a list of features, found signature; signatures of a "
                "registry are not read yet, so list the columns"
            )
        return _names(node), {}, ""
    found = mapping(node)
    if list(found) == ["prefix"]:
        return (), {}, _name(found["prefix"])
    for child in found.values():
        if text(child).lower() not in TYPES:
            raise child.refuse(
                f"expected a type, found {describe(child)}"
                f"{nearest(text(child), dict.fromkeys(TYPES))}"
            )
    return (
        tuple(found),
        {name: text(child).lower() for name, child in found.items()},
        "",
    )


def _labels(node: Node | None) -> Labels | None:
    if node is None:
        return None
    found = mapping(node, _LABEL_KEYS)
    if "actual" not in found:
        raise node.refuse("expected `actual:`, the column that holds the truth")
    inline = flag(found["inline"]) if "inline" in found else "source" not in found
    if inline and "source" in found:
        raise found["source"].refuse(
            "labels are either `inline: true` or in a `source:`, not both"
        )
    if not inline and "source" not in found:
        raise node.refuse("expected `source:` or `inline: true`, found neither")
    if inline and "key" in found:
        raise found["key"].refuse("labels in the same row need no `key:`")
    key, key_column = _key(found.get("key"))
    if not inline and key is None:
        raise node.refuse(
            "expected `key:`, the column of the label source that holds the "
            "prediction id, or {entity_key: COLUMN}"
        )
    return Labels(
        actual=_name(found["actual"]),
        source=None if inline else _path(found["source"]),
        key=key or _JOINS[0],
        key_column=key_column or _JOINS[0],
        ts=_optional(found.get("ts"), _name),
        logged_at=_optional(found.get("logged_at"), _name),
        delay=_optional(found.get("delay"), duration) or timedelta(0),
    )


def _key(node: Node | None) -> tuple[str | None, str | None]:
    """Read the canonical column that joins, and what the label source calls it."""
    if node is None:
        return None, None
    if not isinstance(node.value, dict):
        name = _name(node)
        return (name if name in _JOINS else _JOINS[0]), name
    found = mapping(node, dict.fromkeys(_JOINS))
    if len(found) != 1:
        raise node.refuse(f"expected one of {' and '.join(_JOINS)}")
    join, child = next(iter(found.items()))
    return join, _name(child)


def _task(node: Node) -> Task:
    try:
        return Task(text(node))
    except ValueError:
        raise node.refuse(
            f"expected a task ({', '.join(Task)}), found {describe(node)}"
        ) from None


def _grain(node: Node) -> timedelta:
    if text(node) not in _GRAINS:
        raise node.refuse(f"expected the grain 1d or 1h, found {describe(node)}")
    return _GRAINS[text(node)]


def _zone(node: Node) -> str:
    name = text(node)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise node.refuse(
            f'expected a time zone such as UTC or America/New_York, found "{name}"'
        ) from None
    return name


def _upstream(node: Node | None) -> tuple[Claim, ...]:
    if node is None:
        return ()
    return tuple(_claim(name, child) for name, child in mapping(node).items())


def _claim(name: str, node: Node) -> Claim:
    try:
        asset = asset_id(name)
    except BadAssetId as error:
        raise BadFacet(
            place=node.key_place, code="MO004", what=_uncapped(error)
        ) from None
    if not isinstance(node.value, dict):
        return Claim(asset=asset, features=_names(node))
    found = mapping(node, _CLAIM_KEYS)
    rows = mapping(found["rows"]) if "rows" in found else {}
    if not rows and "features" not in found:
        raise node.refuse("expected `features:`, `rows:` or both, found neither")
    return Claim(
        asset=asset,
        features=_names(found.get("features")),
        rows={column: _values(child) for column, child in rows.items()},
    )


def _values(node: Node) -> tuple[str, ...]:
    found = texts(node)
    if not found:
        raise node.refuse("expected a value or a list of values, found an empty list")
    for value in found:
        if "|" in value:
            raise node.refuse(f'a value of `rows:` cannot hold "|", found "{value}"')
    return found


def _check_claims(log: PredictionLog, found: Mapping[str, Node]) -> None:
    """
    Refuse claims about columns that are nothing here, or about the same rows.

    Raises
    ------
    BadFacet
        At the claim.
    """
    if "upstream" not in found:
        return
    nodes = mapping(found["upstream"])
    for claim, node in zip(log.upstream, nodes.values(), strict=True):
        for column in (*claim.features, *claim.rows):
            if not _is_input(log, column):
                raise node.refuse(
                    f'"{column}" is neither a feature nor a segment'
                    f"{nearest(column, dict.fromkeys((*log.features, *log.segments)))}"
                )
    for first, second in combinations(log.upstream, 2):
        if what := next(_overlap(first, second), None):
            raise nodes[second.asset].refuse(
                f"{second.asset} and {first.asset} both claim {what}; one owner each"
            )


def _is_input(log: PredictionLog, column: str) -> bool:
    if column in log.segments or column in log.features:
        return True
    if log.features:
        return False
    return column not in log.columns.values()


def _overlap(first: Claim, second: Claim) -> Iterator[str]:
    """Say what two claims have in common: features, in rows both may hold."""
    shared = [name for name in first.features if name in second.features]
    both_whole = bool(first.rows and second.rows) and not (
        first.features and second.features
    )
    if not shared and not both_whole:
        return
    if bool(first.rows) != bool(second.rows):
        return  # the claim that names rows is the finer one and wins there
    apart = any(
        set(values).isdisjoint(second.rows[column])
        for column, values in first.rows.items()
        if column in second.rows
    )
    if apart:
        return
    rows = " and ".join(f"{c} in {', '.join(v)}" for c, v in first.rows.items())
    yield " ".join(
        filter(None, [", ".join(shared), f"rows with {rows}" if rows else ""])
    )
