"""`debug`: what broke, since when, by which change, and whose it is."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelowners.cli.output import narrate, print_json, program
from modelowners.core.errors import InputError
from modelowners.core.ids import AssetId, asset_kind
from modelowners.core.time import TimeWindow, parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modelowners.app.investigation import Investigation
    from modelowners.app.lines import Line
    from modelowners.app.wiring import Program
    from modelowners.diagnosis.inquiries import Focus

INTERRUPTED = 130
STYLES: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "title": partial(click.style, bold=True),
    "good": partial(click.style, fg="green"),
    "bad": partial(click.style, fg="red"),
    "quiet": partial(click.style, dim=True),
    "command": partial(click.style, fg="cyan"),
}
"""What a tone of `app.story` looks like on a terminal."""


class NoModel(InputError):
    """{asset} is no model. Name one that keeps a prediction log, as model:NAME."""


class BadSegment(InputError):
    """Cannot read "{found}" as rows: write column=value, or several with commas."""


class CannotWrite(InputError):
    """Cannot write {place}: {why}. Name a file in a folder you may write to."""


@click.command("debug")
@click.argument("model")
@click.option(
    "--at",
    "window",
    metavar="W",
    help="The window to look at: a date, or START/END. Default: since the earliest "
    "open finding began, to the last window with labels.",
)
@click.option("--from", "start", metavar="A", help="Its start, an ISO date or instant.")
@click.option("--to", "end", metavar="B", help="Its end, not included.")
@click.option(
    "--explain", "rank", type=click.IntRange(1), metavar="N", help="All of a cause."
)
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="F",
    help="Write the same as one self-contained page.",
)
@click.option("--metric", metavar="M", help="The metric that decides, such as brier.")
@click.option(
    "--segment",
    metavar="S",
    help="Only harm in these rows: column=value[,column=value].",
)
@click.option("--as-of", metavar="T", help="What was known then. Default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON contract.")
@click.pass_context
def debug(
    ctx: click.Context,
    model: str,
    window: str | None,
    start: str | None,
    end: str | None,
    rank: int | None,
    page: Path | None,
    metric: str | None,
    segment: str | None,
    as_of: str | None,
    as_json: bool,
) -> int:
    """
    Say what broke MODEL, since when, by which change, and whose it is.

    Exits 0 where nothing is worse, 1 with causes or an honest unknown, 2 on
    bad input. Reads only: nobody is told, no incident is opened.
    """
    from modelowners.app.debugging import debug as investigate  # noqa: PLC0415
    from modelowners.cli.progress import progress  # noqa: PLC0415

    asked = read_window(window, start, end)
    known = parse_instant(as_of) if as_of else None
    focus = read_focus(metric, segment)
    run = program(ctx)
    which = model_of(run, model)
    with progress() as tell:
        found = investigate(
            run, which, window=asked, as_of=known, focus=focus, progress=tell
        )
    if page is not None:
        write_page(found, page)
    show(found, rank=rank, as_json=as_json)
    if found.interrupted:
        return INTERRUPTED
    return 0 if found.healthy else 1


def read_focus(metric: str | None, segment: str | None) -> Focus:
    """
    Read what was asked about: a metric, and rows as ``column=value``.

    Raises
    ------
    BadSegment
        If a part of the segment has no ``=``.
    """
    from modelowners.diagnosis.inquiries import Focus  # noqa: PLC0415 - on use

    where: dict[str, str] = {}
    for part in segment.split(",") if segment else ():
        column, equals, value = part.partition("=")
        if not equals:
            raise BadSegment(found=segment)
        where[column.strip()] = value.strip()
    return Focus(loss=metric, segment=where)


def show(found: Investigation, *, rank: int | None, as_json: bool) -> None:
    """Print an investigation as JSON, as one cause, or as the story."""
    if as_json:
        from modelowners.app.contract import contract  # noqa: PLC0415

        print_json(contract(found))
        return
    from modelowners.app.explanation import explain  # noqa: PLC0415
    from modelowners.app.story import tell  # noqa: PLC0415

    print_lines(tell(found) if rank is None else explain(found, rank))


def print_lines(lines: Iterable[Line]) -> None:
    """Print a story, coloured on a terminal unless NO_COLOR asks for none."""
    from modelowners.app.settings import colour_refused  # noqa: PLC0415

    colour = False if colour_refused() else None
    width = line_width()
    for line in lines:
        click.echo(STYLES[line.tone.value](line.wrap(width)), color=colour)


def line_width() -> int:
    """Give the terminal's width, 40 to 100; the usual 88 where stdout is none."""
    from modelowners.app.lines import WIDTH  # noqa: PLC0415

    if not sys.stdout.isatty():
        return WIDTH
    return min(max(shutil.get_terminal_size().columns, 40), 100)


def write_page(found: Investigation, place: Path) -> None:
    """Write an investigation as one page, whole or not at all."""
    from modelowners.app.report import render  # noqa: PLC0415

    write_text(render(found), place)


def write_text(page: str, place: Path) -> None:
    """
    Write a page, whole or not at all.

    Raises
    ------
    CannotWrite
        If the place cannot be written.
    """
    draft = place.with_name(f".{place.name}.part")
    try:
        draft.write_text(page, encoding="utf-8")
        draft.replace(place)
    except OSError as error:
        raise CannotWrite(place=place, why=error.strerror or error) from None
    narrate(f"Wrote {place}.")


def read_window(
    window: str | None, start: str | None, end: str | None
) -> TimeWindow | None:
    """
    Read --at, or --from and --to.

    Raises
    ------
    UsageError
        If both forms are given, or only half of one.
    """
    if window is not None:
        if start is not None or end is not None:
            raise click.UsageError("--at names a window; drop --from and --to.")
        return TimeWindow.parse(window)
    if start is None and end is None:
        return None
    if start is None or end is None:
        missing, given = ("--from", "--to") if start is None else ("--to", "--from")
        raise click.UsageError(f"{given} needs {missing} too; or use --at START/END.")
    return TimeWindow.parse(f"{start}/{end}")


def model_of(run: Program, text: str) -> AssetId:
    """
    Find the model somebody means by its id, its name or a foreign name.

    Raises
    ------
    NoModel
        If it is an asset of another kind.
    """
    bare = ":" not in text and text not in run.catalog.aliases
    found = run.asset(f"model:{text}" if bare else text)
    if asset_kind(found) != "model":
        raise NoModel(asset=found)
    return found
