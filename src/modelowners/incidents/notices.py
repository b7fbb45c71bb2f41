"""Notices: what is said, to whom, and the message that a sink carries."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from modelowners.catalog.people import Organisation
from modelowners.core.ids import AssetId, IncidentId
from modelowners.incidents.incident import State
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Holder

CONSOLE = "console"
"""The sink that is always there."""

MAX_TITLE = 200
MAX_LINE = 1000


class NoticeKind(enum.StrEnum):
    """Whether it asks for action now."""

    PAGE = "page"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """
    Where a message goes: a sink's name, and the target in the sink's own words.

    Examples
    --------
    >>> Address.parse("file:alerts.jsonl")
    Address(sink='file', target='alerts.jsonl')
    """

    sink: str
    target: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``sink:target``."""
        sink, _, target = text.partition(":")
        return cls(sink, target)

    def __str__(self) -> str:
        return f"{self.sink}:{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """
    What is said about an incident, whoever carries it.

    Parameters
    ----------
    kind : NoticeKind
        A page asks for action now; a note does not.
    incident : IncidentId
        Which.
    model : AssetId
        Its model.
    severity : Severity
        How bad.
    to : str
        Whom it is for, in words.
    person : str or None
        The person it is aimed at; None where it is for a channel.
    title : str
        One line of at most 200 characters.
    lines : tuple of str
        The rest, without control characters.
    at : datetime
        UTC; when what it tells happened.
    tells : str
        Kind of the event it tells of, such as ``acked``; empty where unknown.
    state : State
        Where the incident stood after it.
    """

    kind: NoticeKind
    incident: IncidentId
    model: AssetId
    severity: Severity
    to: str
    person: str | None
    title: str
    lines: tuple[str, ...]
    at: datetime
    tells: str = ""
    state: State = State.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    A notice on its way to one address.

    Parameters
    ----------
    id : str
        The same for every attempt: a sink that deduplicates may use it as key.
    address : Address
        Where to.
    notice : Notice
        What it says.
    repeat : bool
        An earlier attempt may have arrived.
    earlier : str or None
        The sink's own name for the last message about this incident that it
        took at this address: what it may update instead of saying more.
    """

    id: str
    address: Address
    notice: Notice
    repeat: bool = False
    earlier: str | None = None

    @property
    def title(self) -> str:
        """The title, marked where it may have been read before."""
        title = self.notice.title
        return f"{title} (may be a repeat)" if self.repeat else title


def single_line(text: str, *, limit: int = MAX_LINE) -> str:
    r"""
    Make foreign text harmless in any output: one line, visible characters only.

    Parameters
    ----------
    text : str
        Anything, such as a column's name or a commit's subject.
    limit : int
        Greatest length in characters, at least 1.

    Returns
    -------
    str
        Control, format and unpaired characters stand as escapes.

    Examples
    --------
    >>> single_line("a\r\nBcc: b\x1b[31m")
    'a\\r\\nBcc: b\\x1b[31m'
    """
    shown = "".join(c if c.isprintable() else _escaped(c) for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _escaped(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")


def cleaned(notice: Notice) -> Notice:
    """
    Escape every text of a notice.

    Parameters
    ----------
    notice : Notice
        With texts from anywhere.

    Returns
    -------
    Notice
        Safe for a terminal, a mail header and a line-oriented file.
    """
    return replace(
        notice,
        to=single_line(notice.to),
        title=single_line(notice.title, limit=MAX_TITLE),
        lines=tuple(single_line(line) for line in notice.lines),
    )


Book = Callable[[Holder, str | None], tuple[tuple[Address, ...], tuple[str, ...]]]
"""
Holder and person to where both are reached, and which addresses no sink serves.
"""


def address_book(organisation: Organisation, *, sinks: Collection[str]) -> Book:
    """
    Make the book that says where owners are reached.

    Parameters
    ----------
    organisation : Organisation
        People with their e-mail, teams with their ``notify``.
    sinks : collection of str
        Names of the sinks that can be used.

    Returns
    -------
    callable
        For a holder and a person: the person's e-mail and the team's addresses,
        or the console where neither has one that a sink serves; and the
        addresses that were passed over.
    """

    def find(
        holder: Holder, person: str | None
    ) -> tuple[tuple[Address, ...], tuple[str, ...]]:
        known = organisation.people.get(person or holder.person or "")
        team = organisation.teams.get(holder.team or "")
        found = [Address("email", mail) for mail in (known.email[:1] if known else ())]
        served = [a for a in found if a.sink in sinks]
        declared = [Address.parse(text) for text in (team.notify if team else ())]
        served += [a for a in declared if a.sink in sinks]
        missing = tuple(a.sink for a in declared if a.sink not in sinks)
        return tuple(dict.fromkeys(served)) or (Address(CONSOLE),), missing

    return find


def plain_message(message: Message) -> Mapping[str, object]:
    """Give a message as one JSON object, for sinks that keep it whole."""
    notice = message.notice
    return {
        "id": message.id,
        "kind": notice.kind.value,
        "incident": notice.incident,
        "model": notice.model,
        "severity": notice.severity.value,
        "to": notice.to,
        "person": notice.person,
        "title": notice.title,
        "lines": list(notice.lines),
        "at": notice.at.isoformat().replace("+00:00", "Z"),
        "tells": notice.tells,
        "state": notice.state.value,
        "repeat": message.repeat,
    }
