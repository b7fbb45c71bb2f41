"""`card`: who answers for a model, what they claim, and what is true of it now."""

from __future__ import annotations

import click

from modelowners.cli.diagnosis import model_of, print_lines
from modelowners.cli.output import print_json, program
from modelowners.core.time import parse_instant


@click.command("card")
@click.argument("model")
@click.option("--as-of", metavar="T", help="What was known then. Default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def card(ctx: click.Context, *, model: str, as_of: str | None, as_json: bool) -> int:
    """
    Show MODEL's declared claims beside their verdicts, and who answers for it.

    Exits 1 where a claim is broken, else 0.
    """
    from modelowners.app.card import draw_up  # noqa: PLC0415 - --help stays light
    from modelowners.app.card_text import describe, document  # noqa: PLC0415
    from modelowners.app.checking import check  # noqa: PLC0415

    known = parse_instant(as_of) if as_of else None
    run = program(ctx)
    run.keeps = False
    found = draw_up(
        run,
        model_of(run, model),
        as_of=known,
        check=lambda asset, at: check(run, asset, as_of=at),
    )
    if as_json:
        print_json(document(found))
    else:
        print_lines(describe(found))
    return 1 if found.broken else 0
