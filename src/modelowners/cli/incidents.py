"""`incident`: show incidents, and act on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from modelowners.cli.diagnosis import print_lines
from modelowners.cli.output import print_json, program
from modelowners.core.time import parse_instant
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.incident import Act, CloseReason, DismissReason
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelowners.incidents.events import Event
    from modelowners.incidents.incident import Incident

Command = Callable[..., int]

Given = str | int | bool | None
"""What `acting` hands over by name: name, at, revision, key, as_json."""

HAND_OFFS = [reason.value for reason in Reason if reason is not Reason.NOT_MINE]
KINDS = [kind.value for kind in CauseKind if kind is not CauseKind.UNKNOWN]
TEXT = click.option("--text", default="", metavar="TEXT", help="A remark.")


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
            click.option(
                "--key",
                default="",
                metavar="KEY",
                help="Names the request: the same again changes nothing.",
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
def ack(ctx: click.Context, **given: Given) -> int:
    """Take an incident on: nobody else is asked any more."""
    return _act(ctx, Act.ACK, given)


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
def assign(ctx: click.Context, to: str, reason: str, **given: Given) -> int:
    """Hand an incident to another owner."""
    return _act(ctx, Act.ASSIGN, given, to=to, reason=reason)


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
    reason: str,
    to: str | None,
    rank: int | None,
    **given: Given,
) -> int:
    """Refuse an incident: it goes on, and does not come back by itself."""
    _refuse(
        "--to and --cause both say where it goes; drop one.",
        when=to is not None and rank is not None,
    )
    return _act(ctx, Act.NOT_MINE, given, text=reason, to=to, cause=rank)


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
    rank: int | None,
    asset: str | None,
    kind: str | None,
    **given: Given,
) -> int:
    """Say what the cause was; if it is another's, the incident goes there."""
    _refuse(
        "Name --cause N, or --asset together with --kind.",
        when=(asset is None) != (kind is None) or bool(asset and rank),
    )
    return _act(ctx, Act.CONFIRM_CAUSE, given, cause=rank, asset=asset, kind=kind)


@incident.command("mitigate")
@acting
@TEXT
def mitigate(ctx: click.Context, text: str, **given: Given) -> int:
    """Say that the harm has stopped, though its cause may still be there."""
    return _act(ctx, Act.MITIGATE, given, text=text)


@incident.command("resolve")
@acting
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in CloseReason]),
    default=CloseReason.FIXED.value,
    show_default=True,
    help="How it ended.",
)
@TEXT
def resolve(ctx: click.Context, reason: str, text: str, **given: Given) -> int:
    """Say that the trouble is over."""
    return _act(ctx, Act.RESOLVE, given, reason=reason, text=text)


@incident.command("reopen")
@acting
@TEXT
def reopen(ctx: click.Context, text: str, **given: Given) -> int:
    """Open an incident again: whoever holds it is asked anew."""
    return _act(ctx, Act.REOPEN, given, text=text)


@incident.command("merge")
@acting
@click.option("--into", required=True, metavar="INCIDENT", help="The one that goes on.")
@TEXT
def merge(ctx: click.Context, into: str, text: str, **given: Given) -> int:
    """Say that it is the same trouble as another incident."""
    return _act(ctx, Act.MERGE, given, into=into, text=text)


@incident.command("unmerge")
@acting
@TEXT
def unmerge(ctx: click.Context, text: str, **given: Given) -> int:
    """Say that it is a trouble of its own: neither merged nor explained by another."""
    return _act(ctx, Act.UNMERGE, given, text=text)


@incident.command("dismiss")
@acting
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in DismissReason]),
    required=True,
    help="Why it was no incident.",
)
@TEXT
def dismiss(ctx: click.Context, reason: str, text: str, **given: Given) -> int:
    """Say that it was no incident; it comes back only if it grows worse."""
    return _act(ctx, Act.DISMISS, given, reason=reason, text=text)


@incident.command("snooze")
@acting
@click.option("--for", "length", metavar="D", help="How long: 30m, 4h; at most 24h.")
@click.option("--until", metavar="T", help="Until an instant, at most 24 h ahead.")
def snooze(
    ctx: click.Context, length: str | None, until: str | None, **given: Given
) -> int:
    """Let it rest: nobody is asked before. The worst severity never rests."""
    _refuse(
        "Say for how long with --for, or --until when.",
        when=(length is None) == (until is None),
    )
    return _act(ctx, Act.SNOOZE, given, **{"for": length, "until": until})


@incident.command("severity")
@acting
@click.argument("severity", type=click.Choice([one.value for one in Severity]))
@click.option("--reason", required=True, metavar="WHY", help="In your words.")
def severity(ctx: click.Context, severity: str, reason: str, **given: Given) -> int:
    """Judge an incident worse, or less bad, than the program does."""
    return _act(ctx, Act.SEVERITY, given, severity=severity, text=reason)


@incident.command("note")
@acting
@click.argument("text", metavar="TEXT", nargs=-1, required=True)
def note(ctx: click.Context, text: tuple[str, ...], **given: Given) -> int:
    """Add a remark to the timeline."""
    return _act(ctx, Act.NOTE, given, text=" ".join(text))


@incident.command("postmortem")
@click.argument("name", metavar="INCIDENT")
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "json"]),
    default="md",
    show_default=True,
    help="Markdown to edit, or JSON.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--roles", is_flag=True, help="Roles instead of people's names.")
@click.pass_context
def postmortem(ctx: click.Context, name: str, form: str, roles: bool) -> int:
    """Write what happened, from the log: nothing is remembered, all is quoted."""
    from modelowners.app.retrospect import recall, to_markdown  # noqa: PLC0415

    found = recall(program(ctx), name, roles=roles)
    if form == "json":
        print_json(found)
    else:
        click.echo(to_markdown(found), nl=False)
    return 0


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
    ctx: click.Context, what: Act, given: Mapping[str, Given], **arguments: Given
) -> int:
    from modelowners.app.chronicle import table  # noqa: PLC0415
    from modelowners.app.handling import Request, perform  # noqa: PLC0415

    at, revision = given["at"], given["revision"]
    request = Request(
        incident=str(given["name"]),
        at=parse_instant(str(at)) if at else None,
        revision=int(revision) if revision else None,
        key=str(given["key"]),
    )
    after = perform(program(ctx), request, what, arguments)
    if given["as_json"]:
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
        "absorbed_into": one.absorbed_into,
        "merged_into": one.merged_into,
        "snoozed_until": one.snoozed_until,
        "dismissed": one.dismissed,
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
