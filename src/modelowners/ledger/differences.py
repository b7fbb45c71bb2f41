"""Differences between two JSON values: where, what before, what after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_TEXT = 80
"""Characters of one value in a compact text."""

SHORT = 12
"""Characters of a hash in a compact text."""

_HASH = re.compile(r"(?:[0-9a-f]{16}){2,4}|[0-9a-f]{40}")


class Absent:
    """Stands for a value that is not there, which JSON's null is not."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One place where two values differ.

    Parameters
    ----------
    path : str
        JSON pointer, such as ``/training/rows``.
    before, after : object
        JSON values; `ABSENT` where there is none.
    """

    path: str
    before: object
    after: object


def differences(before: object, after: object) -> tuple[Difference, ...]:
    """
    Compare two JSON values, mappings key by key.

    Parameters
    ----------
    before, after : object
        JSON values; lists are compared whole.

    Returns
    -------
    tuple of Difference
        Ordered by path; empty where the two are equal.

    Examples
    --------
    >>> for found in differences({"rows": 1500, "ok": True}, {"rows": 2250}):
    ...     print(found.path, found.before, found.after)
    /ok True absent
    /rows 1500 2250
    """
    return tuple(_walk("", before, after))


def compact(found: tuple[Difference, ...], *, limit: int = 3) -> str:
    """
    Say differences in one line for a person.

    Parameters
    ----------
    found : tuple of Difference
        As `differences` gives them.
    limit : int
        How many to spell out, at least 1; the others are counted.

    Returns
    -------
    str
        Such as ``rows 1500 -> 2250, +2 more``; empty where there are none.

    Examples
    --------
    >>> compact(differences({"a": 1, "b": {"c": 2}}, {"a": 5, "b": {}}))
    'a 1 -> 5, b.c 2 -> (none)'
    """
    told = [
        f"{_dotted(one.path)} {_brief(one.before)} -> {_brief(one.after)}".strip()
        for one in found[:limit]
    ]
    more = [f"+{len(found) - limit} more"] if len(found) > limit else []
    return ", ".join(told + more)


def unsaid(found: tuple[Difference, ...], text: str) -> tuple[Difference, ...]:
    """
    Leave out the differences whose two values a text already names.

    Parameters
    ----------
    found : tuple of Difference
        As `differences` gives them.
    text : str
        What is said of them.

    Examples
    --------
    >>> found = differences({"rows": 1500, "id": "a"}, {"rows": 2250, "id": "b"})
    >>> compact(unsaid(found, "train: 1500 -> 2250 rows"))
    'id a -> b'
    """
    return tuple(
        one
        for one in found
        if not (_names(text, one.before) and _names(text, one.after))
    )


def _names(text: str, value: object) -> bool:
    said = "" if isinstance(value, Absent) else _brief(value).removeprefix("==")
    return re.search(rf"(?<![\w.]){re.escape(said)}(?![\w.])", text) is not None


def _walk(path: str, before: object, after: object) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys(), key=str):
            yield from _walk(
                f"{path}/{_escape(str(key))}",
                before.get(key, ABSENT),
                after.get(key, ABSENT),
            )
    elif not _same(before, after):
        yield Difference(path, before, after)


def _same(before: object, after: object) -> bool:
    # True is not 1 in JSON, though Python finds them equal; NaN is itself.
    if isinstance(before, Absent) or isinstance(after, Absent):
        return before is after
    return json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _dotted(path: str) -> str:
    parts = path.split("/")[1:]
    return ".".join(part.replace("~1", "/").replace("~0", "~") for part in parts)


def _brief(value: object) -> str:
    if isinstance(value, Absent):
        return "(none)"
    if isinstance(value, float):
        return f"{value:.6g}"
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if _HASH.fullmatch(said):
        return said[:SHORT]
    return said if len(said) <= MAX_TEXT else f"{said[: MAX_TEXT - 1]}…"
