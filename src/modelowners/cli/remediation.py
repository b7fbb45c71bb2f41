"""`fix`: plan, apply, follow and take back what mends an incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from modelowners.cli.diagnosis import print_lines
from modelowners.cli.output import print_json, program

if TYPE_CHECKING:
    from modelowners.app.fixing import Proposal
    from modelowners.app.following import Standing
    from modelowners.incidents.incident import Incident


@click.group("fix")
def fix() -> None:
    """Plan, apply, follow and undo a fix of an incident."""


@fix.command("plan")
@click.argument("name", metavar="INCIDENT")
@click.option("--action", "wanted", metavar="NAME", help="Instead of the likeliest.")
@click.option("--to", metavar="VERSION", help="Instead of the last good version.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def plan(
    ctx: click.Context,
    *,
    name: str,
    wanted: str | None,
    to: str | None,
    as_json: bool,
) -> int:
    """
    Say what would mend INCIDENT, which gates it passes, and who may apply it.

    Nothing is done or recorded. Exits 1 where a gate is closed, else 0.
    """
    from modelowners.app.fix_text import describe_plan  # noqa: PLC0415
    from modelowners.app.fixing import propose  # noqa: PLC0415

    found = propose(program(ctx), name, wanted=wanted, to=to)
    if as_json:
        print_json(_plan_document(found))
    else:
        print_lines(describe_plan(found))
    return 0 if found.open else 1


@fix.command("apply")
@click.argument("name", metavar="INCIDENT")
@click.option("--action", "wanted", metavar="NAME", help="Instead of the likeliest.")
@click.option("--to", metavar="VERSION", help="Instead of the last good version.")
@click.option(
    "--break-glass",
    metavar="REASON",
    help="Act without a relation to the asset; gates stay, its owner is told.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def apply(
    ctx: click.Context,
    *,
    name: str,
    wanted: str | None,
    to: str | None,
    break_glass: str | None,
    as_json: bool,
) -> int:
    """
    Apply what mends INCIDENT, as its owner, behind a row of the audit.

    Whoever is accountable for the acted-on asset, its deputy or its responder
    needs no approval once the gates are open. Exits 1 where it failed.
    """
    from modelowners.app.fixing import apply_fix  # noqa: PLC0415

    run = program(ctx)
    done = apply_fix(run, name, wanted=wanted, to=to, break_glass=break_glass)
    return _show(run.incidents.get(name), (done,), as_json=as_json)


@fix.command("status")
@click.argument("name", metavar="INCIDENT")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def status(ctx: click.Context, *, name: str, as_json: bool) -> int:
    """
    Say how far the fixes of INCIDENT have come; settle what was interrupted.

    Exits 1 where the last one failed, else 0.
    """
    from modelowners.app.following import status as look  # noqa: PLC0415

    incident, standing = look(program(ctx), name)
    return _show(incident, standing, as_json=as_json)


@fix.command("undo")
@click.argument("name", metavar="INCIDENT")
@click.option(
    "--break-glass",
    metavar="REASON",
    help="Act without a relation to the asset; its owner is told.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def undo(
    ctx: click.Context, *, name: str, break_glass: str | None, as_json: bool
) -> int:
    """Take the last fix of INCIDENT back: the alias gets the version it had."""
    from modelowners.app.fixing import undo_fix  # noqa: PLC0415

    run = program(ctx)
    done = undo_fix(run, name, break_glass=break_glass)
    return _show(run.incidents.get(name), (done,), as_json=as_json)


def _show(incident: Incident, standing: tuple[Standing, ...], *, as_json: bool) -> int:
    from modelowners.app.fix_text import describe_standing  # noqa: PLC0415
    from modelowners.remediation.fixes import State  # noqa: PLC0415

    if as_json:
        print_json(_document(incident, standing))
    else:
        print_lines(describe_standing(incident, standing))
    return int(bool(standing) and standing[-1].fix.state is State.FAILED)


def _plan_document(found: Proposal) -> Mapping[str, object]:
    from modelowners.remediation.actions import action_json  # noqa: PLC0415

    return {
        "incident": found.incident.id,
        "asset": found.plan.asset,
        "name": found.plan.name,
        "action": action_json(found.plan.action),
        "why": found.plan.why,
        "open": found.open,
        "gates": [gate.plain() for gate in found.gates],
        "who_may": found.may,
        "others": found.plan.others,
    }


def _document(
    incident: Incident, standing: tuple[Standing, ...]
) -> Mapping[str, object]:
    from modelowners.remediation.actions import action_json  # noqa: PLC0415

    return {
        "incident": incident.id,
        "state": incident.state,
        "fixes": [
            {
                "id": one.fix.id,
                "asset": one.fix.asset,
                "action": action_json(one.fix.action),
                "state": one.fix.state,
                "reason": one.fix.reason,
                "undoes": one.fix.undoes,
                "serving": one.serving.plain() if one.serving else None,
                "confirmed": bool(one.serving and one.serving.confirmed),
                "steps": one.fix.steps,
            }
            for one in standing
        ],
    }
