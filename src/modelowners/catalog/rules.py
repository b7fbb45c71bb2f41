"""Rules: what a readable ownership file can still get wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

from modelowners.catalog.assets import Asset
from modelowners.catalog.credentials import literal_secrets
from modelowners.catalog.files import Catalog
from modelowners.catalog.patterns import EVERYTHING, is_pattern
from modelowners.catalog.problems import Problem, Severity
from modelowners.catalog.proof import ChainProof, Interval, prove
from modelowners.catalog.roles import Chain, circular_plans, owner_inactive
from modelowners.core.errors import BadFacet, InputError
from modelowners.core.facets import Facet, Node
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow, format_instant

FacetReader = Callable[[AssetId, Facet, Path], object]
"""Reads one facet of one asset below a folder; raises `BadFacet` if it cannot."""

UNHURRIED_TIER = 3
"""Where an asset without owner is a warning only."""


def lint(
    catalog: Catalog,
    *,
    at: datetime,
    horizon: timedelta = timedelta(0),
    readers: Mapping[str, FacetReader] | None = None,
) -> list[Problem]:
    """
    Check a catalog that could be read.

    Parameters
    ----------
    catalog : Catalog
        What the ownership file says.
    at : datetime
        UTC.
    horizon : timedelta
        How far ahead to prove that somebody answers; 0 asks about `at` only.
    readers : mapping of str to FacetReader, optional
        By facet; each stage brings its own.

    Returns
    -------
    list of Problem
        By place; what an allowance covers is left out.
    """
    window = TimeWindow(at, at + horizon)
    found = [
        *_facets(catalog, readers or {}),
        *_similar_ids(catalog),
        *_idle_patterns(catalog),
        *_missing_paths(catalog),
        *_cycles(catalog),
        *_inactive_owners(catalog, at),
        *_addresses(catalog, at),
        *_unowned(catalog),
        *_lone_chains(catalog),
        *_circular_plans(catalog),
        *_horizon(catalog, window),
        *_covers(catalog),
        *_verification(catalog, at),
        *_first_tier(catalog),
        *_secrets(catalog),
    ]
    kept = {
        problem
        for problem in found
        if not any(one.covers(problem, at) for one in catalog.allowances)
    }
    return sorted(kept, key=lambda problem: problem.rank)


def certify(
    catalog: Catalog, *, at: datetime, horizon: timedelta
) -> tuple[ChainProof, ...]:
    """Give the proof that somebody answers, per responsibility chain, from `at` on."""
    window = TimeWindow(at, at + horizon)
    return prove(catalog.organisation, chains(catalog), window)


def chains(catalog: Catalog) -> dict[Chain, tuple[AssetId, ...]]:
    """Give the distinct responsibility chains and the assets of each, in order."""
    found: dict[Chain, list[AssetId]] = defaultdict(list)
    for asset in catalog.ids():
        if (chain := Chain.of(catalog.asset(asset))) is not None:
            found[chain].append(asset)
    return {chain: tuple(found[chain]) for chain in sorted(found)}


def _facets(catalog: Catalog, readers: Mapping[str, FacetReader]) -> Iterator[Problem]:
    """Let each stage read its own sections."""
    for asset in catalog.ids():
        for name, facet in catalog.asset(asset).facets.items():
            if name not in readers:
                continue
            try:
                readers[name](asset, facet, catalog.root)
            except BadFacet as refusal:
                yield Problem.of(refusal, asset=asset)
            except InputError as error:
                yield _about(asset, facet.node, "MO004", str(error))


def _similar_ids(catalog: Catalog) -> Iterator[Problem]:
    """MO105: ids that differ only in case."""
    first: dict[str, AssetId] = {}
    for asset in catalog.ids():
        other = first.setdefault(asset.casefold(), asset)
        if other != asset:
            what = f"{asset} differs from {other} only in case"
            remedy = "write both alike, if they are one asset"
            yield _warn(asset, _place(catalog, asset), "MO105", what, remedy)


def _idle_patterns(catalog: Catalog) -> Iterator[Problem]:
    """MO106: patterns that cover no known asset."""
    used = {key for asset in catalog.ids() for key in catalog.covering(asset)}
    for key, entry in catalog.entries.items():
        if is_pattern(key) and key != EVERYTHING and key not in used:
            yield Problem.at(
                entry.node,
                "MO106",
                f'pattern "{key}" matches no asset of the file',
                remedy="remove it, or add what it is for",
                severity=Severity.WARNING,
            )


def _missing_paths(catalog: Catalog) -> Iterator[Problem]:
    """MO107: code and runbooks that are not there."""
    for asset in _declared(catalog):
        for path in asset.code:
            if not catalog.has(path):
                place = catalog.entries[asset.id].child("code")
                what = f'code path "{path}" does not exist'
                yield _warn(asset.id, place, "MO107", what, "correct the path")
        book = asset.runbook
        if book and "://" not in book and not catalog.has(book):
            place = catalog.entries[asset.id].child("runbook")
            what = f'runbook "{book}" does not exist'
            yield _warn(asset.id, place, "MO107", what, "write it, or correct the path")


def _cycles(catalog: Catalog) -> Iterator[Problem]:
    """MO108: assets that need one another."""
    for cycle in catalog.lineage().cycles():
        place = catalog.entries[cycle[0]].child("needs")
        what = f"cycle in needs: {', '.join(cycle)}"
        found = _about(cycle[0], place, "MO108", what)
        yield replace(found, severity=Severity.INFO)


def _inactive_owners(catalog: Catalog, at: datetime) -> Iterator[Problem]:
    """MO201: owners who left or are not active, each with all it concerns."""
    org = catalog.organisation
    for chain, assets in chains(catalog).items():
        if (gone := owner_inactive(org, chain, at)) is None:
            continue
        deputies = [name for _, name in chain.deputies(org)]
        heir = next((one for one in deputies if not org.unavailable(one, at)), None)
        subject = f"lead of {chain.name}, {gone}" if chain.kind == "team" else gone
        what = f"owner inactive: {subject}; concerns {', '.join(assets)}"
        remedy = f"transfer to deputy {heir}" if heir else "name a new owner"
        if chain.kind == "team" and not heir:
            remedy = "name a new lead"
        yield _about(assets[0], _owner_place(catalog, assets[0]), "MO201", what, remedy)


def _addresses(catalog: Catalog, at: datetime) -> Iterator[Problem]:
    """MO202: people nobody can write to."""
    for person in catalog.people.values():
        if not person.is_gone(at) and not person.email and not person.slack:
            what = f'"{person.name}" has no address'
            yield Problem.at(person.node, "MO202", what, remedy="add email: or slack:")


def _unowned(catalog: Catalog) -> Iterator[Problem]:
    """MO302 and MO303: assets without owner, or without the reason for having none."""
    for asset_id in catalog.ids():
        asset = catalog.asset(asset_id)
        if asset.is_disowned and not asset.reason:
            place = _owner_place(catalog, asset_id)
            remedy = "add reason:"
            yield _about(asset_id, place, "MO303", "owner none without reason", remedy)
        elif asset.owner is None and not asset.is_disowned:
            say = _warn if asset.tier >= UNHURRIED_TIER else _about
            what = f"{asset_id} is unowned"
            remedy = "add owner:, or owner: none with a reason"
            yield say(asset_id, _place(catalog, asset_id), "MO302", what, remedy)


def _lone_chains(catalog: Catalog) -> Iterator[Problem]:
    """MO304: chains in which only one person ever answers."""
    for chain, assets in chains(catalog).items():
        if len(everyone := chain.candidates(catalog.organisation)) == 1:
            what = f"{everyone[0][1]} is the whole chain of {', '.join(assets)}"
            place = _owner_place(catalog, assets[0])
            yield _warn(assets[0], place, "MO304", what, "add a deputy")


def _circular_plans(catalog: Catalog) -> Iterator[Problem]:
    """MO401: plans that lead back to themselves."""
    for name in circular_plans(catalog.organisation):
        node = catalog.teams[name].node
        fields = node.value if isinstance(node.value, dict) else {}
        yield Problem.at(
            fields.get("escalate", node),
            "MO401",
            f"the plan of {name} leads back to itself",
            remedy="end it in a person",
        )


def _horizon(catalog: Catalog, window: TimeWindow) -> Iterator[Problem]:
    """MO301, MO401 and MO402: when nobody answers, or not who should."""
    for proof in certify(catalog, at=window.start, horizon=window.length):
        place = _owner_place(catalog, proof.assets[0])
        assets = ", ".join(proof.assets)
        for gap in proof.gaps:
            what = f"nobody is accountable for {assets} {_span(gap)}"
            remedy = "add a deputy, a manager or a cover"
            yield _about(proof.assets[0], place, "MO301", what, remedy)
        for gap in proof.spans(lambda interval: not interval.steps):
            what = f"escalation for {assets} reaches nobody {_span(gap)}"
            remedy = "end the plan in a person who is there"
            yield _about(proof.assets[0], place, "MO401", what, remedy)
        yield from _fallbacks(catalog, proof)


def _fallbacks(catalog: Catalog, proof: ChainProof) -> Iterator[Problem]:
    if proof.chain.kind != "team":
        return
    node = catalog.teams[proof.chain.name].node
    fields = node.value if isinstance(node.value, dict) else {}
    falling = [interval for interval in proof.intervals if interval.falls_back]
    for name in dict.fromkeys(interval.responder for interval in falling):
        for span in proof.spans(partial(_falls_back_to, name)):
            what = f"the shift of {proof.chain.name} falls back to {name or 'nobody'}"
            yield Problem.at(
                fields.get("oncall", node),
                "MO402",
                f"{what} {_span(span)}",
                remedy="add a cover",
                severity=Severity.WARNING,
            )


def _falls_back_to(name: str | None, interval: Interval) -> bool:
    return interval.falls_back and interval.responder == name


def _covers(catalog: Catalog) -> Iterator[Problem]:
    """MO404: two covers of one person at one time."""
    for who, covers in catalog.organisation.covers.items():
        for first, second in pairwise(covers):
            if second.start < first.end:
                what = f"{who} is covered twice from {format_instant(second.start)}"
                remedy = f"end one before the other starts ({first.node.place})"
                yield Problem.at(second.node, "MO404", what, remedy=remedy)


def _verification(catalog: Catalog, at: datetime) -> Iterator[Problem]:
    """MO501: entries nobody confirmed lately."""
    org = catalog.organisation
    for asset in _declared(catalog):
        if (chain := Chain.of(asset)) is None:
            continue
        verified = asset.verified
        remedy = f"the owner confirms it: verified: {{on: {at:%Y-%m-%d}, by: PERSON}}"
        if verified is None:
            place = _place(catalog, asset.id)
            what = f"nobody ever verified {asset.id}"
            yield _warn(asset.id, place, "MO501", what, remedy)
        elif verified.is_stale(at, asset.tier):
            what = f"verification of {asset.id} expired"
            yield _warn(asset.id, verified.node, "MO501", what, remedy)
        elif verified.by not in {
            name for _, name in chain.leads(org) + chain.deputies(org)
        }:
            by = verified.by or "nobody by name"
            what = f"{asset.id} was verified by {by}, not by owner, lead or deputy"
            yield _warn(asset.id, verified.node, "MO501", what, remedy)


def _first_tier(catalog: Catalog) -> Iterator[Problem]:
    """MO502 and MO503: what matters most lacks a runbook or a quick fix."""
    for asset in _declared(catalog):
        if asset.tier != 1 or asset.is_disowned:
            continue
        place = _place(catalog, asset.id)
        if not asset.runbook:
            what = f"{asset.id} is of tier 1 and has no runbook"
            yield _warn(asset.id, place, "MO502", what, "add runbook:")
        if asset.kind == "model" and "fix" not in asset.facets:
            what = f"{asset.id} is of tier 1 and has no prepared fix"
            yield _warn(asset.id, place, "MO503", what, "add fix:")


def _secrets(catalog: Catalog) -> Iterator[Problem]:
    """MO601: secrets in the file; the message does not repeat them."""
    for section in catalog.sections.values():
        for node, kind in literal_secrets(section):
            yield Problem.at(
                node,
                "MO601",
                f"this looks like {kind}",
                remedy="take it out, revoke it, and refer to it by ${NAME}",
            )


def _declared(catalog: Catalog) -> Iterable[Asset]:
    """Give the assets that have an entry of their own, in order."""
    return (catalog.asset(one) for one in catalog.ids() if one in catalog.entries)


def _place(catalog: Catalog, asset: AssetId) -> Node:
    """Give where an asset stands in the file: its key, else what covers it."""
    node = catalog.entries[catalog.covering(asset)[0]].node
    if node.key is None:
        return node
    return Node(node.value, node.file, *node.key)


def _owner_place(catalog: Catalog, asset: AssetId) -> Node:
    """Give where an asset's owner is stated."""
    keys = catalog.covering(asset)
    found = next(key for key in keys if catalog.entries[key].states_owner)
    return catalog.entries[found].child("owner")


def _span(window: TimeWindow) -> str:
    start = format_instant(window.start)
    if window.end == window.start:
        return f"at {start}"
    return f"in [{start}, {format_instant(window.end)})"


def _about(
    asset: AssetId, node: Node, code: str, what: str, remedy: str = ""
) -> Problem:
    return replace(Problem.at(node, code, what, remedy=remedy), asset=asset)


def _warn(asset: AssetId, node: Node, code: str, what: str, remedy: str) -> Problem:
    found = _about(asset, node, code, what, remedy)
    return replace(found, severity=Severity.WARNING)
