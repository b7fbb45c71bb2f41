"""Commands of the state as such: `db` and `audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelowners.cli.output import narrate, print_json, program
from modelowners.core.errors import InputError

if TYPE_CHECKING:
    from modelowners.app.wiring import Program


class NoState(InputError):
    """Nothing was recorded yet; `modelowners sync` begins a state."""


@click.group()
def db() -> None:
    """Look after the state database."""


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def upgrade(ctx: click.Context, *, as_json: bool) -> None:
    """
    Bring the schema to this release's, contractions included.

    Opening the state makes and expands its schema by itself. A contraction
    takes away what releases before no longer may use: stop those first.
    """
    run = program(ctx)
    done = run.upgrade_state()
    if as_json:
        print_json({"before": done.before, "after": done.after})
    elif done.before == done.after:
        click.echo(f"The schema is at {done.after}; there is nothing to do.")
    elif done.before is None:
        click.echo(f"The schema was made, at {done.after}.")
    else:
        click.echo(f"The schema was at {done.before}, and is at {done.after}.")


@click.group()
def audit() -> None:
    """Prove that the record was not altered."""


@audit.command()
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="NAME:HASH",
    help="A head printed earlier and kept elsewhere; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify(ctx: click.Context, *, heads: tuple[str, ...], as_json: bool) -> int:
    """
    Walk every journal; exits 1 where one is broken.

    An entry that was edited, deleted, inserted or moved is found. Entries cut
    off at the end are missed only by somebody who kept a later head: keep the
    heads printed here where nobody who can write the database can write.
    """
    from modelowners.app.chains import verify as walk  # noqa: PLC0415 - --help is light

    chains = walk(_existing(program(ctx)).journals, heads)
    broken = any(chain.fault for chain in chains)
    if as_json:
        print_json({"sound": not broken, "journals": chains})
        return int(broken)
    for chain in chains:
        where = f" at entry {chain.broken_at}" if chain.broken_at else ""
        told = f"broken{where}: {chain.fault}" if chain.fault else "whole"
        click.echo(f"{chain.name:<8} {chain.entries:>8,} entries, {told}")
        click.echo(f"{'':<8} {chain.head}")
    if not all(chain.compared for chain in chains):
        narrate(
            "Entries cut off at the end show only against a head kept elsewhere: "
            "keep these, and give them with --head next time."
        )
    return int(broken)


def _existing(run: Program) -> Program:
    """
    Give the program where it has a state.

    Raises
    ------
    NoState
        If nothing was recorded yet.
    """
    if not run.has_state():
        raise NoState
    return run
