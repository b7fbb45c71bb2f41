"""The journals of a state, verified: nothing altered, nothing cut off."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from modelowners.core.errors import InputError


class BadHead(InputError):
    """
    Expected a head such as "{example}:9f86…", found "{found}".

    `modelowners audit verify` prints the heads to keep.
    """


class Broken(Protocol):
    """Where a chain is broken; `store.journal.Fault` is one."""

    @property
    def seq(self) -> int | None:
        """The first entry that does not fit; None where the last are missing."""
        ...

    @property
    def what(self) -> str:
        """What is wrong, for a person."""
        ...


class Walked(Protocol):
    """What walking a chain found; `store.journal.Verdict` is one."""

    @property
    def rows(self) -> int:
        """Entries that fit, counted from the first."""
        ...

    @property
    def head(self) -> str:
        """Hash of the last one that fits."""
        ...

    @property
    def fault(self) -> Broken | None:
        """Where the chain is broken."""
        ...


class Journal(Protocol):
    """A repository that keeps a journal."""

    def verify(self, *, head: str | None = None) -> Walked:
        """Say whether the chain is whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """
    One journal, verified.

    Parameters
    ----------
    name : str
        Of the journal, such as ``events``.
    entries : int
        Entries that fit, counted from the first.
    head : str
        ``NAME:HASH`` of the last one that fits, to be kept elsewhere.
    compared : bool
        Whether a head kept elsewhere was looked for: without one, entries cut
        off at the end are not missed.
    broken_at : int or None
        Number of the first entry that does not fit.
    fault : str or None
        What is wrong; None where the chain is whole.
    """

    name: str
    entries: int
    head: str
    compared: bool
    broken_at: int | None = None
    fault: str | None = None


def verify(
    journals: Mapping[str, Journal], heads: Sequence[str] = ()
) -> tuple[Chain, ...]:
    """
    Walk every journal of a state.

    Parameters
    ----------
    journals : mapping of str to Journal
        By name.
    heads : sequence of str
        Heads kept elsewhere, each ``NAME:HASH``; every one must be in its chain.

    Returns
    -------
    tuple of Chain
        One per journal, in their order.
    """
    kept: dict[str, list[str]] = {name: [] for name in journals}
    for head in heads:
        name, digest = _parsed(head, journals)
        kept[name].append(digest)
    return tuple(_walk(name, journal, kept[name]) for name, journal in journals.items())


def _walk(name: str, journal: Journal, heads: Sequence[str]) -> Chain:
    found = [journal.verify(head=head) for head in heads] or [journal.verify()]
    worst = next((verdict for verdict in found if verdict.fault), found[0])
    return Chain(
        name=name,
        entries=worst.rows,
        head=f"{name}:{worst.head}",
        compared=bool(heads),
        broken_at=worst.fault.seq if worst.fault else None,
        fault=worst.fault.what if worst.fault else None,
    )


def _parsed(head: str, journals: Mapping[str, Journal]) -> tuple[str, str]:
    """
    Read ``NAME:HASH``.

    Raises
    ------
    BadHead
        If it is not that, or names no journal.
    """
    name, _, digest = head.partition(":")
    if name not in journals or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise BadHead(example=next(iter(journals), "events"), found=head)
    return name, digest
