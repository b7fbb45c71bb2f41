"""Ownership files for the catalog's tests: one full example, and small ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modelowners.catalog.files import Catalog, load, read

EXAMPLE = """\
version: 1
include: [teams/*.yaml]
people:
  ana: {email: ana@acme.example, slack: U01ANA, tz: Europe/Madrid, manager: eli}
  bo:  {email: bo@acme.example, slack: U02BO, tz: Europe/Oslo}
  cy:  {email: [cy@acme.example, cy@old.example], tz: Europe/Madrid}
  eli: {email: eli@acme.example, tz: Europe/London}
  flo: {email: flo@acme.example, left: 2026-10-31}
teams:
  risk-ml:
    lead: ana
    deputy: bo
    members: [ana, bo, cy]
    parent: ml
    tz: Europe/Madrid
    notify: ["slack:#risk-ml", "pagerduty:${PD_RISK}"]
    hours: Mon-Fri 09:00-18:00
    oncall:
      - {from: 2026-11-02 10:00, every: 1w, order: [ana, bo]}
      - {from: 2027-01-04 10:00, every: 1w, order: [bo, cy, ana]}
    escalate: [oncall, 15m, lead, 30m, team:ml]
  ml:    {lead: eli, members: [eli], notify: ["slack:#ml"]}
  feeds: {lead: cy, members: [cy], parent: ml, notify: ["slack:#feeds"]}
calendar:
  away:  [{who: ana, from: 2026-12-20, through: 2027-01-03}]
  cover: [{who: bo, by: cy, from: 2026-12-24 18:00, to: 2026-12-26 09:00}]
owns:
  model:risk/*: {owner: risk-ml, tier: 2}
  model:risk/fraud:
    owner: risk-ml
    deputy: bo
    consult: [feeds]
    tier: 1
    needs: [dataset:prod.core.transactions]
    code: [fraud/]
    aliases: ["openlineage:warehouse/prod.fraud"]
    runbook: docs/fraud.md
    verified: {on: 2026-09-01, by: ana}
    registry: "mlflow:fraud@champion"
    predictions: {source: logs/fraud/*.parquet, columns: {ts: scored_at, score: p}}
    checks: [{not_null: amount}]
    expect: {weak: [{segment: "country=NO", why: "few rows"}]}
    fix: {rollback: {alias: champion}}
  dataset:prod.core.*: {owner: feeds}
  model:toy: {owner: none, reason: "demo, no users"}
"""

SMALL = """\
version: 1
people:
  ana: {email: ana@acme.example, tz: Europe/Madrid}
  bo: {email: bo@acme.example, tz: Europe/Oslo}
teams:
  risk: {lead: ana, deputy: bo, members: [ana, bo]}
owns:
  model:fraud: {owner: risk}
"""


@pytest.fixture(scope="session")
def example() -> str:
    """Give a file that uses every section."""
    return EXAMPLE


@pytest.fixture(scope="session")
def small() -> str:
    """Give the smallest file with a team."""
    return SMALL


@pytest.fixture
def catalog_of(tmp_path: Path) -> Callable[[str], Catalog]:
    """Write a file and load it."""

    def make(text: str) -> Catalog:
        file = tmp_path / "modelowners.yaml"
        file.write_text(text, encoding="utf-8")
        return load(file)

    return make


@pytest.fixture
def problems_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], list[str]]:
    """Write a file, read it, and give its problems as a person sees them."""

    def make(text: str) -> list[str]:
        monkeypatch.chdir(tmp_path)
        Path("modelowners.yaml").write_text(text, encoding="utf-8")
        _, problems = read(Path("modelowners.yaml"))
        ranked = sorted(problems, key=lambda problem: problem.rank)
        return [str(problem).removeprefix("modelowners.yaml:") for problem in ranked]

    return make
