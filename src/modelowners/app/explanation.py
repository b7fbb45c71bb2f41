"""The explanation: all that speaks for and against one cause."""

from __future__ import annotations

from collections.abc import Iterator

from modelowners.app.investigation import Investigation
from modelowners.app.lines import Line, Tone
from modelowners.app.phrases import (
    clean,
    say_between,
    say_figure,
    say_instant,
    say_segment,
)
from modelowners.app.sentences import ask
from modelowners.app.story import NO_CHANGE, cause_line, change_line, diff_command
from modelowners.core.errors import InputError
from modelowners.diagnosis.causes import Cause


class NoSuchCause(InputError):
    """There is no cause {rank}: this answer has {found}. Try --explain 1."""


def explain(investigation: Investigation, rank: int) -> tuple[Line, ...]:
    """
    Give all evidence of one cause.

    Parameters
    ----------
    investigation : Investigation
        What `debug` found.
    rank : int
        Of the cause, from 1.

    Returns
    -------
    tuple of Line
        Every statement for and against, its figures and the question behind it.

    Raises
    ------
    NoSuchCause
        If no cause has that rank.
    """
    causes = investigation.diagnosis.causes
    cause = next((cause for cause in causes if cause.rank == rank), None)
    if cause is None:
        found = f"causes 1 to {len(causes)}" if causes else "no cause"
        raise NoSuchCause(rank=rank, found=found)
    return tuple(_explain(investigation, cause))


def _explain(investigation: Investigation, cause: Cause) -> Iterator[Line]:
    yield Line(f"{cause.rank}. {cause_line(cause)}", Tone.TITLE, hang=3)
    onset = cause.onset
    surely = f"surely {say_between(onset.low, onset.high)}"
    facts = (
        ("kind", f"{cause.kind} ({cause.category})"),
        ("where", f"{clean(cause.asset)}, level {clean(cause.level)}"),
        ("columns", ", ".join(map(clean, cause.columns)) or "whole rows"),
        ("rows", say_segment(cause.segment).removeprefix(" for ") or "all"),
        ("since", f"{say_instant(onset.at)}, {surely}"),
        ("owner", f"{ask(cause)} {'; '.join(map(clean, cause.owner.why))}".strip()),
    )
    for name, fact in facts:
        yield Line(f"{name:<8} {fact}", indent=2, hang=9)
    yield from _statements(cause)
    change = investigation.change_of(cause)
    yield Line()
    yield Line("Change", Tone.TITLE)
    if change is None:
        yield Line(NO_CHANGE, Tone.QUIET, indent=2)
        return
    yield Line(change_line(change), indent=2, hang=2)
    yield Line(diff_command(change), Tone.COMMAND, indent=4)


def _statements(cause: Cause) -> Iterator[Line]:
    yield Line()
    yield Line("For", Tone.TITLE)
    for evidence in cause.evidence:
        figures = ""
        if evidence.value is not None:
            was = say_figure(evidence.before)
            figures = f" [{was} → {say_figure(evidence.value)}]"
        source = f" ({clean(evidence.question)})" if evidence.question else ""
        said = f"· {clean(evidence.kind)}: {clean(evidence.text)}{figures}{source}"
        yield Line(said, indent=2, hang=2)
    if cause.against:
        yield Line()
        yield Line("Against the others", Tone.TITLE)
        for item in cause.against:
            yield Line(f"· {clean(item.text)}", indent=2, hang=2)
    if cause.repair is not None:
        left = cause.repair.harm_after
        after = (
            f"; the loss would then be {say_figure(left)}" if left is not None else ""
        )
        yield Line()
        yield Line("Repair", Tone.TITLE)
        yield Line(f"{clean(cause.repair.action)}{after}", indent=2, hang=2)
