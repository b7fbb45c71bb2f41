"""Arguments: what an act is told from outside, read strictly into a move."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from modelowners.app import moves
from modelowners.app.scenes import Build
from modelowners.core.errors import InputError
from modelowners.core.facets import nearest
from modelowners.core.ids import asset_id
from modelowners.core.time import parse_duration, parse_instant
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.incident import Act, CloseReason, DismissReason
from modelowners.incidents.refusals import BadArgument
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Reason

MAX_TEXT = 4096

E = TypeVar("E", bound=enum.StrEnum)


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing an act may be told: its name, what it says, whether it must be."""

    name: str
    what: str
    required: bool = False


TEXT = Argument("text", "why, in your words")

ARGUMENTS: Mapping[Act, tuple[Argument, ...]] = {
    Act.ACK: (),
    Act.ASSIGN: (
        Argument("to", "a team or a person", required=True),
        Argument("reason", "why it changes hands"),
    ),
    Act.NOT_MINE: (
        Argument("text", "why, in your words", required=True),
        Argument("to", "a team or a person"),
        Argument("cause", "rank of a cause: it goes to its owner"),
    ),
    Act.CONFIRM_CAUSE: (
        Argument("cause", "rank of a cause; else the first"),
        Argument("asset", "another asset"),
        Argument("kind", "the kind of cause, with asset"),
    ),
    Act.MITIGATE: (TEXT,),
    Act.RESOLVE: (Argument("reason", "how it ended"), TEXT),
    Act.REOPEN: (TEXT,),
    Act.MERGE: (Argument("into", "another incident", required=True), TEXT),
    Act.UNMERGE: (TEXT,),
    Act.DISMISS: (Argument("reason", "why it was none", required=True), TEXT),
    Act.SNOOZE: (
        Argument("for", "how long: 30m, 4h"),
        Argument("until", "an instant"),
    ),
    Act.SEVERITY: (
        Argument("severity", "sev1 to sev4", required=True),
        Argument("text", "why, in your words", required=True),
    ),
    Act.NOTE: (Argument("text", "the remark", required=True),),
}
"""What each act may be told."""


def read_move(act: Act, arguments: Mapping[str, object]) -> Build:
    """
    Read what an act was told.

    Parameters
    ----------
    act : Act
        Which.
    arguments : mapping
        JSON values by name, as `ARGUMENTS` lists them. Null and the empty text
        count as not told.

    Returns
    -------
    callable
        Gives the entries of the act on a scene.

    Examples
    --------
    >>> callable(read_move(Act.SNOOZE, {"for": "4h"}))
    True
    """
    return _READERS[act](_told(act, arguments))


@dataclass(frozen=True, slots=True)
class Told:
    """Arguments of one act, all of them known names with text or numbers."""

    act: Act
    values: Mapping[str, str]

    def text(self, name: str, otherwise: str = "") -> str:
        """Give a text."""
        return self.values.get(name, otherwise)

    def choice(self, name: str, of: type[E], otherwise: E | None = None) -> E:
        """
        Give one of several words.

        Raises
        ------
        BadArgument
            If it is another.
        """
        found = self.values.get(name)
        if found is None and otherwise is not None:
            return otherwise
        try:
            return of(found or "")
        except ValueError:
            words = ", ".join(one.value for one in of)
            raise self.refuse(name, f"expected one of {words}") from None

    def rank(self) -> int | None:
        """
        Give the rank of a cause, from 1; ``2`` and ``rank:2`` are the same.

        Raises
        ------
        BadArgument
            If it is no number from 1 on.
        """
        found = self.values.get("cause")
        if found is None:
            return None
        bare = found.removeprefix("rank:")
        if not (bare.isascii() and bare.isdigit() and int(bare[:6]) >= 1):
            raise self.refuse("cause", "expected a rank such as 1")
        return int(bare[:6])

    def refuse(self, name: str, why: str) -> BadArgument:
        """Say what is wrong with an argument."""
        found = f'"{self.values[name][:100]}"' if name in self.values else "left out"
        return BadArgument(act=self.act.value, name=name, found=found, why=why)


def _told(act: Act, arguments: Mapping[str, object]) -> Told:
    """
    Check names and kinds of what an act was told.

    Raises
    ------
    BadArgument
        If a name is unknown, a value is neither text nor number, or a required
        one is missing.
    """
    known = {one.name: one for one in ARGUMENTS[act]}
    values: dict[str, str] = {}
    for name, value in arguments.items():
        if value is None or value == "":
            continue
        told = Told(act, {name: str(value)})
        if name not in known:
            raise told.refuse(name, f"there is none of that name{nearest(name, known)}")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise told.refuse(name, "expected a text")
        if len(str(value)) > MAX_TEXT:
            raise told.refuse(name, f"at most {MAX_TEXT} characters are taken")
        values[name] = str(value)
    told = Told(act, values)
    for name, argument in known.items():
        if argument.required and not values.get(name, "").strip():
            raise told.refuse(name, f"say {argument.what}")
    return told


def _assigning(told: Told) -> Build:
    reason = told.choice("reason", Reason, Reason.NEEDS_HELP)
    if reason is Reason.NOT_MINE:
        raise told.refuse("reason", "only its holder refuses it, by not-mine")
    return moves.assigning(told.text("to"), reason)


def _refusing(told: Told) -> Build:
    to = told.values.get("to")
    if to is not None and told.rank() is not None:
        raise told.refuse("cause", "to says already where it goes")
    return moves.refusing(told.text("text"), to=to, rank=told.rank())


def _confirming(told: Told) -> Build:
    asset = told.values.get("asset")
    named = told.values.get("kind")
    if (asset is None) != (named is None) or (asset and told.rank()):
        raise told.refuse("asset", "name a cause, or an asset together with a kind")
    kind = told.choice("kind", CauseKind) if named else None
    if kind is CauseKind.UNKNOWN:
        raise told.refuse("kind", "what is not known cannot be confirmed")
    found = asset_id(asset) if asset else None
    return moves.confirming(rank=told.rank(), asset=found, kind=kind)


def _resolving(told: Told) -> Build:
    reason = told.choice("reason", CloseReason, CloseReason.FIXED)
    return moves.resolving(reason, told.text("text"))


def _snoozing(told: Told) -> Build:
    length, until = told.values.get("for"), told.values.get("until")
    if (length is None) == (until is None):
        raise told.refuse("for", "say for how long, or until when")
    try:
        if length is not None:
            return moves.snoozing(length=parse_duration(length))
        return moves.snoozing(until=parse_instant(str(until)))
    except InputError as error:
        raise told.refuse("for" if length else "until", str(error)) from None


_READERS: Mapping[Act, Callable[[Told], Build]] = {
    Act.ACK: lambda _: moves.acking(),
    Act.ASSIGN: _assigning,
    Act.NOT_MINE: _refusing,
    Act.CONFIRM_CAUSE: _confirming,
    Act.MITIGATE: lambda told: moves.mitigating(told.text("text")),
    Act.RESOLVE: _resolving,
    Act.REOPEN: lambda told: moves.reopening(told.text("text")),
    Act.MERGE: lambda told: moves.merging(told.text("into"), told.text("text")),
    Act.UNMERGE: lambda told: moves.unmerging(told.text("text")),
    Act.DISMISS: lambda told: moves.dismissing(
        told.choice("reason", DismissReason), told.text("text")
    ),
    Act.SNOOZE: _snoozing,
    Act.SEVERITY: lambda told: moves.regrading(
        told.choice("severity", Severity), told.text("text")
    ),
    Act.NOTE: lambda told: moves.noting(told.text("text")),
}
