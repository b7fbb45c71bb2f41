"""Commands of the ledger: `record`, `changes` and `sync`."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import click

from modelowners.app.ledger_text import (
    intake_lines,
    listing,
    newest_first,
    shown,
    unread_line,
    watermark_line,
)
from modelowners.cli.output import narrate, plain, print_json, program
from modelowners.core.errors import InputError
from modelowners.core.ids import ChangeId
from modelowners.core.time import format_instant, parse_instant
from modelowners.ledger import record as keep
from modelowners.ledger.changes import Change, ChangeKind
from modelowners.ledger.differences import Absent, differences
from modelowners.ledger.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelowners.app.revisions import Revision
    from modelowners.ledger.watermarks import Watermark

KINDS = {
    "deploy": ChangeKind.DEPLOY,
    "config": ChangeKind.CONFIG,
    "data": ChangeKind.DATA_RUN,
    "note": ChangeKind.NOTE,
    "decision": ChangeKind.DECISION,
}


NOTHING = (
    "No connector has anything to read: declare code: or registry: of your assets."
)
MIN_WIDTH = 60


class BadValues(InputError):
    """
    Cannot read {option} "{found}": {why}.

    Write NAME=VALUE, or a JSON object such as '{{"threshold": 0.5}}'.
    """


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("asset")
@click.option("--what", help="One line: what was done.")
@click.option("--why", help="The reason; a decision needs one.")
@click.option("--version", help="Model or release version.")
@click.option("--artifact", help="What was deployed, such as an image's digest.")
@click.option("--env", "environment", help="Such as prod.")
@click.option("--at", help="When it happened; else now. Without a zone: UTC.")
@click.option("--before", multiple=True, metavar="NAME=VALUE|JSON", help="What it was.")
@click.option("--after", multiple=True, metavar="NAME=VALUE|JSON", help="What it is.")
@click.option("--commit", help="Full hash of the commit behind it.")
@click.option("--url", help="Where a person can look at it.")
@click.option("--actor", help="Who did it, if not you: person or e-mail address.")
@click.option("--key", help="Your own key: recording it again adds nothing.")
@click.option("--supersedes", metavar="CHANGE", help="The entry this one corrects.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def record(
    ctx: click.Context,
    *,
    kind: str,
    asset: str,
    what: str | None,
    why: str | None,
    version: str | None,
    artifact: str | None,
    environment: str | None,
    at: str | None,
    before: tuple[str, ...],
    after: tuple[str, ...],
    commit: str | None,
    url: str | None,
    actor: str | None,
    key: str | None,
    supersedes: str | None,
    as_json: bool,
) -> None:
    """
    Record a change by hand or from CI.

    KIND is one of deploy, config, data, note and decision.
    """
    run = program(ctx)
    entry = Entry(
        kind=KINDS[kind],
        asset=run.asset(asset),
        what=_text(what),
        at=parse_instant(at) if at else None,
        key=_text(key),
        before=_values("--before", before),
        after=_values("--after", after),
        version=_text(version),
        artifact=_text(artifact),
        environment=_text(environment),
        commit=_text(commit),
        why=_text(why),
        url=_text(url),
        supersedes=ChangeId(supersedes) if supersedes else None,
    )
    who = run.person(actor) if actor else run.acting
    change = entry.change(who=who, now=run.clock.now())
    if change.supersedes is not None:
        run.existing_change(change.supersedes)
    added = keep(change, ledger=run.ledger)
    if as_json:
        print_json({"added": added} | document(change))
        return
    verb = "recorded" if added else "already in the ledger:"
    click.echo(f"{verb} {change.id}: {change.kind} of {asset}, {shown(change.what)}")


@click.command()
@click.argument("asset", required=False)
@click.option("--since", metavar="T", help="Only from this date or instant on.")
@click.option("--upstream", is_flag=True, help="Also of what the asset is made from.")
@click.option(
    "--limit", type=click.IntRange(min=1), help="At most that many, the newest."
)
@click.option("--long", "whole", is_flag=True, help="All of each change, none folded.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def changes(
    ctx: click.Context,
    *,
    asset: str | None,
    since: str | None,
    upstream: bool,
    limit: int | None,
    whole: bool,
    as_json: bool,
) -> None:
    """
    List changes of an asset, or upstream of it, newest first.

    A line tells when, what, by whom and what differs; three or more alike of
    one version share one.
    """
    if upstream and asset is None:
        ctx.fail("--upstream needs an ASSET to start from.")
    run = program(ctx)
    wanted = None
    if asset is not None:
        start = run.asset(asset)
        wanted = [start, *(run.lineage.upstream(start) if upstream else ())]
    first = parse_instant(since) if since else None
    found: list[Change] = []
    marks: tuple[Watermark, ...] = ()
    if run.has_state():
        found = newest_first(run.ledger.changes(wanted, since=first))
        marks = run.ledger.watermarks()
    some = found[:limit]
    if as_json:
        print_json(
            {
                "changes": [document(change) for change in some],
                "left_out": len(found) - len(some),
                "sources": marks,
            }
        )
        return
    for line in listing(some, width=_width(), whole=whole):
        click.echo(line)
    if len(found) > len(some):
        narrate(f"{len(found) - len(some)} older changes left out by --limit")
    if not found:
        narrate("No changes recorded here. Type `modelowners sync` to read them.")
    for mark in marks:
        narrate(watermark_line(mark, since=first))


@click.command()
@click.argument("connector", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def sync(ctx: click.Context, *, connector: str | None, as_json: bool) -> int:
    """
    Read changes from every connector and record the catalog's revision.

    A source that cannot be read keeps none of the others from being read.
    """
    run = program(ctx)
    revision, is_new = run.record_revision()
    intake = run.take_in(connector)
    if as_json:
        print_json(
            {
                "catalog": _mapping(plain(revision)) | {"is_new": is_new},
                "captured": intake.captured,
                "unread": intake.unread,
            }
        )
    else:
        for line in intake_lines(intake):
            click.echo(line)
        if not intake.captured and not intake.unread:
            click.echo(NOTHING)
        click.echo(_catalog(revision, is_new=is_new))
    for unread in intake.unread:
        narrate(f"Error: {unread_line(unread)}")
    return 2 if intake.unread else 0


def document(change: Change) -> dict[str, object]:
    """Give a change as the JSON that every command prints."""
    window = change.observed_between
    found = differences(dict(change.before), dict(change.after))
    return {
        "id": change.id,
        "kind": change.kind.value,
        "asset": change.asset,
        "what": change.what,
        "path": change.path,
        "who": plain(change.who),
        "occurred_at": plain(change.occurred_at),
        "observed_between": plain([window.start, window.end]) if window else None,
        "recorded_at": plain(change.recorded_at),
        "before": plain(change.before),
        "after": plain(change.after),
        "diff": [
            {"path": one.path}
            | {
                side: plain(value)
                for side, value in (("before", one.before), ("after", one.after))
                if not isinstance(value, Absent)
            }
            for one in found
        ],
        "diff_text": change.diff_text,
        "source": plain(change.source),
        "identity": plain(change.identity),
        "links": {
            "version": change.version,
            "run": change.run,
            "commit": change.commit,
        },
        "environment": change.environment,
        "why": change.why,
        "supersedes": change.supersedes,
    }


def _catalog(revision: Revision, *, is_new: bool) -> str:
    return (
        f"catalog {revision.digest[:19]} "
        + ("recorded" if is_new else "unchanged")
        + (f", commit {revision.commit[:12]}" if revision.commit else ", not committed")
        + (
            f", in force from {format_instant(revision.in_force_from)}"
            if is_new
            else ""
        )
    )


def _width() -> int | None:
    """Give the terminal's width; None where the lines go elsewhere."""
    if not sys.stdout.isatty():
        return None
    return max(MIN_WIDTH, shutil.get_terminal_size().columns)


def _values(option: str, written: Sequence[str]) -> dict[str, object]:
    """
    Read NAME=VALUE or JSON objects; a value that is JSON counts as such.

    Raises
    ------
    BadValues
        If it is neither.
    """
    found: dict[str, object] = {}
    for text in map(_text, written):
        name, equals, value = (text or "").partition("=")
        if (text or "").lstrip().startswith("{"):
            values = _json(text or "")
            if not isinstance(values, dict):
                raise BadValues(option=option, found=text, why="it is no JSON object")
            found |= values
        elif equals and name.strip():
            read = _json(value)
            found[name.strip()] = value if read is None and value != "null" else read
        else:
            raise BadValues(option=option, found=text, why="it names no value")
    return found


def _json(text: str) -> object:
    """Read strict JSON; None where it is none (or null)."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(text: str) -> object:
    """
    Refuse NaN and Infinity, which are no JSON.

    Raises
    ------
    ValueError
        Always.
    """
    raise ValueError(text)


def _text(written: str | None) -> str | None:
    """Give an argument as text; bytes that are no UTF-8 are shown as such."""
    if written is None:
        return None
    known = written.encode(errors="surrogateescape").decode(errors="replace")
    return known.replace("\0", "�")


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}
