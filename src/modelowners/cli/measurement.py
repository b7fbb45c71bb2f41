"""`report` and `import`: where the debugging hours went, and other tools' records."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelowners.cli.diagnosis import print_lines, write_text
from modelowners.cli.output import print_json, program
from modelowners.core.errors import InputError
from modelowners.core.time import parse_duration, parse_instant

if TYPE_CHECKING:
    from modelowners.measurement.cohorts import Question


class BadPeriod(InputError):
    """--since {since} does not lie before --as-of {as_of}."""


class BadCap(InputError):
    """--cap is a duration of 1h or longer, such as 14d; found "{found}"."""


@click.group("report")
def report() -> None:
    """Say how fast trouble is found, routed and fixed."""


@report.command("speed")
@click.option(
    "--as-of", "as_of", metavar="T", help="What was known then. Default: now."
)
@click.option("--since", metavar="T", help="Only incidents opened from then on.")
@click.option(
    "--team", "teams", multiple=True, metavar="TEAM", help="Only its; repeatable."
)
@click.option(
    "--exclude-team", "without", multiple=True, metavar="TEAM", help="Without its."
)
@click.option(
    "--severity",
    "severities",
    multiple=True,
    metavar="SEV",
    help="Only this; repeatable.",
)
@click.option(
    "--cap",
    default="14d",
    show_default=True,
    metavar="D",
    help="Hours of an incident beyond it do not count.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=7, show_default=True, help="Of the draws."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="F",
    help="Write the same as one self-contained page.",
)
@click.pass_context
def speed(
    ctx: click.Context,
    as_of: str | None,
    since: str | None,
    teams: tuple[str, ...],
    without: tuple[str, ...],
    severities: tuple[str, ...],
    cap: str,
    seed: int,
    as_json: bool,
    page: Path | None,
) -> int:
    """
    Say where the debugging hours went, from our incidents and imported tickets.

    Every figure has its interval, or is withheld with a reason. Reads only.
    """
    from modelowners.app.speed import measure  # noqa: PLC0415
    from modelowners.measurement.cohorts import Question  # noqa: PLC0415

    started = program(ctx)
    asked = Question(
        as_of=parse_instant(as_of) if as_of else started.clock.now(),
        since=parse_instant(since) if since else None,
        cap=read_cap(cap),
        teams=frozenset(teams),
        without=frozenset(without),
        severities=frozenset(severities),
        seed=seed,
    )
    _check(asked, since, as_of)
    found = measure(started, asked)
    if page is not None:
        from modelowners.app.speed_page import render  # noqa: PLC0415

        write_text(render(found), page)
    if as_json:
        print_json(found.report)
    else:
        from modelowners.app.speed_text import tell_speed  # noqa: PLC0415

        print_lines(tell_speed(found.report))
    return 0


@click.group("import")
def import_() -> None:
    """Read what other tools recorded."""


@import_.command("tickets")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "form",
    required=True,
    type=click.Path(path_type=Path),
    metavar="MAP",
    help="YAML that tells what its columns mean.",
)
@click.option(
    "--hash-persons", is_flag=True, help="Keep persons under a pseudonym of this state."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_context
def tickets(
    ctx: click.Context, file: Path, form: Path, hash_persons: bool, as_json: bool
) -> int:
    """
    Read tickets for `report speed` from FILE: CSV, CSV.gz or Parquet.

    The same again changes nothing. Exits 1 where rows had to be left out.
    """
    from modelowners.app.tickets import import_tickets, tell_import  # noqa: PLC0415

    done = import_tickets(program(ctx), file, form, hash_persons=hash_persons)
    if as_json:
        print_json(done)
    else:
        print_lines(tell_import(done))
    return 1 if done.left_out else 0


def read_cap(text: str) -> timedelta:
    """
    Read --cap.

    Raises
    ------
    BadCap
        If it is shorter than an hour.

    Examples
    --------
    >>> read_cap("14d").days
    14
    """
    found = parse_duration(text)
    if found < timedelta(hours=1):
        raise BadCap(found=text)
    return found


def _check(asked: Question, since: str | None, as_of: str | None) -> None:
    """
    Refuse a period that ends before it begins.

    Raises
    ------
    BadPeriod
        If it does.
    """
    if asked.since is not None and asked.since >= asked.as_of:
        raise BadPeriod(since=since, as_of=as_of or "now")
