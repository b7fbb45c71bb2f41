"""`watch`: look at every model, and tell the owner of each cause."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from modelowners.cli.diagnosis import print_lines
from modelowners.cli.output import narrate, print_json, program
from modelowners.core.errors import InputError, StateError
from modelowners.core.time import format_instant, parse_duration, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelowners.app.loop import TurnReport
    from modelowners.app.wiring import Program


class NotYet(InputError):
    """--as-of {found} lies in the future; now is {now}."""


@click.command("watch")
@click.option("--once", is_flag=True, help="Look once and end.")
@click.option(
    "--interval",
    metavar="D",
    default="5m",
    show_default=True,
    help="How long to wait between two looks: 30s, 5m, 1h.",
)
@click.option(
    "--as-of", metavar="T", help="What was known then; needs --once. Default: now."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document a look.")
@click.pass_context
def watch(
    ctx: click.Context, once: bool, interval: str, as_of: str | None, as_json: bool
) -> int:
    """
    Look at every model; open, route and tell what is wrong.

    With --once: exits 1 where an incident that pages is open, else 2 where a
    model could not be looked at, else 0. Without: looks again and again until
    it is interrupted.
    """
    started = program(ctx)
    _check(as_of, once=once)
    pause = parse_duration(interval).total_seconds()
    if once:
        report = _look(started, as_of, as_json=as_json)
        return _status(report)
    try:
        _look(started, None, as_json=as_json)
        while True:
            threading.Event().wait(pause)
            try:
                _look(program(ctx), None, as_json=as_json)
            except StateError as error:
                # A server that restarts, or a person's act: the next look may do.
                narrate(f"Not this time: {error}")
    except KeyboardInterrupt:
        narrate("Stopped; what was seen and told is kept.")
        return 0


def _check(as_of: str | None, *, once: bool) -> None:
    """
    Refuse options that contradict each other.

    Raises
    ------
    UsageError
        If a moment is named for more than one look.
    """
    if as_of is not None and not once:
        raise click.UsageError("--as-of names one moment; add --once.")


def _look(started: Program, as_of: str | None, *, as_json: bool) -> TurnReport:
    """
    Take one turn, alone on its state, and print it.

    Raises
    ------
    NotYet
        If `as_of` lies in the future.
    StateError
        If another loop is at work on the same state.
    """
    from modelowners.app.loop import turn  # noqa: PLC0415

    now = started.clock.now()
    known = parse_instant(as_of) if as_of else now
    if known > now:
        raise NotYet(found=as_of, now=format_instant(now))
    with started.incidents.sole() as alone:
        if not alone:
            raise StateError(
                place=started.database.place,
                why="another `watch` or act is at work on it",
                remedy="Wait for it, or name another state with --state",
            )
        # Nobody else lives who could have claimed them: a lost process had.
        started.incidents.release()
        report = turn(started, as_of=known)
    _show(report, as_json=as_json)
    return report


def _status(report: TurnReport) -> int:
    """Give the exit code: silence about a model nobody could see is no success."""
    if report.pages:
        return 1
    return 2 if any(look.error for look in report.looks) else 0


def _show(report: TurnReport, *, as_json: bool) -> None:
    from modelowners.app.chronicle import summarise  # noqa: PLC0415

    if as_json:
        print_json(_document(report))
        return
    print_lines(summarise(report))


def _document(report: TurnReport) -> Mapping[str, object]:
    return {
        "as_of": report.as_of,
        "pages": report.pages,
        "models": [
            {
                "model": look.model,
                "incident": look.incident.id if look.incident else None,
                "state": look.incident.state if look.incident else None,
                "severity": look.incident.severity if look.incident else None,
                "holder": look.incident.holder.plain() if look.incident else None,
                "headline": look.incident.headline if look.incident else None,
                "did": look.did,
                "drifts": look.drifts,
                "error": look.error,
            }
            for look in report.looks
        ],
        "unobserved": report.unobserved,
        "active": [incident.id for incident in report.active],
        "told": [
            {
                "incident": one.notice.incident,
                "kind": one.notice.kind,
                "sink": one.address.sink,
                "target": one.address.target,
                "to": one.notice.to,
            }
            for one in report.delivered.accepted
        ],
        "overdue": report.overdue,
        "notes": report.notes,
    }
