"""Suggestions: who might own something, by what its history says. Never assigned."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.catalog.identity import Author, authors, is_machine
from modelowners.catalog.people import Person
from modelowners.catalog.ports import Touch

MAX_FILES = 30
"""Commits that change more files say little about knowing any of them."""

RECENT = timedelta(days=180)
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    Somebody who could own it, with the evidence.

    Parameters
    ----------
    author : Author
        Who.
    authorship : float
        Degree of authorship, about 0 to 10; higher knows it better.
    commits, recent : int
        Commits in all, and in the 180 days before the instant asked about.
    first : bool
        Wrote the first version.
    last : datetime
        When they last changed it, UTC.
    """

    author: Author
    authorship: float
    commits: int
    recent: int
    first: bool
    last: datetime


@dataclass(frozen=True, slots=True)
class Suggestion:
    """
    Up to three candidates, the best first, and whether the signals agree.

    `agreed` is the one person whom degree of authorship, number of commits and
    recent commits all name; None where they disagree: then nobody is suggested
    above the others.
    """

    candidates: tuple[Candidate, ...]
    agreed: Candidate | None


def rank_authors(
    touches: Sequence[Touch],
    *,
    at: datetime,
    people: Mapping[str, Person] | None = None,
) -> Suggestion:
    """
    Rank the people in a history by how well they should know it.

    Commits of bots and service accounts, of people who left, and those that
    change more than 30 files do not count.

    Parameters
    ----------
    touches : sequence of Touch
        Commits that changed it, newest first.
    at : datetime
        UTC; later commits are not looked at.
    people : mapping of str to Person, optional
        Declared people.

    Returns
    -------
    Suggestion
        With no candidate where nothing counts.

    References
    ----------
    Fritz, Murphy, Murphy-Hill, Ou, Hill, "Degree-of-knowledge: modeling a
    developer's knowledge of code", TOSEM 23(2), 2014: the degree of authorship
    is 3.293 + 1.098 first + 0.164 own - 0.321 ln(1 + others).

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 6, 1, tzinfo=UTC)
    >>> one = Touch(email="ana@acme.example", name="Ana", at=at, files=2)
    >>> rank_authors([one], at=at).agreed.author.name
    'Ana'
    """
    people = people or {}
    known = authors(touches, people)
    # Of commits of the same second, the later one comes first in a history.
    counted = sorted(
        (touch for touch in reversed(touches) if _counts(touch, at)),
        key=lambda touch: touch.at,
    )
    by_author: dict[Author, list[Touch]] = {}
    for touch in counted:
        author = known[touch.email.casefold()]
        if not (author.declared and people[author.key].is_gone(at)):
            by_author.setdefault(author, []).append(touch)
    first = known[counted[0].email.casefold()] if counted else None
    found = [
        _candidate(author, own, total=len(counted), is_first=author == first, at=at)
        for author, own in by_author.items()
    ]
    found.sort(key=lambda one: (-one.authorship, -one.commits, one.author.key))
    return Suggestion(tuple(found[:SHOWN]), _agreed(found))


def _counts(touch: Touch, at: datetime) -> bool:
    return touch.at <= at and touch.files <= MAX_FILES and not is_machine(touch)


def _candidate(
    author: Author, own: Sequence[Touch], *, total: int, is_first: bool, at: datetime
) -> Candidate:
    others = total - len(own)
    authorship = 3.293 + 1.098 * is_first + 0.164 * len(own)
    return Candidate(
        author=author,
        authorship=authorship - 0.321 * math.log1p(others),
        commits=len(own),
        recent=sum(touch.at > at - RECENT for touch in own),
        first=is_first,
        last=own[-1].at,
    )


def _agreed(found: Sequence[Candidate]) -> Candidate | None:
    signals: Iterable[Callable[[Candidate], float]] = (
        lambda one: one.authorship,
        lambda one: one.commits,
        lambda one: one.recent,
    )
    named = {_only_best(found, signal) for signal in signals}
    return named.pop() if len(named) == 1 else None


def _only_best(
    found: Sequence[Candidate], signal: Callable[[Candidate], float]
) -> Candidate | None:
    """Give who has the highest value alone; None on a tie, or where all are 0."""
    best = max((signal(one) for one in found), default=0)
    top = [one for one in found if signal(one) == best]
    return top[0] if len(top) == 1 and best > 0 else None
