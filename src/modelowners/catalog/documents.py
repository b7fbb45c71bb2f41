"""
Documents: strict YAML, read from parse events into located nodes.

YAML's conveniences are what goes wrong in files that people review: a country
code that becomes false, a key that silently wins over its twin, a merge key
that hides who owns what. So keys are unique text; there are no anchors,
aliases, tags or merge keys; and only ``true``, ``false``, ``null`` and plain
decimal integers have a type. Everything else is the text that was written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

import yaml

from modelowners.catalog.problems import Problem, Severity
from modelowners.core.facets import Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 32

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_HIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff"
    "\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""
Characters a reviewer cannot see: controls, line separators, overrides of the
direction of text, byte-order marks and what is not a character.
"""

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "": None}


class _Unreadable(Exception):
    """The rest of the file cannot be read; the problem is noted."""


def read_document(data: bytes, *, file: str, problems: list[Problem]) -> Node | None:
    r"""
    Read one YAML document strictly.

    Parameters
    ----------
    data : bytes
        The file's content, UTF-8.
    file : str
        Its path as a person would type it.
    problems : list of Problem
        Everything refused is added here; what can be read around it still is.

    Returns
    -------
    Node or None
        None where the file holds nothing or cannot be read to its end.

    Examples
    --------
    >>> problems = []
    >>> node = read_document(b"a: [no, 12, 0123]", file="f", problems=problems)
    >>> node.plain(), problems
    ({'a': ['no', 12, '0123']}, [])
    >>> read_document(b"a: 1\na: 2", file="f", problems=problems).plain()
    {'a': 1}
    >>> print(problems[0])
    f:2:1 MO002 error duplicate key "a", first at line 1; keep one of them
    """
    builder = _Builder(file, problems)
    try:
        return builder.document(builder.decode(data))
    except _Unreadable:
        return None


class _Builder:
    """Builds nodes from the events of one file."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.events: Iterator[yaml.Event] = iter(())

    def decode(self, data: bytes) -> str:
        """Give the file's text, if it has a bearable size and no hidden characters."""
        if len(data) > MAX_BYTES:
            self.stop(1, 1, "file larger than 16 MiB", "split it with include:")
        try:
            text = data.decode().removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            good = data[: error.start].decode()
            self.stop(*_position(good), "not UTF-8 text", "save the file as UTF-8")
        if (hidden := _HIDDEN.search(text)) is not None:
            line, column = _position(text[: hidden.start()])
            name = f"U+{ord(hidden[0]):04X}"
            self.stop(line, column, f"invisible character {name}", "remove it")
        return text

    def document(self, text: str) -> Node | None:
        """Read the only document of the file."""
        self.events = iter(yaml.parse(text, Loader=_LOADER))
        try:
            next(self.events)
            start = next(self.events)
            if isinstance(start, yaml.StreamEndEvent):
                return None
            is_directed = isinstance(start, yaml.DocumentStartEvent) and (
                start.version or start.tags
            )
            if is_directed:
                self.add(start, "MO005", "a % directive", "remove the line")
            node = self.node(next(self.events), depth=1)
            next(self.events)
            if not isinstance(more := next(self.events), yaml.StreamEndEvent):
                self.add(
                    more,
                    "MO001",
                    "a second document",
                    "keep one document a file; remove the --- line",
                )
        except yaml.MarkedYAMLError as error:
            self.refuse(error)
        return node

    def node(self, event: yaml.Event, *, depth: int) -> Node:
        """Read the value that starts with an event."""
        line, column = _place(event)
        if isinstance(event, yaml.AliasEvent):
            self.add(event, "MO005", f"alias *{event.anchor}", "write the value out")
            return Node(None, self.file, line, column)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self.undecorated(event)
        if isinstance(event, yaml.ScalarEvent):
            return Node(self.scalar(event), self.file, line, column)
        if depth > MAX_DEPTH:
            self.stop(line, column, "nested deeper than 32 levels", "flatten it")
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self.mapping(depth), self.file, line, column)
        return Node(self.sequence(depth), self.file, line, column)

    def undecorated(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        """Refuse anchor and tag; the value itself is read all the same."""
        if event.anchor is not None:
            self.add(event, "MO005", f"anchor &{event.anchor}", "write the value out")
        if event.tag is not None:
            remedy = "remove it; types are not declared"
            self.add(event, "MO005", f"tag {event.tag}", remedy)

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        """Give a scalar its value: four words and integers are typed, if plain."""
        text: str = event.value
        if event.style:
            if event.style == '"' and (hidden := _HIDDEN.search(text)) is not None:
                name = f"U+{ord(hidden[0]):04X}"
                self.add(
                    event, "MO001", f"invisible character {name}", "remove the escape"
                )
            return text
        if text in _WORDS:
            return _WORDS[text]
        return int(text) if _INTEGER.fullmatch(text) else text

    def sequence(self, depth: int) -> list[Node]:
        """Read the items of a list."""
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth=depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, Node]:
        """Read the keys and values of a mapping; of twin keys the first stays."""
        found: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth=depth + 1)
            value = self.node(next(self.events), depth=depth + 1)
            if (name := self.key(key, event)) is None:
                continue
            if (twin := found.get(name)) is not None and twin.key is not None:
                self.add(
                    event,
                    "MO002",
                    f'duplicate key "{name}", first at line {twin.key[0]}',
                    "keep one of them",
                )
                continue
            found[name] = Node(
                value.value, self.file, value.line, value.column, (key.line, key.column)
            )
        return found

    def key(self, key: Node, event: yaml.Event) -> str | None:
        """Give a key's text; None if it is refused."""
        if key.value == "<<":
            self.add(event, "MO005", "merge key <<", "write the keys out")
        elif isinstance(key.value, str):
            return key.value
        elif not isinstance(event, yaml.AliasEvent):
            shown = "a collection" if isinstance(key.value, list | dict) else None
            shown = shown or str(getattr(event, "value", "")) or "nothing"
            self.add(
                event, "MO004", f"a key that is not text: {shown}", "put it in quotes"
            )
        return None

    def refuse(self, error: yaml.MarkedYAMLError) -> NoReturn:
        """Report what the parser could not read."""
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        context = error.context or ""
        remedy = "correct the YAML there or just above"
        if "alias" in context:
            remedy = 'put the key "*", and text that starts with * or &, in quotes'
        elif "flow" in context:
            remedy = 'inside [ ] or { }, put text that holds { } [ ] or , in "quotes"'
        elif "cannot start any token" in (error.problem or ""):
            remedy = "put text that starts with this character in quotes"
        what = f"not YAML: {error.problem or context}"
        self.stop(line, column, what, remedy)

    def add(self, event: yaml.Event, code: str, what: str, remedy: str) -> None:
        """Note a problem and go on."""
        self.note(*_place(event), code, what, remedy)

    def note(self, line: int, column: int, code: str, what: str, remedy: str) -> None:
        """Note a problem at a place."""
        self.problems.append(
            Problem(self.file, line, column, code, Severity.ERROR, what, remedy)
        )

    def stop(self, line: int, column: int, what: str, remedy: str) -> NoReturn:
        """
        Note why the file cannot be read further, and stop.

        Raises
        ------
        _Unreadable
            Always.
        """
        self.note(line, column, "MO001", what, remedy)
        raise _Unreadable


def _place(event: yaml.Event) -> tuple[int, int]:
    """Give line and column, from 1, of where an event starts."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _position(before: str) -> tuple[int, int]:
    """Give line and column, from 1, of what follows a text."""
    lines = re.split(r"\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1
