"""`check`: the owner's checks of a model, a gate for CI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from modelowners.cli.diagnosis import model_of, print_lines
from modelowners.cli.output import narrate, print_json, program
from modelowners.core.ids import AssetId
from modelowners.core.time import format_instant, parse_instant

if TYPE_CHECKING:
    from modelowners.app.lines import Line
    from modelowners.detection.checks.results import CheckResult

HEADINGS = ("verdict", "check", "expected", "found", "where", "since")
TONES = {"pass": "good", "fail": "bad", "error": "bad"}
WIDEST = 44
"""Columns of the table are padded up to this many characters, no further."""


@click.command("check")
@click.argument("model")
@click.option("--only", metavar="KIND", help="Only checks of this kind, or `claim`.")
@click.option("--as-of", metavar="T", help="What was known then. Default: now.")
@click.option(
    "--candidate",
    metavar="VERSION",
    help="Only on the rows that this version answered.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(
    ctx: click.Context,
    *,
    model: str,
    only: str | None,
    as_of: str | None,
    candidate: str | None,
    as_json: bool,
) -> int:
    """
    Run the checks and claims that MODEL's owner declared: a gate for CI.

    Exits 1 where one of severity error failed, broke or could not run, else 0:
    silence is not success. Checks of severity warn are shown and close nothing.
    """
    from modelowners.app.checking import check as run_checks  # noqa: PLC0415

    known = parse_instant(as_of) if as_of else None
    run = program(ctx)
    which = model_of(run, model)
    results = run_checks(run, which, as_of=known, only=only, candidate=candidate)
    if as_json:
        print_json(document(which, results))
    elif results:
        print_lines(table(which, results))
    else:
        kind = f" of kind {only}" if only else ""
        kind += f" about a version (asked: {candidate})" if candidate else ""
        narrate(
            f"{which} declares no checks{kind}. Add `checks:` to its entry in "
            f"{run.settings.file}, such as `checks: [{{not_null: COLUMN}}]`, "
            "then type: modelowners lint"
        )
    return 1 if any(result.closes for result in results) else 0


def document(model: AssetId, results: Sequence[CheckResult]) -> Mapping[str, object]:
    """
    Give the document that `check --json` prints.

    Parameters
    ----------
    model : AssetId
        Which model.
    results : sequence of CheckResult
        As they were planned.

    Returns
    -------
    mapping
        Counts that add up to `planned`, then every result.
    """
    from modelowners.detection.checks.results import tally  # noqa: PLC0415

    counts = tally(results)
    return {
        "model": model,
        "passes": not any(result.closes for result in results),
        "planned": len(results),
        **{_past(verdict.value): number for verdict, number in counts.items()},
        "no_data": sum(result.no_data for result in results),
        "checks": [
            {
                "name": one.name,
                "kind": one.kind,
                "verdict": one.verdict,
                "no_data": one.no_data,
                "severity": one.severity,
                "expected": one.expected,
                "found": one.found,
                "where": dict(one.where),
                "from": one.window.start if one.window else None,
                "to": one.window.end if one.window else None,
                "since": one.since,
                "why": one.why or None,
                "examples": one.examples,
                "place": one.place,
            }
            for one in results
        ],
    }


def _past(verdict: str) -> str:
    words = {"pass": "passed", "fail": "failed", "skip": "skipped", "error": "errored"}
    return words[verdict]


def table(model: AssetId, results: Sequence[CheckResult]) -> Iterator[Line]:
    """
    Write results as a table, then how many came out how, and what to do next.

    Parameters
    ----------
    model : AssetId
        Which model.
    results : sequence of CheckResult
        At least one.

    Yields
    ------
    Line
        One a check, and one for each reason.
    """
    from modelowners.app.lines import Line, Tone  # noqa: PLC0415
    from modelowners.app.phrases import clean  # noqa: PLC0415
    from modelowners.app.story import quote  # noqa: PLC0415

    rows = [HEADINGS, *([clean(cell) for cell in _cells(one)] for one in results)]
    wide = [min(max(map(len, cells)), WIDEST) for cells in zip(*rows, strict=True)]
    lines = [
        "  ".join(c.ljust(w) for c, w in zip(row, wide, strict=True)).rstrip()
        for row in rows
    ]
    yield Line(lines[0], Tone.TITLE, fixed=True)
    for line, one in zip(lines[1:], results, strict=True):
        tone = Tone(TONES.get(one.verdict.value, "quiet"))
        yield Line(line, tone, fixed=True)
        if one.why and one.verdict.value != "pass":
            yield Line(f"why: {clean(one.why)}", Tone.QUIET, indent=wide[0] + 2)
        if len(one.examples) > 1:
            shown = ", ".join(clean(value) for value in one.examples)
            yield Line(f"such as {shown}", Tone.QUIET, indent=wide[0] + 2, rows=2)
    yield Line()
    yield Line(_summary(results))
    if any(one.closes and one.verdict.value == "fail" for one in results):
        yield Line(f"modelowners debug {quote(model)}", Tone.COMMAND, indent=2)


def _cells(one: CheckResult) -> tuple[str, ...]:
    verdict = one.state
    if one.severity.value == "warn" and verdict != "pass":
        verdict += " (warn)"
    where = " and ".join(f"{column}={value}" for column, value in one.where.items())
    since = format_instant(one.since).removesuffix("T00:00:00Z") if one.since else "-"
    return (verdict, one.name, one.expected, one.found, where or "all rows", since)


def _summary(results: Sequence[CheckResult]) -> str:
    from modelowners.detection.checks.results import tally  # noqa: PLC0415

    counts = ", ".join(f"{n} {_past(v.value)}" for v, n in tally(results).items())
    closing = sum(result.closes for result in results)
    noun = "check" if len(results) == 1 else "checks"
    gate = f"{closing} close the gate" if closing != 1 else "1 closes the gate"
    return (
        f"{len(results)} {noun}: {counts}; {gate if closing else 'the gate is open'}."
    )
