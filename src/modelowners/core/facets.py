"""
Facets: sections of the ownership file that a later stage understands.

The catalog reads the file into located nodes and carries what it does not
know as opaque facets; each stage reads its own with the functions here, so
that every complaint names file, line and column.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelowners.core.errors import BadFacet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Scalar = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """
    A value of the file and where it stands.

    Parameters
    ----------
    value : str, int, bool, None, dict of str to Node, or list of Node
        Decimals stay text; the facet's reader parses them.
    file : str
        Path as a person would type it.
    line, column : int
        From 1.
    key : tuple of (int, int) or None
        Line and column of the key whose value this is, where there is one.
    """

    value: Scalar | dict[str, Node] | list[Node]
    file: str
    line: int
    column: int
    key: tuple[int, int] | None = None

    @property
    def place(self) -> str:
        """``file:line:column``."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def key_place(self) -> str:
        """``file:line:column`` of its key, else of itself."""
        line, column = self.key or (self.line, self.column)
        return f"{self.file}:{line}:{column}"

    def refuse(self, what: str, *, code: str = "MO004") -> BadFacet:
        """Give the error that refuses this node, to be raised."""
        return BadFacet(place=self.place, code=code, what=what)

    def plain(self) -> object:
        """Give the value without places, as JSON has it."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(frozen=True, slots=True)
class Facet:
    """A named section of an asset's entry, opaque to the catalog."""

    name: str
    node: Node


def mapping(node: Node, known: Mapping[str, object] | None = None) -> dict[str, Node]:
    """
    Read a mapping; refuse keys that are not known.

    Parameters
    ----------
    node : Node
        What the file holds.
    known : mapping or None
        Allowed keys (values are not read); None allows any. ``x-`` keys pass.

    Returns
    -------
    dict of str to Node
        Without the ``x-`` keys.

    Raises
    ------
    BadFacet
        If it is no mapping, or holds a key that is not known.

    Examples
    --------
    >>> one = Node({"alias": Node("champion", "f", 1, 8)}, "f", 1, 1)
    >>> text(mapping(one, {"alias": str})["alias"])
    'champion'
    """
    if not isinstance(node.value, dict):
        raise node.refuse(f"expected a mapping, found {describe(node)}")
    found = {k: v for k, v in node.value.items() if not k.startswith("x-")}
    for key, child in found.items():
        if known is not None and key not in known:
            raise BadFacet(
                place=child.key_place,
                code="MO003",
                what=f'unknown key "{key}"{nearest(key, known)}',
            )
    return found


def items(node: Node) -> list[Node]:
    """
    Read a list; a lone value counts as a list of one.

    Examples
    --------
    >>> len(items(Node("a", "f", 1, 1)))
    1
    """
    if isinstance(node.value, list):
        return node.value
    if isinstance(node.value, dict) or node.value is None:
        raise node.refuse(f"expected a list, found {describe(node)}")
    return [node]


def text(node: Node) -> str:
    """
    Read text; whole numbers and booleans count as the text they look like.

    Examples
    --------
    >>> text(Node(7, "f", 1, 1))
    '7'
    """
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    if isinstance(node.value, str | int):
        return str(node.value)
    raise node.refuse(f"expected text, found {describe(node)}")


def texts(node: Node) -> tuple[str, ...]:
    """
    Read a list of texts, or a lone one.

    Examples
    --------
    >>> texts(Node([Node("a", "f", 1, 2), Node("b", "f", 1, 5)], "f", 1, 1))
    ('a', 'b')
    """
    return tuple(text(child) for child in items(node))


def number(node: Node) -> float:
    """
    Read a finite number, written as a number or as text.

    Examples
    --------
    >>> number(Node("0.25", "f", 1, 1))
    0.25
    """
    if isinstance(node.value, str | int) and not isinstance(node.value, bool):
        try:
            found = float(node.value)
        except (ValueError, OverflowError):
            pass
        else:
            if abs(found) < float("inf"):
                return found
    raise node.refuse(f"expected a number, found {describe(node)}")


def flag(node: Node) -> bool:
    """
    Read true or false.

    Examples
    --------
    >>> flag(Node(True, "f", 1, 1))
    True
    """
    if isinstance(node.value, bool):
        return node.value
    raise node.refuse(f"expected true or false, found {describe(node)}")


def describe(node: Node) -> str:
    """
    Say what a node holds, for an error.

    Examples
    --------
    >>> describe(Node(["x"], "f", 1, 1))
    'a list'
    """
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    if node.value is None:
        return "nothing"
    return f'"{node.value}"'


def nearest(word: str, known: Mapping[str, object] | Iterator[str]) -> str:
    """
    Propose the nearest known word, as the tail of an error.

    Examples
    --------
    >>> nearest("ownr", {"owner": 1, "tier": 1})
    '; did you mean "owner"?'
    """
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known here: {', '.join(names)}" if names else ""
