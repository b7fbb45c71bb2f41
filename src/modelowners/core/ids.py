"""Ids: what an asset is called, and ids derived from content."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import NewType

from modelowners.core.errors import BadAssetId

AssetId = NewType("AssetId", str)
ChangeId = NewType("ChangeId", str)
FindingId = NewType("FindingId", str)
IncidentId = NewType("IncidentId", str)

ASSET_KINDS = (
    "model",
    "dataset",
    "feature",
    "pipeline",
    "api",
    "service",
    "dashboard",
)
MAX_NAME = 255


def asset_id(text: str) -> AssetId:
    """
    Read an asset id, ``kind:name``, in its canonical (NFC) form.

    Parameters
    ----------
    text : str
        The id as written.

    Returns
    -------
    AssetId
        The id in NFC.

    Raises
    ------
    BadAssetId
        If the kind is unknown or the name is empty, longer than 255
        characters, unprintable, holds ``*`` or has outer space.

    Examples
    --------
    >>> asset_id("model:risk/fraud")
    'model:risk/fraud'
    """
    kind, colon, name = text.partition(":")
    if not colon or kind not in ASSET_KINDS:
        raise BadAssetId(found=text, why=f"the kind is one of {', '.join(ASSET_KINDS)}")
    canonical = unicodedata.normalize("NFC", name)
    if not 1 <= len(canonical) <= MAX_NAME:
        raise BadAssetId(found=text, why=f"a name has 1 to {MAX_NAME} characters")
    if not canonical.isprintable() or canonical != canonical.strip():
        raise BadAssetId(found=text, why="a name is printable, without outer space")
    if "*" in canonical:
        raise BadAssetId(found=text, why='"*" stands only at the end of a pattern')
    return AssetId(f"{kind}:{canonical}")


def asset_kind(asset: AssetId) -> str:
    """
    Tell the kind of an asset.

    Examples
    --------
    >>> asset_kind(asset_id("dataset:weather"))
    'dataset'
    """
    return asset.partition(":")[0]


def canonical_json(value: object) -> bytes:
    """
    Encode a JSON value so that equal values give equal bytes.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def digest(value: object) -> str:
    """
    Digest a JSON value: ``sha256:`` and 64 hexadecimal digits.

    Examples
    --------
    >>> digest({})[:15]
    'sha256:44136fa3'
    """
    return "sha256:" + hashlib.sha256(canonical_json(value)).hexdigest()


def stable_id(prefix: str, *parts: object) -> str:
    """
    Derive a short id from content: the same parts give the same id.

    Parameters
    ----------
    prefix : str
        What kind of thing it names, such as ``chg``.
    *parts : object
        JSON values that identify the thing.

    Returns
    -------
    str
        The prefix, ``_`` and 16 hexadecimal digits.

    Examples
    --------
    >>> len(stable_id("chg", "git", "main", "0a1b"))
    20
    """
    return f"{prefix}_{hashlib.sha256(canonical_json(list(parts))).hexdigest()[:16]}"
