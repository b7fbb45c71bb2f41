"""`demo`: the main job on a real world with one declared fault."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelowners.cli.diagnosis import STYLES, line_width
from modelowners.cli.output import narrate, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelowners.app.lines import Line


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-world"),
    show_default=True,
    help="Where the world is built; an earlier demo world there is replaced.",
)
@click.option(
    "--no-fault", is_flag=True, help="The same world undisturbed: nobody is paged."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was seen as JSON.")
def demo(folder: Path, no_fault: bool, as_json: bool) -> int:
    """
    Run the main job on real flights with one openly declared fault.

    Trains a model, builds a folder with owners, feeds, history and logs, then
    looks at it day by day until an incident has its cause and its owner. The
    folder stays, to be explored with every command. Exits 0, or 1 where it
    did not page as it should.
    """
    from modelowners.app.demo import build_world, take_tour  # noqa: PLC0415
    from modelowners.app.settings import cache_folder  # noqa: PLC0415

    world = build_world(folder, fault=not no_fault, cache=cache_folder(), say=narrate)
    tour = take_tour(world, tell=_tell_aside if as_json else _tell)
    if as_json:
        print_json(tour.document())
    if tour.as_expected:
        return 0
    paged = "somebody was paged" if no_fault else "nobody was paged"
    narrate(f"Error: {paged}. That is a fault of modelowners; please report it.")
    return 1


def _tell(lines: Iterable[Line]) -> None:
    from modelowners.cli.diagnosis import print_lines  # noqa: PLC0415

    print_lines(lines)
    sys.stdout.flush()


def _tell_aside(lines: Iterable[Line]) -> None:
    """Tell the story on stderr: stdout is for the JSON document."""
    for line in lines:
        narrate(STYLES[line.tone.value](line.wrap(line_width())))
