"""
Named statements: each one registered, with the index it must use.

The register is what tests walk: every statement runs on SQLite, compiles for
PostgreSQL, and its plan uses the index it names.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ParamSpec, Protocol, Self, TypeVar

PRIMARY_KEY = "primary key"
"""Stands for the index of a table's primary key."""


class _Statement(Protocol):
    def prefix_with(self, *prefixes: str, dialect: str = "*") -> Self: ...


P = ParamSpec("P")
S = TypeVar("S", bound=_Statement)


@dataclass(frozen=True, slots=True)
class Named:
    """
    A registered statement.

    Parameters
    ----------
    name : str
        ``package.function``; also the comment it is sent with.
    build : callable
        Gives the statement for some arguments.
    index : str or None
        The index its plan must use, or `PRIMARY_KEY`.
    scan : str or None
        Why it may read the whole table, where it may.
    examples : mapping
        Arguments to build it with.
    """

    name: str
    build: Callable[..., object]
    index: str | None
    scan: str | None
    examples: Mapping[str, object]

    def example(self) -> object:
        """Build the statement with its examples."""
        return self.build(**self.examples)


REGISTER: dict[str, Named] = {}
"""Every statement by name, filled as repositories are imported."""


def statement(
    *, index: str | None = None, scan: str | None = None, **examples: object
) -> Callable[[Callable[P, S]], Callable[P, S]]:
    """
    Register a function that builds a statement.

    Parameters
    ----------
    index : str, optional
        The index its plan must use, or `PRIMARY_KEY`; inserts need none.
    scan : str, optional
        Why reading the whole table is right, where it is.
    **examples : object
        Arguments to try it with.

    Returns
    -------
    callable
        The decorator; what it gives sends the name as an SQL comment.

    Examples
    --------
    >>> from sqlalchemy import literal, select
    >>> @statement(scan="reads no table", number=1)
    ... def one(number: int):
    ...     return select(literal(number).label("n"))
    >>> print(one(1))
    SELECT /* statements.one */ :param_1 AS n
    >>> del REGISTER["statements.one"]
    """

    def register(build: Callable[P, S]) -> Callable[P, S]:
        name = f"{_package(build.__module__)}.{build.__name__}"

        @functools.wraps(build)
        def commented(*args: P.args, **kwargs: P.kwargs) -> S:
            return build(*args, **kwargs).prefix_with(f"/* {name} */")

        REGISTER[name] = Named(name, commented, index, scan, examples)
        return commented

    return register


def _package(module: str) -> str:
    """Name the package of a repository: its last part before ``repository``."""
    return module.partition(".repository")[0].rpartition(".")[2]
