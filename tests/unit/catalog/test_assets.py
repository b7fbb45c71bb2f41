"""Entries: what they may say, where, and that refusals have their place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modelowners.catalog.files import Catalog
from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, parse_instant

HEAD = """\
version: 1
people: {ana: {email: a@x.example}, bo: {email: b@x.example}}
teams: {t: {lead: ana}}
owns:
"""
HEAD_LINES = HEAD.count("\n")

REFUSALS = [
    ("model:a: ▸[owner]", "MO004 error expected a mapping, found a list"),
    ("model:a: {▸ownr: t}", 'MO003 error unknown key "ownr"; did you mean "owner"?'),
    ("model:a: {owner: ▸[ana, bo]}", "MO004 error expected one owner, found a list"),
    ("model:a: {owner: ▸ano}", 'MO102 error unknown team or person "ano"; did you'),
    ("model:a: {owner: ▸null}", "MO004 error expected text, found nothing"),
    ("model:a: {deputy: ▸bo}", "MO004 error deputy without owner"),
    ("model:a: {consult: ▸[t]}", "MO004 error consult without owner"),
    ("model:a: {owner: t, deputy: ▸t}", 'MO102 error unknown person "t"'),
    ("model:a: {owner: t, consult: [▸x]}", 'MO102 error unknown team or person "x"'),
    ("model:a: {tier: ▸0}", 'MO004 error expected a tier 1, 2 or 3, found "0"'),
    ('model:a: {tier: ▸"1"}', 'MO004 error expected a tier 1, 2 or 3, found "1"'),
    ("model:a: {tier: ▸true}", "MO004 error expected a tier 1, 2 or 3"),
    ("model:a: {needs: [▸dataset:x]}", 'MO102 error unknown asset "dataset:x"'),
    ("model:a: {needs: [▸x]}", 'MO101 error bad asset id "x"'),
    ("model:a: {code: [▸/etc]}", "MO004 error expected a path below the file's folder"),
    ("model:a: {code: ▸a/../../b}", "MO004 error expected a path below"),
    ('model:a: {code: ▸""}', "MO004 error expected a path below"),
    ("model:a: {aliases: ▸{x: y}}", "MO004 error expected a list, found a mapping"),
    ("model:a: {runbook: ▸[x]}", "MO004 error expected text, found a list"),
    ("model:a: {verified: ▸{by: ana}}", "MO004 error verified without on:"),
    ("model:a: {verified: {on: ▸soon}}", "MO004 error expected a date or time"),
    ("model:a: {verified: {on: 2026-01-01, by: ▸x}}", 'MO102 error unknown person "x"'),
    ("model:a: {source: ▸x.parquet}", 'MO003 error "source" belongs to datasets'),
    ("model:a*: {needs: ▸[]}", 'MO003 error "needs" in a pattern covers nothing'),
    ("model:a*: {predictions: ▸{}}", 'MO003 error "predictions" in a pattern'),
]


@pytest.mark.parametrize(("text", "refusal"), REFUSALS)
def test_every_refusal_names_line_and_column(
    text: str, refusal: str, problems_of: Callable[[str], list[str]]
) -> None:
    problems = problems_of(f"{HEAD}  {text.replace('▸', '')}\n")
    assert len(problems) == 1, problems
    column = len("  ") + text.index("▸") + 1
    assert problems[0].startswith(f"{HEAD_LINES + 1}:{column} {refusal}")


def test_datasets_carry_source_and_key(catalog_of: Callable[[str], Catalog]) -> None:
    catalog = catalog_of(f"{HEAD}  dataset:d: {{source: d/*.csv, key: [id, day]}}\n")
    found = catalog.asset(asset_id("dataset:d"))
    assert (found.source, found.key, found.kind) == (
        ("d/*.csv",),
        ("id", "day"),
        "dataset",
    )


def test_needs_are_told_once(catalog_of: Callable[[str], Catalog]) -> None:
    catalog = catalog_of(
        f"{HEAD}  dataset:d: {{}}\n  model:a: {{needs: [dataset:d, dataset:d]}}\n"
    )
    assert catalog.asset(asset_id("model:a")).needs == ("dataset:d",)


@pytest.mark.parametrize(("tier", "days"), [(1, 90), (2, 180), (3, 180)])
def test_verification_expires_by_tier(
    catalog_of: Callable[[str], Catalog], tier: int, days: int
) -> None:
    text = (
        f"{HEAD}  model:a: {{owner: ana, tier: {tier}, verified: {{on: 2026-01-01}}}}\n"
    )
    verified = catalog_of(text).asset(asset_id("model:a")).verified
    assert verified is not None
    limit = parse_instant("2026-01-01") + days * DAY
    assert not verified.is_stale(limit, tier)
    assert verified.is_stale(limit + DAY, tier)


def test_reference_is_a_facet_like_any_other(
    catalog_of: Callable[[str], Catalog],
) -> None:
    text = f"{HEAD}  model:a: {{owner: ana, scoring: {{x: 1}}, "
    text += "reference: 2026-01-01/2026-02-01}\n"
    found = catalog_of(text).asset(asset_id("model:a"))
    assert found.facets["reference"].node.value == "2026-01-01/2026-02-01"
    assert set(found.facets) == {"reference", "scoring"}
