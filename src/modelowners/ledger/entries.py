"""Entries: changes that a person or a pipeline states, rather than a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from modelowners.core.errors import InputError
from modelowners.core.ids import AssetId, ChangeId, canonical_json, stable_id
from modelowners.core.time import format_instant
from modelowners.ledger.changes import Change, ChangeKind, Source, Who
from modelowners.ledger.differences import compact, differences

MAX_INLINE = 4096
"""Bytes of the values before, and of those after, as JSON."""

MAX_TEXT = 4096
"""Characters of what was done, and of why."""

AHEAD = timedelta(minutes=5)
"""How far the clock of whoever states a time may be ahead of ours."""


class NotYet(InputError):
    """
    {at} lies in the future, and the ledger holds what has happened.

    Correct --at, or record it once it is done.
    """


class NoReason(InputError):
    """A decision needs its reason: add --why."""


class SaysNothing(InputError):
    """
    The entry says nothing: no version, no values, no words.

    Add --what, or --why, --version, --before and --after.
    """


class TooLong(InputError):
    """
    {name} holds {found} bytes; at most {allowed} are kept.

    Keep it where it lies, and give its address with --url.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    What somebody states about a change.

    Parameters
    ----------
    kind : ChangeKind
        What sort of thing was altered.
    asset : AssetId
        Whose change it is.
    what : str or None
        One line; None lets the other fields say it.
    at : datetime or None
        UTC; None means now.
    key : str or None
        The stater's own key: stating the same key again adds nothing. None
        takes the entry's content, its time included.
    before, after : mapping
        JSON values that differ, by name.
    version, artifact, environment, commit, why, url : str or None
        As for `Change`; the artifact joins the values after.
    supersedes : ChangeId or None
        The entry that this one corrects.
    """

    kind: ChangeKind
    asset: AssetId
    what: str | None = None
    at: datetime | None = None
    key: str | None = None
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    version: str | None = None
    artifact: str | None = None
    environment: str | None = None
    commit: str | None = None
    why: str | None = None
    url: str | None = None
    supersedes: ChangeId | None = None

    def change(self, *, who: Who, now: datetime) -> Change:
        """
        Make the change that the ledger keeps.

        Parameters
        ----------
        who : Who
            Who made it.
        now : datetime
            UTC; when it is stated.

        Returns
        -------
        Change
            Of connector ``record``.

        Raises
        ------
        NotYet
            If it is said to happen later than in five minutes.
        NoReason
            If a decision has no reason.

        Examples
        --------
        >>> from modelowners.core.time import parse_instant
        >>> entry = Entry(
        ...     kind=ChangeKind.CONFIG,
        ...     asset=AssetId("model:eta"),
        ...     before={"threshold": 0.5},
        ...     after={"threshold": 0.7},
        ... )
        >>> entry.change(who=Who("ana"), now=parse_instant("2026-06-01")).what
        'threshold 0.5 -> 0.7'
        """
        at = self.at or now
        if at > now + AHEAD:
            raise NotYet(at=format_instant(at))
        if self.kind is ChangeKind.DECISION and not self.why:
            raise NoReason
        what = self._what()
        after = dict(self.after)
        if self.artifact:
            after["artifact"] = self.artifact
        _check("--before", canonical_json(dict(self.before)), MAX_INLINE)
        _check("--after", canonical_json(after), MAX_INLINE)
        _check("--what", what.encode(), MAX_TEXT)
        _check("--why", (self.why or "").encode(), MAX_TEXT)
        return Change(
            kind=self.kind,
            asset=self.asset,
            what=what,
            source=Source("record", "local", self._key(at, what, after), self.url),
            recorded_at=now,
            occurred_at=at,
            who=who,
            before=dict(self.before),
            after=after,
            version=self.version,
            commit=self.commit,
            environment=self.environment,
            why=self.why,
            supersedes=self.supersedes,
        )

    def _what(self) -> str:
        """
        Say in one line what was done.

        Raises
        ------
        SaysNothing
            If no field says anything.
        """
        if self.what and self.what.strip():
            return self.what.strip()
        parts = [
            f"version {self.version}" if self.version else "",
            self.artifact or "",
            f"to {self.environment}" if self.environment else "",
        ]
        told = " ".join(part for part in parts if part)
        values = compact(differences(dict(self.before), dict(self.after)))
        said = ": ".join(part for part in (told, values) if part) or self.why or ""
        if not said.strip():
            raise SaysNothing
        return said.strip().splitlines()[0]

    def _key(self, at: datetime, what: str, after: Mapping[str, object]) -> str:
        if self.key:
            return self.key
        parts = [
            *(self.kind.value, format_instant(at), what, dict(self.before), after),
            *(self.version, self.environment, self.commit, self.why, self.supersedes),
        ]
        return stable_id("stated", *parts)


def _check(name: str, found: bytes, allowed: int) -> None:
    """
    Refuse what is too long to be kept inline.

    Raises
    ------
    TooLong
        If it is.
    """
    if len(found) > allowed:
        raise TooLong(name=name, found=len(found), allowed=allowed)
