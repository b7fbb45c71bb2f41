"""`incident`: show incidents, and act on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from modelowners.cli.diagnosis import print_lines
from modelowners.cli.output import print_json, program
from modelowners.core.ids import asset_id
from modelowners.core.time import parse_instant
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.incident import CloseReason
from modelowners.incidents.tenures import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelowners.app.handling import Build
    from modelowners.incidents.events import Event
    from modelowners.incidents.incident import Incident

Command = Callable[..., int]

HAND_OFFS = [reason.value for reason in Reason if reason is not Reason.NOT_MINE]
KINDS = [kind.value for kind in CauseKind if kind is not CauseKind.UNKNOWN]


@click.group("incident")
def incident() -> None:
    """Show and move incidents."""


def acting(command: Command) -> Command:
    """Give a command the options that every act has."""
    for option in reversed(
        (
            click.argument("name", metavar="INCIDENT"),
            click.option(
                "--happened-at",
                "at",
                metavar="T",
                help="When it happened, where not just now; shown as back-dated.",
            ),
            click.option(
                "--if-revision",
                "revision",
                type=click.IntRange(1),
                metavar="N",
                help="Act only if nothing has happened since this revision.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print it as JSON."),
            click.pass_context,
        )
    ):
        command = option(command)
    return command


@incident.command("list")
@click.option("--all", "everything", is_flag=True, help="Finished ones too.")
@click.option("--model", metavar="MODEL", help="Only of this model.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_context
def list_(
    ctx: click.Context, everything: bool, model: str | None, as_json: bool
) -> int:
    """List incidents: those on which somebody has to act, oldest first."""
    from modelowners.app.chronicle import SHOWN, table  # noqa: PLC0415
    from modelowners.cli.diagnosis import model_of  # noqa: PLC0415

    started = program(ctx)
    found = started.incidents.within(None if everything else SHOWN)
    if model is not None:
        wanted = model_of(started, model)
        found = tuple(one for one in found if one.model == wanted)
    if as_json:
        print_json([_brief(one) for one in found])
    else:
        print_lines(table(found))
    return 0


@incident.command("show")
@click.argument("name", metavar="INCIDENT")
@click.option("--json", "as_json", is_flag=True, help="The context packet and the log.")
@click.pass_context
def show(ctx: click.Context, name: str, as_json: bool) -> int:
    """Tell an incident: what broke, whose it is and why, and what to do."""
    from modelowners.app.chronicle import narrate_incident  # noqa: PLC0415

    started = program(ctx)
    found = started.incidents.get(name)
    events = started.incidents.history(found.id)
    if as_json:
        print_json(_whole(found, events))
    else:
        print_lines(narrate_incident(found, events, now=started.clock.now()))
    return 0


@incident.command("ack")
@acting
def ack(
    ctx: click.Context, name: str, at: str | None, revision: int | None, as_json: bool
) -> int:
    """Take an incident on: nobody else is asked any more."""
    from modelowners.app.handling import acking  # noqa: PLC0415

    return _act(ctx, acking(), name=name, at=at, revision=revision, as_json=as_json)


@incident.command("assign")
@acting
@click.option("--to", required=True, metavar="OWNER", help="A team or a person.")
@click.option(
    "--reason",
    type=click.Choice(HAND_OFFS),
    default=Reason.NEEDS_HELP.value,
    show_default=True,
    help="Why it changes hands.",
)
def assign(
    ctx: click.Context,
    name: str,
    at: str | None,
    revision: int | None,
    as_json: bool,
    to: str,
    reason: str,
) -> int:
    """Hand an incident to another owner."""
    from modelowners.app.handling import assigning  # noqa: PLC0415

    build = assigning(to, Reason(reason))
    return _act(ctx, build, name=name, at=at, revision=revision, as_json=as_json)


@incident.command("not-mine")
@acting
@click.option("--reason", required=True, metavar="WHY", help="In your words.")
@click.option("--to", metavar="OWNER", help="Whose it is instead.")
@click.option(
    "--cause",
    "rank",
    type=click.IntRange(1),
    metavar="N",
    help="To the owner of the N-th cause. Default: the next candidate.",
)
def not_mine(
    ctx: click.Context,
    name: str,
    at: str | None,
    revision: int | None,
    as_json: bool,
    reason: str,
    to: str | None,
    rank: int | None,
) -> int:
    """Refuse an incident: it goes on, and does not come back by itself."""
    from modelowners.app.handling import refusing  # noqa: PLC0415

    _refuse(
        "--to and --cause both say where it goes; drop one.",
        when=to is not None and rank is not None,
    )
    build = refusing(reason, to=to, rank=rank)
    return _act(ctx, build, name=name, at=at, revision=revision, as_json=as_json)


@incident.command("confirm-cause")
@acting
@click.option(
    "--cause",
    "rank",
    type=click.IntRange(1),
    metavar="N",
    help="The N-th cause. Default: the first.",
)
@click.option("--asset", metavar="ASSET", help="Another asset; needs --kind.")
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help="With --asset.")
def confirm_cause(
    ctx: click.Context,
    name: str,
    at: str | None,
    revision: int | None,
    as_json: bool,
    rank: int | None,
    asset: str | None,
    kind: str | None,
) -> int:
    """Say what the cause was; if it is another's, the incident goes there."""
    from modelowners.app.handling import confirming  # noqa: PLC0415

    _refuse(
        "Name --cause N, or --asset together with --kind.",
        when=(asset is None) != (kind is None) or bool(asset and rank),
    )
    build = confirming(
        rank=rank,
        asset=asset_id(asset) if asset else None,
        kind=CauseKind(kind) if kind else None,
    )
    return _act(ctx, build, name=name, at=at, revision=revision, as_json=as_json)


@incident.command("resolve")
@acting
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in CloseReason]),
    default=CloseReason.FIXED.value,
    show_default=True,
    help="How it ended.",
)
@click.option("--text", default="", metavar="TEXT", help="A remark.")
def resolve(
    ctx: click.Context,
    name: str,
    at: str | None,
    revision: int | None,
    as_json: bool,
    reason: str,
    text: str,
) -> int:
    """Say that the trouble is over."""
    from modelowners.app.handling import resolving  # noqa: PLC0415

    build = resolving(CloseReason(reason), text)
    return _act(ctx, build, name=name, at=at, revision=revision, as_json=as_json)


@incident.command("note")
@acting
@click.argument("text", metavar="TEXT", nargs=-1, required=True)
def note(
    ctx: click.Context,
    name: str,
    at: str | None,
    revision: int | None,
    as_json: bool,
    text: tuple[str, ...],
) -> int:
    """Add a remark to the timeline."""
    from modelowners.app.handling import noting  # noqa: PLC0415

    build = noting(" ".join(text))
    return _act(ctx, build, name=name, at=at, revision=revision, as_json=as_json)


def _refuse(why: str, *, when: bool) -> None:
    """
    Refuse options that contradict each other.

    Raises
    ------
    UsageError
        With the reason.
    """
    if when:
        raise click.UsageError(why)


def _act(
    ctx: click.Context,
    build: Build,
    *,
    name: str,
    at: str | None,
    revision: int | None,
    as_json: bool,
) -> int:
    from modelowners.app.chronicle import table  # noqa: PLC0415
    from modelowners.app.handling import Request, act  # noqa: PLC0415

    started = program(ctx)
    request = Request(
        incident=name, at=parse_instant(at) if at else None, revision=revision
    )
    after = act(started, request, build, state=started.settings.state_folder())
    if as_json:
        print_json(_brief(after))
    else:
        print_lines(table([after]))
    return 0


def _brief(one: Incident) -> Mapping[str, object]:
    return {
        "id": one.id,
        "revision": one.revision,
        "model": one.model,
        "class": one.symptom_class,
        "state": one.state,
        "severity": one.severity,
        "pages": one.pages,
        "headline": one.headline,
        "holder": one.holder.plain(),
        "times": one.times,
        "available": one.available,
        "confirmed": one.confirmed,
        "recurrence_of": one.recurrence_of,
        "close_reason": one.close_reason,
    }


def _whole(one: Incident, events: Sequence[Event]) -> Mapping[str, object]:
    from modelowners.incidents.packet import packet  # noqa: PLC0415

    return {
        **_brief(one),
        "packet": packet(one).document,
        "tenures": one.tenures,
        "tosses": one.tosses,
        "events": [
            {
                "n": event.n,
                "kind": event.kind,
                "occurred_at": event.occurred_at,
                "recorded_at": event.recorded_at,
                "actor": event.actor,
                "source": event.source,
                "body": event.body,
            }
            for event in events
        ],
    }
