"""Ports: what remediation needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from modelowners.core.errors import ModelownersError
from modelowners.core.ids import AssetId
from modelowners.remediation.actions import Command

Wait = Callable[[timedelta], None]
"""Lets time pass."""


class RegistryFailed(ModelownersError):
    """
    The registry {registry} did not {act}: {why}.

    Whether a change was made is only known after reading it again.
    """


@dataclass(frozen=True, slots=True)
class Registered:
    """
    A version the registry knows.

    Parameters
    ----------
    version : str
        As the registry calls it.
    ready : bool
        Whether it can be served.
    """

    version: str
    ready: bool = True


class ModelRegistry(Protocol):
    """
    A registry whose aliases decide what is served.

    None of its methods is assumed to compare before it sets. A call that ends
    in `RegistryFailed` may have been carried out all the same.
    """

    def alias(self, model: str, alias: str) -> str | None:
        """
        Give the version an alias stands for, as of this call; None where absent.

        Raises
        ------
        RegistryFailed
            If the registry does not answer, or has no such model.
        """
        ...

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """
        Let an alias stand for a version.

        Raises
        ------
        RegistryFailed
            If it is not known to be done.
        """
        ...

    def version(self, model: str, version: str) -> Registered | None:
        """
        Find a version; None where there is none.

        Raises
        ------
        RegistryFailed
            If the registry does not answer.
        """
        ...

    def tag(self, model: str, version: str, tags: Mapping[str, str]) -> None:
        """
        Set tags of a version; those of other names stay.

        Raises
        ------
        RegistryFailed
            If it is not known to be done.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    How a command ended.

    Parameters
    ----------
    code : int or None
        Its exit code, negative for a signal; None where it did not start or
        ran out of time.
    seconds : float
        How long it took.
    output : str
        The end of what it said, at most 4 KiB, known secrets masked.
    why : str
        Why there is no exit code.
    """

    code: int | None
    seconds: float = 0.0
    output: str = ""
    why: str = ""

    @property
    def worked(self) -> bool:
        """Whether it said so."""
        return self.code == 0

    def __str__(self) -> str:
        if self.code is None:
            return self.why
        return f"it ended with exit code {self.code} after {self.seconds:.1f} s"


class Trigger(Protocol):
    """Runs what an owner declared."""

    def run(self, command: Command) -> Outcome:
        """
        Run a command to its end, or to its time limit.

        Parameters
        ----------
        command : Command
            Its arguments are handed over as they are.

        Returns
        -------
        Outcome
            A command that cannot be started has one too.

        Raises
        ------
        MissingSecret
            If a secret it names is not set; nothing was started.
        """
        ...


class ServingProbe(Protocol):
    """Tells which versions answered of late, from what they logged."""

    def served(
        self, model: AssetId, *, since: datetime, until: datetime, rows: int
    ) -> Mapping[str, int] | None:
        """
        Count the newest rows by version.

        Parameters
        ----------
        model : AssetId
            Which model.
        since, until : datetime
            UTC, half-open: only rows scored in between.
        rows : int
            At most so many, at least 1.

        Returns
        -------
        mapping of str to int, or None
            None where the log does not say which version answered.
        """
        ...
