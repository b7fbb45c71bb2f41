"""Lineage: closures, distances and cycles, against slow and obvious ways."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.lineage import Lineage
from modelowners.core.ids import AssetId

IDS = [AssetId(f"dataset:{letter}") for letter in "abcdefg"]
GRAPHS = st.dictionaries(
    st.sampled_from(IDS), st.lists(st.sampled_from(IDS), max_size=3), max_size=7
)


def distances(
    graph: dict[AssetId, list[AssetId]], start: AssetId
) -> dict[AssetId, int]:
    """Bellman and Ford's way."""
    best = {start: 0}
    for _ in IDS:
        for asset, needs in graph.items():
            for need in needs:
                if asset in best:
                    best[need] = min(best.get(need, 99), best[asset] + 1)
    del best[start]
    return best


@given(GRAPHS)
def test_upstream_is_the_shortest_way(graph: dict[AssetId, list[AssetId]]) -> None:
    lineage = Lineage(graph)
    for asset in IDS:
        found = lineage.upstream(asset)
        assert found == distances(graph, asset)
        assert list(found.items()) == sorted(found.items(), key=lambda i: (i[1], i[0]))


@given(GRAPHS)
def test_downstream_is_upstream_seen_from_the_other_end(
    graph: dict[AssetId, list[AssetId]],
) -> None:
    lineage = Lineage(graph)
    for asset in IDS:
        for other, distance in lineage.downstream(asset).items():
            assert lineage.upstream(other)[asset] == distance


@given(GRAPHS)
def test_cycles_are_the_sets_that_need_one_another(
    graph: dict[AssetId, list[AssetId]],
) -> None:
    reach = {asset: set(distances(graph, asset)) for asset in IDS}
    expected = {
        tuple(sorted({b for b in reach[a] if a in reach[b]} | {a}))
        for a in IDS
        if any(a in reach[b] for b in reach[a]) or a in graph.get(a, [])
    }
    assert set(Lineage(graph).cycles()) == expected


def test_a_long_chain_needs_no_deep_stack() -> None:
    names = [AssetId(f"dataset:{k}") for k in range(5000)]
    lineage = Lineage({a: [b] for a, b in itertools.pairwise(names)})
    assert lineage.cycles() == ()
    assert lineage.upstream(names[0])[names[-1]] == 4999
