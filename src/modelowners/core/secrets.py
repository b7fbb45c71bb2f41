"""Secrets: references in the ownership file, resolved only where they are used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from modelowners.core.errors import InputError
from modelowners.core.facets import Node, text

MASK = "***"
MIN_MASKED = 4
"""Characters; a shorter value would mask half of every text."""

_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FILE = "file:"


class MissingSecret(InputError):
    """
    The secret {reference} is not there: {why}.

    Set it for this program; the ownership file holds only its name.
    """


class Secrets:
    """
    Resolves references to secrets, and masks what it has resolved.

    A text of the ownership file refers to a secret as ``${NAME}``, anywhere in
    it, or is wholly ``file:PATH``. It is resolved at the moment of use, so that
    the value enters no state, event or digest and a rotated one is taken up.

    Parameters
    ----------
    values : mapping of str to str
        By name: the environment, as `app.settings` hands it over.
    read : callable, optional
        Gives the text of a file by its path; raises ``OSError`` or
        ``ValueError``. Without it there are no ``file:`` references.

    Examples
    --------
    >>> secrets = Secrets({"TOKEN": "s3cret-value"})
    >>> secrets.resolve("Bearer ${TOKEN}")
    'Bearer s3cret-value'
    >>> secrets.mask("the server said: no such token s3cret-value")
    'the server said: no such token ***'
    """

    def __init__(
        self,
        values: Mapping[str, str] | None = None,
        *,
        read: Callable[[str], str] | None = None,
    ) -> None:
        self._values = {} if values is None else values
        self._read = read
        self._resolved: set[str] = set()

    def resolve(self, text: str) -> str:
        """
        Put values in the place of references; text without any stays as it is.

        Parameters
        ----------
        text : str
            Of the ownership file only: never resolve what a stranger sent.

        Returns
        -------
        str
            To be used at once and kept nowhere.

        Raises
        ------
        MissingSecret
            If a reference leads to nothing.
        """
        if text.startswith(_FILE):
            return self._known(self._file(text))
        return _NAMED.sub(lambda found: self._known(self._named(found[1])), text)

    def mask(self, text: str) -> str:
        """Put ``***`` in the place of every value resolved so far."""
        for value in sorted(self._resolved, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text

    def _named(self, name: str) -> str:
        """
        Give a value of the environment.

        Raises
        ------
        MissingSecret
            If it is not set, or empty.
        """
        value = self._values.get(name)
        if not value:
            why = "the variable is not set" if value is None else "it is empty"
            raise MissingSecret(reference=f"${{{name}}}", why=why)
        return value

    def _file(self, reference: str) -> str:
        """
        Give the text of a file, without the line break at its end.

        Raises
        ------
        MissingSecret
            If it cannot be read.
        """
        if self._read is None:
            raise MissingSecret(reference=reference, why="files are not read here")
        try:
            value = self._read(reference.removeprefix(_FILE)).rstrip("\r\n")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise MissingSecret(reference=reference, why=why) from None
        if not value:
            raise MissingSecret(reference=reference, why="it is empty")
        return value

    def _known(self, value: str) -> str:
        if len(value) >= MIN_MASKED:
            self._resolved.add(value)
        return value


def read_reference(node: Node) -> str:
    """
    Read a reference to a secret; refuse what may be a secret itself.

    Parameters
    ----------
    node : Node
        A place in the ownership file.

    Returns
    -------
    str
        ``${NAME}`` or ``file:PATH``, for `Secrets.resolve`.

    Raises
    ------
    BadFacet
        If it is anything else; what stands there is not repeated.

    Examples
    --------
    >>> read_reference(Node("${TOKEN}", "modelowners.yaml", 3, 12))
    '${TOKEN}'
    """
    found = text(node) if isinstance(node.value, str) else ""
    if _NAMED.fullmatch(found) or found.removeprefix(_FILE) not in {"", found}:
        return found
    raise node.refuse(
        "expected ${NAME}, an environment variable, or file:PATH; a secret itself "
        "must not stand in the ownership file"
    )
