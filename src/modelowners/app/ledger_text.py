"""The ledger in words: changes one to a line, and how far each source was read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from modelowners.app.intake import Intake, Unread
from modelowners.core.time import TimeWindow, format_instant
from modelowners.ledger.changes import Change, ChangeKind, Who
from modelowners.ledger.differences import compact, differences, unsaid
from modelowners.ledger.watermarks import Captured, Watermark

DASH = "\N{EN DASH}"
FOLD = 3
"""So many changes of one kind and version are told in one line."""

GAPS = 3
"""Gaps of one source that are told one by one, the newest."""


def newest_first(changes: Iterable[Change]) -> list[Change]:
    """Order changes for reading: the newest first, those of one version together."""
    by_kind = sorted(changes, key=lambda c: (c.asset, c.version or "", c.kind, c.id))
    return sorted(by_kind, key=lambda c: (c.window.start, c.window.end), reverse=True)


def listing(
    changes: Sequence[Change], *, width: int | None = None, whole: bool = False
) -> Iterator[str]:
    """
    Tell changes one to a line: when, what, by whom, and what differs.

    Parameters
    ----------
    changes : sequence of Change
        In the order to tell them.
    width : int, optional
        Characters from which on a line is continued below, indented; None
        leaves it whole.
    whole : bool
        Whether to tell everything of each; else paths and addresses are left
        out, and three or more changes of one kind, version and moment share a
        line.

    Yields
    ------
    str
        Lines of printable characters.
    """
    groups = [[change] for change in changes]
    if not whole:
        groups = [list(some) for _, some in groupby(changes, key=_together)]
    told = [row for some in groups for row in _rows(some, whole=whole)]
    columns = [max((len(row[n]) for row in told), default=0) for n in range(3)]
    for row in told:
        head = "  ".join(text.ljust(columns[n]) for n, text in enumerate(row[:3]))
        line = f"{head}  {row[3]}"
        if width is None or len(line) <= width:
            yield line
            continue
        yield from textwrap.wrap(
            line,
            width,
            subsequent_indent=" " * (columns[0] + 2),
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=False,
        )


def intake_lines(intake: Intake) -> Iterator[str]:
    """Tell what each source brought: new, seen before, gaps."""
    for one in intake.captured:
        yield f"{one.connector} ({one.instance}): {_counted(one)}"
        for note in one.notes:
            yield f"  {shown(note)}"


def unread_line(unread: Unread) -> str:
    """Tell that a source could not be read, and since when it is stale."""
    since = f"stale since {_second(unread.since)}" if unread.since else "never read"
    return f"{unread.connector} ({unread.instance}): {since}: {unread.why}"


def watermark_line(mark: Watermark, *, since: datetime | None = None) -> str:
    """
    Tell how far a source was read, and when nobody looked.

    Parameters
    ----------
    mark : Watermark
        Of the source.
    since : datetime, optional
        UTC; earlier gaps are not told.
    """
    parts = [f"last read {_second(mark.looked_at)}" if mark.looked_at else "never read"]
    if mark.failure is not None:
        tried = _second(mark.failure.at)
        parts.append(f"stale, tried {tried}: {shown(mark.failure.why).rstrip('.')}")
    if mark.floor is not None:
        parts.append(f"knows nothing before {_second(mark.floor)}")
    gaps = [gap for gap in mark.gaps if since is None or gap.end > since]
    if gaps:
        more = f" and {len(gaps) - GAPS} times before" if len(gaps) > GAPS else ""
        parts.append(f"not looked at {', '.join(map(span, gaps[-GAPS:]))}{more}")
    notes = "".join(f"; {shown(note)}" for note in mark.notes)
    return f"{mark.connector} ({mark.instance}): {', '.join(parts)}{notes}"


def unwatched(marks: Iterable[Watermark], window: TimeWindow) -> Iterator[str]:
    """
    Tell where a change of some window may be missing, because nobody looked.

    Parameters
    ----------
    marks : iterable of Watermark
        Of every source.
    window : TimeWindow
        UTC; when the change that is looked for can have happened.

    Yields
    ------
    str
        One line for each gap that meets the window, and for a source that was
        last read before it ended.
    """
    for mark in marks:
        source = f"{mark.connector} ({mark.instance})"
        for gap in mark.gaps:
            if gap.start <= window.end and window.start <= gap.end:
                yield f"{source}: not looked at {span(gap)}"
        if mark.failure is not None and mark.looked_at is None:
            yield f"{source}: never read"
        elif mark.failure is not None and _is_before(mark.looked_at, window.end):
            yield f"{source}: stale since {_second(mark.looked_at)}"


def span(window: TimeWindow) -> str:
    """
    Write an interval to the minute, or finer within one; the day once.

    Examples
    --------
    >>> span(TimeWindow.parse("2026-06-01T02:10/2026-06-01T05:40")).split(DASH)
    ['2026-06-01 02:10', '05:40Z']
    >>> span(TimeWindow.parse("2026-06-01T22:10/2026-06-02T05:40")).split(DASH)
    ['2026-06-01 22:10', '2026-06-02 05:40Z']
    """
    first, last = window.start, window.end
    clock = "%H:%M" if last - first >= timedelta(minutes=1) else "%H:%M:%S"
    end = clock if first.date() == last.date() else f"%Y-%m-%d {clock}"
    return f"{first:%Y-%m-%d} {first:{clock}}{DASH}{last:{end}}Z"


def when(change: Change) -> str:
    """Write when a change happened: the minute, or the interval it lies in."""
    if change.occurred_at is not None:
        return f"{change.occurred_at:%Y-%m-%d %H:%M}Z"
    return span(change.window)


def whose(who: Who) -> str:
    """Name who made a change; nobody is guessed."""
    if who.person:
        return shown(who.person)
    return f"{shown(who.raw)} (not in people)" if who.raw else "unknown"


def shown(text: str) -> str:
    """Make one printable line of foreign text; no control character gets through."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _together(change: Change) -> tuple[object, ...]:
    return (change.kind, change.asset, change.version, change.window, change.who) + (
        () if change.version else (change.id,)
    )


def _rows(
    changes: Sequence[Change], *, whole: bool
) -> Iterator[tuple[str, str, str, str]]:
    first = changes[0]
    if len(changes) < FOLD:
        for change in changes:
            parts = [*_told(change), *(_more(change) if whole else ())]
            text = "  ".join([*parts, f"({change.id})"])
            yield (when(change), change.kind, change.asset, text)
        return
    version = f" of version {shown(first.version)}" if first.version else ""
    some = "; ".join(shown(change.what) for change in changes[:FOLD])
    more = f"; +{len(changes) - FOLD} more" if len(changes) > FOLD else ""
    text = f"{len(changes)} changes{version}: {some}{more}  by {whose(first.who)}"
    yield (when(first), first.kind, first.asset, text)


def _told(change: Change) -> Iterator[str]:
    yield shown(change.what)
    yield f"by {whose(change.who)}"
    found = differences(dict(change.before), dict(change.after))
    told = compact(unsaid(found, change.what))
    is_new = change.kind is ChangeKind.NOTE and not change.before
    if told and told not in change.what and not is_new:
        yield f"[{shown(told)}]"
    if change.identity is not None and change.identity.verdict.startswith("no "):
        yield change.identity.verdict
    if change.why and change.why not in change.what:
        yield f"why: {shown(change.why)}"


def _more(change: Change) -> Iterator[str]:
    if change.path and change.path not in change.what:
        yield shown(change.path)
    if change.commit and change.commit[:12] not in change.what:
        yield f"commit {shown(change.commit)[:12]}"
    if change.source.url:
        yield shown(change.source.url)


def _counted(one: Captured) -> str:
    parts = [f"{one.added} new", f"{one.read - one.added} seen before"]
    if one.malformed:
        parts.append(f"{one.malformed} unreadable")
    if one.gap is not None:
        parts.append(f"not looked at {span(one.gap)}")
    if one.floor is not None:
        parts.append(f"nothing before {_second(one.floor)}")
    return ", ".join(parts)


def _is_before(at: datetime | None, end: datetime) -> bool:
    return at is not None and at < end


def _second(at: datetime | None) -> str:
    return format_instant(at.replace(microsecond=0)) if at is not None else "never"
