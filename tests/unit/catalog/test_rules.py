"""Rules: each code on a file of its own, and silence on a good one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from modelowners.catalog import FacetReader, lint
from modelowners.catalog.files import Catalog
from modelowners.catalog.problems import Problem
from modelowners.catalog.rules import certify, chains
from modelowners.core.errors import BadTime
from modelowners.core.facets import Facet, mapping
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, parse_instant

Load = Callable[[str], Catalog]
AT = parse_instant("2026-06-01")

HEAD = """\
version: 1
people:
  ana: {email: a@x.example, tz: Europe/Madrid, manager: eli}
  bo: {email: b@x.example}
  eli: {email: e@x.example}
teams:
  t: {lead: ana, deputy: bo}
"""
FRESH = "verified: {on: 2026-05-01, by: ana}"


def problems(
    catalog: Catalog,
    *,
    horizon: timedelta = timedelta(0),
    readers: Mapping[str, FacetReader] | None = None,
) -> list[str]:
    found = lint(catalog, at=AT, horizon=horizon, readers=readers)
    return [str(one).removeprefix(f"{catalog.root}/modelowners.yaml:") for one in found]


CASES = [
    (
        f"owns:\n  model:a: {{owner: t, {FRESH}}}\n  model:A: {{owner: t, {FRESH}}}",
        ["9:3 MO105 warning model:a differs from model:A only in case; write both"],
    ),
    (
        f"owns:\n  model:x*: {{owner: t}}\n  model:a: {{owner: t, {FRESH}}}",
        ['9:13 MO106 warning pattern "model:x*" matches no asset of the file'],
    ),
    (
        f"owns:\n  model:a: {{owner: t, {FRESH}, code: [gone/], runbook: r.md}}",
        [
            '9:66 MO107 warning code path "gone/" does not exist; correct the path',
            '9:84 MO107 warning runbook "r.md" does not exist; write it',
        ],
    ),
    (
        (
            f"owns:\n  dataset:a: {{owner: t, {FRESH}, needs: [dataset:b]}}\n"
            f"  dataset:b: {{owner: t, {FRESH}, needs: [dataset:a]}}"
        ),
        ["9:69 MO108 info cycle in needs: dataset:a, dataset:b"],
    ),
    (
        f"owns:\n  model:a: {{tier: 2, {FRESH}}}",
        ["9:3 MO302 error model:a is unowned; add owner:, or owner: none"],
    ),
    ("owns:\n  model:a: {tier: 3}", ["9:3 MO302 warning model:a is unowned"]),
    ("owns:\n  model:a: {owner: none}", ["9:20 MO303 error owner none without reason"]),
    (
        "owns:\n  model:a: {owner: eli, verified: {on: 2026-05-01, by: eli}}",
        ["9:20 MO304 warning eli is the whole chain of model:a; add a deputy"],
    ),
    (
        "owns:\n  model:a: {owner: t}",
        ["9:3 MO501 warning nobody ever verified model:a"],
    ),
    (
        "owns:\n  model:a: {owner: t, verified: {on: 2025-05-01, by: ana}}",
        ["9:33 MO501 warning verification of model:a expired; the owner confirms it"],
    ),
    (
        "owns:\n  model:a: {owner: t, verified: {on: 2026-05-01, by: eli}}",
        ["9:33 MO501 warning model:a was verified by eli, not by owner,"],
    ),
    (
        f"owns:\n  model:a: {{owner: t, tier: 1, {FRESH}}}",
        [
            "9:3 MO502 warning model:a is of tier 1 and has no runbook; add runbook:",
            "9:3 MO503 warning model:a is of tier 1 and has no prepared fix; add fix:",
        ],
    ),
    (
        f"owns:\n  dataset:a: {{owner: t, tier: 1, {FRESH}, runbook: https://x}}",
        [],
    ),
    (
        (
            "connectors: {slack: {token: abc}}\n"
            f"owns: {{model:a: {{owner: t, {FRESH}}}}}"
        ),
        ['8:29 MO601 error this looks like the literal value of "token"; take it out'],
    ),
    (
        (
            "calendar: {cover: [{who: ana, by: bo, from: 2026-06-02, "
            "through: 2026-06-05}, "
            f"{{who: ana, by: eli, from: 2026-06-04, through: 2026-06-09}}]}}\n"
            f"owns: {{model:a: {{owner: t, {FRESH}}}}}"
        ),
        ["8:79 MO404 error ana is covered twice from 2026-06-03T22:00:00Z; end one"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_each_rule_speaks_at_its_place(
    catalog_of: Load, text: str, expected: list[str]
) -> None:
    found = problems(catalog_of(f"{HEAD}{text}\n"))
    assert len(found) == len(expected), found
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start), line


def test_a_good_file_is_silent(catalog_of: Load) -> None:
    text = f"{HEAD}owns: {{model:a: {{owner: t, {FRESH}}}}}\n"
    assert problems(catalog_of(text), horizon=30 * DAY) == []


def test_an_inactive_owner_is_named_with_heir_and_assets(catalog_of: Load) -> None:
    text = HEAD.replace("manager: eli}", "manager: eli, left: 2026-05-01}")
    text += (
        f"owns:\n  model:a: {{owner: t, {FRESH}}}\n  model:b: {{owner: t, {FRESH}}}\n"
    )
    text += "  model:c: {owner: ana, verified: {on: 2026-05-01, by: ana}}\n"
    assert problems(catalog_of(text)) == [
        (
            "9:20 MO201 error owner inactive: lead of t, ana left 2026-05-01; concerns "
            "model:a, model:b; transfer to deputy bo"
        ),
        (
            "11:20 MO201 error owner inactive: ana left 2026-05-01; concerns model:c; "
            "name a new owner"
        ),
    ]


def test_who_has_no_address_cannot_be_told(catalog_of: Load) -> None:
    text = HEAD.replace("{email: e@x.example}", "{github: eli}")
    found = problems(catalog_of(f"{text}owns: {{model:a: {{owner: t, {FRESH}}}}}\n"))
    assert found == ['5:8 MO202 error "eli" has no address; add email: or slack:']


ROTA = """\
version: 1
people:
  ana: {email: a@x.example, tz: Europe/Madrid}
  bo: {email: b@x.example, tz: Europe/Madrid}
teams:
  t:
    lead: ana
    deputy: bo
    oncall: [{from: 2026-05-04 10:00, every: 1w, order: [ana, bo]}]
calendar:
  away:
    - {who: ana, from: 2026-06-10, through: 2026-06-20}
    - {who: bo, from: 2026-06-12, to: 2026-06-13 12:00}
owns: {model:a: {owner: t, verified: {on: 2026-05-01, by: ana}}}
"""


def test_the_horizon_reports_exact_intervals(catalog_of: Load) -> None:
    catalog = catalog_of(ROTA)
    gap = "in [2026-06-11T22:00:00Z, 2026-06-13T10:00:00Z)"
    assert problems(catalog, horizon=30 * DAY) == [
        (
            "9:13 MO402 warning the shift of t falls back to bo in "
            "[2026-06-15T08:00:00Z, 2026-06-20T22:00:00Z); add a cover"
        ),
        f"9:13 MO402 warning the shift of t falls back to nobody {gap}; add a cover",
        (
            f"14:25 MO301 error nobody is accountable for model:a {gap}; "
            "add a deputy, a manager or a cover"
        ),
        (
            f"14:25 MO401 error escalation for model:a reaches nobody {gap}; "
            "end the plan in a person who is there"
        ),
    ]
    assert problems(catalog) == []


def test_without_horizon_the_present_is_asked_about(catalog_of: Load) -> None:
    catalog = catalog_of(
        ROTA.replace("2026-06-10", "2026-05-30").replace("06-12", "05-30")
    )
    found = problems(catalog)
    assert "at 2026-06-01T00:00:00Z" in found[0]
    assert [line.split()[1] for line in found] == ["MO402", "MO301", "MO401"]


def test_plans_in_a_circle_are_told(catalog_of: Load) -> None:
    text = HEAD.replace("deputy: bo}", "deputy: bo, escalate: [lead, 5m, team:t]}")
    found = problems(catalog_of(f"{text}owns: {{model:a: {{owner: t, {FRESH}}}}}\n"))
    assert found == [
        "7:40 MO401 error the plan of t leads back to itself; end it in a person"
    ]


def test_facets_are_read_by_their_stage(catalog_of: Load) -> None:
    def read(asset: AssetId, facet: Facet, root: Path) -> object:
        assert (asset, root.is_dir()) == ("model:a", True)
        return mapping(facet.node, {"source": str})

    def unlocated(asset: AssetId, facet: Facet, root: Path) -> object:
        raise BadTime(found="x", expected="an instant")

    text = f"{HEAD}owns:\n  model:a: {{owner: t, {FRESH}, "
    text += "predictions: {sorce: x}, fix: {}}\n"
    catalog = catalog_of(text)
    (found,) = problems(catalog, readers={"predictions": read})
    assert found == '9:74 MO003 error unknown key "sorce"; did you mean "source"?'
    (found,) = problems(catalog, readers={"fix": unlocated})
    assert found.startswith('9:90 MO004 error Cannot read "x" as an instant.')


def test_an_allowance_silences_until_it_ends(catalog_of: Load) -> None:
    text = f"{HEAD}owns:\n  model:a: {{owner: t}}\nallow:\n"
    text += "  - {code: MO501, asset: model:*, until: 2026-06-02, why: new here}\n"
    catalog = catalog_of(text)
    assert lint(catalog, at=AT) == []
    later: list[Problem] = lint(catalog, at=AT + DAY)
    assert [one.code for one in later] == ["MO501"]


def test_chains_are_distinct_and_certified_once(catalog_of: Load) -> None:
    text = f"{HEAD}owns:\n  model:a: {{owner: t}}\n  model:b: {{owner: t}}\n"
    text += "  model:c: {owner: t, deputy: eli}\n  model:d: {owner: none, reason: x}\n"
    catalog = catalog_of(text)
    assert list(chains(catalog).values()) == [("model:a", "model:b"), ("model:c",)]
    proof = certify(catalog, at=AT, horizon=DAY)
    assert [one.assets for one in proof] == list(chains(catalog).values())


def test_the_example_has_only_warnings(catalog_of: Load, example: str) -> None:
    found = lint(catalog_of(example), at=parse_instant("2026-11-20"), horizon=90 * DAY)
    assert {one.severity for one in found} == {"warning"}
    assert {one.code for one in found} == {"MO107", "MO402"}
