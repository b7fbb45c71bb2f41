"""What the state needs of the kind of database it lives in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DatabaseError

WRITING = "modelowners_writing"
"""Execution option of a transaction that may write: `ALONE` or `BESIDE`."""

ALONE = "alone"
"""No other transaction that asks for this runs meanwhile."""

BESIDE = "beside"
"""Others write meanwhile; it locks the rows it changes."""

WAIT_SECONDS = 30
"""How long a transaction waits for another process's to end."""


class Explanation(NamedTuple):
    """
    What a refusal of the database means, and what to do about it.

    Parameters
    ----------
    why, remedy : str
        Two sentences without their full stop.
    """

    why: str
    remedy: str


class Home(Protocol):
    """
    A place a state can live in: an SQLite file or a PostgreSQL database.

    Parameters
    ----------
    shown : str
        The place as it may be printed: without a password.
    """

    shown: str

    def exists(self) -> bool:
        """Tell whether a state was made there; asking makes none."""
        ...

    def engine(self) -> Engine:
        """Give connections that begin transactions as `Database` needs them."""
        ...

    def reading(self, connection: Connection) -> Connection:
        """Prepare a connection for a transaction that only reads."""
        ...

    def writing(self, connection: Connection, how: str) -> Connection:
        """Prepare a connection for a transaction that writes `ALONE` or `BESIDE`."""
        ...

    def sole(self, engine: Engine, name: str) -> AbstractContextManager[bool]:
        """Hold a name while it lasts; False where another process has it."""
        ...

    def explain(self, error: DatabaseError) -> Explanation | None:
        """Say what a refusal means; None where it is a fault of ours."""
        ...
