"""Allowances: for a code, an asset, a reason and a while, never for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modelowners.catalog.allowances import Allowance
from modelowners.catalog.problems import Problem, Severity
from modelowners.core.ids import AssetId
from modelowners.core.time import parse_instant

UNTIL = parse_instant("2026-06-01")
ONE = Allowance("MO502", "model:risk/*", UNTIL, "being written")


def problem(code: str, asset: str | None) -> Problem:
    return Problem(
        "f", 1, 1, code, Severity.WARNING, "x", asset=AssetId(asset) if asset else None
    )


@pytest.mark.parametrize(
    ("code", "asset", "at", "covered"),
    [
        ("MO502", "model:risk/a", "2026-05-31", True),
        ("MO502", "model:risk/a", "2026-06-01", False),
        ("MO503", "model:risk/a", "2026-05-31", False),
        ("MO502", "model:other", "2026-05-31", False),
        ("MO502", None, "2026-05-31", False),
    ],
)
def test_it_covers_what_it_names_until_it_ends(
    code: str, asset: str | None, at: str, covered: bool
) -> None:
    assert ONE.covers(problem(code, asset), parse_instant(at)) is covered


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("▸{}", "MO004 error expected a list, found a mapping"),
        ("[▸{code: MO502, asset: model:a, until: 2026-06-01}]",
         "MO004 error an allowance without why:"),
        ("[{code: ▸MO002, asset: model:a, until: 2026-06-01, why: x}]",
         "MO004 error expected a code such as MO502"),
        ("[{code: MO502, asset: ▸risk, until: 2026-06-01, why: x}]",
         'MO101 error bad id "risk"'),
        ("[{code: MO502, asset: model:a, until: ▸never, why: x}]",
         "MO004 error expected a date or time"),
        ("[▸3]", 'MO004 error expected a mapping, found "3"'),
    ],
)  # fmt: skip
def test_every_refusal_names_line_and_column(
    text: str, refusal: str, problems_of: Callable[[str], list[str]]
) -> None:
    column = len("allow: ") + text.index("▸") + 1
    problems = problems_of("version: 1\nallow: " + text.replace("▸", ""))
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"2:{column} {refusal}")
