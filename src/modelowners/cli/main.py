"""The command line: names without imports, load one, report every error once."""

from __future__ import annotations

import importlib
import keyword
import logging
import os
import sys
from typing import TYPE_CHECKING

import click

from modelowners import __version__
from modelowners.app.settings import limit_threads
from modelowners.core.errors import ModelownersError

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

COMMANDS = {
    "audit": ("store", "Prove that the record was not altered."),
    "blast": ("catalog", "What depends on an asset, and whose that is."),
    "card": ("models", "Show a model's declared claims beside their verdicts."),
    "changes": ("ledger", "List changes of an asset, or upstream of it."),
    "check": ("detection", "Run the owner's checks: a gate for CI."),
    "db": ("store", "Look after the state database."),
    "debug": ("diagnosis", "Say what broke, since when, by which change, and whose."),
    "demo": ("demo", "Run the main job on a real world with one declared fault."),
    "export": ("catalog", "Write the ownership file's JSON Schema."),
    "import": ("measurement", "Read what other tools recorded, such as tickets."),
    "fix": ("remediation", "Plan, apply, follow and undo a fix of an incident."),
    "incident": ("incidents", "Show and move incidents."),
    "init": ("catalog", "Propose an ownership file for this repository."),
    "lint": ("catalog", "Check the ownership file."),
    "profile": (
        "observations",
        "Show what a model's log holds: kept, dropped and why.",
    ),
    "record": ("ledger", "Record a change by hand or from CI."),
    "report": ("measurement", "Say how fast trouble is found, routed and fixed."),
    "serve": ("faces", "Serve the pages on this machine; the loop runs inside."),
    "sync": ("ledger", "Read changes from git and record the catalog's revision."),
    "watch": ("loop", "Look at every model and tell the owner of each cause."),
    "who": ("catalog", "Say whose an asset is, and who answers now."),
}
"""Command, the module of `modelowners.cli` that holds it, and its one-line help."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List every command by name."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds a command, and give the command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"modelowners.cli.{COMMANDS[cmd_name][0]}")
        # Python keeps some words, such as `import`, for itself.
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """
        Find the command that was typed.

        Raises
        ------
        NoSuchCommand
            If there is none; it names the nearest.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=sorted(COMMANDS), ctx=ctx
            ) from None

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List commands with their help, without importing them."""
        del ctx
        rows = [(name, COMMANDS[name][1]) for name in sorted(COMMANDS)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="modelowners")
@click.option(
    "-f",
    "--file",
    metavar="PATH",
    help="The ownership file; else MODELOWNERS_FILE, else ./modelowners.yaml.",
)
@click.option(
    "--state",
    metavar="PLACE",
    help="Folder of the state, or postgresql:// address of its database; else "
    "MODELOWNERS_STATE, else .modelowners beside the file.",
)
@click.option(
    "--as",
    "user",
    metavar="PERSON",
    help="Who acts; else MODELOWNERS_USER, else git's e-mail address.",
)
@click.pass_context
def cli(
    ctx: click.Context, file: str | None, state: str | None, user: str | None
) -> None:
    """Find which change broke a model, and tell the owner of the cause."""
    ctx.obj = {"file": file, "state": state, "user": user}


def main(args: Sequence[str] | None = None) -> None:
    """
    Run one command and exit: 0, 1 with findings, 2 on usage or bad input.

    Parameters
    ----------
    args : sequence of str, optional
        Instead of the process's own arguments.
    """
    limit_threads()
    try:
        # Not `cli.main`: it would answer a closed pipe with 1, which says "findings".
        with cli.make_context(
            "modelowners", list(sys.argv[1:] if args is None else args)
        ) as ctx:
            status = cli.invoke(ctx)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt, EOFError):
        click.echo("Interrupted; what was finished is kept.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except ModelownersError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # The reader (`head`, a pager) is gone: that is its right, not a failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        # The edge: report what was caught; the traceback is for --debug logging.
        logger.debug("unexpected", exc_info=True)
        click.echo(
            f"Error: unexpected {type(error).__name__}: {error}. This is a fault of "
            "modelowners; please report it with the command you typed.",
            err=True,
        )
        sys.exit(2)
    sys.exit(status if isinstance(status, int) else 0)
