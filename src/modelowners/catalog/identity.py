"""Identity: which of the names in a repository's history are one person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modelowners.catalog.people import Person
from modelowners.catalog.ports import Touch

_NOREPLY = re.compile(r"(?:\d+\+)?([\w-]+)@users\.noreply\.github\.com")
_MACHINE = re.compile(
    r"\[bot\]|\bbot@|-bot\b|^(?:dependabot|renovate|github-actions|greenkeeper|snyk)\b"
    r"|^(?:ci|cd|jenkins|build|builder|deploy|root|service|svc|airflow|runner)[@-]"
    r"|@localhost$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Author:
    """
    Somebody in the history.

    Parameters
    ----------
    key : str
        The declared person's name, else the address by which to tell them apart.
    name : str
        As their commits have it, newest first.
    email : str
        The newest address.
    declared : bool
        Whether the ownership file knows them.
    """

    key: str
    name: str
    email: str
    declared: bool = False


def is_machine(touch: Touch) -> bool:
    """
    Tell commits of bots and service accounts by their name or address.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> is_machine(Touch(email="x@y", name="renovate[bot]", at=at, files=1))
    True
    """
    return any(_MACHINE.search(text) for text in (touch.name, touch.email))


def authors(
    touches: Iterable[Touch], people: Mapping[str, Person]
) -> dict[str, Author]:
    """
    Give the author of each address.

    Declared addresses come first, then GitHub's no-reply addresses of declared
    handles; undeclared addresses are joined only if they share a full name.
    Declared people are never merged.

    Parameters
    ----------
    touches : iterable of Touch
        Newest first.
    people : mapping of str to Person
        Declared people.

    Returns
    -------
    dict of str to Author
        By address in lower case.
    """
    declared = {
        address.casefold(): person
        for person in people.values()
        for address in person.email
    }
    handles = {p.github.casefold(): p for p in people.values() if p.github}
    by_name: dict[str, Author] = {}
    found: dict[str, Author] = {}
    for touch in touches:
        address = touch.email.casefold()
        if address in found:
            continue
        noreply = _NOREPLY.fullmatch(address)
        person = declared.get(address) or (handles.get(noreply[1]) if noreply else None)
        if person is not None:
            found[address] = Author(person.name, touch.name, touch.email, declared=True)
            continue
        author = Author(address, touch.name, touch.email)
        full_name = " ".join(touch.name.casefold().split())
        if " " in full_name:
            author = by_name.setdefault(full_name, author)
        found[address] = author
    return found
