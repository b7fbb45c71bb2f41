"""`lint`, `who`, `blast`, `export` and `init`: the ownership file and its answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import click

from modelowners.catalog import (
    BadCatalog,
    Problem,
    Severity,
    certify,
    resolve,
    schema,
)
from modelowners.catalog import (
    lint as find_problems,
)
from modelowners.catalog.names import find
from modelowners.catalog.owners import Duty, Owner, Ownership, Status
from modelowners.catalog.proof import ChainProof
from modelowners.cli.output import narrate, print_json, program
from modelowners.core.errors import BadTime
from modelowners.core.ids import AssetId
from modelowners.core.time import parse_duration, parse_instant

YEARS = range(1971, 2200)
"""Instants beyond these cannot be turned into every time zone."""

ANSWERED = (Status.OWNED, Status.DELIBERATELY_UNOWNED)

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


@click.command("lint")
@click.option(
    "--horizon",
    metavar="30d",
    default="0d",
    help="Prove that somebody answers at every instant from now until then.",
)
@click.option("--json", "as_json", is_flag=True, help="Print problems and proof.")
@click.pass_context
def lint(ctx: click.Context, horizon: str, *, as_json: bool) -> int:
    """
    Check the ownership file; nothing else is read.

    Exit 2 if it cannot be used, 1 on other errors, 0 if there are only warnings.
    """
    running = program(ctx)
    ahead = parse_duration(horizon)
    now = running.clock.now()
    proof: tuple[ChainProof, ...] = ()
    try:
        catalog = running.catalog
    except BadCatalog as refusal:
        problems = list(refusal.problems)
    else:
        problems = find_problems(
            catalog, at=now, horizon=ahead, readers=running.facet_readers
        )
        refused = (Problem.of(one) for one in running.refused_sections())
        problems = sorted([*problems, *refused], key=lambda problem: problem.rank)
        proof = certify(catalog, at=now, horizon=ahead) if as_json else ()
    if as_json:
        print_json(_lint_answer(problems, proof, at=now, horizon=ahead))
    else:
        for problem in problems:
            click.echo(_problem_line(problem))
        narrate(_summary(problems, running.settings.file))
    return _lint_status(problems)


def _lint_status(problems: Iterable[Problem]) -> int:
    errors = [one.code for one in problems if one.severity is Severity.ERROR]
    if any(code.startswith("MO0") for code in errors):
        return 2
    return 1 if errors else 0


def _problem_line(problem: Problem) -> str:
    word = click.style(problem.severity.value, fg=COLOURS[problem.severity])
    return str(problem).replace(
        f" {problem.code} {problem.severity} ", f" {problem.code} {word} ", 1
    )


def _summary(problems: list[Problem], file: Path) -> str:
    if not problems:
        return f"{file}: no problem"
    counts = {
        severity: sum(one.severity is severity for one in problems)
        for severity in Severity
    }
    words = [_count(n, severity.value) for severity, n in counts.items() if n]
    return f"{file}: {', '.join(words)}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 or word == "info" else f"{number} {word}s"


def _lint_answer(
    problems: list[Problem],
    proof: tuple[ChainProof, ...],
    *,
    at: datetime,
    horizon: timedelta,
) -> dict[str, object]:
    chains = [
        {
            "owner": {one.chain.kind: one.chain.name},
            "deputy": one.chain.deputy or None,
            "assets": one.assets,
            "intervals": one.intervals,
        }
        for one in proof
    ]
    return {
        "problems": problems,
        "proof": {"from": at, "to": at + horizon, "chains": chains},
    }


@click.command("who")
@click.argument("asset")
@click.option("--at", "at_text", metavar="T", help="An ISO date or instant; now.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer.")
@click.pass_context
def who(ctx: click.Context, asset: str, at_text: str | None, *, as_json: bool) -> int:
    """
    Say whose ASSET is, and who answers.

    ASSET is an id, an alias, a bare name if it is unique, or a path of code. Exit 1
    if nobody answers for it.
    """
    running = program(ctx)
    at = _instant(at_text) if at_text else running.clock.now()
    catalog = running.catalog
    answer = resolve(catalog, find(catalog, asset, folder=Path.cwd()), at)
    if as_json:
        revision = {"digest": catalog.digest, "commit": running.commit()}
        print_json(_who_answer(answer, revision))
    else:
        click.echo("\n".join(_who_lines(answer)))
    if at < running.clock.now():
        narrate("Answered by the file as it is now, whatever it said then.")
    return 0 if answer.status in ANSWERED else 1


def _instant(text: str) -> datetime:
    """
    Read an instant that every time zone can hold.

    Raises
    ------
    BadTime
        If it cannot be read, or is centuries away.
    """
    at = parse_instant(text)
    if at.year not in YEARS:
        raise BadTime(found=text, expected="an instant between 1971 and 2199")
    return at


def _who_answer(answer: Ownership, revision: Mapping[str, object]) -> dict[str, object]:
    owner = None
    if answer.owner is not None:
        owner = {answer.owner.kind: answer.owner.name, "declared": answer.declared}
    verified = {
        "on": f"{answer.verified_on:%Y-%m-%d}" if answer.verified_on else None,
        "stale": answer.stale,
    }
    steps = [
        {"after_s": int(step.after.total_seconds()), "role": step.role, "person": who}
        for step in answer.escalation
        if (who := step.person)
    ]
    return {
        "asset": answer.asset,
        "at": answer.at,
        "status": answer.status,
        "tier": answer.tier,
        "owner": owner,
        "accountable": answer.accountable,
        "responder": answer.responder,
        "consult": answer.consult,
        "escalation": steps,
        "verified": verified,
        "catalog": revision,
    }


def _who_lines(answer: Ownership) -> list[str]:
    head = click.style(answer.asset, bold=True)
    place = f" ({answer.declared})" if answer.declared else ""
    lines = [f"{head}   tier {answer.tier}   {_standing(answer)}{place}"]
    if answer.owner is None:
        return lines
    rows = [
        ("accountable", *_duty(answer.accountable)),
        ("responder", *_duty(answer.responder)),
    ]
    width = max(len(row[1]) for row in rows)
    lines += [f"  {role:<12}{name:<{width}}   {why}" for role, name, why in rows]
    if answer.consult:
        lines.append(f"  {'consult':<12}{', '.join(answer.consult)}")
    steps = [f"{_after(s.after)} {s.role}: {s.person}" for s in answer.escalation]
    lines.append(f"  {'escalation':<12}{', '.join(steps) or 'reaches nobody'}")
    lines.append(f"  {'verified':<12}{_verified(answer)}")
    return lines


def _standing(answer: Ownership) -> str:
    owner = f"{answer.owner.kind} {answer.owner.name}" if answer.owner else ""
    return {
        Status.OWNED: f"owned by {owner}",
        Status.OWNER_INACTIVE: f"owner inactive: {owner}",
        Status.UNOWNED: "unowned: add owner: to the ownership file",
        Status.DELIBERATELY_UNOWNED: "deliberately unowned",
        Status.UNKNOWN_BEFORE: "unknown before the first record",
    }[answer.status]


def _duty(duty: Duty) -> tuple[str, str]:
    why = "; ".join(duty.why)
    until = f"until {duty.until:%Y-%m-%d %H:%M} UTC: " if duty.until else ""
    return duty.person or "nobody", f"{until}{why}"


def _after(wait: timedelta) -> str:
    minutes = int(wait.total_seconds()) // 60
    return f"after {minutes} min" if minutes else "at once"


def _verified(answer: Ownership) -> str:
    if answer.verified_on is None:
        return "never"
    return f"{answer.verified_on:%Y-%m-%d}{', expired' if answer.stale else ''}"


@click.command("blast")
@click.argument("asset")
@click.option("--json", "as_json", is_flag=True, help="Print a list.")
@click.pass_context
def blast(ctx: click.Context, asset: str, *, as_json: bool) -> int:
    """Show what is made from ASSET, directly or not, and whose that is."""
    running = program(ctx)
    catalog, now = running.catalog, running.clock.now()
    source = find(catalog, asset, folder=Path.cwd())
    reached = running.lineage.downstream(source)
    answers = {one: resolve(catalog, one, now) for one in (source, *reached)}
    if as_json:
        rows = [_reached(answers[one], distance) for one, distance in reached.items()]
        print_json({"asset": source, "at": now, "downstream": rows})
        return 0
    click.echo(_branch(answers[source]))
    for line in _tree(source, running.lineage.users, answers):
        click.echo(line)
    narrate(f"{_count(len(reached), 'asset')} made from {source}")
    return 0


def _reached(answer: Ownership, distance: int) -> dict[str, object]:
    owner = {answer.owner.kind: answer.owner.name} if answer.owner else None
    return {
        "asset": answer.asset,
        "distance": distance,
        "tier": answer.tier,
        "status": answer.status,
        "owner": owner,
        "accountable": answer.accountable.person,
    }


def _branch(answer: Ownership) -> str:
    owner: Owner | None = answer.owner
    whose = answer.status.value if owner is None else owner.name
    person = answer.accountable.person
    who_answers = f" ({person})" if person and whose != person else ""
    return f"{answer.asset}   tier {answer.tier}   {whose}{who_answers}"


def _tree(
    source: AssetId,
    users: Mapping[AssetId, tuple[AssetId, ...]],
    answers: Mapping[AssetId, Ownership],
) -> Iterable[str]:
    """Draw the tree in depth; an asset already drawn is named, not opened again."""
    drawn = {source}
    stack = _children(source, "", users)
    while stack:
        asset, lead, is_last = stack.pop()
        mark = f"{lead}{'└─ ' if is_last else '├─ '}"
        if asset in drawn:
            yield f"{mark}{asset}   (above)"
            continue
        drawn.add(asset)
        yield f"{mark}{_branch(answers[asset])}"
        stack += _children(asset, f"{lead}{'   ' if is_last else '│  '}", users)


def _children(
    asset: AssetId, lead: str, users: Mapping[AssetId, tuple[AssetId, ...]]
) -> list[tuple[AssetId, str, bool]]:
    found = users.get(asset, ())
    return [(one, lead, one == found[-1]) for one in reversed(found)]


@click.group("export")
def export() -> None:
    """Write what other tools read."""


@export.command("schema")
def export_schema() -> None:
    """Write the ownership file's JSON Schema (2020-12), for editors."""
    print_json(schema())


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Print the file; write nothing.")
@click.pass_context
def init(ctx: click.Context, *, dry_run: bool) -> None:
    """
    Propose an ownership file for this repository.

    Models come from the prediction logs below the folder, owners from its history:
    both are suggestions to correct. A file that is there is never overwritten.
    """
    from modelowners.app.proposal import (  # noqa: PLC0415
        propose,
        require_free,
        write,
    )

    running = program(ctx)
    file = running.settings.file
    if not dry_run:
        require_free(file)
    proposal = propose(
        file,
        engine=running.engine,
        authorship=running.authorship(file.parent),
        at=running.clock.now(),
    )
    for note in proposal.notes:
        narrate(note)
    if dry_run:
        click.echo(proposal.text, nl=False)
        return
    write(proposal, file)
    narrate(f"Wrote {file}. Correct what is marked as a suggestion.")
    click.echo(f"Next: {proposal.next_command}")
