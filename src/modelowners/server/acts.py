"""Acts: what a form or a JSON body asks for, as the program's own requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modelowners.app.handling import Request, WhoActs, perform
from modelowners.core.errors import InputError, ModelownersError, StateError
from modelowners.core.facets import nearest
from modelowners.incidents.incident import Act, Incident
from modelowners.incidents.refusals import (
    KeyReused,
    NobodyLeft,
    NoIncident,
    NotNow,
    NotYours,
    Stale,
)
from modelowners.remediation.refusals import GatesClosed, NotAMember, NotYourFix

if TYPE_CHECKING:
    from modelowners.app.wiring import Program

SOURCE = "page"
MAX_DIGITS = 9
HIDDEN = frozenset({"n", "key"})
"""Fields of a form that are about the request, not the act."""


class UnknownAct(InputError):
    """No act "{found}" on an incident{nearest}."""


class BadRevision(InputError):
    """Expected a revision such as 7, found "{found}"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    An act as it was asked for.

    Parameters
    ----------
    incident : str
        Its id.
    act : str
        What to do, as `Act` has it.
    arguments : mapping of str to str
        What belongs to it.
    revision : int or None
        Only if the incident is still at this one.
    key : str
        Names this very request: the same again does nothing.
    """

    incident: str
    act: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    revision: int | None = None
    key: str = ""

    @classmethod
    def of_form(cls, incident: str, act: str, fields: Mapping[str, str]) -> Asked:
        """Read a page's form, which carries revision and key as hidden fields."""
        rest = {k: v for k, v in fields.items() if k not in HIDDEN}
        # One page gives each of its buttons the same key.
        key = f"{fields['key']}.{act}" if fields.get("key") else ""
        return cls(
            incident=incident,
            act=act,
            arguments=rest,
            revision=revision_of(fields.get("n")),
            key=key,
        )


def revision_of(text: str | None) -> int | None:
    """
    Read a revision from a form's field or from ``If-Match``; None where there is none.

    Raises
    ------
    BadRevision
        If it is no whole number.

    Examples
    --------
    >>> revision_of('"7"'), revision_of(None)
    (7, None)
    """
    if not text:
        return None
    bare = text.strip().strip('"')
    if not (bare.isascii() and bare.isdigit() and len(bare) <= MAX_DIGITS):
        raise BadRevision(found=text[:40])
    return int(bare)


def ask(program: Program, asked: Asked, *, person: str | None) -> Incident:
    """
    Have the program do what was asked.

    Parameters
    ----------
    program : Program
        Wired for whoever acts.
    asked : Asked
        What.
    person : str or None
        Who acts; None where that is not known, which is refused.

    Returns
    -------
    Incident
        As it stands afterwards.

    Raises
    ------
    UnknownAct
        If there is no such act.
    """
    try:
        act = Act(asked.act)
    except ValueError:
        close = nearest(asked.act, iter([one.value for one in Act]))
        raise UnknownAct(found=asked.act[:40], nearest=close) from None
    request = Request(
        incident=asked.incident,
        revision=asked.revision,
        actor=person,
        key=asked.key,
        source=SOURCE,
    )
    return perform(program, request, act, asked.arguments)


_STATUS: Mapping[type[ModelownersError], int] = {
    NoIncident: 404,
    NotYours: 403,
    NotYourFix: 403,
    NotAMember: 403,
    WhoActs: 403,
    NotNow: 409,
    NobodyLeft: 409,
    KeyReused: 409,
    GatesClosed: 409,
    Stale: 412,
    StateError: 503,
}


def status_of(error: ModelownersError) -> int:
    """
    Give the status of HTTP that says why something was refused.

    Examples
    --------
    >>> status_of(BadRevision(found="x"))
    400
    """
    return next(
        (status for kind, status in _STATUS.items() if isinstance(error, kind)), 400
    )
