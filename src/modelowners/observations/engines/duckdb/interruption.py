"""Interruption: Ctrl-C stays Ctrl-C, though it falls into a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_SAID = "Query interrupted"
"""What DuckDB says of a statement that SIGINT ended; it swallows the signal."""


@contextmanager
def interruptible() -> Iterator[None]:
    """
    Raise an interrupted statement as what it was, here or around a function.

    Raises
    ------
    KeyboardInterrupt
        Where DuckDB says only that a query was interrupted.
    RuntimeError
        Any other one, as it is.

    Examples
    --------
    >>> try:
    ...     with interruptible():
    ...         raise RuntimeError("Query interrupted")
    ... except KeyboardInterrupt:
    ...     print("stopped")
    stopped
    """
    try:
        yield
    except RuntimeError as error:
        if str(error) != _SAID:
            raise
        raise KeyboardInterrupt from error
