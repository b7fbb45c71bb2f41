"""Lineage: what is made from what, and how far away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelowners.core.ids import AssetId


class Lineage:
    """
    A graph of assets; an edge goes from an asset to what it needs.

    Parameters
    ----------
    needs : mapping of AssetId to iterable of AssetId
        Direct needs of each asset.

    Examples
    --------
    >>> eta, weather, sensor = map(AssetId, ("model:eta", "dataset:w", "dataset:s"))
    >>> lineage = Lineage({eta: [weather], weather: [sensor]})
    >>> lineage.upstream(eta)
    {'dataset:w': 1, 'dataset:s': 2}
    >>> lineage.downstream(sensor)
    {'dataset:w': 1, 'model:eta': 2}
    """

    def __init__(self, needs: Mapping[AssetId, Iterable[AssetId]]) -> None:
        self.needs = {asset: tuple(sorted(of)) for asset, of in needs.items()}
        users: dict[AssetId, list[AssetId]] = {}
        for asset in sorted(self.needs):
            for need in self.needs[asset]:
                users.setdefault(need, []).append(asset)
        self.users = {asset: tuple(of) for asset, of in users.items()}

    def upstream(self, asset: AssetId) -> dict[AssetId, int]:
        """
        Give everything an asset is made from, with the distance in edges (>= 1).

        Returns
        -------
        dict of AssetId to int
            Nearest first, then by id; without the asset itself.
        """
        return _closure(asset, self.needs)

    def downstream(self, asset: AssetId) -> dict[AssetId, int]:
        """
        Give everything made from an asset, with the distance in edges (>= 1).

        Returns
        -------
        dict of AssetId to int
            Nearest first, then by id; without the asset itself.
        """
        return _closure(asset, self.users)

    def cycles(self) -> tuple[tuple[AssetId, ...], ...]:
        """
        Give the sets of assets that need one another, each in order of id.

        References
        ----------
        Kosaraju's algorithm: a second walk, against the edges and in reverse
        order of finishing, meets one strongly connected set at a time.

        Examples
        --------
        >>> a, b = AssetId("feature:a"), AssetId("feature:b")
        >>> Lineage({a: [b], b: [a]}).cycles()
        (('feature:a', 'feature:b'),)
        """
        order = _finishing_order(self.needs)
        taken: set[AssetId] = set()
        found = []
        for asset in reversed(order):
            if asset in taken:
                continue
            group, stack = {asset}, [asset]
            while stack:
                for user in self.users.get(stack.pop(), ()):
                    if user not in taken and user not in group:
                        group.add(user)
                        stack.append(user)
            taken |= group
            if len(group) > 1 or asset in self.needs.get(asset, ()):
                found.append(tuple(sorted(group)))
        return tuple(sorted(found))


def _closure(
    asset: AssetId, edges: Mapping[AssetId, tuple[AssetId, ...]]
) -> dict[AssetId, int]:
    found: dict[AssetId, int] = {}
    ring = {asset}
    distance = 0
    while ring:
        distance += 1
        near = {other for one in ring for other in edges.get(one, ())}
        ring = near - found.keys() - {asset}
        found.update(dict.fromkeys(sorted(ring), distance))
    return found


def _finishing_order(needs: Mapping[AssetId, tuple[AssetId, ...]]) -> list[AssetId]:
    """Walk in depth, without recursion, and give the order of finishing."""
    seen: set[AssetId] = set()
    order: list[AssetId] = []
    for root in sorted(needs):
        stack = [(root, False)]
        while stack:
            asset, is_done = stack.pop()
            if is_done:
                order.append(asset)
                continue
            if asset in seen:
                continue
            seen.add(asset)
            stack.append((asset, True))
            stack += [(need, False) for need in needs.get(asset, ())]
    return order
