"""Patterns: keys that cover many assets, and which of them wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelowners.core.ids import ASSET_KINDS, AssetId, asset_id

EVERYTHING = "*"


def is_pattern(key: str) -> bool:
    """
    Tell a pattern from an exact id.

    Examples
    --------
    >>> is_pattern("model:risk/*"), is_pattern("model:risk/fraud")
    (True, False)
    """
    return key.endswith("*")


def read_key(text: str) -> str:
    """
    Read a key under ``owns``: an exact id, ``*``, or ``kind:prefix*``.

    Parameters
    ----------
    text : str
        As written.

    Returns
    -------
    str
        In NFC.

    Raises
    ------
    BadAssetId
        If it is none of the three.

    Examples
    --------
    >>> read_key("dataset:prod.core.*")
    'dataset:prod.core.*'
    """
    if text == EVERYTHING:
        return text
    if not is_pattern(text):
        return asset_id(text)
    prefix = text[:-1]
    if prefix.removesuffix(":") in ASSET_KINDS and prefix.endswith(":"):
        return text
    if prefix != prefix.rstrip():
        # An id cannot end in space, but what a prefix covers goes on after it.
        return asset_id(f"{prefix}x")[:-1] + "*"
    return asset_id(prefix) + "*"


class Patterns:
    """
    Keys, exact and patterns, by longest match.

    Parameters
    ----------
    keys : iterable of str
        As `read_key` gives them.

    Examples
    --------
    >>> keys = Patterns(["*", "model:risk/*", "model:risk/fraud"])
    >>> list(keys.matches(AssetId("model:risk/fraud")))
    ['model:risk/fraud', 'model:risk/*', '*']
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = frozenset(keys)
        self._prefixes = frozenset(key[:-1] for key in self.keys if is_pattern(key))
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)

    def matches(self, asset: AssetId) -> Iterator[str]:
        """Yield the keys that cover an asset, the longest first."""
        if asset in self.keys:
            yield asset
        for length in self._lengths:
            if length <= len(asset) and asset[:length] in self._prefixes:
                yield asset[:length] + "*"
